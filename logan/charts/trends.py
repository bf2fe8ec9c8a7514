"""Errors over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from logan.charts import numbers
from logan.charts.bins import Bins, Series, bins_of
from logan.charts.marks import mark
from logan.charts.numbers import Event
from logan.charts.panel import Panel, drawing, most_bins, plot_height
from logan.charts.stacks import Said, draw_stacks, value_axis
from logan.charts.style import COLOURS, FAINT, PALE, count, shades
from logan.charts.text import clean
from logan.charts.ticks import step_label, to_days
from logan.exceptions import OptionError
from logan.summary import Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from logan.analysis.findings import Finding

By = Literal["class", "status"]
#: Bottom to top: what weighs most stands on the ground, where heights can be compared.
STACK = ("5xx", "4xx", "ftp", "httperr", "other")
#: Statuses with a colour of their own; the rest is "other".
SHOWN = 6


def errors(
    result: Summary,
    *,
    ax: Axes | None = None,
    by: By = "class",
    status: str | None = None,
    site: str | None = None,
    findings: Sequence[Finding] | None = None,
    lang: str = "en",
    tz: str = "UTC",
    width: int = 900,
) -> Axes:
    """Errors over time, stacked by class or by status.substatus, with all entries as a grey background.

    `findings` are marked over the time axis, those of the whole summary where left out. `status` chooses statuses, of
    whatever kind: "404.0", "5xx", "QueueFull", or several with commas.
    """
    if by not in ("class", "status"):
        raise OptionError(f"Errors cannot be stacked by {by!r}: use class or status.")
    test = numbers.wanted(site, status)
    with drawing(ax, lang=lang, tz=tz, width=width, height=plot_height(width, 0.3)) as panel:
        period = result.period
        said = "errors" if status is None else "errors-entries"
        if period is None:
            return panel.nothing(panel.say(said), panel.say("no-rows"))
        bins = bins_of(period, panel.look.zone, most_bins(width))
        stacks = _stacks(result, bins, by, lambda e: (status is not None or e.kind == "error") and test(e))
        about = panel.about(period, step=bins.step, site=site, status=status)
        if not stacks:
            what = panel.say("errors-no-match", what=panel.say("status", status=clean(status)))
            sentence = panel.say("errors-none", hits=count(result.hits)) if status is None else what
            return panel.nothing(panel.say(said), sentence, about)
        heights = draw_stacks(panel, bins, stacks)
        everything = bins.series((0, e.bucket, n) for e, n in numbers.events(result, numbers.wanted(site)))[0]
        _draw_traffic(panel, bins, everything)
        value_axis(panel, heights.max(), whole=True)
        panel.time_axis(bins, period)
        shown = _found(result) if findings is None else findings
        mark(panel, bins, [f for f in shown if site is None or (f.site or "").upper() == site.upper()])
        entries = [(colour, f"{label} {count(values.sum())}") for label, colour, values in stacks]
        most = panel.say("traffic", n=count(everything.max()), step=step_label(panel.look, bins.step))
        panel.key([*entries, (PALE, most)])
        panel.title(panel.say(said), about)
        return panel.ax


def _stacks(result: Summary, bins: Bins, by: By, test: Callable[[Event], bool]) -> list[tuple[Any, str, Series]]:
    """(label or key, colour, values) from the bottom to the top."""
    if by == "class":
        sums = bins.series((_stack_class(e), e.bucket, n) for e, n in numbers.events(result, test))
        return [(Said(name), COLOURS.get(name, COLOURS["2xx"]), sums[name]) for name in STACK if name in sums]
    rows = [
        ((numbers.code_of(e.status, e.substatus, e.reason_phrase), numbers.status_class(e)), e.bucket, n)
        for e, n in numbers.events(result, test)
    ]
    sums = bins.series(iter(rows))
    ranked = sorted(sums, key=lambda label: (-sums[label].sum(), label))
    keep = ranked[:SHOWN] if len(ranked) > SHOWN + 1 else ranked
    stacks: list[tuple[Any, str, Series]] = []
    for name in dict.fromkeys(label[1] for label in keep):
        mine = [label for label in keep if label[1] == name]
        stacks += [
            (clean(label[0]), colour, sums[label])
            for label, colour in zip(mine, shades(COLOURS[name], len(mine)), strict=True)
        ]
    rest = [sums[label] for label in ranked if label not in keep]
    return [*stacks, (Said("rest"), FAINT, np.sum(rest, axis=0))] if rest else stacks


def _stack_class(event: Event) -> str:
    name = numbers.status_class(event)
    if name == "handshake":
        return "4xx"
    return name if name in STACK else "other"


def _draw_traffic(panel: Panel, bins: Bins, values: Series) -> None:
    """All entries, grey, on a scale of their own behind everything else."""
    behind = panel.ax.twinx()
    behind.set_axis_off()
    behind.stairs(values, [to_days(edge) for edge in bins.edges], fill=True, color=PALE, label="traffic")
    behind.set_ylim(0, max(values.max(), 1) * 1.02)
    panel.ax.set_zorder(behind.get_zorder() + 1)
    panel.ax.patch.set_visible(False)


def _found(result: Summary) -> Sequence[Finding]:
    from logan.analysis.findings import findings

    return findings(result)
