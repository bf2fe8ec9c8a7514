"""Which stretch of time a report is of, and which one it is compared with.

A week counts as whole when a later one has begun in the logs, or when its last day has: logs seldom end on the second,
and a server that is quiet at night has no row at midnight. Where no week is whole, the newest one is taken and the
report says so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from logan.counting.rows import BUCKET
from logan.exceptions import OptionError, SourceError
from logan.selection import Moment, Selection, iso_week, moment, week_before, week_named, week_span, zone
from logan.summarizing import saved_matches, summarize
from logan.summary import Summary, total
from logan.weeks import Weeks

if TYPE_CHECKING:
    import pandas as pd

    from logan.files import Source
    from logan.worker import Progress, RejectSink

DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time with its numbers. `start` and `end` are µs since 1970 UTC, half open.

    `week` is its ISO week if it is one, `before` the numbers of the stretch before and `before_week` its week,
    `history` everything up to the end. `notes` are keys of remarks about the choice.
    """

    summary: Summary
    start: int
    end: int
    week: str | None = None
    before: Summary | None = None
    before_week: str | None = None
    history: Summary | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asked for."""

    week: str | None = None
    since: Moment = None
    until: Moment = None
    tz: str = "UTC"
    selection: Selection | None = None
    workers: int | None = None
    progress: Progress | None = None
    rejects: RejectSink | None = None
    cache: str | None = None
    remark: Callable[[str], None] = lambda text: None

    @property
    def reading(self) -> dict[str, Any]:
        return {"workers": self.workers, "progress": self.progress, "rejects": self.rejects}


def choose(
    source: Summary | Source | Iterable[Source] | pd.DataFrame, wanted: Wanted, before: Summary | None = None
) -> Period:
    """The period of a report, from a summary, saved summaries, logs or a frame.

    Raises OptionError where it cannot be cut out of what is given, SourceError where the source has no rows in it.
    """
    zone(wanted.tz)
    if wanted.week and (wanted.since is not None or wanted.until is not None):
        raise OptionError("Give either a week, or since and until.")
    if isinstance(source, Summary):
        return _only(source, before, wanted)
    saved = _saved(source)
    if saved:
        return _newest_saved(saved, wanted, before)
    if wanted.since is not None or wanted.until is not None:
        return _between(source, wanted, before)
    return _week(source, wanted, before)


def last_week(tz: str) -> str:
    """The ISO week before the one that today is in."""
    day = datetime.now(zone(tz)) - timedelta(days=7)
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


# --- logs -------------------------------------------------------------------------------------------------------------
def _week(source: Any, wanted: Wanted, before: Summary | None) -> Period:
    weeks = _weeks(source, wanted)
    if not any(weeks):
        raise SourceError("There are no rows in these logs. Check the folder, and --site if it is given.")
    notes: list[str] = []
    name = _named(wanted) or _newest_whole(weeks, wanted.tz)
    if name not in weeks:
        raise SourceError(f"There are no rows in week {name}. The logs hold {', '.join(list(weeks)[-6:])}.")
    start, end = week_span(name, wanted.tz)
    if not _whole(name, weeks, wanted.tz):
        notes.append("note-not-whole")
    earlier = week_before(name, wanted.tz)
    if before is None and earlier in weeks:
        before = weeks[earlier]
        if earlier == min(weeks) and (before.period or (0, 0))[0] - week_span(earlier, wanted.tz)[0] > 2 * DAY:
            notes.append("note-before-not-whole")
    mine, history = _with_reading(name, weeks), weeks.total(until=name)
    return Period(mine, start, end, name, before, earlier if before else None, history, tuple(notes))


def _weeks(source: Any, wanted: Wanted) -> Weeks:
    from logan.caching import weeks_from

    chosen = wanted.selection or Selection()
    return weeks_from(source, wanted.tz, chosen, wanted.cache, **wanted.reading, remark=wanted.remark)


def _named(wanted: Wanted) -> str | None:
    if wanted.week is None:
        return None
    if wanted.week.strip().lower() == "last":
        return last_week(wanted.tz)
    return week_named(wanted.week, wanted.tz)


def _newest_whole(weeks: Weeks, tz: str) -> str:
    newest = max(weeks)
    return newest if _whole(newest, weeks, tz) else max((name for name in weeks if name < newest), default=newest)


def _whole(name: str, weeks: Weeks, tz: str) -> bool:
    if name < max(weeks):
        return True
    period = weeks[name].period
    return period is not None and period[1] >= week_span(name, tz)[1] - DAY


def _with_reading(name: str, weeks: Weeks) -> Summary:
    """A week with what is known about the reading as a whole, which is counted with the newest week.

    The rows of other weeks were read too: they are counted as left out.
    """
    mine, heads = weeks[name], weeks.heads()
    newest = heads[max(weeks)]
    others = sum(head.lines.rows for week, head in heads.items() if week != name)
    whole = newest.lines
    lines = replace(
        whole,
        read=whole.read - whole.rows + mine.lines.rows,
        rows=mine.lines.rows,
        filtered=whole.filtered + others,
    )
    return replace(
        mine,
        files=newest.files,
        bytes=newest.bytes,
        skipped=newest.skipped,
        rejects=newest.rejects,
        backwards=newest.backwards,
        lines=lines,
    )


def _between(source: Any, wanted: Wanted, before: Summary | None) -> Period:
    since, until = moment(wanted.since, wanted.tz), moment(wanted.until, wanted.tz)
    if since is not None and until is not None and until <= since:
        raise OptionError("--until is not after --since.")
    chosen = replace(wanted.selection or Selection(), since=since, until=until)
    mine = summarize(source, selection=chosen, **wanted.reading)
    if mine.period is None:
        raise SourceError("There are no rows in this period. Check --since, --until and --tz.")
    start = since if since is not None else mine.period[0]
    end = until if until is not None else mine.period[1] + 1
    if before is None and since is not None and until is not None and not hasattr(source, "columns"):
        chosen = replace(chosen, since=2 * since - until, until=since)
        earlier = summarize(source, selection=chosen, workers=wanted.workers)
        before = earlier if earlier.period else None
    return _with_week(Period(mine, start, end, before=before, history=mine + before if before else mine), wanted.tz)


# --- summaries --------------------------------------------------------------------------------------------------------
def _only(summary: Summary, before: Summary | None, wanted: Wanted) -> Period:
    """A summary is a period already: it cannot be cut, but it can be asked to be the right one."""
    if summary.period is None:
        raise SourceError("There are no rows in this summary, so there is nothing to report.")
    week = _named(wanted)
    start, end = summary.period[0], summary.period[1] + 1
    wished = week_span(week, wanted.tz) if week else (moment(wanted.since, wanted.tz), moment(wanted.until, wanted.tz))
    if (wished[0] is not None and start < wished[0]) or (wished[1] is not None and end > wished[1]):
        raise OptionError("A summary cannot be cut into other periods. Give the logs, or a summary of that period.")
    history = summary + before if before else summary
    before_week = _week_of(before.period, wanted.tz) if before and before.period else None
    found = Period(summary, start, end, before=before, before_week=before_week, history=history)
    return _with_week(found, wanted.tz)


def _saved(source: Any) -> list[Summary]:
    """The saved summaries, if that is what the source consists of."""
    if hasattr(source, "columns") and hasattr(source, "dtypes"):
        return []
    paths: Sequence[Any] = [source] if isinstance(source, str | os.PathLike) else list(source)
    saved = [path for path in paths if os.fspath(path).lower().endswith(".logan")]
    if saved and len(saved) < len(paths):
        raise OptionError("A report is made of logs or of saved summaries, not of both. Give one kind.")
    return [Summary.load(os.fspath(match)) for path in saved for match in saved_matches(path)]


def _newest_saved(saved: list[Summary], wanted: Wanted, before: Summary | None) -> Period:
    """The newest of saved periods with the one before it; files of the same week (one for each server) add up."""
    if wanted.selection is not None and wanted.selection.filters:
        raise OptionError("A saved summary holds no rows to choose from. Give the logs, or drop the filter.")
    periods: dict[Any, list[Summary]] = {}
    for summary in saved:
        if summary.period:
            periods.setdefault(_week_of(summary.period, wanted.tz) or summary.period, []).append(summary)
    ordered = sorted((total(parts) for parts in periods.values()), key=lambda summary: summary.period or (0, 0))
    if not ordered:
        raise SourceError("There are no rows in these saved summaries, so there is nothing to report.")
    place, week = len(ordered) - 1, _named(wanted)
    if week:
        weeks = [_week_of(summary.period, wanted.tz) for summary in ordered]
        if week not in weeks:
            raise SourceError(f"None of the saved summaries is of week {week}.")
        place = weeks.index(week)
    if before is None and place:
        before = ordered[place - 1]
    found = _only(ordered[place], before, replace(wanted, week=None))
    return replace(found, history=total(ordered[: place + 1]))


def _week_of(period: tuple[int, int] | None, tz: str) -> str | None:
    """The ISO week in which a period lies, if it lies in one."""
    if period is None:
        return None
    first, last = (iso_week(time // BUCKET, tz) for time in period)
    return first if first == last else None


def _with_week(found: Period, tz: str) -> Period:
    """The period as an ISO week, if its rows lie in one, and it is no smaller stretch that was asked for."""
    week = _week_of((found.start, found.end - 1), tz)
    if week is None:
        return found
    start, end = week_span(week, tz)
    if found.end - found.start < 4 * DAY:
        return found
    return replace(found, start=start, end=end, week=week)
