"""``logan compare``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from logan.cli import options as o
from logan.cli.session import print_json, reading, remark_on, selection
from logan.exceptions import OptionError

if TYPE_CHECKING:
    from logan.summary import Summary


def compare(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="BEFORE AFTER", help="Two folders, files or saved summaries; with --week one source."),
    ],
    week: Annotated[
        str | None,
        typer.Option(metavar="WEEK", help="Compare this ISO week (2026-W47, or last) with the week before it."),
    ] = None,
    tz: o.Zone = "UTC",
    site: o.Sites = None,
    top: o.Top = 10,
    lang: o.Lang = None,
    format: o.OutputFormat = "table",
    workers: o.Workers = None,
    on_bad_lines: o.OnBadLines = "warn",
    quiet: o.Quiet = False,
) -> None:
    """Say what is new, gone, worse or better: by status, URL, group of clients and speed."""
    from logan.analysis import compare as run

    before, after = _two(sources, week, tz, site, workers, quiet)
    comparison = run(before, after)
    language = o.language(lang)
    if format == "json":
        print_json(comparison.to_dict(language))
    elif format == "csv":
        import csv

        from logan.writing import cell

        frame = comparison.to_frame()
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(frame.columns)
        writer.writerows(
            [cell(None if value != value else value) for value in row] for row in frame.astype(object).values
        )
    else:
        from logan.cli.comparison import render_comparison

        render_comparison(comparison, lang=language, top=top, tz=tz)
    remark_on(before + after, lang=language, quiet=quiet, bad_lines=on_bad_lines)


def _two(
    sources: list[str], week: str | None, tz: str, site: list[str] | None, workers: int | None, quiet: bool
) -> tuple[Summary, Summary]:
    from logan.summarizing import summarize, weeks_of

    with reading(sources, None, quiet) as (progress, _):
        if week is None:
            if len(sources) != 2:
                raise OptionError(
                    f"compare takes two sources, BEFORE and AFTER, or one with --week; {len(sources)} given."
                )
            chosen = selection(tz=tz, sites=site)
            one, other = (summarize(s, selection=chosen, workers=workers, progress=progress) for s in sources)
            return one, other
        weeks = weeks_of(sources, tz, selection(tz=tz, sites=site), workers=workers, progress=progress)
    names = list(weeks)
    name = names[-1] if week.lower() == "last" else week.upper()
    if name not in weeks or names.index(name) == 0:
        raise OptionError(
            f"{week}: that week and the one before it are not both in these logs. They hold: {', '.join(names)}."
        )
    return weeks[names[names.index(name) - 1]], weeks[name]
