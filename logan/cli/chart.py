"""``logan chart``."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import typer

from logan.cli import options as o
from logan.cli.session import demand_spared, reading, remark, remark_on, selection, use_catalogues
from logan.exceptions import OptionError

#: The charts and what they show; drawn by `logan.charts.KINDS`, which is not imported before it is needed.
KINDS = {
    "errors": "errors over time, by class or by status, with findings marked",
    "statuses": "the most frequent failures with their meaning",
    "heatmap": "errors or requests by weekday and hour",
    "latency": "how long answers took, over time",
    "slow-urls": "the slowest pages",
    "worst-urls": "the pages with the most errors",
    "worst-clients": "the clients with the most errors",
    "weeks": "the newest whole week against the one before",
    "ftp": "FTP logons and transfers",
    "ftp-logons": "FTP logons alone",
    "ftp-transfers": "FTP transfers alone",
    "lines": "lines read and rejected",
}
#: Which of the options a kind takes, beside those that all take.
_BY_STATUS = {"errors", "statuses", "heatmap", "weeks"}
_RANKED = {"statuses", "slow-urls", "worst-urls", "worst-clients"}
_MEASURED = {"heatmap", "weeks"}
_WHOLE = {"lines"}

_WIDTH = 900
_MOST_ROWS = 100
_HELP = "What to draw: " + "; ".join(f"{name}: {what}" for name, what in KINDS.items()) + "."


def chart(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=_HELP, show_default=False)],
    sources: o.Sources,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The picture: .png, .svg or .pdf.")],
    by: Annotated[Literal["class", "status"], typer.Option(help="What errors are stacked by.")] = "class",
    measure: Annotated[
        Literal["errors", "hits"], typer.Option(help="What heatmap and weeks count: errors, or all requests.")
    ] = "errors",
    status: o.Status = None,
    site: o.Sites = None,
    since: o.Since = None,
    until: o.Until = None,
    tz: o.Zone = "UTC",
    top: o.Top = 10,
    width: Annotated[int, typer.Option(min=320, max=8000, metavar="PIXELS", help="Width of the picture.")] = _WIDTH,
    lang: o.Lang = None,
    client_field: o.ClientField = None,
    proxy: o.Proxies = None,
    log_tz: o.LocalZone = None,
    encoding: o.Encoding = None,
    workers: o.Workers = None,
    on_bad_lines: o.OnBadLines = "warn",
    rejects: o.Rejects = None,
    catalogue: o.CatalogueFile = None,
    quiet: o.Quiet = False,
) -> None:
    """Draw one picture of the logs."""
    from logan.charts import KINDS as DRAWN
    from logan.charts import save
    from logan.charts.output import format_of
    from logan.status import StatusFilter
    from logan.summarizing import summarize

    _known(kind, by, measure, status)
    if top > _MOST_ROWS:
        raise OptionError(f"--top {top}: a picture shows {_MOST_ROWS} rows at the most.")
    format_of(output)  # a wrong ending is said before an hour of reading
    for code in status or ():
        StatusFilter.of(code)
    demand_spared(sources, output=output, rejects=rejects)
    use_catalogues(catalogue)
    saved = all(source.lower().endswith(".logan") for source in sources)
    one = site[0] if site and len(site) == 1 else None
    chosen = selection(
        since=since, until=until, tz=tz, sites=None if saved and one else site, client_field=client_field,
        proxies=proxy, local_zone=log_tz, encoding=encoding, on_bad_lines=on_bad_lines,
    )  # fmt: skip
    with reading(sources, rejects, quiet) as (progress, sink):
        summary = summarize(sources, selection=chosen, workers=workers, progress=progress, rejects=sink)
    with _remarks(quiet):
        drawn = DRAWN[kind](
            summary,
            tz=tz,
            lang=o.language(lang),
            width=width,
            **_options(kind, by, measure, status, one, top),
        )
        save(drawn, output, title=f"logan {kind}")
    remark_on(summary, lang=o.language(lang), quiet=quiet, bad_lines=on_bad_lines)


def _known(kind: str, by: str, measure: str, status: list[str] | None) -> None:
    """Raise OptionError for a kind that does not exist, and for options that it would not heed."""
    if kind not in KINDS:
        from difflib import get_close_matches

        near = get_close_matches(kind.lower().replace("_", "-"), KINDS, 1, 0.5)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise OptionError(f"{kind!r} is no kind of chart.{hint} There are {', '.join(KINDS)}.")
    if status and kind not in _BY_STATUS:
        raise OptionError(f"--status does not go with {kind}; it goes with {', '.join(sorted(_BY_STATUS))}.")
    if by != "class" and kind != "errors":
        raise OptionError(f"--by does not go with {kind}; it goes with errors.")
    if measure != "errors" and kind not in _MEASURED:
        raise OptionError(f"--measure does not go with {kind}; it goes with {', '.join(sorted(_MEASURED))}.")


def _options(kind: str, by: str, measure: str, status: list[str] | None, site: str | None, top: int) -> dict[str, Any]:
    """The options that a chart of this kind takes."""
    found: dict[str, Any] = {} if kind in _WHOLE else {"site": site}
    if kind == "errors":
        found["by"] = by
    if kind in _BY_STATUS:
        found["status"] = ",".join(status) if status else None
    if kind in _MEASURED:
        found["measure"] = measure
    if kind in _RANKED:
        found["top"] = top
    return found


@contextmanager
def _remarks(quiet: bool) -> Iterator[None]:
    """Warnings of the charts as remarks to the user."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("default")
        yield
    for text in dict.fromkeys(str(one.message) for one in heard if one.category is UserWarning):
        remark(text, quiet=quiet)
