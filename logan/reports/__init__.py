"""Reports of a week: one HTML file, or one picture. `report` makes either.

`periods` finds the week in the logs, `weekly` turns its numbers into a model with every sentence, `html` and `png` only
lay it out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from logan.exceptions import OptionError
from logan.selection import Moment

if TYPE_CHECKING:
    import pandas as pd

    from logan.files import Source
    from logan.reports.model import Weekly
    from logan.summary import Summary

__all__ = ["report", "write"]

ENDINGS = (".html", ".htm", ".png")


def report(
    source: Summary | Source | Iterable[Source] | pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    before: Summary | None = None,
    week: str | None = None,
    since: Moment = None,
    until: Moment = None,
    tz: str = "UTC",
    lang: str = "en",
    anonymize: bool = False,
    show_secrets: bool = False,
    title: str | None = None,
) -> str:
    """Write a weekly report as ``.html`` or ``.png`` and return its path.

    `source` is a summary, or what `logan.summarize` takes: logs, a frame, or saved summaries of one period each, of
    which the newest is reported and compared with the one before it. Of logs it is the newest whole week, or `week`
    ("2026-W47"; "last" for the one before today's), or what lies between `since` and `until`, compared with the stretch
    of the same length before. `before` is the summary to compare with, where `source` does not tell.
    Raises OptionError for another ending, a week that makes no sense, or a log that would be overwritten; SourceError
    where there is nothing to report or the file cannot be written.
    """
    lang = language_for(path, lang)
    from logan.overwriting import demand_no_log
    from logan.reports.periods import Wanted, choose
    from logan.reports.weekly import weekly

    demand_no_log(path, "report")
    period = choose(source, Wanted(week=week, since=since, until=until, tz=tz), before)
    made = weekly(period, tz=tz, lang=lang, anonymize=anonymize, show_secrets=show_secrets, title=title)
    return write(made, path)


def write(weekly: Weekly, path: str | os.PathLike[str]) -> str:
    """Write a report that has been made; the file appears whole or not at all."""
    from logan.writing import written_beside

    data = _rendered(weekly, format_of(path))
    with written_beside(path) as beside, open(beside, "wb") as stream:
        stream.write(data)
    return os.fspath(path)


def language_for(path: str | os.PathLike[str], lang: str) -> str:
    """The language in which a file can be written: English where a picture lacks a Chinese font, with one warning."""
    if format_of(path) != ".png":
        return lang
    from logan.charts.style import language

    return language(lang)


def _rendered(weekly: Weekly, ending: str) -> bytes:
    if ending == ".png":
        from logan.reports.png import to_png

        return to_png(weekly)
    from logan.reports.html import to_html

    return to_html(weekly).encode("utf-8", "backslashreplace")


def format_of(path: str | os.PathLike[str]) -> str:
    """The ending of a report's file. Raises OptionError where it is none of ours."""
    ending = os.path.splitext(os.fspath(path))[1].lower()
    if ending not in ENDINGS:
        raise OptionError(f"{os.fspath(path)}: a report is written as .html or .png. Change the ending of its name.")
    return ending
