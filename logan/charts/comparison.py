"""One week against the week before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from logan.charts import numbers
from logan.charts.bins import DAY, monday
from logan.charts.panel import Panel, drawing, plot_height
from logan.charts.style import ACCENT, EARLIER, INK, QUIET, count, short
from logan.charts.text import LINE, NORMAL, SMALL
from logan.charts.ticks import date_label, zone_label
from logan.summary import Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Measure = Literal["errors", "hits"]


def weeks(
    result: Summary,
    previous: Summary | None = None,
    *,
    ax: Axes | None = None,
    measure: Measure = "errors",
    status: str | None = None,
    site: str | None = None,
    lang: str = "en",
    tz: str = "UTC",
    width: int = 900,
) -> Axes:
    """The days of a week beside those of the week before: errors, or all requests with ``measure="hits"``.

    The week is the newest whole one of `result`; the week before is taken from `previous`, or from `result` too.
    """
    every = numbers.wanted(site, status)
    test = every if measure == "hits" or status else lambda event: event.kind == "error" and every(event)
    said = f"weeks-{measure if not status else 'hits'}"
    with drawing(ax, lang=lang, tz=tz, width=width, height=plot_height(width, 0.27)) as panel:
        zone = panel.look.zone
        start = numbers.newest_week(result, zone)
        if start is None:
            return panel.nothing(panel.say(said), panel.say("weeks-none"))
        before = monday(start - DAY, zone)
        source = previous if previous is not None else result
        this, last = numbers.week_of(result, start, zone, test), numbers.week_of(source, before, zone, test)
        known = any(before <= e.bucket * 900 < start for e, _ in numbers.events(source))
        change = _change(this.total, last.total)
        about = panel.joined(
            change and panel.say("weeks-change", change=change), panel.about(None, site=site, status=status),
            None if known else panel.say("weeks-no-last"),
        )  # fmt: skip
        if not this.total and not last.total:
            return panel.nothing(panel.say(said), panel.say("weeks-nothing"), about)
        _draw_weeks(panel, [(this, 0.2, ACCENT, INK), *([(last, -0.2, EARLIER, QUIET)] if known else [])])
        panel.title(panel.say(said), about)
        return panel.ax


def _change(this: int, last: int) -> str:
    if not last:
        return ""
    change = 100 * (this - last) / last
    return f"{'+' if change > 0 else '−' if change < 0 else '±'}{abs(change):,.0f}%"


def _draw_weeks(panel: Panel, shown: list[tuple[numbers.Week, float, str, str]]) -> None:
    """The days of weeks side by side: (week, how far right, colour of the bars, of the numbers), the newest first."""
    ax, days = panel.ax, np.arange(7)
    key = []
    for week, shift, colour, ink in shown:
        key.append((colour, panel.say("week-of", date=date_label(panel.look, week.start), n=count(week.total))))
        ax.bar(days + shift, week.days, width=0.38, color=colour, label=key[-1][1])
        for day, value in zip(days, week.days, strict=True):
            if value:
                ax.annotate(
                    short(value), (day + shift, value), xytext=(0, 2), textcoords="offset points", ha="center",
                    va="bottom", size=SMALL, color=ink,
                )  # fmt: skip
    ax.set_xticks(days, labels=panel.look.names("weekdays"))
    ax.set_xlim(-0.5, 6.5)
    ax.set_ylim(0, max(max(week.days) for week, *_ in shown) * 1.12)
    ax.set_yticks([])
    panel.zone(zone_label(panel.look, (shown[-1][0].start * 1_000_000, (shown[0][0].start + 6 * DAY) * 1_000_000)))
    panel.below += NORMAL * LINE + 4
    panel.key(key)
