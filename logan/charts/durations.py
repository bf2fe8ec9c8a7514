"""How long answers take, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logan.charts import numbers
from logan.charts.bins import DAY, STEPS, Bins, Series, bins_of
from logan.charts.panel import Panel, drawing, most_bins, plot_height
from logan.charts.style import ACCENT, duration
from logan.charts.text import NORMAL
from logan.charts.ticks import to_days
from logan.summary import Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def latency(
    result: Summary,
    *,
    ax: Axes | None = None,
    site: str | None = None,
    lang: str = "en",
    tz: str = "UTC",
    width: int = 900,
) -> Axes:
    """Median, 95th and 99th percentile of time-taken over time, on a logarithmic scale where they lie far apart."""
    with drawing(ax, lang=lang, tz=tz, width=width, height=plot_height(width, 0.3)) as panel:
        period = result.period
        if period is None:
            return panel.nothing(panel.say("latency"), panel.say("no-rows"))
        if not numbers.timed(result, site):
            return panel.nothing(panel.say("latency"), panel.say("latency-none"))
        bins = _calm_bins(result, period, panel, site, width)
        series = numbers.latency_over(result, bins, site, (0.5, 0.95, 0.99))
        _draw_latency(panel, bins, series)
        panel.time_axis(bins, period)
        panel.above(panel.say("latency-note"))
        panel.title(panel.say("latency"), panel.about(period, step=bins.step, site=site))
        return panel.ax


def _calm_bins(result: Summary, period: tuple[int, int], panel: Panel, site: str | None, width: int) -> Bins:
    """Bins with so many rows that the 95th percentile says something, sixty on average, but a dozen bins at least."""
    hits = numbers.timed(result, site)
    least = STEPS[0]
    while True:
        bins = bins_of(period, panel.look.zone, most_bins(width), least=least)
        filled = np.isfinite(numbers.latency_over(result, bins, site, (0.5,))[0]).sum()
        coarser = next((step for step in STEPS if step > bins.step), DAY)
        if hits / max(filled, 1) >= 60 or bins.step >= DAY or (period[1] - period[0]) / 1e6 / coarser < 12:
            return bins
        least = coarser


def _draw_latency(panel: Panel, bins: Bins, series: list[Series]) -> None:
    """The median as a strong line, up to the 95th percentile a band, the 99th as dots; named at their right ends."""
    ax = panel.ax
    middles = np.array([to_days((a + b) / 2) for a, b in zip(bins.edges, bins.edges[1:], strict=False)])
    median, p95, p99 = series
    _duration_axis(ax, max(np.nanmin(median), 1), max(np.nanmax(p99), 2))
    ax.fill_between(middles, median, p95, color=ACCENT, alpha=0.13, linewidth=0, label="_band")
    ax.plot(middles, p99, ".", markersize=4.5, markeredgewidth=0, color="#7FA9C9", label="99%")
    ax.plot(
        middles,
        p95,
        color="#5B93BC",
        linewidth=1.1,
        marker=".",
        markersize=3,
        markeredgewidth=0,
        label="95%",
    )
    ax.plot(
        middles,
        median,
        color=ACCENT,
        linewidth=2.2,
        marker=".",
        markersize=4,
        markeredgewidth=0,
        label="50%",
    )
    _name_ends(panel, [("50%", ACCENT, median), ("95%", "#3F7BA8", p95), ("99%", "#5B8CB0", p99)])


def _name_ends(panel: Panel, lines: list[tuple[str, str, Series]]) -> None:
    """Names at the right of lines, beside their last value, moved apart where they would touch."""
    ax = panel.ax
    scale, (low, high) = ax.yaxis.get_transform(), ax.get_ylim()
    bottom, top = scale.transform([low])[0], scale.transform([high])[0]
    taken = -1.0
    for label, colour, values in lines:
        last = values[np.isfinite(values)][-1]
        place = (scale.transform([last])[0] - bottom) / (top - bottom)
        taken = max(place, taken + 0.08)
        ax.annotate(
            label, (1, taken), xycoords="axes fraction", xytext=(5, 0), textcoords="offset points", va="center",
            size=NORMAL, color=colour, weight="bold", annotation_clip=False,
        ).set_label("_line")  # fmt: skip


def _duration_axis(ax: Axes, low: float, high: float) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    if high / low > 12:
        ax.set_yscale("log")
        bottom, top = low / 1.5, high * 1.4
        steps = [1, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000]
        inside = [s for s in steps if bottom <= s <= top]
        ax.yaxis.set_major_locator(FixedLocator(inside))
    else:
        bottom, top = 0.0, high * 1.08
        wanted = (
            1,
            2,
            5,
            10,
            20,
            50,
            100,
            200,
            500,
            1000,
            2000,
            5000,
            10_000,
            20_000,
            30_000,
            60_000,
            120_000,
            300_000,
            600_000,
        )
        step = next((s for s in wanted if top / s <= 5.5), top / 4)
        ax.yaxis.set_major_locator(FixedLocator(list(np.arange(0, top, step))))
    ax.set_ylim(bottom, top)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: duration(value)))
