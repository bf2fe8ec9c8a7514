"""`summarize`: blocks in, one Summary out, on threads here or wherever `map` runs them."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from logan.columns import Part
from logan.exceptions import OptionError, SourceError
from logan.files import Source, shown
from logan.finding import Found, find_files, natural
from logan.reading.blocks import Block, blocks
from logan.reading.parsing import Batch
from logan.selection import Moment, OnBadLines, Selection, moment
from logan.summary import Summary
from logan.totals import RunningTotals
from logan.weeks import Weeks
from logan.worker import Progress, RejectSink, Worker, keep_memory

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
R = TypeVar("R")

#: Less than this is not worth a second thread.
FEW_BYTES = 1 << 24
#: How many summaries are sent back at most where `map` says who works.
TASKS = 256


class Map(Protocol):
    """What `map=` takes: the builtin, an executor's `map`, or `dask.distributed.Client.get_executor().map`."""

    def __call__(self, function: Callable[[T], R], items: Sequence[T], /) -> Iterable[R]: ...


def summarize(
    source: Source | Iterable[Source] | pd.DataFrame,
    *,
    map: Map | None = None,
    workers: int | None = None,
    since: Moment = None,
    until: Moment = None,
    site: str | Sequence[str] | None = None,
    tz: str = "UTC",
    on_bad_lines: OnBadLines = "warn",
    selection: Selection | None = None,
    progress: Progress | None = None,
    rejects: RejectSink | None = None,
) -> Summary:
    """Summarize a frame, or any number of log files without holding them in memory.

    Returns a `Summary`. `source` is a path, folder, glob, URL, ``"-"``, a saved summary (``*.logan``), several of these,
    or a frame from `logan.read`. `since` and `until` are half open; without an offset they are meant in `tz`.
    Without `map`, threads are used, one for each core or `workers`; with it, blocks are handed to `map`.
    Raises SourceError where a path does not exist or holds no log, BadLineError with ``on_bad_lines="error"``.

    >>> summarize("samples/FTPSVC2").lines.rejected
    0
    """
    chosen = selection or Selection()
    sites = (site,) if isinstance(site, str) else tuple(site or chosen.sites)
    chosen = replace(
        chosen,
        since=chosen.since if since is None else moment(since, tz),
        until=chosen.until if until is None else moment(until, tz),
        sites=tuple(s.upper() for s in sites),
        on_bad_lines=on_bad_lines if chosen.on_bad_lines == "warn" else chosen.on_bad_lines,
    )
    return _summarize(source, chosen, map, workers, progress, rejects).total()


def summarize_weeks(
    source: Source | Iterable[Source] | pd.DataFrame,
    *,
    tz: str = "UTC",
    workers: int | None = None,
    selection: Selection | None = None,
    progress: Progress | None = None,
    rejects: RejectSink | None = None,
) -> dict[str, Summary]:
    """One Summary for each ISO week of a zone that has rows: {"2026-W46": ..., "2026-W47": ...}, in order.

    Lines that belong to no week (headers, blank and rejected lines) are counted with the newest one, or under "" where
    no row could be read at all.
    """
    chosen = selection or Selection()
    return dict(weeks_of(source, tz, chosen, workers=workers, progress=progress, rejects=rejects))


def weeks_of(
    source: Source | Iterable[Source] | pd.DataFrame,
    tz: str,
    selection: Selection,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    rejects: RejectSink | None = None,
) -> Weeks:
    """What `summarize_weeks` gives, of which only those weeks become summaries that are asked for."""
    chosen = replace(selection, week_zone=tz)
    return _summarize(source, chosen, None, workers, progress, rejects).named()


def _summarize(
    source: Any,
    selection: Selection,
    map: Map | None,
    workers: int | None,
    progress: Progress | None,
    rejects: RejectSink | None,
) -> Weeks:
    if hasattr(source, "columns") and hasattr(source, "dtypes"):
        worker = Worker(selection)
        for batch in frame_batches(source):
            worker.add(batch)
        return Weeks(worker.sums())
    saved, paths = split_saved(source, selection)
    found = find_files(paths) if paths or not saved else Found()
    parts: Iterable[dict[str, Part]]
    if map is None:
        size = sum(log.unpacked for log in found.files)
        parts = [on_threads(blocks(found.files, cut=False), size, selection, workers, progress, rejects)]
    else:
        parts = map(partial(summarize_blocks, selection=selection), _tasks(list(blocks(found.files))))
    sums = RunningTotals()
    for part in parts:  # as they come: a thousand summaries at once would not fit into memory
        sums.add(part)
    for summary in (*saved, Summary(skipped=tuple(found.skipped))):
        sums.add({"": summary})
    result = Weeks(sums.sums())
    demand_logs(result, paths, bool(saved))
    return result


def split_saved(source: Any, selection: Selection) -> tuple[list[Summary], list[Source]]:
    given = [source] if isinstance(source, str | os.PathLike) else list(source)
    paths = [match for path in given for match in saved_matches(path)]
    saved = [path for path in paths if os.fspath(path).lower().endswith(".logan")]
    if saved and (selection.filters or selection.week_zone):
        raise OptionError(
            f"{shown(saved[0])}: a saved summary holds no rows to choose from. Give the logs, or drop the filter."
        )
    return [Summary.load(os.fspath(path)) for path in saved], [path for path in paths if path not in saved]


def saved_matches(path: Source) -> list[Source]:
    """The files behind a pattern such as ``week*.logan``, which a Windows shell hands on as it is."""
    text = os.fspath(path)
    if text.lower().endswith(".logan") and glob.has_magic(text) and not os.path.exists(text):
        return [*sorted(glob.glob(text), key=natural)] or [path]
    return [path]


def demand_logs(weeks: Weeks, paths: Sequence[Source], saved: bool) -> None:
    heads = weeks.heads().values()
    if saved or any(head.files for head in heads):
        return
    skipped = [item for head in heads for item in head.skipped]
    names = ", ".join(shown(path) for path in paths[:3])
    if len(skipped) == 1:
        raise SourceError(f"{skipped[0][0]}: {skipped[0][1]}.")
    why = f" {len(skipped)} files were looked at, e.g. {skipped[0][0]}: {skipped[0][1]}." if skipped else ""
    raise SourceError(f"{names}: no log files found.{why} IIS keeps them in C:\\inetpub\\logs\\LogFiles.")


def summarize_blocks(work: Sequence[Block], *, selection: Selection) -> dict[str, Part]:
    """The sums of some blocks by week ("" where weeks are not told apart): what `map` runs, anywhere."""
    worker = Worker(selection)
    worker.take(work)
    return worker.sums()


def _tasks(work: Sequence[Block]) -> list[list[Block]]:
    """Blocks gathered into at most `TASKS` tasks, since each one's summary has to be sent back and added up here."""
    least = sum(block.size for block in work) / TASKS
    tasks: list[list[Block]] = []
    size = least
    for block in work:
        if size >= least:
            tasks.append([])
            size = 0
        tasks[-1].append(block)
        size += block.size
    return tasks


def on_threads(
    work: Iterator[Block],
    size: int,
    selection: Selection,
    workers: int | None,
    progress: Progress | None,
    rejects: RejectSink | None,
) -> dict[str, Part]:
    """The sums of blocks, of about `size` bytes in all, by week. All threads read and parse, this one counts."""
    keep_memory()
    number = 1 if size < FEW_BYTES else workers or os.cpu_count() or 1
    worker = Worker(selection, progress, rejects)
    worker.take(work, number)
    return worker.sums()


def frame_batches(frame: pd.DataFrame) -> Iterator[Batch]:
    """The rows of a frame as batches, one for each service and site. Raises OptionError where columns are missing."""
    from logan.frames import batches

    return batches(frame)


def of_frame(frame: pd.DataFrame) -> Summary:
    """The summary of a frame; see `Summary.of`."""
    return summarize(frame)
