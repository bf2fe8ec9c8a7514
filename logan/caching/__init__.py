"""`summarize_cached`: files that were read before are not read again.

For each file the cache keeps the summary of what was read, and how far that was. A file is the same if its path, size
and time are, and the hashes of its head and tail; one that has only grown goes on where it stopped; any other is read
anew. What stands behind the last finished line is counted but not kept, since IIS may still be writing it.
Nothing is ever counted twice, because the summary of a file is always the sum of disjoint stretches of it.

`entries` knows single files, `groups` those of a month together, `store` how both are kept, `states` what a file is
told by.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import Any

from logan.caching.entries import Entries
from logan.caching.groups import Groups, GroupSums, Place
from logan.caching.store import ByWeek, Remark, Store, in_columns
from logan.exceptions import SourceError
from logan.files import LogFile, Source
from logan.finding import Found, find_files
from logan.reading.blocks import Block, blocks
from logan.selection import Selection
from logan.summarizing import demand_logs, on_threads, split_saved, weeks_of
from logan.summary import Summary
from logan.weeks import Weeks
from logan.worker import Progress, RejectSink, no_collection


def summarize_cached(
    source: Source | Iterable[Source],
    folder: str,
    *,
    selection: Selection | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    remark: Remark = lambda text: None,
) -> Weeks:
    """The summaries of `source` by week ("" where the selection does not cut weeks), with a cache in `folder`.

    `remark` is told about entries that were thrown away. Raises SourceError where there is no log, or where the folder
    cannot be written.
    """
    chosen = selection or Selection()
    saved, paths = split_saved(source, chosen)
    found = find_files(paths) if paths or not saved else Found()
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise SourceError(
            f"{folder}: cannot be made: {error.strerror}. Give --cache a folder that can be written."
        ) from None
    sums = _sums(found.files, Store(folder, chosen, remark), chosen, workers, progress)
    sums.add({"": Summary(skipped=tuple(found.skipped))})
    for summary in saved:
        sums.add({"": summary})
    weeks = Weeks(sums.sums())
    demand_logs(weeks, paths, bool(saved))
    return weeks


def weeks_from(
    source: Any,
    tz: str,
    selection: Selection,
    cache: str | None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    rejects: RejectSink | None = None,
    remark: Remark = lambda text: None,
) -> Weeks:
    """The ISO weeks of a zone, with what belongs to none of them in the newest; read with a cache if there is one.

    Raises SourceError as `summarize_cached` does.
    """
    if cache is None:
        return weeks_of(source, tz, selection, workers=workers, progress=progress, rejects=rejects)
    chosen = replace(selection, week_zone=tz)
    weeks = summarize_cached(source, cache, selection=chosen, workers=workers, progress=progress, remark=remark)
    return weeks.named()


def _sums(
    logs: Sequence[LogFile], store: Store, selection: Selection, workers: int | None, progress: Progress | None
) -> GroupSums:
    """The sums of files, of which only those are read that the cache does not know."""
    groups, entries = Groups(store, logs), Entries(store, selection)
    kept = groups.kept()
    known = {name for group in kept.values() for name in group.members}
    unknown = [log for log in logs if store.name(log) not in known]
    if progress:
        progress(sum(log.size for log in logs) - sum(log.size for log in unknown))
    sums = GroupSums(groups, kept)
    small, large = groups.sorted_out(unknown)
    for place, states in small.items():
        weeks = _read_together(list(states), selection, workers, progress)
        sums.join(place, {store.name(log): state for log, state in states.items()}, weeks)
    with closing(_read_apart(large, entries, workers, progress)) as results:
        for log, weeks in zip(large, results, strict=True):
            name = store.name(log)
            state = entries.still.get(name)
            if state:
                sums.join(Place(state.month, True), {name: state}, weeks)
            else:
                sums.add(weeks)
    return sums


def _read_together(
    logs: Sequence[LogFile],
    selection: Selection,
    workers: int | None,
    progress: Progress | None,
) -> ByWeek:
    """The sums of files, each read as far as it went when it was found: what comes after is not what was noted of it."""
    work = (
        Block(tuple(piece._replace(stop=piece.log.size) for piece in block.pieces), block.size)
        for block in blocks(logs, cut=False)
    )
    with no_collection():
        size = sum(log.unpacked for log in logs)
        return in_columns(on_threads(work, size, selection, workers, progress, None))


def _read_apart(
    logs: Sequence[LogFile],
    entries: Entries,
    workers: int | None,
    progress: Progress | None,
) -> Generator[ByWeek, None, None]:
    """The sums of each file, in order. Whatever comes up, Ctrl-C too, ends the others at their next stretch.

    No more than two a worker are begun at a time: the sums of all files at once would not fit into memory.
    """

    def one(log: LogFile) -> ByWeek:
        weeks = entries.sums(log)
        if progress:
            progress(log.size)
        return weeks

    number = workers or os.cpu_count() or 1
    waiting = iter(logs)
    futures: deque[Future[ByWeek]] = deque()
    with ThreadPoolExecutor(number) as pool:
        try:
            # one by one: at a Ctrl-C those that were begun are known
            futures.extend(pool.submit(one, log) for log in islice(waiting, 2 * number))
            while futures:
                while not futures[0].done():
                    wait([futures[0]], 0.5)  # with a time-out, so that Ctrl-C is seen on Windows too
                weeks = futures.popleft().result()
                futures.extend(pool.submit(one, log) for log in islice(waiting, 1))
                yield weeks
        except BaseException:
            entries.stop.set()
            for future in futures:
                future.cancel()
            raise
