"""`logan compare` for people: what is new first, aligned in both languages, nothing from a log acts."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from logan.analysis import compare
from logan.cli.comparison import render_comparison
from logan.display import cells
from logan.summarizing import summarize
from logan.summary import Summary


def shown(before: Summary, after: Summary, lang: str = "en", width: int = 100) -> str:
    page = io.StringIO()
    render_comparison(compare(before, after), lang=lang, console=Console(file=page, width=width, highlight=False))
    return page.getvalue()


@pytest.fixture(scope="module")
def weeks() -> tuple[Summary, Summary]:
    return (
        summarize("samples", since="2026-11-09", until="2026-11-16"),
        summarize("samples", since="2026-11-16", until="2026-11-23"),
    )


def test_the_new_failure_and_the_slower_page_are_there(weeks: tuple[Summary, Summary]) -> None:
    text = shown(*weeks)
    assert "2026-11-09 00:00 - 2026-11-15 23:33 (UTC)" in text
    [line] = [line for line in text.splitlines() if "500.19 (win32 183)" in line and "->" in line and "W3SVC1 " in line]
    assert line.startswith("new ") and "0 (0.0%) -> 48 " in line
    assert any("/search" in line and line.startswith("worse") for line in text.splitlines())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_is_wider_than_the_console(weeks: tuple[Summary, Summary], lang: str) -> None:
    assert max(cells(line) for line in shown(*weeks, lang=lang, width=90).splitlines()) <= 90


def test_the_same_twice_is_no_change(weeks: tuple[Summary, Summary]) -> None:
    text = shown(weeks[0], weeks[0])
    assert not [line for line in text.splitlines() if line.startswith(("new", "gone", "worse", "better"))]


def test_nothing_to_compare_is_said() -> None:
    assert "nothing can be compared" in shown(Summary(), Summary())
