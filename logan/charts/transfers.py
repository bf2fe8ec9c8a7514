"""FTP: logons and transfers over time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from logan.charts import numbers
from logan.charts.bins import Series, bins_of
from logan.charts.numbers import Event
from logan.charts.panel import Panel, drawing, halve, most_bins, plot_height
from logan.charts.stacks import draw_stacks, value_axis
from logan.charts.style import COLOURS, count
from logan.summary import Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
    with drawing(ax, lang=lang, tz=tz, width=width, height=plot_height(width, 0.25) * 2 + 60) as panel:
        panel.ax.set_axis_off()
        if not any(key[0] == "ftp" for key, _ in result.spans):
            return panel.nothing(panel.say("ftp"), panel.say("ftp-none"))
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
    with drawing(ax, lang=lang, tz=tz, width=width, height=plot_height(width, 0.26)) as panel:
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
    with drawing(ax, lang=lang, tz=tz, width=width, height=plot_height(width, 0.26)) as panel:
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
        panel.nothing(panel.say(said), panel.say("ftp-none"))
        return
    bins = bins_of(period, panel.look.zone, most_bins(width) // 2)
    test = numbers.wanted(site)
    sums = bins.series(_labelled(result, test, label_of))
    about = panel.about(period, step=bins.step, site=site) if alone else ""
    if not sums:
        panel.nothing(panel.say(said), panel.say(f"{said}-none"), about)
        return
    stacks: list[tuple[Any, str, Series]] = [
        (panel.say(f"ftp-{name}"), colour, sums[name]) for name, colour in colours.items() if name in sums
    ]
    value_axis(panel, draw_stacks(panel, bins, stacks).max(), whole=True)
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
