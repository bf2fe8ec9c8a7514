"""``logan explain``: for people, and for programs."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from logan.catalogue import store
from logan.cli.explain import explain, wrapped
from logan.display import cells
from logan.exceptions import CatalogueError, OptionError

APP = typer.Typer(add_completion=False, rich_markup_mode=None)
APP.command()(explain)


@pytest.fixture(autouse=True)
def _window(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv(store.VARIABLE, raising=False)
    yield
    store.use([])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(APP, list(arguments))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_page(lang: str) -> None:
    result = run("403.14", "--lang", lang)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("403.14  ")
    assert ("Why, most likely first" if lang == "en" else "可能原因（最常见的在前）") in lines
    assert "  1. " in result.stdout
    assert "942062" in result.stdout
    assert "\x1b" not in result.stdout, "no colours in a pipe"
    assert max(map(cells, lines)) <= 80


def test_brackets_are_no_markup() -> None:
    assert "/[name='SITE']" in run("403", "--lang", "en").stdout.replace("\n", "")


def test_json() -> None:
    given = json.loads(run("530", "--lang", "zh", "--format", "json").stdout)
    assert [each["service"] for each in given] == ["ftp", "http"]
    assert given[0]["title"] == "未登录"


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(run("403.14", "404", "--format", "csv", "--lang", "en").stdout)))
    assert [row["code"] for row in rows] == ["403.14", "404"]
    assert " | " in rows[0]["causes"]


def test_list_and_search() -> None:
    lines = run("--list", "httperr", "--lang", "en").stdout.splitlines()
    assert any(line.startswith("httperr:QueueFull ") for line in lines)
    assert run("--search", "目录列表", "--lang", "zh").stdout.startswith("403.14")
    assert len(json.loads(run("--list", "ftp", "--format", "json").stdout)) == len(store.load("ftp"))


@pytest.mark.parametrize(
    "arguments",
    [(), ("404", "--list", "http"), ("--search", "x", "--list", "http"), ("QueFull",), ("--search", "qqqqzzzz")],
    ids=["nothing", "code and list", "search and list", "no code", "no hit"],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert isinstance(run(*arguments).exception, OptionError)


def test_unknown_options_leave_with_2() -> None:
    assert run("404", "--format", "xml").exit_code == 2
    assert run("--list", "smtp").exit_code == 2


def test_own_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text('[[entry]]\nservice="http"\nstatus=404\ntitle="Ours [bold]"\nmeaning="m \\u202e"', encoding="utf-8")
    result = run("404", "--catalogue", str(path))
    assert "404  Ours [bold]" in result.stdout
    assert "m \\u202e" in result.stdout
    assert isinstance(run("404", "--catalogue", str(tmp_path / "none.toml")).exception, CatalogueError)


@pytest.mark.parametrize(
    "text", ["", "word", "目录" * 60, "/a/very/long/path" * 12, "（括号）、顿号。" * 9, "a 目 b 录 " * 20]
)
@pytest.mark.parametrize("width", [12, 40])
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cells(line) <= width + 2 for line in lines)  # punctuation may hang over
    assert not any(line[:1] in "，。、）" for line in lines[1:] if line)


def test_no_heavy_imports() -> None:
    code = (
        "import sys, logan.cli.explain as command, logan.catalogue\n"
        "logan.catalogue.explain('403.14')\n"
        "heavy = ('pandas', 'pyarrow', 'numpy', 'matplotlib', 'rich', 'tomllib')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_chinese_answers_name_versions_and_senders_in_chinese() -> None:
    shown = run("404.7", "502.3", "--lang", "zh").stdout
    assert "由谁发出：请求筛选" in shown and "适用版本：装有 ARR 的 IIS 7.0+；进程外模式" in shown
    (given,) = json.loads(run("404.7", "--lang", "zh", "--format", "json").stdout)
    assert given["component"] == "请求筛选"
    assert "[请求筛选]" in run("--list", "http", "--lang", "zh").stdout
    assert "Applies to: all" in run("404", "--lang", "en").stdout
