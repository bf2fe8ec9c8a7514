"""Batches of rows → sums, while they are read.

One `SiteAccumulator` belongs to one worker and grows; at the end `logan.finishing` makes tables of it, which add up.
Everything counted here is counted row by row, so it does not matter how the rows were cut into batches.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from logan.arrays import Codes, Integers, Mask, arrow_mask, binary_array, codes_of, compact, looked_up, values_at
from logan.catalogue.kinds import HANGUPS, kind_of
from logan.counters import (
    ONE,
    Grid,
    Spans,
    Sparse,
    Sums,
    moved,
    moved_flags,
    reduced,
    renumbered,
    renumbered_low,
)
from logan.names import Names
from logan.parsing import Batch
from logan.sketches import (
    BINS_PER_OCTAVE,
    DISTINCT,
    Hashes,
    Key,
    Table,
    Values,
    hashed,
    latency_bins,
    rounded,
)
from logan.tables import LIMIT, TABLES
from logan.values import DAY, MICROSECONDS, integer

#: Time is kept in quarters of an hour of UTC: days and weeks of every time zone on earth cut exactly there.
BUCKET = 900 * MICROSECONDS
#: Connections that stay open on purpose: their length says nothing about a page. Matched on the path.
_LONG_LIVED = (
    r"/signalr/(connect|poll|reconnect)|/_blazor|/socket\.io/|/rpc/rpcproxy\.dll|/(web)?sockets?$|/mapi/emsmdb"
)
#: What a name that fits has in it, in small letters.
_LONG_LIVED_MARKS = (b"/signalr/", b"/_blazor", b"/socket.io/", b"/rpc/rpcproxy.dll", b"socket", b"/mapi/emsmdb")
_LONG_MS = 600_000
_VERBS = frozenset(
    b"GET POST HEAD PUT DELETE OPTIONS TRACE CONNECT PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH REPORT "
    b"RPC_IN_DATA RPC_OUT_DATA M-POST DEBUG SUBSCRIBE UNSUBSCRIBE POLL NOTIFY BPROPPATCH MERGE TRACK "
    b"USER PASS QUIT CWD CDUP PWD XPWD TYPE SYST FEAT OPTS NOOP PASV EPSV PORT EPRT LIST NLST MLSD MLST STAT SIZE MDTM "
    b"RETR STOR STOU APPE DELE MKD RMD RNFR RNTO REST ABOR AUTH PBSZ PROT CCC HOST LANG SITE ACCT REIN ALLO HELP STRU MODE "
    b"XMKD XRMD XCWD XCUP MODE CLNT MFMT SENT CREATED APPENDED "
    b"CONTROLCHANNELOPENED CONTROLCHANNELCLOSED DATACHANNELOPENED DATACHANNELCLOSED".split()
)
_TRANSFERS = frozenset({"RETR", "STOR", "STOU", "APPE", "SENT", "CREATED", "APPENDED", "DELE", "MKD", "RMD", "RNFR"})
#: Engine errors may carry the HRESULT behind the ASP number: ``|12|ASP_0177_:_800401f3|Invalid_class_string``.
_ASP = re.compile(rb"\|(\d+|-)\|(ASP_\d{4}|[0-9a-fA-F]{8})(?:_:_[0-9a-fA-F]{8})?\|([^|]*)")
_HOST = re.compile(r"https?://([^/?#]+)", re.IGNORECASE)

#: The columns that are counted; others are not read.
WANTED = frozenset(
    "s_sitename cs_method cs_uri_stem cs_uri_query cs_uri cs_username c_ip cs_referer sc_status sc_substatus "
    "sc_win32_status sc_bytes cs_bytes time_taken s_siteid s_reason s_queuename".split()
)


#: Which client a row came from, as codes and the names they stand for.
ClientOf = Callable[[Batch], tuple[Codes, list[bytes | None]]]


def client_address(batch: Batch) -> tuple[Codes, list[bytes | None]]:
    """The address of the connection, `c-ip`."""
    array = batch.columns.get("c_ip")
    if array is None:
        return np.zeros(len(batch), np.int32), [None]
    codes, there = codes_of(array)
    names: list[bytes | None] = array.dictionary.to_pylist()
    return np.where(there, codes, len(names)).astype(np.int32), [*names, None]


#: Names that are held before the least frequent are let go.
_MOST = 5 * LIMIT


class Sketched(NamedTuple):
    """Sketches of clients, by number: each is a stretch of the hashes."""

    clients: Integers
    starts: Integers
    stops: Integers
    hashes: Hashes

    def renumbered(self, new: Integers) -> Sketched:
        stay = new[self.clients] >= 0
        return Sketched(new[self.clients[stay]], self.starts[stay], self.stops[stay], self.hashes)


class _Rows(NamedTuple):
    """What the counters need of one batch, by row. `bucket` is the quarter of an hour, `low` the earliest of them."""

    batch: Batch
    time: Integers
    bucket: Integers
    low: int
    buckets: int
    combo: Integers
    uri: Integers
    client: Integers
    sent: Integers | None
    received: Integers | None
    #: the rows that count for latency (None: all), and the duration in ms of those
    timed: Integers | None
    taken: Integers


class SiteAccumulator:
    """The sums of one site of one service."""

    def __init__(self, service: str, site: str | None) -> None:
        self.service, self.site = service, site
        self.combos: list[Key] = []
        self._combo_number: dict[Key, int] = {}
        self._known_rows: dict[Key, int] = {}
        self.flags: list[tuple[bool, bool]] = []
        self.uris, self.clients, self.users, self.referers = Names(), Names(), Names(), Names()
        self.uri_sent, self.client_sums = Sums(1), Sums(3)
        self.events, self.spans = Sparse(3), Spans()
        self.combo_uris, self.combo_clients = Grid(256), Sparse()
        self.uri_latency, self.combo_latency, self.latency = Grid(_BINS), Grid(_BINS), Sparse()
        self.durations, self.long_durations = np.zeros(1 << 16, np.int64), Sparse()
        self.weeks: dict[int, Sums] = {}
        self.uri_weeks = Sparse(3)
        self.long_lived, self._is_long_lived = Sums(1), np.zeros(1, np.bool_)
        self.probes, self.probed, self.sketched = Spans(), Sparse(0), list[Sketched]()
        self.logons = Sparse(3, span=True)
        self.referred, self.broken_links = Sums(1), Sparse(3, span=True)
        self.keyed: dict[str, dict[Key, Values]] = {}
        self.lost: dict[str, int] = {}

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
        self._count_logons(rows)
        if self.service == "http":
            self._count_referers(rows)
            self._count_asp(rows)
        if self.service == "httperr":
            self._count_queues(rows)
        for name in batch.layout.fields:
            _bump(self._table("fields"), (self.service, self.site, name), len(batch))
        self._prune()

    def _table(self, name: str) -> dict[Key, Values]:
        return self.keyed.setdefault(name, {})

    def _rows(self, batch: Batch, client_of: ClientOf) -> _Rows:
        combo = self._combo(batch)
        uri = self._uri(batch, combo)
        sent, received, taken = (batch.integers(name) for name in ("sc_bytes", "cs_bytes", "time_taken"))
        bucket = batch.time // BUCKET
        low = int(bucket.min())
        timed: Integers | None = np.zeros(0, np.int64)
        durations = np.zeros(0, np.int64)
        if taken is not None:
            mask = taken[1] & ~self._long_lived(combo, uri, taken[0])
            timed = None if mask.all() else np.flatnonzero(mask)
            durations = taken[0] if timed is None else taken[0][timed]
        return _Rows(
            batch, batch.time, bucket, low, int(bucket.max()) - low + 1, combo, uri, self._client(batch, client_of),
            None if sent is None else sent[0] * sent[1], None if received is None else received[0] * received[1],
            timed, durations,
        )  # fmt: skip

    def _combo(self, batch: Batch) -> Integers:
        """The number of each row's combination of method, status, sub-status, win32 code, reason and kind."""
        packed, size = np.zeros(len(batch), np.int64), 1
        parts: list[tuple[int, list[Any]]] = []
        for name in ("cs_method", "sc_status", "sc_substatus", "sc_win32_status", "s_reason"):
            table, values = _coded(batch, name)
            if table is not None:
                looked_up(table * size, batch.columns[name], into=packed)
            parts.append((size, values))
            size *= len(values)
        if self.service == "http" and (named := _named_users(batch)) is not None:
            packed += named * size
        parts.append((size, [False, True]))
        size *= 2
        if size <= 1 << 18:
            present = np.flatnonzero(np.bincount(packed, minlength=size))
            table = np.zeros(size, np.int64)
            table[present] = self._numbers(parts, present)
            return table[packed]
        present, inverse = np.unique(packed, return_inverse=True)
        return self._numbers(parts, present)[inverse]

    def _numbers(self, parts: list[tuple[int, list[Any]]], codes: Integers) -> Integers:
        """The numbers of combinations that are given as codes of `parts`."""
        columns = [[values[n] for n in (codes // size % len(values)).tolist()] for size, values in parts]
        known = self._known_rows
        numbers = [
            self._number(*row) if (number := known.get(row)) is None else number for row in zip(*columns, strict=True)
        ]
        return np.array(numbers, np.int64)

    def _number(
        self, method: Any, status: int | None, substatus: int | None, win32: int | None, reason: str | None, user: bool
    ) -> int:
        kind = kind_of(self.service, status, substatus, win32, reason, user=user)
        key = (method, status, substatus, win32, reason, kind)
        number = self._combo_number.get(key)
        if number is None:
            number = self._combo_number[key] = len(self.combos)
            self.combos.append(key)
            limited = substatus in (501, 502) and self.service == "http"
            self.flags.append((kind == "error", kind not in ("ok", "routine") or limited or self.service == "httperr"))
        self._known_rows[method, status, substatus, win32, reason, user] = number
        return number

    def _rows_of(self, combo: Integers, wanted: Callable[[Key], bool]) -> Integers:
        """The rows whose combination is wanted."""
        table = np.array([wanted(key) for key in self.combos], np.bool_)
        return np.flatnonzero(table[combo]) if table.any() else np.zeros(0, np.int64)

    def _uri(self, batch: Batch, combo: Integers) -> Integers:
        array = batch.columns.get("cs_uri" if self.service == "httperr" else "cs_uri_stem")
        if array is None:
            return np.zeros(len(batch), np.int64)
        if self.service == "httperr":
            paths = binary_array([name.split(b"?", 1)[0] for name in array.dictionary.to_pylist()])
            array = pa.DictionaryArray.from_arrays(array.indices, paths)
        numbers = self.uris.numbers(array, batch.lexicons.get("cs_uri_stem"))
        if self.service == "ftp":
            numbers *= np.array([key[0] in _TRANSFERS for key in self.combos], np.bool_)[combo]
        return numbers

    def _client(self, batch: Batch, client_of: ClientOf) -> Integers:
        if client_of is client_address:
            array = batch.columns.get("c_ip")
            lexicon = batch.lexicons.get("c_ip")
            return np.zeros(len(batch), np.int64) if array is None else self.clients.numbers(array, lexicon)
        codes, names = client_of(batch)
        there = np.array([name is not None for name in names], np.bool_)
        indices = pa.Array.from_buffers(pa.int32(), len(codes), [None, pa.py_buffer(codes.astype(np.int32).tobytes())])
        named = pa.DictionaryArray.from_arrays(indices, binary_array([name or b"" for name in names]))
        return self.clients.numbers(named) * there[codes]

    def _long_lived(self, combo: Integers, uri: Integers, taken: Integers) -> Mask:
        """The rows of connections that stay open on purpose."""
        if self.service != "http":
            return np.zeros(len(combo), np.bool_)
        upgraded, hung_up = np.array([(key[1] == 101, key[3] in HANGUPS) for key in self.combos], np.bool_).T
        long: Mask = self._long_lived_names()[uri] | upgraded[combo]
        if hung_up.any():
            long |= hung_up[combo] & (taken > _LONG_MS)
        self.long_lived.add(uri[long], ONE)
        return long

    def _long_lived_names(self) -> Mask:
        """Whether a name is known for such connections, by number."""
        known, count = self._is_long_lived, len(self.uris)
        if len(known) < count:
            self._is_long_lived = known = np.concatenate([known, _are_long_lived(self.uris.since(len(known)))])
        return known

    # --- counting ----------------------------------------------------------------------------------------------------
    def _count_events(self, rows: _Rows) -> None:
        self.spans.add(rows.combo, rows.time)
        keys, index, size = _joint(rows.combo, rows.bucket, rows.low, rows.buckets, len(self.combos))
        sums = np.zeros((3, size), np.int64)
        sums[0] = np.bincount(index, minlength=size)
        for row, values in ((sums[1], rows.sent), (sums[2], rows.received)):
            if values is not None:
                np.add.at(row, index, values)
        used = np.flatnonzero(sums[0])
        self.events.add(keys(used), *sums[:, used])

    def _count_uris(self, rows: _Rows) -> None:
        self.combo_uris.count(rows.uri, rows.combo)
        if rows.sent is not None:
            self.uri_sent.add(rows.uri, rows.sent)

    def _count_clients(self, rows: _Rows) -> None:
        failed = self._rows_of(rows.combo, lambda key: key[5] == "error")
        self.client_sums.make_room(len(self.clients))
        hits, errors, sent = self.client_sums.array
        np.add.at(hits, rows.client, ONE)
        np.add.at(errors, rows.client[failed], ONE)
        if rows.sent is not None:
            np.add.at(sent, rows.client, rows.sent)

    def _count_latency(self, rows: _Rows) -> None:
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
        used = np.flatnonzero(hits)
        self.latency.add(keys(used), hits[used])
        self._count_weeks(uri, bucket, rows, taken, _LOG[np.minimum(bins, len(_LOG) - 1)])

    def _count_durations(self, taken: Integers) -> None:
        values = np.maximum(taken, 0) if int(taken.min()) < 0 else taken
        if int(values.max()) >= len(self.durations):
            long = values >= len(self.durations)
            self.long_durations.count(rounded(values[long]))
            values = values[~long]
        np.add.at(self.durations, values, ONE)

    def _count_weeks(self, uri: Integers, bucket: Integers, rows: _Rows, taken: Integers, logs: Integers) -> None:
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
            used = np.flatnonzero(sums.array[0])
            self.uri_weeks.add(used << 24 | (week + (1 << 23)), *sums.array[:, used])
        self.weeks.clear()

    def _count_notable(self, rows: _Rows) -> None:
        notable = np.flatnonzero(np.array([notable for _, notable in self.flags], np.bool_)[rows.combo])
        if not len(notable):
            return
        combo, client = rows.combo[notable], rows.client[notable]
        self.combo_clients.count(combo << 32 | client)
        if rows.timed is None:
            self.combo_latency.count(combo, latency_bins(rows.taken[notable]))
        elif len(rows.timed):
            mine = np.array([notable for _, notable in self.flags], np.bool_)[rows.combo[rows.timed]]
            self.combo_latency.count(rows.combo[rows.timed][mine], latency_bins(rows.taken[mine]))
        if self.service == "http":
            probing = notable[self._rows_of(combo, lambda key: 400 <= (key[1] or 0) < 500 and key[5] == "error")]
            self.probes.add(rows.client[probing], rows.time[probing])
            self.probed.add(rows.client[probing] << 32 | rows.uri[probing])

    def _count_logons(self, rows: _Rows) -> None:
        """Who tried to log on, who was let in: HTTP by 401.1 and user name, FTP by USER and PASS."""
        outcomes = np.array([self._outcome(key) for key in self.combos], np.int64)
        if not outcomes.any():
            return
        column = rows.batch.columns.get("cs_username")
        outcome = outcomes[rows.combo]
        if self.service == "http" and (column is None or column.null_count == len(column)):
            outcome *= outcome != _SUCCEEDED
        wanted = outcome > 0
        if not wanted.any():
            return
        lexicons = rows.batch.lexicons
        user = (
            np.zeros(len(outcome), np.int64)
            if column is None
            else self.users.numbers(column, lexicons.get("cs_username"))
        )
        if self.service == "http":
            wanted &= (outcome != _SUCCEEDED) | (user > 0)
        tried = outcome == _TRIED
        if tried.any() and (stems := rows.batch.columns.get("cs_uri_stem")) is not None:
            # FTP names the account in the USER row; cs-username is filled only after the logon
            named = self.users.numbers(compact(stems.filter(arrow_mask(tried))))
            user[tried] = np.where(named > 0, named, user[tried])
        keys = (rows.client[wanted] << 35) | (user[wanted] << 3) | outcome[wanted]
        self.logons.add(*reduced(keys, rows.time[wanted]))

    def _outcome(self, key: Key) -> int:
        method, status, substatus, _, _, kind = key
        if self.service == "http":
            if status == 401 and kind == "error" and substatus in (1, None):
                return _FAILED
            return _SUCCEEDED if status is not None and status < 400 else 0
        if self.service != "ftp":
            return 0
        if method == "USER":
            return _TRIED
        if method != "PASS" or status is None:
            return 0
        if status < 400:
            return _SUCCEEDED
        return _ANONYMOUS if substatus == 42 else _FAILED

    def _count_referers(self, rows: _Rows) -> None:
        array = rows.batch.columns.get("cs_referer")
        if array is None or array.null_count == len(array):
            return
        referer = self.referers.numbers(array, rows.batch.lexicons.get("cs_referer"))
        good = np.array([(key[1] or 0) < 400 for key in self.combos], np.bool_)[rows.combo]
        self.referred.add(referer * good, ONE)
        missing = self._rows_of(rows.combo, lambda key: key[1] == 404)
        missing = missing[referer[missing] > 0]
        self.broken_links.add(*reduced(rows.uri[missing] << 32 | referer[missing], rows.time[missing]))

    def _count_asp(self, rows: _Rows) -> None:
        queries = rows.batch.columns.get("cs_uri_query")
        failing = self._rows_of(rows.combo, lambda key: key[1] == 500)
        if queries is None or not len(failing):
            return
        texts = zip(failing.tolist(), values_at(queries, failing), strict=True)
        found = [(row, _ASP.findall(text)) for row, text in texts if b"|" in text]
        uris = self.uris.some(rows.uri[[row for row, _ in found]]) if found else []
        for (row, errors), uri in zip(found, uris, strict=True):
            at = int(rows.time[row])
            for line, code, message in errors:
                number = int(line) if line.isdigit() and len(line) < 10 else None
                what = (_text(uri) if rows.uri[row] else None, number, _text(code.upper()), _text(message[:200]))
                _span(self._table("asp_errors"), (self.service, self.site, *what), 1, at, at)

    def _count_queues(self, rows: _Rows) -> None:
        table, names = _coded(rows.batch, "s_queuename")
        pairs = rows.combo << 32
        if table is not None:
            looked_up(table, rows.batch.columns["s_queuename"], into=pairs)
        keys, hits, first, last = (part.tolist() for part in reduced(pairs, rows.time))
        for pair, *span in zip(keys, hits, first, last, strict=True):
            key = (self.service, self.site, self.combos[pair >> 32][4], names[pair & 0xFFFFFFFF])
            _span(self._table("queues"), key, *span)

    # --- limits ------------------------------------------------------------------------------------------------------
    def _prune(self) -> None:
        if len(self.uris) > _MOST:
            self._fold_details()
            self._fold_weeks()
            hits = self.combo_uris.row_sums(np.ones(len(self.combos), np.int64), len(self.uris))
            new = self._let_go("uris", self.uris, hits)
            for grid in (self.combo_uris, self.uri_latency):
                grid.renumber(new)
            self.uri_weeks.remap(lambda keys: renumbered(keys, new, 24))
            self.uri_sent, self.long_lived = moved(self.uri_sent, new), moved(self.long_lived, new)
            self._is_long_lived = moved_flags(self._is_long_lived, new)
        if len(self.clients) > _MOST:
            self._fold_details()
            new = self._let_go("clients", self.clients, self.client_sums.of(len(self.clients))[0])
            self.client_sums = moved(self.client_sums, new)
            self.combo_clients.remap(lambda keys: renumbered_low(keys, new))
            self.sketched = [part.renumbered(new) for part in self.sketched]
        if max(len(self.users), len(self.referers)) > _MOST or max(len(self.probed), len(self.logons)) > 1 << 21:
            self._fold_details()
        for name, table in self.keyed.items():
            limit = TABLES[name].limit
            if limit is not None and len(table) > 4 * limit:
                ordered = sorted(table.items(), key=lambda row: (-row[1][0], repr(row[0])))
                self.keyed[name] = dict(ordered[:limit])
                self.lost[name] = self.lost.get(name, 0) + ordered[limit][1][0]

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

    def fold(self) -> None:
        """Put together under names what was gathered by numbers and in parts; to be called once, at the end."""
        self._fold_details(last=True)
        self._fold_weeks()

    def _fold_details(self, *, last: bool = False) -> None:
        """Give what is kept under numbers its names, before the numbers change, or at the end."""
        if not (len(self.probed) or len(self.logons) or len(self.referers) > 1 or self.probes.array.any()):
            return
        who = (self.service, self.site)
        uris, clients, users, referers = (
            names.texts() for names in (self.uris, self.clients, self.users, self.referers)
        )
        self._fold_probes(clients)
        keys, values = self._wanted(
            "logons",
            self.logons,
            last,
            lambda k: _rank(clients)[k >> 35] << 35 | _rank(users)[k >> 3 & 0xFFFFFFFF] << 3 | _OUTCOME_RANK[k & 7],
        )
        logons = [(*who, clients[k >> 35], users[k >> 3 & 0xFFFFFFFF], _OUTCOMES[k & 7]) for k in keys.tolist()]
        _span_all(self._table("logons"), logons, values)
        keys, values = self._wanted(
            "broken_links",
            self.broken_links,
            last,
            lambda k: _rank(uris)[k >> 32] << 32 | _rank(referers)[k & 0xFFFFFFFF],
        )
        links = [(*who, uris[key >> 32], referers[key & 0xFFFFFFFF]) for key in keys.tolist()]
        _span_all(self._table("broken_links"), links, values)
        table = self._table("referer_hosts")
        for referer, hits in zip(referers[1:], self.referred.of(len(referers))[0, 1:].tolist(), strict=True):
            if hits and (match := _HOST.match(referer or "")):
                _bump(table, (*who, match[1].lower()), hits)
        self.logons, self.broken_links, self.referred = Sparse(3, span=True), Sparse(3, span=True), Sums(1)
        self.users, self.referers = Names(), Names()

    def _wanted(
        self, name: str, sums: Sparse, last: bool, rank: Callable[[Integers], Integers]
    ) -> tuple[Integers, Table]:
        """The sums that are to be put into a table: where no others come any more, only those that its limit leaves,
        since a row with its names takes ten times as much memory. `rank` puts keys into the order of their names."""
        keys, values = sums.items()
        limit = TABLES[name].limit
        if limit is None or len(keys) <= limit or not last or self._table(name):
            return keys, values
        order = np.lexsort((rank(keys), -values[0]))  # most hits first, equal ones by name
        self.lost[name] = self.lost.get(name, 0) + int(values[0, order[limit]])
        kept = order[:limit]
        return keys[kept], values[:, kept]

    def _fold_probes(self, clients: list[str | None]) -> None:
        """Which client asked for how many distinct URLs in vain."""
        probing = np.flatnonzero(self.probes.array[0])
        service, site = self.service, self.site
        _span_all(
            self._table("probes"),
            [(service, site, clients[n]) for n in probing.tolist()],
            self.probes.array[:, probing],
        )
        self.probes = Spans()
        if len(self.probed):
            self.sketched.append(_sketched(self.probed.items()[0], self.uris))
            self.probed = Sparse(0)


_FAILED, _SUCCEEDED, _ANONYMOUS, _TRIED = 1, 2, 3, 4
_OUTCOMES = {_FAILED: "failed", _SUCCEEDED: "succeeded", _ANONYMOUS: "anonymous refused", _TRIED: "tried"}
#: Their places in the order of these texts.
_OUTCOME_RANK = np.array([0, *(sorted(_OUTCOMES.values()).index(text) for text in _OUTCOMES.values())], np.int64)
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


def _named_users(batch: Batch) -> Mask | None:
    """Which rows carry a user name; None: none of them."""
    array = batch.columns.get("cs_username")
    if array is None or array.null_count == len(array):
        return None
    return codes_of(array)[1]


def _coded(batch: Batch, name: str) -> tuple[Integers | None, list[Any]]:
    """The values of a column, null first: numbers, methods without session, or text; and which of them each code of
    the column stands for (None: all are null)."""
    array = batch.columns.get(name)
    if array is None or array.null_count == len(array):
        return None, [None]
    raw = array.dictionary.to_pylist()
    if name == "cs_method":
        values: list[Any] = [_verb(value) for value in raw]
    elif name.startswith("sc_"):
        values = [integer(value) for value in raw]  # a dictionary keeps values of rows that were set aside
    else:
        values = [_text(value) for value in raw]
    distinct = list(dict.fromkeys(values))
    place = {value: number + 1 for number, value in enumerate(distinct)}
    return np.array([place[value] for value in values], np.int64), [None, *distinct]


def _verb(method: bytes) -> str:
    """The method or FTP command without ``[session]``; what is none of the known ones is "other"."""
    verb = method.rpartition(b"]")[2] if method.startswith(b"[") else method
    upper = verb.upper()
    if upper not in _VERBS:
        return "other"
    return upper.decode()


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "backslashreplace")


def _are_long_lived(names: pa.Array) -> Mask:
    """Which names are known for connections that stay open on purpose."""
    lowered = bytes(names.buffers()[2] or b"").lower()
    if not any(mark in lowered for mark in _LONG_LIVED_MARKS):
        return np.zeros(len(names), np.bool_)
    import pyarrow.compute as pc  # which takes longer to import than a small log to read

    found = pc.match_substring_regex(names, _LONG_LIVED, ignore_case=True)
    return np.unpackbits(np.frombuffer(found.buffers()[1], np.uint8), bitorder="little")[: len(found)].astype(np.bool_)


def _bump(table: dict[Key, Values], key: Key, hits: int) -> None:
    mine = table.get(key)
    table[key] = (hits,) if mine is None else (mine[0] + hits,)


def _rank(texts: list[str | None]) -> Integers:
    """The place of each text in the order of texts; "no text" (0) is the first."""
    rank = np.zeros(len(texts), np.int64)
    rank[sorted(range(1, len(texts)), key=texts.__getitem__)] = np.arange(1, len(texts))  # type: ignore[arg-type]
    return rank


def _sketched(pairs: Integers, names: Names) -> Sketched:
    """The sketches of the URLs that clients are paired with.

    There may be a million pairs and few URLs, so all sketches share the hashes, and URLs stand for them while they are
    sorted.
    """
    asked = np.zeros(len(names), np.bool_)
    asked[pairs & 0xFFFFFFFF] = True
    used = np.flatnonzero(asked)
    hashes = np.array([hashed(name) for name in names.some(used)], np.uint64)
    order = np.argsort(hashes)
    rank = np.zeros(len(names), np.int64)
    rank[used[order]] = np.arange(len(used))
    ranked = np.sort(pairs >> 32 << 32 | rank[pairs & 0xFFFFFFFF])
    clients = ranked >> 32
    starts = np.flatnonzero(np.diff(clients, prepend=-1))
    stops = np.minimum(np.append(starts[1:], len(clients)), starts + DISTINCT)
    return Sketched(clients[starts], starts, stops, hashes[order][ranked & 0xFFFFFFFF])


def _span_all(table: dict[Key, Values], keys: list[Key], columns: Table) -> None:
    """Add hits, first and last time of many keys, each of which comes once."""
    rows = zip(*columns.tolist(), strict=True)
    if not table:
        table.update(zip(keys, rows, strict=True))
        return
    for key, row in zip(keys, rows, strict=True):
        _span(table, key, *row)


def _span(table: dict[Key, Values], key: Key, hits: int, first: int, last: int) -> None:
    mine = table.get(key)
    table[key] = (hits, first, last) if mine is None else (mine[0] + hits, min(mine[1], first), max(mine[2], last))
