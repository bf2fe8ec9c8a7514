"""Charts of ranked rows: statuses, URLs, clients, slow pages, lines; and the heat map of the week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logan.charts import numbers
from logan.charts.comparison import Measure
from logan.charts.panel import Panel, design_width, drawing
from logan.charts.style import COLOURS, INK, QUIET, count, duration, short
from logan.charts.text import SMALL, clean
from logan.charts.ticks import zone_label
from logan.summary import Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 34.0  # height of a row, in hundredths of an inch
#: A URL that was asked for less often has no typical duration.
LEAST = 5
DURATIONS = ("#2B6C9E", "#A9C6DC")
#: From next to nothing to the most: one hue that gets darker, so that it reads in grey as well.
HEAT = ("#F3F4F6", "#F6DFB4", "#E9B25C", "#C77A1C", "#94401E", "#571A1E")
TRAFFIC = ("#F3F4F6", "#CFE0EC", "#93BBD6", "#4F8FBB", "#246391", "#0D3556")


def statuses(
    result: Summary,
    *,
    ax: Axes | None = None,
    top: int = 10,
    status: str | None = None,
    site: str | None = None,
    lang: str = "en",
    tz: str = "UTC",
    width: int = 900,
) -> Axes:
    """The most frequent statuses that are no plain success, as bars with their titles; with `status` of any kind."""
    from logan.catalogue.lookup import lookup

    rows = numbers.statuses_of(result, numbers.wanted(site, status), everything=status is not None)
    with drawing(ax, lang=lang, tz=tz, width=width, height=_height(len(rows), top)) as panel:
        title = panel.say("statuses" if status is None else "statuses-all")
        if not rows:
            what = panel.say("errors-no-match", what=panel.say("status", status=clean(status)))
            return _nothing(
                panel, result, title, what if status else panel.say("statuses-none", hits=count(result.hits))
            )
        bars = []
        for row in rows[:top]:
            found = lookup(row.service, row.status, row.substatus, row.win32, row.reason).text(panel.look.lang)
            service = {"ftp": "FTP ", "httperr": "HTTPERR "}.get(row.service, "")
            label = f"{service}{clean(row.code)}  {clean(found.title)}"
            bars.append((label, count(row.hits), [(float(row.hits), COLOURS[row.colour_class])]))
        panel.rows(bars, prose=True)
        grey = any(row.kind in ("handshake", "hangup") for row in rows[:top])
        more = panel.say("more", n=len(rows) - top) if len(rows) > top else None
        _head(panel, result, title, panel.say("statuses-note") if grey else "", more, site)
        return panel.ax


def worst_urls(
    result: Summary,
    *,
    ax: Axes | None = None,
    top: int = 10,
    site: str | None = None,
    lang: str = "en",
    tz: str = "UTC",
    width: int = 900,
) -> Axes:
    """The URLs with the most errors, coloured by class: errors of requests."""
    return _worst(result, "uri", ax, top, site, lang, tz, width)


def worst_clients(
    result: Summary,
    *,
    ax: Axes | None = None,
    top: int = 10,
    site: str | None = None,
    lang: str = "en",
    tz: str = "UTC",
    width: int = 900,
) -> Axes:
    """The clients with the most errors, coloured by class: errors of requests."""
    return _worst(result, "client", ax, top, site, lang, tz, width)


def _worst(
    result: Summary, of: str, ax: Axes | None, top: int, site: str | None, lang: str, tz: str, width: int
) -> Axes:
    said = "worst-urls" if of == "uri" else "worst-clients"
    rows = numbers.worst(result, of, site, top)
    with drawing(ax, lang=lang, tz=tz, width=width, height=_height(len(rows), top)) as panel:
        if not rows:
            return _nothing(panel, result, panel.say(said), panel.say(f"{said}-none"))
        order = ("5xx", "4xx", "ftp", "httperr")
        panel.rows([
            (
                clean(row.name, panel.say("unnamed")),
                panel.say("worst-value", errors=count(row.errors), hits=count(row.hits)),
                [(float(row.classes[name]), COLOURS[name]) for name in order if name in row.classes],
            )
            for row in rows
        ])  # fmt: skip
        present = [name for name in order if any(name in row.classes for row in rows)]
        panel.key([(COLOURS[name], panel.say(f"class-{name}")) for name in present])
        _head(panel, result, panel.say(said), panel.say("worst-note"), None, site)
        return panel.ax


def slow_urls(
    result: Summary,
    *,
    ax: Axes | None = None,
    top: int = 10,
    site: str | None = None,
    least: int = LEAST,
    lang: str = "en",
    tz: str = "UTC",
    width: int = 900,
) -> Axes:
    """The URLs with the highest 95th percentile of time-taken, of those asked for `least` times; median in front."""
    rows = numbers.slow(result, site, top, least)
    with drawing(ax, lang=lang, tz=tz, width=width, height=_height(len(rows), top)) as panel:
        title = panel.say("slow-urls")
        if not rows:
            sentence = (
                panel.say("slow-urls-none", least=least) if numbers.timed(result, site) else panel.say("latency-none")
            )
            return _nothing(panel, result, title, sentence if result.period else panel.say("no-rows"))
        dark, light = DURATIONS
        panel.rows(
            [
                (
                    clean(row.name, panel.say("unnamed")),
                    panel.say(
                        "slow-urls-value",
                        median=duration(row.median),
                        p95=duration(row.p95),
                        hits=count(row.hits),
                    ),
                    [(float(row.p95), light), (float(row.median), dark)],
                )
                for row in rows
            ],
            stacked=False,
        )
        _head(panel, result, title, panel.say("slow-urls-note"), None, site)
        return panel.ax


def lines(result: Summary, *, ax: Axes | None = None, lang: str = "en", tz: str = "UTC", width: int = 900) -> Axes:
    """What became of the lines that were read: entries, headers, blank and rejected ones."""
    tally = result.lines
    kinds = [
        ("rows", tally.rows, COLOURS["2xx"]), ("filtered", tally.filtered, COLOURS["3xx"]),
        ("directives", tally.directives, COLOURS["handshake"]), ("blank", tally.blank, COLOURS["1xx"]),
        ("rejected", tally.rejected, COLOURS["5xx"]),
    ]  # fmt: skip
    shown = [kind for kind in kinds if kind[0] != "filtered" or kind[1]]
    with drawing(ax, lang=lang, tz=tz, width=width, height=_height(len(shown), len(shown))) as panel:
        if not tally.read:
            return panel.nothing(panel.say("lines"), panel.say("lines-none"))
        bars = [(panel.say(f"lines-{name}"), count(n), [(float(n), colour)]) for name, n, colour in shown]
        panel.rows(bars, prose=True)
        first = result.rejects[0] if result.rejects else None
        example = first and panel.say("lines-example", path=clean(first.path), line=first.line)
        if example:
            panel.above(example)
        panel.title(panel.say("lines"), panel.say("lines-read", read=count(tally.read), files=count(result.files)))
        return panel.ax


def heatmap(
    result: Summary,
    *,
    ax: Axes | None = None,
    measure: Measure = "errors",
    status: str | None = None,
    site: str | None = None,
    lang: str = "en",
    tz: str = "UTC",
    width: int = 900,
) -> Axes:
    """Errors, or all requests with ``measure="hits"``, by weekday and hour of the zone."""
    every = numbers.wanted(site, status)
    test = every if measure == "hits" or status else lambda event: event.kind == "error" and every(event)
    with drawing(ax, lang=lang, tz=tz, width=width, height=max(190.0, design_width(width) * 0.26)) as panel:
        said = panel.say("heatmap-hits" if measure == "hits" or status else "heatmap-errors")
        period = result.period
        if period is None:
            return _nothing(panel, result, said, panel.say("no-rows"))
        table = numbers.heat(result, panel.look.zone, test)
        if not table.any():
            what = panel.say("errors-no-match", what=panel.say("status", status=clean(status)))
            return _nothing(panel, result, said, what if status else panel.say("errors-none", hits=count(result.hits)))
        _draw_heat(panel, table, TRAFFIC if measure == "hits" and not status else HEAT)
        panel.zone(panel.joined(panel.say("heatmap-hour"), zone_label(panel.look, period)))
        panel.below += 15
        day, hour = np.unravel_index(int(table.argmax()), table.shape)
        when = f"{panel.look.names('weekdays')[day]} {hour:02d}:00"
        darkest = panel.say("heatmap-most", n=count(table.max()), when=when)
        panel.title(said, panel.about(period, darkest, site=site, status=status))
        return panel.ax


def _draw_heat(
    panel: Panel, table: np.ndarray[tuple[int, int], np.dtype[np.float64]], colours: tuple[str, ...]
) -> None:
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm

    ax, most = panel.ax, float(table.max())
    # a root brings out the quiet hours beside one bad night
    norm = PowerNorm(0.5, vmin=0, vmax=most)
    mesh = ax.pcolormesh(
        np.arange(25), np.arange(8), table, cmap=LinearSegmentedColormap.from_list("logan", colours), norm=norm,
        edgecolors="#FFFFFF", linewidth=1.2,
    )  # fmt: skip
    mesh.set_label("_heat")
    ax.set_xlim(0, 24)
    ax.set_ylim(7, 0)
    ax.grid(False)
    ax.spines["bottom"].set_visible(False)
    step = 6 if panel.width < 330 else 3 if panel.width < 480 else 2
    ax.set_xticks(range(0, 25, step), labels=[f"{hour:02d}" for hour in range(0, 25, step)])
    ax.set_yticks(np.arange(7) + 0.5, labels=panel.look.names("weekdays"))
    if panel.width / 24 < 17:
        return  # numbers would not fit into the cells
    for day, hour in np.argwhere(table > 0):
        value = float(table[day, hour])
        colour = "#FFFFFF" if norm(value) > 0.55 else INK
        ax.text(hour + 0.5, day + 0.5, short(value), ha="center", va="center", size=SMALL, color=colour)


# --- shared -------------------------------------------------------------------------------------------------
def _height(rows: int, top: int) -> float:
    return ROW * max(2, min(rows, top))


def _head(panel: Panel, result: Summary, title: str, note: str, more: str | None, site: str | None) -> None:
    if note:
        panel.above(note, size=SMALL, colour=QUIET)
    panel.title(title, panel.about(result.period, more, site=site))


def _nothing(panel: Panel, result: Summary, title: str, sentence: str) -> Axes:
    return panel.nothing(title, sentence if result.period else panel.say("no-rows"), panel.about(result.period))
