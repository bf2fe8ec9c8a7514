"""What `logan compare` shows to a person: the error rates, then what is new, worse, better and gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logan.analysis.comparison import SECTIONS, Change, Comparison, Side, word
from logan.analysis.times import local, zone
from logan.cli.layout import columns, text_of
from logan.cli.layout import page as page_of
from logan.cli.messages import percent
from logan.display import cells, plain

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"new": "bold red", "worse": "red", "better": "green", "gone": "green"}


def render_comparison(
    comparison: Comparison, *, lang: str = "en", top: int = 10, tz: str = "UTC", console: Console | None = None
) -> None:
    """Print a comparison, at most `top` changes of each section."""
    page = console or page_of()
    for name, side in (("before", comparison.before), ("after", comparison.after)):
        page.print(text_of(f"{word('column', name, lang)}  {_period(side, tz)}", "dim"))
    page.print(text_of(f"{word('column', 'errors', lang)}  {_numbers(comparison.errors, lang)}", "bold"))
    for section in SECTIONS:
        changes = comparison.section(section)
        if not changes:
            continue
        page.print(text_of(f"\n{word('section', section, lang)}", "bold"))
        shown = changes[:top]
        rows = [[plain(c.title(lang), 70), plain(c.site or ""), _numbers(c, lang)] for c in shown]
        for change, line in zip(shown, columns(rows, page.width - 12, 2), strict=True):
            verdict = word("verdict", change.verdict, lang) + ("" if change.sure else " ?")
            text = text_of(
                verdict + " " * (10 - cells(verdict)), _STYLES.get(change.verdict, "") if change.sure else "dim"
            )
            text.append(line)
            page.print(text)
        if len(changes) > top:
            page.print(text_of(f"{'':<10}(+{len(changes) - top})", "dim"))
    remarks = comparison.remarks_text(lang)
    if any(not change.sure for change in comparison.changes):
        remarks.append(f"?  {word('column', 'unsure', lang)}")
    for remark in remarks:
        page.print(text_of(f"\n{remark}", "italic"))


def _period(side: Side, tz: str) -> str:
    if side.first is None or side.last is None:
        return "-"
    first, last = (f"{local(moment, zone(tz)):%Y-%m-%d %H:%M}" for moment in (side.first, side.last))
    return f"{first} - {last} ({tz})"


def _numbers(change: Change, lang: str) -> str:
    if change.section == "latency":
        return f"{change.before:,} -> {change.after:,} ms"
    return f"{_with_rate(change.before, change.before_rate)} -> {_with_rate(change.after, change.after_rate)}"


def _with_rate(number: int, rate: float | None) -> str:
    return f"{number:,}" if rate is None else f"{number:,} ({percent(rate)})"
