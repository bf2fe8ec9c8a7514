"""``logan export``."""

from __future__ import annotations

from typing import Annotated

import typer

from logan.cli import options as o
from logan.cli.session import demand_spared, reading, remark, selection, use_catalogues


def export(
    sources: o.Sources,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="FILE", help=".parquet, .csv, .jsonl, or a folder ending in a slash."),
    ],
    since: o.Since = None,
    until: o.Until = None,
    tz: o.Zone = "UTC",
    site: o.Sites = None,
    status: o.Status = None,
    uri: o.Uri = None,
    client: o.Client = None,
    method: o.Method = None,
    lang: o.Lang = None,
    client_field: o.ClientField = None,
    proxy: o.Proxies = None,
    log_tz: o.LocalZone = None,
    encoding: o.Encoding = None,
    on_bad_lines: o.OnBadLines = "warn",
    catalogue: o.CatalogueFile = None,
    quiet: o.Quiet = False,
) -> None:
    """Write the rows with title, meaning, causes and remedies to Parquet, CSV or JSON Lines."""
    from logan.exporting import export as run

    demand_spared(sources, output=output)
    use_catalogues(catalogue)
    chosen = selection(
        since=since, until=until, tz=tz, sites=site, statuses=status, methods=method, uri=uri, client=client,
        client_field=client_field, proxies=proxy, local_zone=log_tz, encoding=encoding, on_bad_lines=on_bad_lines,
    )  # fmt: skip
    with reading(sources, None, quiet) as (progress, _):
        rows = run(sources, output, lang=o.language(lang), selection=chosen, progress=progress)
    remark(f"{rows:,} rows written to {output}", quiet=quiet)
