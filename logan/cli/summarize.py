"""``logan summarize``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from logan.cli import options as o
from logan.cli.session import demand_spared, print_json, reading, remark, remark_on, selection, use_catalogues
from logan.cli.streams import is_heard
from logan.exceptions import OptionError

if TYPE_CHECKING:
    from logan.selection import Selection
    from logan.summary import Summary


def summarize(
    sources: o.Sources,
    since: o.Since = None,
    until: o.Until = None,
    tz: o.Zone = "UTC",
    site: o.Sites = None,
    status: o.Status = None,
    uri: o.Uri = None,
    client: o.Client = None,
    method: o.Method = None,
    top: o.Top = 10,
    sort: Annotated[str, typer.Option(help="Order of the statuses: hits, status, or worst.")] = "worst",
    lang: o.Lang = None,
    format: o.OutputFormat = "table",
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE", help='Exit with 3 if this holds: "error_rate>5%", "finding>=critical". May be repeated.'
        ),
    ] = None,
    save: Annotated[
        str | None, typer.Option(metavar="FILE", help="Save the numbers, to be added up or reported later.")
    ] = None,
    cache: o.Cache = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Run on a Dask cluster, such as tcp://scheduler:8786.")
    ] = None,
    client_field: o.ClientField = None,
    proxy: o.Proxies = None,
    log_tz: o.LocalZone = None,
    encoding: o.Encoding = None,
    workers: o.Workers = None,
    on_bad_lines: o.OnBadLines = "warn",
    rejects: o.Rejects = None,
    show_secrets: o.Secrets = False,
    catalogue: o.CatalogueFile = None,
    quiet: o.Quiet = False,
) -> None:
    """Say what happened, what it means and what to do: errors, causes, trend, slow pages, findings."""
    language = o.language(lang)
    use_catalogues(catalogue)
    chosen = selection(
        since=since, until=until, tz=tz, sites=site, statuses=status, methods=method, uri=uri, client=client,
        client_field=client_field, proxies=proxy, local_zone=log_tz, encoding=encoding, on_bad_lines=on_bad_lines,
    )  # fmt: skip
    rules = _rules(fail_on)
    demand_spared(sources, save=save, rejects=rejects)
    summary = _summary(sources, chosen, workers, cache, dask, rejects, quiet)
    if save:
        summary.save(save)
    if is_heard() or not (save or rejects or cache or rules):  # a service that saves has nobody to show a page to
        _print(summary, format, language, top, tz, sort, show_secrets)
    remark_on(summary, lang=language, quiet=quiet, bad_lines=on_bad_lines)
    if any(rule(summary) for rule in rules):
        raise typer.Exit(3)


def _summary(
    sources: list[str],
    chosen: Selection,
    workers: int | None,
    cache: str | None,
    dask: str | None,
    rejects: str | None,
    quiet: bool,
) -> Summary:
    """Read the logs: here, with a cache, or on a cluster."""
    if (cache or rejects) and dask:
        raise OptionError("--dask reads elsewhere and cannot be combined with --cache or --rejects.")
    o.demand_reading(cache, rejects)
    if dask:
        from logan.cluster import summarize_on

        return summarize_on(dask, sources, chosen)
    with reading(sources, rejects, quiet, meanwhile=_make_ready) as (progress, sink):
        if cache:
            from logan.caching import summarize_cached

            return summarize_cached(
                sources, cache, selection=chosen, workers=workers, progress=progress,
                remark=lambda text: remark(text, quiet=quiet),
            ).total()  # fmt: skip
        from logan.summarizing import summarize as run

        return run(sources, selection=chosen, workers=workers, progress=progress, rejects=sink)


def _make_ready() -> None:
    """Load what every answer needs: the questions, and the words for most statuses."""
    from importlib import import_module

    from logan.catalogue.store import index

    for module in ("analysis.overview", "analysis.findings", "catalogue.lookup"):
        import_module(f"logan.{module}")
    for part in ("http", "combinations", "win32"):
        index(part)


def _rules(texts: list[str] | None) -> list[Any]:
    if not texts:
        return []
    from logan.analysis.thresholds import fail_on

    return [fail_on(text) for text in texts]


def _print(summary: Summary, format: o.Format, lang: o.Language, top: int, tz: str, sort: str, secrets: bool) -> None:
    if format == "json":
        print_json(summary.to_dict(lang=lang, top=top, tz=tz, show_secrets=secrets))
    elif format == "csv":
        _print_csv(summary, lang, top, tz)
    else:
        from logan.cli.render import render

        render(summary, lang=lang, top=top, tz=tz, sort=sort, show_secrets=secrets)


def _print_csv(summary: Summary, lang: o.Language, top: int, tz: str) -> None:
    """One row for each status, with its words; cells that a spreadsheet would run are defused."""
    import csv

    from logan.writing import cell

    names = [
        "service",
        "status",
        "substatus",
        "win32_status",
        "reason_phrase",
        "hits",
        "title",
        "meaning",
        "causes",
        "remedies",
    ]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    for status in summary.to_dict(lang=lang, top=top, tz=tz)["statuses"]:
        values = [status[name] for name in names]
        writer.writerow([cell(" | ".join(v) if isinstance(v, list) else v) for v in values])
