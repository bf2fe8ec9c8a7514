"""``logan compare``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from logan.cli import options as o
from logan.cli.session import print_json, reading, remark, remark_on, selection
from logan.exceptions import OptionError

if TYPE_CHECKING:
    from logan.selection import Selection
    from logan.summary import Summary
    from logan.weeks import Weeks
    from logan.worker import Progress

    Say = Callable[[str], None]


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
    cache: o.Cache = None,
    on_bad_lines: o.OnBadLines = "warn",
    quiet: o.Quiet = False,
) -> None:
    """Say what is new, gone, worse or better: by status, URL, group of clients and speed."""
    from logan.analysis import compare as run
    from logan.caching import weeks_from

    if week is None and len(sources) != 2:
        raise OptionError(f"compare takes two sources, BEFORE and AFTER, or one with --week; {len(sources)} given.")
    chosen, say = selection(tz=tz, sites=site, on_bad_lines=on_bad_lines), partial(remark, quiet=quiet)
    with reading(sources, None, quiet) as (progress, _):
        if week is None:
            before, after = _of_sources(sources, chosen, workers, cache, progress, say)
            whole = before + after
        else:
            weeks = weeks_from(sources, tz, chosen, cache, workers=workers, progress=progress, remark=say)
            before, after = _of_weeks(weeks, week, tz)
            whole = weeks.heads()[max(weeks)]  # what was left out is counted with the newest week
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
    remark_on(whole, lang=language, quiet=quiet, bad_lines=on_bad_lines)


def _of_weeks(weeks: Weeks, week: str, tz: str) -> tuple[Summary, Summary]:
    """The week before, and the week; "last" is the newest one in the logs."""
    from logan.selection import week_before, week_named

    name = max(weeks) if week.strip().lower() == "last" else week_named(week, tz)
    before = week_before(name, tz) if name else ""  # logs without a row have no week
    if not name or name not in weeks or before not in weeks:
        held = ", ".join(list(weeks)[-6:])
        raise OptionError(f"{week}: that week and the one before it are not both in these logs. They hold: {held}.")
    return weeks[before], weeks[name]


def _of_sources(
    sources: list[str],
    selection: Selection,
    workers: int | None,
    cache: str | None,
    progress: Progress | None,
    say: Say,
) -> Iterator[Summary]:
    """The two that are compared, read one after the other."""
    from logan.caching import summarize_cached
    from logan.summarizing import summarize

    for source in sources:
        if cache:
            yield summarize_cached(
                source, cache, selection=selection, workers=workers, progress=progress, remark=say
            ).total()
        else:
            yield summarize(source, selection=selection, workers=workers, progress=progress)
