"""Compiled files that never go stale, and entries of a site's own."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from logan.catalogue import explain, store
from logan.catalogue.lookup import lookup
from logan.catalogue.model import Entry
from logan.catalogue.store import index, load
from logan.documents import PACKAGE, document
from logan.exceptions import CatalogueError, LoganError

OWN = """
[[entry]]
service = "http"
status = 404
substatus = 7
title = "Our rule against .bak files"
meaning.en = "Request filtering of the intranet."
meaning.zh = "内网的请求筛选规则。"
remedies = ["Ask in room 12"]
"""


@pytest.fixture(autouse=True)
def _untouched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(store.VARIABLE, raising=False)
    store.use([])
    yield
    monkeypatch.delenv(store.VARIABLE, raising=False)
    store.use([])


def written(folder: Path, text: str, name: str = "my.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_own_entry_overrides_and_is_taken_back(tmp_path: Path) -> None:
    before = explain("404.7")[0]
    store.use([written(tmp_path, OWN)])
    (entry,) = explain("404.7")
    assert entry.title == {"en": "Our rule against .bak files", "zh": "Our rule against .bak files"}
    assert entry.sources == ("site catalogue",)
    assert lookup("http", 404, 7, 0).text("zh").meaning == "内网的请求筛选规则。"
    store.use([])
    assert explain("404.7")[0] == before


def test_own_entry_adds_a_code(tmp_path: Path) -> None:
    store.use([written(tmp_path, OWN.replace("404", "477").replace("substatus = 7", ""))])
    assert explain("477")[0].known
    assert explain("404")[0].known


def test_own_entry_stands_for_all_components(tmp_path: Path) -> None:
    assert len(explain("502.5")) == 2
    store.use([written(tmp_path, OWN.replace("404", "502").replace("= 7", "= 5"))])
    assert len(explain("502.5")) == 1
    store.use([written(tmp_path, OWN.replace("404", "502").replace("= 7", '= 5\ncomponent = "ARR"'))])
    assert [entry.component for entry in explain("502.5")] == ["ANCM", "ARR"]


def test_own_combination(tmp_path: Path) -> None:
    store.use([written(tmp_path, OWN.replace("= 7", "= 7\nwin32 = 5"))])
    assert lookup("http", 404, 7, 5).entry.title["en"].startswith("Our rule")
    assert lookup("http", 404, 7, 0).entry.title["en"] != "Our rule against .bak files"


def test_environment_variable_and_the_later_file_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(tmp_path, OWN.replace("Our rule", "First"), "a.toml")
    second = written(tmp_path, OWN.replace("Our rule", "Second"), "b.toml")
    monkeypatch.setenv(store.VARIABLE, os.pathsep.join([str(first), str(second)]))
    store.forget()
    assert explain("404.7")[0].title["en"].startswith("Second")
    store.use([first])
    assert explain("404.7")[0].title["en"].startswith("First")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("status = 404", "status = 404.5"), "write 404.5 as status = 404 and substatus = 5"),
        (("status = 404\nsubstatus = 7", ""), "status is missing"),
        (("status = 404", 'status = "404"'), "status must be a number"),
        (("status = 404", "status = 99"), "100 to 999"),
        (('service = "http"', 'service = "web"'), "service must be one of"),
        (("title =", "titel ="), "did you mean 'title'"),
        (("title =", "nonsense_key ="), "known keys are"),
        (("meaning.en =", "meaning.de ="), "meaning.de is in no language"),
        (("substatus = 7", "substatus = true"), "substatus must be a whole number"),
        (("= 7", '= 7\nkind = "bad"'), "kind must be one of"),
        (("= 7", '= 7\nvendor = "yes"'), "vendor must be true or false"),
        (("= 7", '= 7\nkb = ["KB1"]'), "kb must be a list of numbers"),
        (("= 7", '= 7\nsources = "me"'), "sources must be a list of texts"),
        (('["Ask in room 12"]', '"Ask in room 12"'), "remedies must be a list"),
        (('["Ask in room 12"]', '["a\\nb"]'), "one line"),
        (('["Ask in room 12"]', "[1]"), "must be a text"),
        (('"Our rule against .bak files"', '""'), "not empty"),
        (('"Our rule against .bak files"', "12"), "title must be a text"),
        (('"Our rule against .bak files"', '"C:\\inetpub"'), "no valid TOML"),
        (("[[entry]]", "[[entrys]]"), "entries stand under [[entry]]"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    path = written(tmp_path, OWN.replace(*change, 1))
    with pytest.raises(CatalogueError) as caught:
        store.use([path])
    assert says in str(caught.value)
    assert "my.toml" in str(caught.value)
    assert explain("404")[0].known, "what was used before is still used"


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        store.use([tmp_path / "none.toml"])
    path = tmp_path / "gbk.toml"
    path.write_bytes(OWN.encode("gbk"))
    with pytest.raises(CatalogueError, match="not UTF-8"):
        store.use([path])
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "none.toml"))
    store.forget()
    with pytest.raises(LoganError, match=store.VARIABLE):
        explain("404")


def test_a_byte_order_mark_and_crlf_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "bom.toml"
    path.write_bytes(b"\xef\xbb\xbf" + OWN.replace("\n", "\r\n").encode())
    store.use([path])
    assert explain("404.7")[0].title["en"].startswith("Our rule")


# The compiled form


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the catalogue that may be changed."""
    for path in store._FOLDER.glob("*.toml"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(store, "_FOLDER", tmp_path)
    monkeypatch.setattr(store, "_COMPILED", tmp_path / "compiled")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    store.forget()
    yield tmp_path
    monkeypatch.undo()
    store.forget()


def test_compiled_and_parsed_entries_are_the_same(folder: Path) -> None:
    parsed = {part: store.load(part) for part in ("http", "ftp", "httperr", "win32", "asp", "combinations")}
    assert store.classes()
    assert len(list((folder / "compiled").glob("*.json"))) == 7
    store.forget()
    assert {part: store.load(part) for part in parsed} == parsed


def test_a_changed_file_is_read_again(folder: Path) -> None:
    assert store.load("httperr")
    path = folder / "httperr.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"QueueFull"', '"QueueBrimful"'), encoding="utf-8")
    store.forget()
    assert any(entry.status == "QueueBrimful" for entry in store.load("httperr"))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 0}', '{"schema": 1, "crc32": 5, "entries": []}'])
def test_a_spoilt_compiled_file_is_not_used(folder: Path, content: str) -> None:
    (folder / "compiled").mkdir()
    (folder / "compiled" / "httperr.json").write_text(content)
    assert store.load("httperr")


def test_a_folder_that_cannot_be_written_to(folder: Path) -> None:
    (folder / "compiled").write_text("in the way")
    assert store.load("httperr")


def test_compile_all(folder: Path) -> None:
    for path in store.compile_all():
        held = json.loads(path.read_bytes())
        assert held["entries"]
        assert held["crc32"]


def test_the_other_texts_of_the_package_are_compiled_too(folder: Path) -> None:
    names = {path.name for path in store.compile_all()}
    assert {"fields.json", "analysis.findings.json", "cli.messages.json", "reports.messages.json"} <= names
    held = json.loads((folder / "compiled" / "analysis.findings.json").read_bytes())["entries"]
    assert (
        held
        == document("analysis/findings.toml")
        == tomllib.loads((PACKAGE / "analysis/findings.toml").read_text("utf-8"))
    )


@pytest.mark.parametrize("service", ["http", "ftp", "httperr", "win32", "asp", "combinations"])
def test_entries_made_one_by_one_are_those_of_the_whole(service: str) -> None:
    keys: dict[tuple[Any, ...], list[Entry]] = {}
    for entry in load(service):
        keys.setdefault((entry.service, entry.key), []).append(entry)
    assert keys
    for (of, key), entries in keys.items():
        assert index(service).get(of, key) == tuple(sorted(entries, key=lambda e: (e.vendor, e.component is not None)))
    assert index(service).get(service, (-1, None, None, None)) == ()
