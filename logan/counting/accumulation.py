"""Batches of rows → sums, while they are read.

One `SiteAccumulator` belongs to one worker and grows; at the end `logan.counting.finishing` makes tables of it, which
add up.
Everything counted here is counted row by row, so it does not matter how the rows were cut into batches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from logan.arrays import Coded, Integers, Mask, Texts
from logan.counting.combos import ERROR, HUNG_UP, NOTABLE, UPGRADED, Combos, Marked
from logan.counting.counters import (
    ONE,
    Grid,
    Spans,
    Sparse,
    Sums,
    Within,
    moved,
    moved_flags,
    renumbered,
    renumbered_low,
)
from logan.counting.details import Details
from logan.counting.names import Names
from logan.counting.rows import BUCKET, ClientOf, Rows, client_address
from logan.reading.parsing import Batch
from logan.reading.values import DAY
from logan.tables import LIMIT, MOST
from logan.tables.bins import BINS_PER_OCTAVE, latency_bins, rounded

#: Connections that stay open on purpose: their length says nothing about a page. Matched on the path.
_LONG_LIVED = (
    r"/signalr/(connect|poll|reconnect)|/_blazor|/socket\.io/|/rpc/rpcproxy\.dll|/(web)?sockets?$|/mapi/emsmdb"
)
#: What a name that fits has in it, in small letters.
_LONG_LIVED_MARKS = (b"/signalr/", b"/_blazor", b"/socket.io/", b"/rpc/rpcproxy.dll", b"socket", b"/mapi/emsmdb")
_LONG_MS = 600_000
_TRANSFERS = frozenset({"RETR", "STOR", "STOU", "APPE", "SENT", "CREATED", "APPENDED", "DELE", "MKD", "RMD", "RNFR"})


class SiteAccumulator:
    """The sums of one site of one service."""

    def __init__(self, service: str, site: str | None) -> None:
        self.service, self.site = service, site
        self.combos, self.uris, self.clients = Combos(service), Names(), Names()
        self.details = Details(service, site, self.combos, self.uris, self.clients)
        self.uri_sent, self.client_sent = Sums(1), Sums(1)
        self.client_hits, self.client_errors = Sums(1), Sums(1)
        self.events, self.spans = Sparse(3), Spans()
        self.combo_uris, self.combo_clients = Grid(256), Sparse()
        self.uri_latency, self.combo_latency, self.latency = Grid(_BINS), Grid(_BINS), Sparse()
        self.durations, self.long_durations = np.zeros(1 << 16, np.int64), Sparse()
        self.weeks: dict[int, Sums] = {}
        self.uri_weeks = Sparse(3)
        self.long_lived, self._is_long_lived = Sums(1), np.zeros(1, np.bool_)
        self.lost: dict[str, int] = {}
        self._sent, self._received, self._taken = Within(), Within(), Within()

    # --- taking in ---------------------------------------------------------------------------------------------------
    def add(self, batch: Batch, client_of: ClientOf | None = None) -> None:
        """Count the rows of a batch."""
        if not len(batch):
            return
        rows = self._rows(batch, client_of or client_address)
        self._count_events(rows)
        self._count_uris(rows)
        self._count_clients(rows)
        self._count_latency(rows)
        self._count_notable(rows)
        self.details.count(rows)
        self._prune()

    def _rows(self, batch: Batch, client_of: ClientOf) -> Rows:
        combo = self.combos.numbers(batch)
        marked = self.combos.marked(combo)
        uri = self._uri(batch, combo)
        sent, received, taken = (batch.integers(name) for name in ("sc_bytes", "cs_bytes", "time_taken"))
        bucket = batch.time // BUCKET
        low = int(bucket.min())
        timed: Integers | None = np.zeros(0, np.int64)
        durations = np.zeros(0, np.int64)
        if taken is not None:
            mask = taken[1] & ~self._long_lived(marked, uri, taken[0])
            timed = None if mask.all() else np.flatnonzero(mask)
            durations = taken[0] if timed is None else taken[0][timed]
        return Rows(
            batch, batch.time, bucket, low, int(bucket.max()) - low + 1, combo, marked, uri, self._client(batch, client_of),
            None if sent is None else self._sent(sent[0] * sent[1]),
            None if received is None else self._received(received[0] * received[1]),
            timed, durations,
        )  # fmt: skip

    def _uri(self, batch: Batch, combo: Integers) -> Integers:
        column = batch.coded("cs_uri" if self.service == "httperr" else "cs_uri_stem")
        if column is None:
            return np.zeros(len(batch), np.int64)
        if self.service == "httperr":
            column = Coded(column.codes, Texts.of([name.split(b"?", 1)[0] for name in column.names.values()]))
        numbers = self.uris.numbers(column, batch.lexicons.get("cs_uri_stem"))
        if self.service == "ftp":
            numbers *= self.combos.those(lambda key: key[0] in _TRANSFERS)[combo]
        return numbers

    def _client(self, batch: Batch, client_of: ClientOf) -> Integers:
        if client_of is client_address:
            column = batch.coded("c_ip")
            if column is None:
                return np.zeros(len(batch), np.int64)
            return self.clients.numbers(column, batch.lexicons.get("c_ip"))
        codes, names = client_of(batch)
        there = np.array([name is not None for name in names], np.bool_)
        known = np.where(there[codes], codes, -1).astype(np.int32)
        return self.clients.numbers(Coded(known, Texts.of([name or b"" for name in names])))

    def _long_lived(self, marked: Marked, uri: Integers, taken: Integers) -> Mask:
        """The rows of connections that stay open on purpose."""
        if self.service != "http":
            return np.zeros(len(uri), np.bool_)
        long: Mask = self._long_lived_names()[uri]
        long[marked.having(UPGRADED)] = True
        hung_up = marked.having(HUNG_UP)
        long[hung_up[taken[hung_up] > _LONG_MS]] = True
        self.long_lived.add(uri[long], ONE)
        return long

    def _long_lived_names(self) -> Mask:
        """Whether a name is known for such connections, by number."""
        known, count = self._is_long_lived, len(self.uris)
        if len(known) < count:
            self._is_long_lived = known = np.concatenate([known, _are_long_lived(self.uris.since(len(known)))])
        return known

    # --- counting ----------------------------------------------------------------------------------------------------
    def _count_events(self, rows: Rows) -> None:
        self.spans.add(rows.combo, rows.time)
        keys, index, size = _joint(rows.combo, rows.bucket, rows.low, rows.buckets, len(self.combos))
        hits = np.bincount(index, minlength=size)
        used = np.flatnonzero(hits != 0)
        sums = (_summed(index, values, size)[used] for values in (rows.sent, rows.received))
        self.events.add(keys(used), hits[used], *sums)

    def _count_uris(self, rows: Rows) -> None:
        self.combo_uris.count(rows.uri, rows.combo)
        if rows.sent is not None:
            self.uri_sent.add(rows.uri, rows.sent)

    def _count_clients(self, rows: Rows) -> None:
        self.client_hits.add(rows.client, ONE)
        self.client_errors.add(rows.client[rows.marked.having(ERROR)], ONE)
        if rows.sent is not None:
            self.client_sent.add(rows.client, rows.sent)

    def _count_latency(self, rows: Rows) -> None:
        taken = rows.taken
        if not len(taken):
            return
        uri, bucket = (rows.uri, rows.bucket) if rows.timed is None else (rows.uri[rows.timed], rows.bucket[rows.timed])
        bins = latency_bins(taken)
        self.uri_latency.count(uri, bins)
        self._count_durations(taken)
        # eight bins to the octave are enough for percentiles over time
        rough = _COARSE[np.minimum(bins, len(_COARSE) - 1)]
        keys, index, size = _joint(rough, bucket, rows.low, rows.buckets, int(rough.max()) + 1)
        hits = np.bincount(index, minlength=size)
        used = np.flatnonzero(hits != 0)
        self.latency.add(keys(used), hits[used])
        self._count_weeks(uri, bucket, rows, self._taken(taken), _LOG[np.minimum(bins, len(_LOG) - 1)])

    def _count_durations(self, taken: Integers) -> None:
        values = np.maximum(taken, 0) if int(taken.min()) < 0 else taken
        if int(values.max()) >= len(self.durations):
            long = values >= len(self.durations)
            self.long_durations.count(rounded(values[long]))
            values = values[~long]
        np.add.at(self.durations, values, ONE)

    def _count_weeks(self, uri: Integers, bucket: Integers, rows: Rows, taken: Integers, logs: Integers) -> None:
        first, last = _week(rows.low), _week(rows.low + rows.buckets - 1)
        if first == last:
            self._week(first).add(uri, ONE, taken, logs)
            return
        weeks = (bucket // _BUCKETS_A_DAY + 3) // 7
        for week in (np.flatnonzero(np.bincount(weeks - first)) + first).tolist():
            mine = weeks == week
            self._week(week).add(uri[mine], ONE, taken[mine], logs[mine])

    def _week(self, week: int) -> Sums:
        if week not in self.weeks:
            if len(self.weeks) >= 12:
                self._fold_weeks()
            self.weeks[week] = Sums(3)
        return self.weeks[week]

    def _fold_weeks(self) -> None:
        """Put the sums of the weeks, which are quick to add to, together with those of other weeks, which are small."""
        for week, sums in self.weeks.items():
            used = np.flatnonzero(sums.array[0] != 0)
            self.uri_weeks.add(used << 24 | (week + (1 << 23)), *sums.array[:, used])
        self.weeks.clear()

    def _count_notable(self, rows: Rows) -> None:
        notable = rows.marked.having(NOTABLE)
        if not len(notable):
            return
        combo, client = rows.combo[notable], rows.client[notable]
        self.combo_clients.count(combo << 32 | client)
        if rows.timed is None:
            self.combo_latency.count(combo, latency_bins(rows.taken[notable]))
        elif len(rows.timed):
            mine = np.zeros(len(rows.combo), np.bool_)
            mine[notable] = True
            mine = mine[rows.timed]
            self.combo_latency.count(rows.combo[rows.timed[mine]], latency_bins(rows.taken[mine]))

    # --- limits ------------------------------------------------------------------------------------------------------
    def _prune(self) -> None:
        if len(self.uris) > MOST:
            self.details.fold()
            self._fold_weeks()
            hits = self.combo_uris.row_sums(np.ones(len(self.combos), np.int64), len(self.uris))
            new = self._let_go("uris", self.uris, hits)
            for grid in (self.combo_uris, self.uri_latency):
                grid.renumber(new)
            self.uri_weeks.remap(lambda keys: renumbered(keys, new, 24))
            self.uri_sent, self.long_lived = moved(self.uri_sent, new), moved(self.long_lived, new)
            self._is_long_lived = moved_flags(self._is_long_lived, new)
        if len(self.clients) > MOST:
            self.details.fold()
            new = self._let_go("clients", self.clients, self.client_hits.of(len(self.clients))[0])
            self.client_hits, self.client_errors = moved(self.client_hits, new), moved(self.client_errors, new)
            self.client_sent = moved(self.client_sent, new)
            self.combo_clients.remap(lambda keys: renumbered_low(keys, new))
            self.details.renumber(new)

    def fold(self) -> None:
        """Put together under names what was gathered by numbers and in parts; to be called once, at the end."""
        self.details.fold(last=True)
        self._fold_weeks()

    def _let_go(self, table: str, names: Names, hits: Integers) -> Integers:
        """Keep the `LIMIT` names with the most hits; returns the new number of each, -1 for those that are let go."""
        order = np.argsort(-hits[1:], kind="stable") + 1
        kept = order[:LIMIT]
        self.lost[table] = self.lost.get(table, 0) + int(hits[order[LIMIT]])
        new = np.full(len(names), -1, np.int64)
        new[0] = 0
        new[kept] = np.arange(1, len(kept) + 1)
        names.keep(kept)
        return new


#: 32 · log₂ of the duration that stands for each latency bin: their mean is a typical duration that one outlier
#: does not move, and it adds up.
_ABOVE = np.arange(4096 - 64)
_LOG = np.round(
    32 * np.log2(np.concatenate([[1.0], np.arange(1.0, 64.0), (32 + _ABOVE % 32) * 2.0 ** (_ABOVE // 32 + 1)]))
).astype(np.int64)
#: Latency bins joined to eight an octave above 64 ms; still the number of the first bin joined.
_COARSE = np.concatenate([np.arange(64), 64 + _ABOVE // 4 * 4])
#: Bins of durations below 2**26 ms, which is all that matters: 18 hours.
_BINS = 64 + 20 * BINS_PER_OCTAVE
_BUCKETS_A_DAY = DAY // BUCKET


def _week(bucket: int) -> int:
    """Weeks since 1970, which began on a Thursday; they begin on Mondays of UTC."""
    return (bucket // _BUCKETS_A_DAY + 3) // 7


def _summed(index: Integers, values: Integers | None, size: int) -> Integers:
    """The sum of the values of each index."""
    sums = np.zeros(size, np.int64 if values is None else values.dtype)
    if values is not None:
        np.add.at(sums, index, values)
    return sums


def _joint(
    numbers: Integers, buckets: Integers, low: int, width: int, size: int
) -> tuple[Callable[[Integers], Integers], Integers, int]:
    """An index for each pair of number and bucket, how many there are, and what turns an index into a key."""
    if size * width <= 1 << 18:

        def key(index: Integers) -> Integers:
            return (index // width) << 32 | (index % width + (low + (1 << 31)))

        return key, numbers * width + (buckets - low), size * width
    unique, inverse = np.unique(numbers << 32 | (buckets + (1 << 31)), return_inverse=True)
    return lambda index: unique[index], inverse, len(unique)


def _are_long_lived(names: Texts) -> Mask:
    """Which names are known for connections that stay open on purpose."""
    text = bytes(names.joined).lower()
    places = [place for mark in _LONG_LIVED_MARKS for place in _places(mark, text)]
    found, long_lived = np.zeros(len(names), np.bool_), _LONG_LIVED.encode()
    found[np.searchsorted(names.offsets - names.offsets[0], np.array(places, np.int64), "right") - 1] = True
    marked = np.flatnonzero(found)
    found[marked] = [re.search(long_lived, name, re.IGNORECASE) is not None for name in names.at(marked)]
    return found


def _places(mark: bytes, text: bytes) -> Iterator[int]:
    place = text.find(mark)
    while place >= 0:
        yield place
        place = text.find(mark, place + 1)  # they may overlap where one name ends and the next begins
