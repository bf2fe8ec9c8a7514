"""The rules that every entry of the catalogue keeps, walked over all of them."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import logan.catalogue
from logan.catalogue.lookup import lookup
from logan.catalogue.model import Entry
from logan.catalogue.store import classes, index, load, notes
from logan.fields import column_names
from logan.formats import w3c
from logan.formats.layout import Layout

FOLDER = Path(logan.catalogue.__file__).parent
FILES = sorted(path for path in FOLDER.glob("*.toml") if path.name != "classes.toml")
PARTS = ("http", "ftp", "httperr", "win32", "asp", "combinations")
#: Titles that are the same in both languages because they are a name.
NAMES = re.compile(r"[\x00-\x7f]+")
#: Words that help nobody.
FILLER = re.compile(r"contact (your|the) (system )?administrator|联系(您的|你的|系统)?管理员", re.IGNORECASE)
HAN = re.compile(r"[\u4e00-\u9fff]")


def raw_entries() -> Iterator[Any]:
    for path in FILES:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        for entry in document["entry"]:
            parts = (entry.get(key) for key in ("service", "status", "substatus", "event", "win32", "component"))
            name = " ".join(str(part) for part in parts if part is not None)
            yield pytest.param(path.name, document.get("fields", ""), entry, id=f"{path.stem}: {name}")


RAW = list(raw_entries())
every_entry = pytest.mark.parametrize(("file", "fields", "raw"), RAW)


def needs_advice(raw: dict[str, Any]) -> bool:
    """Every 4xx, every 5xx, every sub-status, every combination and every reason says why and what to do."""
    if raw["service"] in ("win32", "asp") or "event" in raw:
        return False
    status = raw.get("status")
    return "substatus" in raw or "win32" in raw or isinstance(status, str) or status in range(400, 600)


@every_entry
def test_both_languages_are_there_and_differ(file: str, fields: str, raw: dict[str, Any]) -> None:
    assert raw["title"].keys() == raw["meaning"].keys() == {"en", "zh"}
    for key in ("title", "meaning", "retry", "document"):
        texts = raw.get(key)
        if texts is None or (key == "title" and texts["en"] == texts["zh"] and NAMES.fullmatch(texts["en"])):
            continue
        assert texts.keys() == {"en", "zh"}, key
        assert not HAN.search(texts["en"]) or key == "document", f"{key}.en holds Chinese"
        assert HAN.search(texts["zh"]), f"{key}.zh holds no Chinese"
    for key in ("causes", "remedies"):
        texts = raw.get(key)
        if texts is not None:
            assert texts.keys() == {"en", "zh"}, key
            assert len(texts["en"]) == len(texts["zh"]), f"{key}: as many in en as in zh"
            assert texts["en"] != texts["zh"], key
            assert any(HAN.search(text) for text in texts["zh"]), f"{key}.zh holds no Chinese"


@every_entry
def test_causes_and_remedies(file: str, fields: str, raw: dict[str, Any]) -> None:
    for key in ("causes", "remedies"):
        if needs_advice(raw):
            assert key in raw, f"{key} is missing"
        if key in raw:
            assert 1 <= len(raw[key]["en"]) <= 4, f"{len(raw[key]['en'])} {key}"
    assert ("causes" in raw) == ("remedies" in raw)


@every_entry
def test_texts_have_no_filler_and_no_loose_ends(file: str, fields: str, raw: dict[str, Any]) -> None:
    texts = [*raw["title"].values(), *raw["meaning"].values(), *raw.get("retry", {}).values()]
    texts += itertools.chain(*raw.get("causes", {}).values(), *raw.get("remedies", {}).values())
    for text in texts:
        assert text == text.strip(), text
        assert "  " not in text, text
        assert not FILLER.search(text), text
        assert "TODO" not in text, text
        assert "\ufffd" not in text, text


@every_entry
def test_sources_versions_and_kind(file: str, fields: str, raw: dict[str, Any]) -> None:
    assert raw.get("sources"), "sources is missing"
    assert raw.get("applies_to"), "applies_to is missing"
    if raw["service"] == "httperr":
        assert raw.get("kind") in ("failure", "routine")
    if raw["service"] == "win32":
        assert raw.get("name")
        assert re.fullmatch(r"0x[0-9A-F]{8}", raw["hresult"])
        assert int(raw["hresult"], 16) in (raw["status"], 0x80070000 | raw["status"], raw["status"] & 0xFFFFFFFF)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_order_and_uniqueness(path: Path) -> None:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["entry"]
    keys = [tuple(_sortable(raw.get(key)) for key in ("status", "substatus", "win32")) for raw in entries]
    late = [f"{b} comes after {a}" for a, b in itertools.pairwise(keys) if b < a]
    assert not late, late[0]
    names = ("service", "status", "substatus", "win32", "event", "component")
    unique = [tuple(raw.get(name) for name in names) for raw in entries]
    assert len(set(unique)) == len(unique), {key for key in unique if unique.count(key) > 1}


def _sortable(value: int | str | None) -> tuple[int, int, bool, str]:
    """Nothing, then numbers, then texts; of ASP's the engine's own errors first."""
    if isinstance(value, str):
        return 2, 0, not value.startswith("ASP "), value
    return (0, 0, False, "") if value is None else (1, value, False, "")


def test_no_key_comes_from_two_files() -> None:
    keys = [(entry.service, entry.key, entry.component) for part in PARTS for entry in load(part)]
    assert len(set(keys)) == len(keys), {key for key in keys if keys.count(key) > 1}


NAMES = re.compile(
    r"(IIS|HTTP\.sys|FTP|WebDAV|ARR|ANCM|CGI|Cloudflare|nginx|AWS ELB|Exchange( ActiveSync)?|Esri ArcGIS|Laravel|Twitter"
    r"|Spring|Alibaba Cloud ALB|Apache/cPanel|IIS 7\.5 Express)( [\d.]+(-[\d.]+)?\+?)?"
)


def test_what_is_no_name_is_said_in_chinese() -> None:
    """Versions and components are shared by many entries: their words stand once, each is used, none is missing."""
    document = tomllib.loads((FOLDER / "classes.toml").read_text(encoding="utf-8"))
    terms = [each["en"] for each in document["term"]]
    used = {text for part in PARTS for entry in load(part) for text in (entry.applies_to, entry.component) if text}
    names = {text for text in used if all(NAMES.fullmatch(part) for part in text.split(" / "))}
    assert (used - names, len(terms)) == (set(terms), len(set(terms)))
    assert all(re.search("[\u4e00-\u9fff（]", each["zh"]) for each in document["term"])


def test_every_substatus_has_a_parent() -> None:
    for entry in load("http"):
        if entry.substatus is not None:
            assert index("http").get("http", (entry.status, None, None, None)), entry.code


def test_every_entry_is_loaded() -> None:
    assert sum(len(load(part)) for part in PARTS) == len(RAW)


# Examples


def values_of(fields: str, example: str) -> dict[str, str | None]:
    """An example's values by column, cut as a log's are."""
    layout = Layout("w3c", None, None, tuple(fields.split()))
    tokens = w3c.tokens(example.encode(), layout)
    assert isinstance(tokens, list), tokens
    values = (None if token == b"-" else token.decode() for token in tokens)
    return dict(zip(column_names(layout.fields), values, strict=True))


def number(values: dict[str, str | None], column: str) -> int | None:
    value = values.get(column)
    return None if value is None else int(value)


ALL = [pytest.param(entry, id=f"{entry.code} {entry.component or ''}") for part in PARTS for entry in load(part)]


@pytest.mark.parametrize("entry", [each for each in ALL if isinstance(each.values[0], Entry)])
def test_example_is_explained_by_its_entry(entry: Entry) -> None:
    if entry.example is None:
        assert entry.service in ("win32", "asp"), "example is missing"
        return
    values = values_of(entry.fields, entry.example)
    status, substatus, win32 = (number(values, f"sc_{name}") for name in ("status", "substatus", "win32_status"))
    if entry.service == "win32":
        assert win32 == entry.status
    elif entry.service == "asp":
        match = re.search(r"\|([^|]+)\|(?:ASP_)?([0-9A-Fa-f]{4,8})[^|]*\|", values["cs_uri_query"] or "")
        assert match
        assert match[2].upper() == str(entry.status).removeprefix("ASP ")
    else:
        reason = values.get("s_reason") or values.get("cs_method")
        found = lookup(entry.service, status, substatus, win32, reason, substatus_logged=True)
        expected = (entry.status, entry.substatus, entry.win32)
        given = (values.get("s_reason") if entry.service == "httperr" else status, substatus, win32)
        for want, have in zip(expected, given, strict=True):
            assert want is None or want == have, f"the example has {have} where the entry has {want}"
        assert explains(found.entries, entry, substatus), f"explained as {[each.code for each in found.entries]}"


def explains(found: tuple[Entry, ...], entry: Entry, substatus: int | None) -> bool:
    """Whether an answer is this entry's: by itself, or by a finer one of the same status."""
    if any(each.title == entry.title and each.component == entry.component for each in found):
        return True
    if entry.vendor or (entry.service == "ftp" and entry.substatus == 0):
        return True  # IIS's own meaning goes first; sub-status 0 adds nothing to its reply
    if entry.service == "ftp" and entry.substatus is not None:
        return found[0].substatus == entry.substatus
    return found[0].status == entry.status and (found[0].win32 is not None or entry.substatus in (None, substatus))


# Classes and notes


def test_classes_cover_both_protocols() -> None:
    assert set(classes()) == {(service, digit) for service in ("http", "ftp") for digit in range(1, 7)}
    for each in classes().values():
        assert each.title["en"] != each.title["zh"]
        assert each.meaning["en"] != each.meaning["zh"]
        assert each.sources


def test_notes_are_bilingual_and_point_at_entries() -> None:
    codes = {entry.code for part in PARTS for entry in load(part)}
    for note in notes():
        assert note.title.keys() == note.text.keys() == {"en", "zh"}
        assert note.text["en"] != note.text["zh"]
        assert note.sources
        for code in note.applies:
            assert code in codes, f"{note.key} applies to {code}, which has no entry"
