"""`Worker`: takes blocks and adds up their rows, by site and, where that is wanted, by week."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from logan import native
from logan.arrays import Coded
from logan.columns import Columns, Part
from logan.counting.accumulation import SiteAccumulator
from logan.counting.finishing import finished
from logan.counting.rows import BUCKET, WANTED, ClientOf, client_address
from logan.exceptions import BadLineError
from logan.reading.blocks import Block
from logan.reading.parsing import Batch, Rejected, joined
from logan.reading.scanning import Tally
from logan.reading.sites import by_site
from logan.reading.threads import Crew, Parsed
from logan.selection import Selection, iso_week
from logan.summary import EXAMPLES, Lines, Summary, total
from logan.tables import GROUPS, TABLES
from logan.tables.counts import Counts, Groups
from logan.totals import RunningTotals

#: Rows that are counted together.
ROWS = 1 << 17
#: Rows that are counted together take no more bytes than this: the offsets of what is joined tell 2 GiB at most.
_MOST_BYTES = 256 << 20
#: A batch takes as much memory as so many rows before it holds any.
EFFORT = 128
#: Weeks that are counted at the same time, unless rows of more come together. The counters of one take some 30 MB, its
#: columns less than one.
_OPEN = 4
#: Told how many bytes have been read since the last call.
Progress = Callable[[int], None]
#: Given the rejected lines of a block, whole.
RejectSink = Callable[[Sequence[Rejected]], None]


@dataclass(slots=True, eq=False)
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
        for name, column in batch.columns.items():
            if isinstance(column, Coded):
                self._bytes += int(column.codes.nbytes) + (0 if name in batch.lexicons else column.names.nbytes)
            else:
                self._bytes += column.nbytes
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
        rows, kept, weeks = len(batch), 0, set[str]()
        mask = self.selection.rows(batch, self.client_of) if self.selection.filters else None
        if mask is not None:
            batch = batch.take(mask)
        for site, part in by_site(batch):
            if self.selection.sites and (site or "").upper() not in self.selection.sites:
                continue
            kept += len(part)
            service = part.layout.service or "http"
            for week, piece in self._weeks(part):
                weeks.add(week)
                self.periods[week] = period = self.periods.pop(week, None) or _Period({})  # the last in order
                period.rows += len(piece)
                mine = period.sites.get((service, site))
                if mine is None:
                    mine = period.sites[service, site] = SiteAccumulator(service, site)
                mine.add(piece, self.client_of)
        self.filtered += rows - kept
        self._put_away(weeks)

    def _put_away(self, weeks: Set[str]) -> None:
        """Close the weeks that were counted longest ago, so that few are open beside those of the last rows."""
        others = [week for week in self.periods if week not in weeks]
        with no_collection():
            for week in others[: max(0, len(self.periods) - _OPEN)]:
                self.closed.add({week: Columns.of(_summary(self.periods.pop(week)))})

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
        if not native.kernel:
            from logan.arrow import give_back

            give_back()  # what parsing needed, before the tables are made
        with no_collection():
            return self._sums()

    def _sums(self) -> dict[str, Part]:
        while self.periods:  # the last few are what is asked for most, and so become no columns
            week, period = self.periods.popitem()
            self.closed.add({week: _summary(period)})
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


def keep_memory() -> None:
    """Let numpy's arrays have the memory again that others gave back, by giving back a large piece that nobody used.

    glibc keeps for later what is no larger than the largest piece that came back before. All else goes back to the
    system, which gives it anew page by page: that was a tenth of the time. Other C libraries take no notice.
    """
    np.empty((32 << 20) - (1 << 16), np.uint8)
