"""``logan report``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from logan.cli import options as o
from logan.cli.session import demand_spared, reading, remark, remark_on, selection, use_catalogues
from logan.exceptions import OptionError


def report(
    sources: o.Sources,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write: .html (works offline) or .png; logan-2026-W47.html if left out.",
        ),
    ] = None,
    week: Annotated[
        str | None,
        typer.Option(
            metavar="WEEK", help="2026-W47, or last: the week before today's; the newest whole week if left out."
        ),
    ] = None,
    since: o.Since = None,
    until: o.Until = None,
    tz: o.Zone = "UTC",
    site: o.Sites = None,
    lang: o.Lang = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Headline of the report.")] = None,
    anonymize: Annotated[
        bool, typer.Option("--anonymize", help="Call clients and users client-1, user-1, alike throughout.")
    ] = False,
    cache: o.Cache = None,
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
    """Write a report of a week, in a file to read or to send: HTML or a picture.

    SOURCE is logs, or saved summaries of one week each (logan summarize --save week47.logan): the newest is reported
    and compared with the one before it.
    """
    from logan.reports import language_for, write
    from logan.reports.periods import Wanted, choose
    from logan.reports.weekly import weekly

    language: str = o.language(lang)
    if output is not None:
        language = language_for(output, language)
    demand_spared(sources, output=output, rejects=rejects)
    use_catalogues(catalogue)
    if cache and (since or until):
        raise OptionError("--cache keeps weeks, and cannot serve --since and --until.")
    o.demand_reading(cache, rejects)
    chosen = selection(
        tz=tz, sites=site, client_field=client_field, proxies=proxy, local_zone=log_tz, encoding=encoding,
        on_bad_lines=on_bad_lines,
    )  # fmt: skip
    with reading(sources, rejects, quiet) as (progress, sink):
        wanted = Wanted(
            week, since, until, tz, chosen, workers, progress, sink, cache, lambda text: remark(text, quiet=quiet)
        )
        period = choose(sources, wanted)
    made = weekly(period, tz=tz, lang=language, anonymize=anonymize, show_secrets=show_secrets, title=title)
    path = write(made, output or f"logan-{period.week or _dates(period.start, period.end, tz)}.html")
    remark_on(period.summary, lang=language, quiet=quiet, bad_lines=on_bad_lines)
    for note in made.notes:
        remark(note, quiet=quiet)
    remark(f"{os.path.abspath(path)}", quiet=quiet)


def _dates(start: int, end: int, tz: str) -> str:
    """The days of a period, for a file name."""
    from logan.analysis.times import local, zone

    first, last = local(start, zone(tz)), local(end - 1, zone(tz))
    return f"{first:%F}" if first.date() == last.date() else f"{first:%F}-to-{last:%F}"
