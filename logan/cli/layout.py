"""Pieces of a page in a terminal: text that does not act, two-column grids, aligned columns, small bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from logan.display import cells, cut

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_BARS, _PLAIN_BARS = "▁▂▃▄▅▆▇█", "_.:-=+*#"


def page() -> Console:
    """The console of an answer. rich leaves with 1 when a pipe is closed; that "| head" had enough is no failure."""
    from rich.console import Console

    class Page(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Page(highlight=False)


def text_of(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(text, style=style, overflow="fold")


def grid_of(width: int, *, right: bool = False) -> Table:
    """Two columns without lines: a label, and a text that may wrap."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(min_width=width, no_wrap=True, justify="right" if right else "left")
    grid.add_column(ratio=1, overflow="fold")
    return grid


def columns(rows: Sequence[Sequence[str]], width: int, left: int) -> list[str]:
    """Rows as lines of aligned columns, the first `left` of them to the left; the first is cut so that all fit."""
    widths = [max(cells(row[n]) for row in rows) for n in range(len(rows[0]))]
    widths[0] = min(widths[0], max(12, width - sum(widths[1:]) - 2 * (len(widths) - 1)))
    lines = []
    for row in rows:
        parts = []
        for number, (text, room) in enumerate(zip(row, widths, strict=True)):
            shown = cut(text, room)
            blank = " " * (room - cells(shown))
            parts.append(shown + blank if number < left else blank + shown)
        lines.append("  ".join(parts))
    return lines


def sparkline(numbers: Sequence[int], encoding: str) -> str:
    """Small bars; one that is not nothing is always higher than nothing."""
    try:
        _BARS.encode(encoding)
        bars = _BARS
    except (LookupError, UnicodeEncodeError):
        bars = _PLAIN_BARS
    most = max(numbers, default=0) or 1
    return "".join(bars[-(-number * (len(bars) - 1) // most)] for number in numbers)
