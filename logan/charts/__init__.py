"""Charts of a Summary, one function each: ``f(result, *, ax=None, ...) -> Axes``.

>>> from logan.charts import errors, save
>>> ax = errors(summary, tz="Asia/Shanghai", lang="zh")  # doctest: +SKIP
>>> save(ax, "errors.png")  # doctest: +SKIP

Without `ax` each draws on a figure of its own (`matplotlib.figure.Figure`, not pyplot's), which goes when it is let go.
The style holds while a chart is drawn and leaves matplotlib's settings as they were. What comes from a log is drawn as
plain text. A chart without data says so in a sentence. `to_svg` gives a chart as an element for a web page.
"""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes

from logan.charts.bars import heatmap, lines, slow_urls, statuses, worst_clients, worst_urls
from logan.charts.comparison import weeks
from logan.charts.durations import latency
from logan.charts.output import FORMATS, save, to_svg
from logan.charts.style import COLOURS
from logan.charts.transfers import ftp, ftp_logons, ftp_transfers
from logan.charts.trends import errors

#: The charts by the names that the command line uses.
KINDS: dict[str, Callable[..., Axes]] = {
    "errors": errors,
    "statuses": statuses,
    "heatmap": heatmap,
    "latency": latency,
    "slow-urls": slow_urls,
    "worst-urls": worst_urls,
    "worst-clients": worst_clients,
    "weeks": weeks,
    "ftp": ftp,
    "ftp-logons": ftp_logons,
    "ftp-transfers": ftp_transfers,
    "lines": lines,
}

__all__ = [
    "COLOURS",
    "FORMATS",
    "KINDS",
    "errors",
    "ftp",
    "ftp_logons",
    "ftp_transfers",
    "heatmap",
    "latency",
    "lines",
    "save",
    "slow_urls",
    "statuses",
    "to_svg",
    "weeks",
    "worst_clients",
    "worst_urls",
]
