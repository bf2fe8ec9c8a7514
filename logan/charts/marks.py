"""Findings on the time axis: where they happened, and what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from logan.charts.bins import Bins
from logan.charts.panel import Panel
from logan.charts.style import SEVERITIES
from logan.charts.text import LINE, NORMAL, SMALL, clean, wrap
from logan.charts.ticks import to_days

if TYPE_CHECKING:
    from logan.analysis.findings import Finding

MARKS = 5


def mark(panel: Panel, bins: Bins, found: Sequence[Finding]) -> None:
    """Lines over the plot from the first to the last time of findings, numbered, and what the numbers mean below.

    What goes on for most of the period marks no moment and is left out.
    """
    begin, end = bins.edges[0], bins.edges[-1]
    worth = [
        f for f in found
        if f.severity != "info" and f.first is not None and f.last is not None
        and f.last / 1e6 >= begin and f.first / 1e6 < end and f.last - f.first < (end - begin) * 0.8e6
    ][:MARKS]  # fmt: skip
    if not worth:
        return
    lanes = 0
    for finding, lane in zip(worth, _lanes(worth, begin, panel.width / (end - begin)), strict=True):
        _mark_one(panel, worth.index(finding) + 1, finding, lane, (begin, end))
        lanes = max(lanes, lane + 1)
    panel.take(lanes * 11 + 4)
    panel.below += 4
    for number, finding in enumerate(worth, 1):
        text = wrap(panel.ax, f"{number}  {clean(finding.title(panel.look.lang))}", panel.width, NORMAL, most=3)
        panel.ax.text(
            0, 0, text, transform=panel.up(-panel.below), va="top", size=NORMAL, linespacing=1.25, parse_math=False,
            color=SEVERITIES[finding.severity], label="_finding",
        )  # fmt: skip
        panel.below += (text.count("\n") + 1) * NORMAL * LINE + 2


def _lanes(found: Sequence[Finding], begin: int, points: float) -> list[int]:
    """In which line each mark stands so that none touches another; `points` is the room of a second."""
    free: list[float] = []  # where each line is taken up to
    lanes: dict[int, int] = {}
    for number in sorted(range(len(found)), key=lambda n: found[n].first or 0):
        first, last = (((at or 0) / 1e6 - begin) * points for at in (found[number].first, found[number].last))
        lane = next((i for i, taken in enumerate(free) if taken < first - 14), len(free))
        free[lane : lane + 1] = [max(last, first + 4)]
        lanes[number] = lane
    return [lanes[number] for number in range(len(found))]


def _mark_one(panel: Panel, number: int, finding: Finding, lane: int, span: tuple[int, int]) -> None:
    from matplotlib.transforms import blended_transform_factory

    begin, end = span
    first = max((finding.first or 0) / 1e6, begin)
    last = min(max((finding.last or 0) / 1e6, first + 4 * (end - begin) / panel.width), end)
    across = blended_transform_factory(panel.ax.transData, panel.up(5 + lane * 11))
    colour = SEVERITIES[finding.severity]
    panel.ax.plot(
        [to_days(first), to_days(last)], [1, 1], color=colour, linewidth=3, transform=across, clip_on=False,
        scalex=False, scaley=False, solid_capstyle="butt", label=f"_finding {finding.id}",
    )  # fmt: skip
    panel.ax.annotate(
        str(number), (to_days(first), 1), xycoords=across, xytext=(-2.5, 0), textcoords="offset points", ha="right",
        va="center", size=SMALL, color=colour, weight="bold", annotation_clip=False,
    )  # fmt: skip
