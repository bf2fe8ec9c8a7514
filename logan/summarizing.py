"""`summarize`: blocks in, one Summary out, on threads here or wherever `map` runs them."""

from __future__ import annotations

import gc
import glob
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa

from logan.arrays import Codes, codes_of
from logan.columns import Columns, Part
from logan.counting.accumulation import SiteAccumulator
from logan.counting.finishing import finished
from logan.counting.rows import BUCKET, WANTED, ClientOf, client_address
from logan.exceptions import BadLineError, OptionError, SourceError
from logan.files import Found, Source, find_files, natural, shown
from logan.reading.blocks import Block, blocks
from logan.reading.parsing import Batch, Rejected, joined
from logan.reading.scanning import Tally
from logan.reading.threads import Crew, Parsed
from logan.selection import Moment, OnBadLines, Selection, iso_week, moment
from logan.summary import EXAMPLES, Lines, Summary, total
from logan.tables import GROUPS, TABLES
from logan.tables.counts import Counts, Groups
from logan.totals import RunningTotals
from logan.weeks import Weeks

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
R = TypeVar("R")

#: Less than this is not worth a second thread.
FEW_BYTES = 1 << 24
#: Rows that are counted together.
ROWS = 1 << 17
#: Rows that are counted together take no more bytes than this: what is joined has to stay below Arrow's 2 GiB.
_MOST_BYTES = 256 << 20
#: A batch takes as much memory as so many rows before it holds any.
EFFORT = 128
#: Weeks that are counted at the same time. The counters of one take some 30 MB, its columns less than one.
_OPEN = 4
#: How many summaries are sent back at most where `map` says who works.
TASKS = 256
#: Told how many bytes have been read since the last call.
Progress = Callable[[int], None]
#: Given the rejected lines of a block, whole.
RejectSink = Callable[[Sequence[Rejected]], None]


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


def keep_memory() -> None:
    """Let numpy's arrays have the memory again that others gave back, by giving back a large piece that nobody used.

    glibc keeps for later what is no larger than the largest piece that came back before. All else goes back to the
    system, which gives it anew page by page: that was a tenth of the time. Other C libraries take no notice.
    """
    np.empty((32 << 20) - (1 << 16), np.uint8)


@dataclass(slots=True)
class _Period:
    """The accumulators of one week, or of everything."""

    sites: dict[tuple[str, str | None], SiteAccumulator]
    rows: int = 0


class Worker:
    """Takes blocks and adds up their rows."""

    def __init__(
        self, selection: Selection, progress: Progress | None = None, rejects: RejectSink | None = None
    ) -> None:
        self.selection, self.progress, self.rejects = selection, progress, rejects
        self.client_of: ClientOf = selection.client_of()
        self.columns = WANTED | selection.extra_columns
        #: Where values are looked at one by one, each batch shall have no others than its own.
        self.lexicons = not selection.filters and self.client_of is client_address
        #: The weeks that are being counted, the one of the last rows at the end; and those that others have followed.
        self.periods: dict[str, _Period] = {}
        self.closed = RunningTotals()
        self.tally = Tally()
        self.blank = self.filtered = self.rejected = 0
        self.examples: list[Rejected] = []
        self._held: dict[tuple[Any, ...], list[Batch]] = {}
        self._waiting = self._bytes = 0  # rows, and the memory they take

    def take(self, work: Iterable[Block], threads: int = 1, stop: threading.Event | None = None) -> None:
        """Read blocks on so many threads, of which the caller's is one, or leave off where `stop` is set.

        Raises BadLineError for a bad line, if that is wanted.
        """
        crew = Crew(iter(work), self.columns, self.lexicons, self.selection.encoding, threads)
        with closing(iter(crew)) as parts:
            for parsed in parts:
                self.receive(parsed)
                if stop is not None and stop.is_set():
                    return

    def receive(self, parsed: Parsed) -> None:
        """Count what was parsed. Raises BadLineError as `take` does."""
        batch, tally = parsed.batch, parsed.tally
        if batch is not None:
            self._account(batch.blank, batch.rejected)
            self._gather(batch)
        if tally is not None:
            self._account(0, [Rejected(*line) for line in tally.rejected])
            self.tally.add(tally)
        if self.progress:
            self.progress(parsed.bytes)

    def _gather(self, batch: Batch) -> None:
        """Hold batches back until there is a good number of rows: much is done once for each batch and distinct value.

        Those of the same fields are held together, since servers and restarts change the fields back and forth; and
        those of the same lexicons, so that no names have to be compared.
        """
        self._held.setdefault((batch.layout, *batch.lexicons.values()), []).append(batch)
        self._waiting += len(batch) + EFFORT
        for name, array in batch.columns.items():
            self._bytes += (array.indices if name in batch.lexicons else array).nbytes
        if self._waiting >= ROWS or self._bytes >= _MOST_BYTES:
            self._count_held()

    def _count_held(self) -> None:
        for batches in self._held.values():
            self.add(joined(batches))
        self._held.clear()
        self._waiting = self._bytes = 0

    def _account(self, blank: int, rejected: list[Rejected]) -> None:
        self.blank += blank
        self.rejected += len(rejected)
        if not rejected:
            return
        if self.selection.on_bad_lines == "error":
            worst = min(rejected, key=lambda r: (r.path, r.line))
            raise BadLineError(worst.path, worst.line, worst.reason, worst.text[:400])
        self.examples = sorted([*self.examples, *rejected], key=lambda r: (r.path, r.line))[:EXAMPLES]
        if self.rejects:
            self.rejects(rejected)

    def add(self, batch: Batch) -> None:
        """Count the rows of a batch that the selection wants."""
        if batch.layout.local and self.selection.local_zone:
            batch.time = self.selection.in_utc(batch.time)
        rows = len(batch)
        kept = 0
        mask = self.selection.rows(batch, self.client_of) if self.selection.filters else None
        if mask is not None:
            batch = batch.take(mask)
        for site, part in by_site(batch):
            if self.selection.sites and (site or "").upper() not in self.selection.sites:
                continue
            kept += len(part)
            service = part.layout.service or "http"
            for week, piece in self._weeks(part):
                period = self._period(week)
                period.rows += len(piece)
                mine = period.sites.get((service, site))
                if mine is None:
                    mine = period.sites[service, site] = SiteAccumulator(service, site)
                mine.add(piece, self.client_of)
        self.filtered += rows - kept

    def _period(self, week: str) -> _Period:
        """The accumulators of a week, the last of those that are open."""
        self.periods[week] = period = self.periods.pop(week, None) or _Period({})
        if len(self.periods) > _OPEN:
            with no_collection():
                self._close(next(iter(self.periods)))
        return period

    def _close(self, week: str) -> None:
        """Make a summary of what was counted in a week, and columns of it where more weeks follow."""
        summary = _summary(self.periods.pop(week))
        self.closed.add({week: Columns.of(summary) if self.periods else summary})

    def _weeks(self, batch: Batch) -> Iterator[tuple[str, Batch]]:
        zone = self.selection.week_zone
        if zone is None or not len(batch):
            yield "", batch
            return
        quarters = batch.time // BUCKET
        low = int(quarters.min())
        present = np.unique(quarters).tolist()
        weeks = {quarter: iso_week(quarter, zone) for quarter in present}
        names = list(dict.fromkeys(weeks.values()))
        number = np.zeros(int(quarters.max()) - low + 1, np.int64)
        number[[quarter - low for quarter in present]] = [names.index(week) for week in weeks.values()]
        for index, week in enumerate(names):
            yield week, batch.take(number[quarters - low] == index)

    def sums(self) -> dict[str, Part]:
        """What was counted, by week ("": what belongs to none)."""
        self._count_held()
        pa.default_memory_pool().release_unused()  # what parsing needed, before the tables are made
        with no_collection():
            return self._sums()

    def _sums(self) -> dict[str, Part]:
        while self.periods:
            self._close(next(iter(self.periods)))
        read, tally = self.tally.directives + self.blank + self.rejected, self.tally
        reading = Summary(
            files=tally.files,
            bytes=tally.bytes,
            lines=Lines(read, 0, tally.directives, self.blank, self.rejected, self.filtered),
            skipped=tuple(sorted(tally.skipped)),
            rejects=tuple(self.examples),
            backwards=tuple(sorted(tally.backwards)[:EXAMPLES]),
        )
        self.closed.add({"": reading})
        return self.closed.sums()


@contextmanager
def no_collection() -> Iterator[None]:
    """Do without the garbage collector: it would look through hundreds of thousands of new tuples again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _summary(period: _Period) -> Summary:
    summaries = []
    for site in period.sites.values():
        sums = finished(site)
        tables: dict[str, Any] = {
            name: Counts(TABLES[name], rows, sums.lost.get(name, 0)).trimmed() for name, rows in sums.counts.items()
        }
        for name, groups in sums.groups.items():
            keys, label, limit = GROUPS[name]
            tables[name] = Groups(keys, label, groups, limit, sums.lost_labels.get(name, {})).trimmed()
        if "probes" in tables:
            tables["distinct"] = sums.distinct.only(tables["probes"].rows)
        summaries.append(Summary(**tables))
    return replace(total(summaries), lines=Lines(period.rows, period.rows))


def by_site(batch: Batch) -> Iterator[tuple[str | None, Batch]]:
    """The rows of each site."""
    sites, places = sites_of(batch)
    for place, site in enumerate(sites):
        yield site, batch if len(sites) == 1 else batch.take(places == place)


def sites_of(batch: Batch) -> tuple[list[str | None], Codes]:
    """The sites in a batch, and which of them each row is of: the log's own site name first, the folder's where a row
    has none."""
    name = "s_siteid" if batch.layout.service == "httperr" else "s_sitename"
    array = batch.columns.get(name)
    if array is None or not len(array.dictionary):
        return [batch.layout.site], np.zeros(len(batch), np.int32)
    codes, there = codes_of(array)
    values = [*array.dictionary.to_pylist(), None]
    codes = np.where(there, codes, len(values) - 1)
    used = np.bincount(codes, minlength=len(values))
    sites: dict[str | None, int] = {}
    places = np.zeros(len(values), np.int32)
    for code in np.flatnonzero(used).tolist():
        places[code] = sites.setdefault(_site_name(values[code], batch), len(sites))
    return list(sites), places[codes]


def _site_name(value: bytes | None, batch: Batch) -> str | None:
    if value is None:
        return batch.layout.site
    text = value.decode("utf-8", "backslashreplace")
    return f"W3SVC{text}" if batch.layout.service == "httperr" and text.isdigit() else text


def frame_batches(frame: pd.DataFrame) -> Iterator[Batch]:
    """The rows of a frame as batches, one for each service and site. Raises OptionError where columns are missing."""
    from logan.frames import batches

    return batches(frame)


def of_frame(frame: pd.DataFrame) -> Summary:
    """The summary of a frame; see `Summary.of`."""
    return summarize(frame)
