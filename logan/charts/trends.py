"""Charts along time: errors, latency, FTP, and one week against another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from logan.charts import numbers
from logan.charts.numbers import DAY, Bins, Event, Series, bins_of
from logan.charts.panel import (
    LINE,
    NORMAL,
    SMALL,
    Panel,
    clean,
    date_label,
    design_width,
    drawing,
    halve,
    period_label,
    step_label,
    to_days,
    wrap,
    zone_label,
)
from logan.charts.style import (
    ACCENT,
    COLOURS,
    EARLIER,
    FAINT,
    INK,
    PALE,
    QUIET,
    SEVERITIES,
    count,
    duration,
    shades,
)
from logan.exceptions import OptionError
from logan.summary import Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from logan.analysis.findings import Finding

By = Literal["class", "status"]
Measure = Literal["errors", "hits"]
#: Bottom to top: what weighs most stands on the ground, where heights can be compared.
STACK = ("5xx", "4xx", "ftp", "httperr", "other")
#: Statuses with a colour of their own; the rest is "other".
SHOWN = 6
MARKS = 5


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
    with drawing(ax, lang=lang, tz=tz, width=width, height=_height(width, 0.3)) as panel:
        period = result.period
        said = "errors" if status is None else "errors-entries"
        if period is None:
            return _nothing(panel, panel.say(said), panel.say("no-rows"))
        bins = bins_of(period, panel.look.zone, _most(width))
        stacks = _stacks(result, bins, by, lambda e: (status is not None or e.kind == "error") and test(e))
        about = panel.joined(
            period_label(panel.look, period), step_label(panel.look, bins.step),
            site and panel.say("site", site=clean(site)), status and panel.say("status", status=clean(status)),
        )  # fmt: skip
        if not stacks:
            what = panel.say("errors-no-match", what=panel.say("status", status=clean(status)))
            sentence = panel.say("errors-none", hits=count(result.hits)) if status is None else what
            return _nothing(panel, panel.say(said), sentence, about)
        heights = _draw_stacks(panel, bins, stacks)
        everything = bins.series((0, e.bucket, n) for e, n in numbers.events(result, numbers.wanted(site)))[0]
        _draw_traffic(panel, bins, everything)
        _value_axis(panel, heights.max(), whole=True)
        panel.time_axis(bins, period)
        shown = _found(result) if findings is None else findings
        _mark(panel, bins, [f for f in shown if site is None or (f.site or "").upper() == site.upper()])
        entries = [(colour, f"{label} {count(values.sum())}") for label, colour, values in stacks]
        most = panel.say("traffic", n=count(everything.max()), step=step_label(panel.look, bins.step))
        panel.key([*entries, (PALE, most)])
        panel.title(panel.say(said), about)
        return panel.ax


Stack = tuple[str, str, Series]


def _stacks(result: Summary, bins: Bins, by: By, test: Callable[[Event], bool]) -> list[tuple[Any, str, Series]]:
    """(label or key, colour, values) from the bottom to the top."""
    if by == "class":
        sums = bins.series((_stack_class(e), e.bucket, n) for e, n in numbers.events(result, test))
        return [(_Class(name), COLOURS.get(name, COLOURS["2xx"]), sums[name]) for name in STACK if name in sums]
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
    return [*stacks, (_Class("rest"), FAINT, np.sum(rest, axis=0))] if rest else stacks


class _Class(str):
    """The name of a class, to be said in the language of the chart; other labels stand in the log."""


def _stack_class(event: Event) -> str:
    name = numbers.status_class(event)
    if name == "handshake":
        return "4xx"
    return name if name in STACK else "other"


def _draw_stacks(panel: Panel, bins: Bins, stacks: list[tuple[Any, str, Series]]) -> Series:
    edges = [to_days(edge) for edge in bins.edges]
    ground = np.zeros(len(bins))
    for place, (label, colour, values) in enumerate(stacks):
        if isinstance(label, _Class):
            label = panel.say("other" if label == "rest" else f"class-{label}")
            stacks[place] = (label, colour, values)
        panel.ax.stairs(ground + values, edges, baseline=ground, fill=True, color=colour, label=label, zorder=2)
        ground = ground + values
    return ground


def _draw_traffic(panel: Panel, bins: Bins, values: Series) -> None:
    """All entries, grey, on a scale of their own behind everything else."""
    behind = panel.ax.twinx()
    behind.set_axis_off()
    behind.stairs(values, [to_days(edge) for edge in bins.edges], fill=True, color=PALE, label="traffic")
    behind.set_ylim(0, max(values.max(), 1) * 1.02)
    panel.ax.set_zorder(behind.get_zorder() + 1)
    panel.ax.patch.set_visible(False)


def _value_axis(panel: Panel, most: float, *, whole: bool = False) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    panel.ax.set_ylim(0, max(most, 1) * 1.06)
    panel.ax.yaxis.set_major_locator(MaxNLocator(5, integer=whole))
    panel.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))


def _found(result: Summary) -> Sequence[Finding]:
    from logan.analysis.findings import findings

    return findings(result)


def _mark(panel: Panel, bins: Bins, found: Sequence[Finding]) -> None:
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
            color=SEVERITIES[finding.severity], gid="finding",
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
    line = panel.ax.plot(
        [to_days(first), to_days(last)], [1, 1], color=colour, linewidth=3, transform=across, clip_on=False, scalex=False,
        scaley=False, solid_capstyle="butt", label=f"_finding {finding.id}",
    )[0]  # fmt: skip
    line.set_gid("finding")
    panel.ax.annotate(
        str(number), (to_days(first), 1), xycoords=across, xytext=(-2.5, 0), textcoords="offset points", ha="right",
        va="center", size=SMALL, color=colour, weight="bold", annotation_clip=False,
    )  # fmt: skip


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
    with drawing(ax, lang=lang, tz=tz, width=width, height=_height(width, 0.3)) as panel:
        period = result.period
        if period is None:
            return _nothing(panel, panel.say("latency"), panel.say("no-rows"))
        if not numbers.timed(result, site):
            return _nothing(panel, panel.say("latency"), panel.say("latency-none"))
        bins = _calm_bins(result, period, panel, site, width)
        series = numbers.latency_over(result, bins, site, (0.5, 0.95, 0.99))
        _draw_latency(panel, bins, series)
        panel.time_axis(bins, period)
        about = panel.joined(
            period_label(panel.look, period),
            step_label(panel.look, bins.step),
            site and panel.say("site", site=clean(site)),
        )
        panel.above(panel.say("latency-note"))
        panel.title(panel.say("latency"), about)
        return panel.ax


def _calm_bins(result: Summary, period: tuple[int, int], panel: Panel, site: str | None, width: int) -> Bins:
    """Bins with so many rows that the 95th percentile says something, sixty on average, but a dozen bins at least."""
    hits = numbers.timed(result, site)
    least = numbers.STEPS[0]
    while True:
        bins = bins_of(period, panel.look.zone, _most(width), least=least)
        filled = np.isfinite(numbers.latency_over(result, bins, site, (0.5,))[0]).sum()
        coarser = next((step for step in numbers.STEPS if step > bins.step), DAY)
        if hits / max(filled, 1) >= 60 or bins.step >= DAY or (period[1] - period[0]) / 1e6 / coarser < 12:
            return bins
        least = coarser


def _draw_latency(panel: Panel, bins: Bins, series: list[Series]) -> None:
    """The median as a strong line, up to the 95th percentile a band, the 99th as dots; named at their right ends."""
    ax = panel.ax
    middles = np.array([to_days((a + b) / 2) for a, b in zip(bins.edges, bins.edges[1:], strict=False)])
    median, p95, p99 = series
    _duration_axis(ax, max(np.nanmin(median), 1), max(np.nanmax(p99), 2))
    ax.fill_between(middles, median, p95, color=ACCENT, alpha=0.13, linewidth=0, gid="band")
    ax.plot(middles, p99, ".", markersize=4.5, markeredgewidth=0, color="#7FA9C9", label="99 %")
    ax.plot(
        middles,
        p95,
        color="#5B93BC",
        linewidth=1.1,
        marker=".",
        markersize=3,
        markeredgewidth=0,
        label="95 %",
    )
    ax.plot(
        middles,
        median,
        color=ACCENT,
        linewidth=2.2,
        marker=".",
        markersize=4,
        markeredgewidth=0,
        label="50 %",
    )
    _name_ends(panel, [("50 %", ACCENT, median), ("95 %", "#3F7BA8", p95), ("99 %", "#5B8CB0", p99)])


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
        ).set_gid("line")  # fmt: skip


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


# --- one week against another -------------------------------------------------------------------------------
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
    with drawing(ax, lang=lang, tz=tz, width=width, height=_height(width, 0.27)) as panel:
        zone = panel.look.zone
        start = numbers.newest_week(result, zone)
        if start is None:
            return _nothing(panel, panel.say(said), panel.say("weeks-none"))
        before = numbers.monday(start - DAY, zone)
        source = previous if previous is not None else result
        this, last = numbers.week_of(result, start, zone, test), numbers.week_of(source, before, zone, test)
        known = any(before <= e.bucket * 900 < start for e, _ in numbers.events(source))
        about = panel.joined(
            _change(this.total, last.total) and panel.say("weeks-change", change=_change(this.total, last.total)),
            site and panel.say("site", site=clean(site)), status and panel.say("status", status=clean(status)),
            None if known else panel.say("weeks-no-last"),
        )  # fmt: skip
        if not this.total and not last.total:
            return _nothing(panel, panel.say(said), panel.say("weeks-nothing"), about)
        _draw_weeks(panel, [(this, 0.2, ACCENT, INK), *([(last, -0.2, EARLIER, QUIET)] if known else [])])
        panel.title(panel.say(said), about)
        return panel.ax


def _change(this: int, last: int) -> str:
    if not last:
        return ""
    change = 100 * (this - last) / last
    return f"{'+' if change > 0 else '−' if change < 0 else '±'}{abs(change):,.0f} %"


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
                    short(value), (day + shift, value), xytext=(0, 2), textcoords="offset points", ha="center", va="bottom",
                    size=SMALL, color=ink,
                )  # fmt: skip
    ax.set_xticks(days, labels=panel.look.names("weekdays"))
    ax.set_xlim(-0.5, 6.5)
    ax.set_ylim(0, max(max(week.days) for week, *_ in shown) * 1.12)
    ax.set_yticks([])
    panel.zone(zone_label(panel.look, (shown[-1][0].start * 1_000_000, (shown[0][0].start + 6 * DAY) * 1_000_000)))
    panel.below += NORMAL * LINE + 4
    panel.key(key)


def short(value: float) -> str:
    """A number in at most four characters or so: 999, 1.2k, 45k, 3.1M."""
    if value < 10_000:
        return f"{value:.0f}"
    if value < 999_500:
        return f"{value / 1000:.0f}k"
    return f"{value / 1e6:.1f}M" if value < 99.5e6 else f"{value / 1e6:.0f}M"


# --- FTP ----------------------------------------------------------------------------------------------------
LOGONS = {"succeeded": COLOURS["2xx"], "anonymous": COLOURS["handshake"], "failed": COLOURS["ftp"]}
TRANSFERS = {"downloads": COLOURS["2xx"], "uploads": COLOURS["3xx"], "failures": COLOURS["ftp"]}


def ftp(
    result: Summary,
    *,
    ax: Axes | None = None,
    site: str | None = None,
    lang: str = "en",
    tz: str = "UTC",
    width: int = 900,
) -> Axes:
    """FTP logons over FTP transfers, along the same time axis: two Axes inside the one returned."""
    with drawing(ax, lang=lang, tz=tz, width=width, height=_height(width, 0.25) * 2 + 60) as panel:
        panel.ax.set_axis_off()
        if not any(key[0] == "ftp" for key, _ in result.spans):
            return _nothing(panel, panel.say("ftp"), panel.say("ftp-none"))
        lower = Panel(panel.ax.inset_axes((0, 0, 1, 0.4)), panel.look, panel.width)
        _over_time(lower, result, "ftp-transfers", numbers.transfer, TRANSFERS, site, width, alone=False)
        upper = Panel(panel.ax.inset_axes((0, 0.6, 1, 0.4)), panel.look, panel.width)
        _over_time(upper, result, "ftp-logons", numbers.logon, LOGONS, site, width)
        upper.ax.set_xlabel("")
        upper.ax.tick_params(axis="x", labelbottom=False)
        halve(panel.ax, upper.ax, lower.ax, lower.header + 12)
        return panel.ax


def ftp_logons(
    result: Summary,
    *,
    ax: Axes | None = None,
    site: str | None = None,
    lang: str = "en",
    tz: str = "UTC",
    width: int = 900,
) -> Axes:
    """FTP logons over time: let in, refused, anonymous refused."""
    with drawing(ax, lang=lang, tz=tz, width=width, height=_height(width, 0.26)) as panel:
        _over_time(panel, result, "ftp-logons", numbers.logon, LOGONS, site, width)
        return panel.ax


def ftp_transfers(
    result: Summary,
    *,
    ax: Axes | None = None,
    site: str | None = None,
    lang: str = "en",
    tz: str = "UTC",
    width: int = 900,
) -> Axes:
    """FTP transfers over time: downloads, uploads, failed ones."""
    with drawing(ax, lang=lang, tz=tz, width=width, height=_height(width, 0.26)) as panel:
        _over_time(panel, result, "ftp-transfers", numbers.transfer, TRANSFERS, site, width)
        return panel.ax


def _over_time(
    panel: Panel,
    result: Summary,
    said: str,
    label_of: Callable[[Event], str | None],
    colours: Mapping[str, str],
    site: str | None,
    width: int,
    *,
    alone: bool = True,
) -> None:
    period = result.period
    if period is None or not any(key[0] == "ftp" for key, _ in result.spans):
        _nothing(panel, panel.say(said), panel.say("ftp-none"))
        return
    bins = bins_of(period, panel.look.zone, _most(width) // 2)
    test = numbers.wanted(site)
    sums = bins.series(_labelled(result, test, label_of))
    about = (
        panel.joined(
            period_label(panel.look, period),
            step_label(panel.look, bins.step),
            site and panel.say("site", site=clean(site)),
        )
        if alone
        else ""
    )
    if not sums:
        _nothing(panel, panel.say(said), panel.say(f"{said}-none"), about)
        return
    stacks: list[tuple[Any, str, Series]] = [
        (panel.say(f"ftp-{name}"), colour, sums[name]) for name, colour in colours.items() if name in sums
    ]
    _value_axis(panel, _draw_stacks(panel, bins, stacks).max(), whole=True)
    panel.time_axis(bins, period)
    panel.key([(colour, f"{label} {count(values.sum())}") for label, colour, values in stacks])
    panel.title(panel.say(said), about)


def _labelled(
    result: Summary, test: Callable[[Event], bool], label_of: Callable[[Event], str | None]
) -> Iterator[tuple[str, int, int]]:
    for event, hits in numbers.events(result, test):
        label = label_of(event)
        if label is not None:
            yield label, event.bucket, hits


# --- shared -------------------------------------------------------------------------------------------------
def _nothing(panel: Panel, title: str, sentence: str, about: str = "") -> Axes:
    panel.empty(sentence)
    panel.title(title, about)
    return panel.ax


def _most(width: int) -> int:
    """How many bins a picture has room for: five pixels each at least."""
    return max(40, min(200, int(design_width(width) / 4.6)))


def _height(width: int, share: float) -> float:
    return max(170.0, design_width(width) * share)
