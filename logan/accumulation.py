"""Batches of rows → sums, while they are read.

One `Accumulator` belongs to one worker and grows; at the end it becomes a `Summary`, which adds up. Everything counted
here is counted row by row, so it does not matter how the rows were cut into batches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from logan.catalogue.kinds import HANGUPS, kind_of
from logan.parsing import DAY, MICROSECONDS, Batch, Codes, Integers, Mask, codes_of, integer
from logan.sketches import Key, Sketch, Sparse, hashed, latency_bins, merge_distinct, rounded
from logan.tables import LIMIT, TABLES

#: Time is kept in quarters of an hour of UTC: days and weeks of every time zone on earth cut exactly there.
BUCKET = 900 * MICROSECONDS
#: Connections that stay open on purpose: their length says nothing about a page. Matched on the path.
_LONG_LIVED = re.compile(
    rb"/signalr/(connect|poll|reconnect)|/_blazor|/socket\.io/|/rpc/rpcproxy\.dll|/(web)?sockets?$|/mapi/emsmdb",
    re.IGNORECASE,
)
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
_EVENTS = {name.upper(): name for name in (
    "ControlChannelOpened", "ControlChannelClosed", "DataChannelOpened", "DataChannelClosed", "sent", "created", "appended"
)}  # fmt: skip
#: Engine errors may carry the HRESULT behind the ASP number: ``|12|ASP_0177_:_800401f3|Invalid_class_string``.
_ASP = re.compile(rb"\|(\d+|-)\|(ASP_\d{4}|[0-9a-fA-F]{8})(?:_:_[0-9a-fA-F]{8})?\|([^|]*)")
_HOST = re.compile(rb"^https?://([^/?#]+)", re.IGNORECASE)

#: The columns that are counted; others are not read.
WANTED = frozenset(
    "s_sitename cs_method cs_uri_stem cs_uri_query cs_uri cs_username c_ip cs_referer sc_status sc_substatus "
    "sc_win32_status sc_bytes cs_bytes time_taken s_siteid s_reason s_queuename cs_version".split()
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


class Names:
    """Distinct byte strings ↔ small numbers, in the order of their coming."""

    def __init__(self) -> None:
        self.number: dict[bytes | None, int] = {}
        self.names: list[bytes | None] = []

    def __len__(self) -> int:
        return len(self.names)

    def add(self, name: bytes | None) -> int:
        number = self.number.get(name)
        if number is None:
            number = self.number[name] = len(self.names)
            self.names.append(name)
        return number

    def add_all(self, names: Iterable[bytes | None]) -> Integers:
        get, add = self.number.get, self.add
        return np.array([add(n) if (i := get(n)) is None else i for n in names], np.int64)

    def text(self, number: int) -> str | None:
        name = self.names[number]
        return None if name is None else name.decode("utf-8", "backslashreplace")


class _Sums:
    """Sums by small number, in arrays that grow."""

    def __init__(self, columns: int) -> None:
        self.array = np.zeros((columns, 1024), np.int64)

    def add(self, numbers: Integers, *values: Integers) -> None:
        need = int(numbers.max()) + 1 if len(numbers) else 0
        if need > self.array.shape[1]:
            grown = np.zeros((self.array.shape[0], max(need, 2 * self.array.shape[1])), np.int64)
            grown[:, : self.array.shape[1]] = self.array
            self.array = grown
        for row, value in zip(self.array, values, strict=True):
            np.add.at(row, numbers, value)


@dataclass(slots=True)
class _Rows:
    """What the counters need of one batch, by row."""

    batch: Batch
    time: Integers
    combo: Integers
    uri: Integers
    uri_codes: Codes
    uri_map: Integers
    client: Integers
    client_codes: Codes
    client_map: Integers
    failed: Mask
    notable: Mask
    sent: Integers
    received: Integers
    timed: Mask
    taken: Integers


class SiteAccumulator:
    """The sums of one site of one service."""

    def __init__(self, service: str, site: str | None) -> None:
        self.service, self.site = service, site
        self.combos: list[Key] = []
        self._combo_number: dict[Key, int] = {}
        self.flags: list[tuple[bool, bool]] = []
        self.uris, self.clients = Names(), Names()
        self.uri_sums, self.client_sums = _Sums(5), _Sums(3)
        self.events, self.spans = Sparse(3), Sparse(3, span=True)
        self.uri_latency, self.uri_weeks = Sparse(), Sparse(3)
        self.latency, self.durations, self.combo_latency = Sparse(), Sparse(), Sparse()
        self.combo_uris, self.combo_clients = Sparse(), Sparse()
        self.keyed: dict[str, dict[Key, list[int]]] = {}
        self.distinct: dict[int, Sketch] = {}
        self._uri_hash: dict[int, int] = {}
        self._hosts: dict[bytes, str | None] = {}
        self.lost: dict[str, int] = {}

    # --- taking in ---------------------------------------------------------------------------------------------------
    def add(self, batch: Batch, client_of: ClientOf | None = None) -> None:
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

    def _table(self, name: str) -> dict[Key, list[int]]:
        return self.keyed.setdefault(name, {})

    def _rows(self, batch: Batch, client_of: ClientOf) -> _Rows:
        count = len(batch)
        combo = self._combo(batch)
        flags = np.array(self.flags, np.bool_)[combo]
        uri_codes, uri_map = self._uri(batch, combo)
        client_codes, client_map = self._client(batch, client_of)
        zero = np.zeros(count, np.int64)
        sent, received, taken = (batch.integers(name) for name in ("sc_bytes", "cs_bytes", "time_taken"))
        timed = np.zeros(count, np.bool_) if taken is None else taken[1] & ~self._long_lived(batch, combo, uri_map[uri_codes], taken[0])
        return _Rows(
            batch, batch.time, combo, uri_map[uri_codes], uri_codes, uri_map, client_map[client_codes], client_codes,
            client_map, flags[:, 0], flags[:, 1],
            zero if sent is None else np.where(sent[1], sent[0], 0),
            zero if received is None else np.where(received[1], received[0], 0),
            timed, zero if taken is None else taken[0],
        )  # fmt: skip

    def _combo(self, batch: Batch) -> Integers:
        """The number of each row's combination of method, status, sub-status, win32 code, reason and kind."""
        count = len(batch)
        packed, size = np.zeros(count, np.int64), 1
        parts: list[tuple[int, list[Any]]] = []
        for name in ("cs_method", "sc_status", "sc_substatus", "sc_win32_status", "s_reason"):
            codes, values = _coded(batch, name)
            packed += codes * size
            parts.append((size, values))
            size *= len(values)
        user_codes, users = _coded(batch, "cs_username") if self.service == "http" else (np.zeros(count, np.int64), [None])
        packed += (user_codes > 0) * size
        parts.append((size, [False, True]))
        size *= 2
        if size <= 1 << 20:
            present = np.flatnonzero(np.bincount(packed, minlength=size))
            table = np.zeros(size, np.int64)
            table[present] = [self._number(parts, int(code)) for code in present]
            return table[packed]
        present, inverse = np.unique(packed, return_inverse=True)
        return np.array([self._number(parts, int(code)) for code in present], np.int64)[inverse]

    def _number(self, parts: list[tuple[int, list[Any]]], code: int) -> int:
        method, status, substatus, win32, reason, user = (
            values[(code // size) % len(values)] for size, values in parts
        )
        kind = kind_of(self.service, status, substatus, win32, reason, user=user)
        key = (method, status, substatus, win32, reason, kind)
        number = self._combo_number.get(key)
        if number is None:
            number = self._combo_number[key] = len(self.combos)
            self.combos.append(key)
            limited = substatus in (501, 502) and self.service == "http"
            self.flags.append((kind == "error", kind not in ("ok", "routine") or limited or self.service == "httperr"))
        return number

    def _uri(self, batch: Batch, combo: Integers) -> tuple[Codes, Integers]:
        array = batch.columns.get("cs_uri" if self.service == "httperr" else "cs_uri_stem")
        if array is None:
            return np.zeros(len(batch), np.int32), self.uris.add_all([None])
        codes, there = codes_of(array)
        if self.service == "ftp":
            moving = np.array([key[0] in _TRANSFERS for key in self.combos], np.bool_)
            there = there & moving[combo]
        names: list[bytes | None] = array.dictionary.to_pylist()
        if self.service == "httperr":
            names = [name and name.split(b"?", 1)[0] for name in names]
        if there.all():
            return codes, self.uris.add_all(names)
        # only names that a row of this site really has: a filtered batch keeps the dictionary of the whole one
        codes = np.where(there, codes, len(names)).astype(np.int32)
        return _used(codes, [*names, None], self.uris)

    def _client(self, batch: Batch, client_of: ClientOf) -> tuple[Codes, Integers]:
        codes, names = client_of(batch)
        return _used(codes, names, self.clients)

    def _long_lived(self, batch: Batch, combo: Integers, uri: Integers, taken: Integers) -> Mask:
        if self.service != "http":
            return np.zeros(len(batch), np.bool_)
        kinds = np.array([(key[1] == 101, key[3] in HANGUPS) for key in self.combos], np.bool_)[combo]
        long = kinds[:, 0] | (kinds[:, 1] & (taken > _LONG_MS))
        numbers = np.unique(uri)
        named = np.array([bool(_LONG_LIVED.search(self.uris.names[n] or b"")) for n in numbers.tolist()], np.bool_)
        if named.any():
            long |= np.isin(uri, numbers[named])
        for number, hits in zip(*np.unique(uri[long], return_counts=True), strict=True):
            _bump(self._table("long_lived"), (self.service, self.site, self.uris.text(int(number))), int(hits))
        return long

    # --- counting ----------------------------------------------------------------------------------------------------
    def _count_events(self, rows: _Rows) -> None:
        bucket = rows.time // BUCKET
        keys = (rows.combo << 32) | (bucket + (1 << 31))
        unique, inverse, hits = np.unique(keys, return_inverse=True, return_counts=True)
        self.events.add(unique, hits.astype(np.int64), _sums(inverse, rows.sent, len(unique)), _sums(inverse, rows.received, len(unique)))
        combos = unique >> 32
        starts = np.flatnonzero(np.diff(combos, prepend=-1))
        first = np.full(len(unique), np.iinfo(np.int64).max)
        last = np.full(len(unique), np.iinfo(np.int64).min)
        np.minimum.at(first, inverse, rows.time)
        np.maximum.at(last, inverse, rows.time)
        self.spans.add(
            combos[starts],
            np.add.reduceat(hits, starts),
            np.minimum.reduceat(first, starts),
            np.maximum.reduceat(last, starts),
        )

    def _count_uris(self, rows: _Rows) -> None:
        size = len(rows.uri_map)
        codes = rows.uri_codes
        hits = np.bincount(codes, minlength=size)
        errors = np.bincount(codes[rows.failed], minlength=size)
        sent = _sums(codes, rows.sent, size)
        slow = codes[rows.timed]
        timed, taken = np.bincount(slow, minlength=size), _sums(slow, rows.taken[rows.timed], size)
        self.uri_sums.add(rows.uri_map, hits, errors, sent, timed, taken)
        self.combo_uris.count((rows.combo << 32) | rows.uri)

    def _count_clients(self, rows: _Rows) -> None:
        size = len(rows.client_map)
        hits = np.bincount(rows.client_codes, minlength=size)
        errors = np.bincount(rows.client_codes[rows.failed], minlength=size)
        self.client_sums.add(rows.client_map, hits, errors, _sums(rows.client_codes, rows.sent, size))

    def _count_latency(self, rows: _Rows) -> None:
        if not rows.timed.any():
            return
        everything = bool(rows.timed.all())
        taken, uri, time = (
            (rows.taken, rows.uri, rows.time) if everything else (rows.taken[rows.timed], rows.uri[rows.timed], rows.time[rows.timed])
        )
        bins = latency_bins(taken)
        self.uri_latency.count((uri << 12) | bins)
        self.durations.count(rounded(taken))
        # eight bins to the octave are enough for percentiles over time
        self.latency.count(((time // BUCKET + (1 << 31)) << 12) | coarse(bins))
        logs = _LOG[np.minimum(bins, len(_LOG) - 1)]
        keys = (uri << 24) | ((time // DAY + 3) // 7 + (1 << 23))
        unique, inverse, hits = np.unique(keys, return_inverse=True, return_counts=True)
        self.uri_weeks.add(unique, hits.astype(np.int64), _sums(inverse, taken, len(unique)), _sums(inverse, logs, len(unique)))

    def _count_notable(self, rows: _Rows) -> None:
        if not rows.notable.any():
            return
        combo, uri, client = rows.combo[rows.notable], rows.uri[rows.notable], rows.client[rows.notable]
        self.combo_clients.count((combo << 32) | client)
        timed = rows.timed[rows.notable]
        if timed.any():
            self.combo_latency.count((combo[timed] << 12) | latency_bins(rows.taken[rows.notable][timed]))
        if self.service != "http":
            return
        probing = np.array([400 <= (key[1] or 0) < 500 and key[5] == "error" for key in self.combos], np.bool_)[combo]
        time = rows.time[rows.notable][probing]
        pairs, inverse = np.unique((client[probing] << 32) | uri[probing], return_inverse=True)
        self._probe(pairs, inverse, time)

    def _probe(self, pairs: Integers, inverse: Integers, time: Integers) -> None:
        """Remember which client asked for how many distinct URLs in vain."""
        fresh: dict[int, set[int]] = {}
        for pair in pairs.tolist():
            uri = pair & 0xFFFFFFFF
            digest = self._uri_hash.get(uri)
            if digest is None:
                digest = self._uri_hash[uri] = hashed(self.uris.names[uri] or b"")
            fresh.setdefault(pair >> 32, set()).add(digest)
        for client, digests in fresh.items():
            self.distinct[client] = merge_distinct(self.distinct.get(client, ()), tuple(digests))
        clients, back = np.unique((pairs >> 32)[inverse], return_inverse=True)
        for number, client in enumerate(clients.tolist()):
            mine = time[back == number] if len(clients) > 1 else time
            _span(self._table("probes"), (self.service, self.site, self.clients.text(client)), len(mine), int(mine.min()), int(mine.max()))

    def _count_logons(self, rows: _Rows) -> None:
        """Who tried to log on, who was let in: HTTP by 401.1 and user name, FTP by USER and PASS."""
        outcome = np.array([self._outcome(key) for key in self.combos], np.int8)[rows.combo]
        named = rows.batch.columns.get("cs_username")
        if named is None:
            codes, names = np.zeros(len(rows.time), np.int64), [None]
        else:
            raw, there = codes_of(named)
            names = [None, *named.dictionary.to_pylist()]
            codes = np.where(there, raw.astype(np.int64) + 1, 0)
        outcome = np.where((outcome == _SUCCEEDED) & (codes == 0) & (self.service == "http"), 0, outcome)
        wanted = outcome > 0
        if not wanted.any():
            return
        if (outcome == _TRIED).any():
            names, codes = self._tried(rows, outcome, names, codes)
        packed = (rows.client[wanted] << 32) | (codes[wanted] << 3) | outcome[wanted]
        time = rows.time[wanted]
        unique, inverse, hits = np.unique(packed, return_inverse=True, return_counts=True)
        first = np.full(len(unique), np.iinfo(np.int64).max)
        last = np.full(len(unique), np.iinfo(np.int64).min)
        np.minimum.at(first, inverse, time)
        np.maximum.at(last, inverse, time)
        table = self._table("logons")
        for key, count, begin, end in zip(unique.tolist(), hits.tolist(), first.tolist(), last.tolist(), strict=True):
            user = names[(key >> 3) & 0x1FFFFFFF]
            _span(
                table,
                (self.service, self.site, self.clients.text(key >> 32), _text(user), _OUTCOMES[key & 7]),
                count,
                begin,
                end,
            )

    def _tried(self, rows: _Rows, outcome: Any, names: list[Any], codes: Integers) -> tuple[list[Any], Integers]:
        """FTP names the account in the USER row; cs-username is filled only after the logon."""
        stems = rows.batch.columns.get("cs_uri_stem")
        if stems is None:
            return names, codes
        raw, there = codes_of(stems)
        tried = outcome == _TRIED
        return [*names, *stems.dictionary.to_pylist()], np.where(tried & there, raw.astype(np.int64) + len(names), codes)

    def _outcome(self, key: Key) -> int:
        method, status, substatus, win32, _, kind = key
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
        if array is None or not len(array.dictionary):
            return
        codes, there = codes_of(array)
        names = array.dictionary.to_pylist()
        status = np.array([key[1] or 0 for key in self.combos], np.int64)[rows.combo]
        good = there & (status < 400)
        hosts = self._table("referer_hosts")
        for code, hits in enumerate(np.bincount(codes[good], minlength=len(names)).tolist()):
            if hits and (host := self._host(names[code])):
                _bump(hosts, (self.service, self.site, host), hits)
        missing = there & (status == 404)
        links = self._table("broken_links")
        for row in np.flatnonzero(missing).tolist():
            at = int(rows.time[row])
            key = (self.service, self.site, self.uris.text(int(rows.uri[row])), _text(names[codes[row]]))
            _span(links, key, 1, at, at)

    def _host(self, referer: bytes) -> str | None:
        if referer not in self._hosts:
            if len(self._hosts) > 1 << 16:
                self._hosts.clear()
            match = _HOST.match(referer)
            self._hosts[referer] = _text(match[1].lower()) if match else None
        return self._hosts[referer]

    def _count_asp(self, rows: _Rows) -> None:
        queries = rows.batch.columns.get("cs_uri_query")
        if queries is None:
            return
        failing = np.array([key[1] == 500 for key in self.combos], np.bool_)[rows.combo]
        if not failing.any():
            return
        table = self._table("asp_errors")
        texts = queries.filter(pa.Array.from_buffers(
            pa.bool_(), len(failing), [None, pa.py_buffer(np.packbits(failing, bitorder="little").tobytes())]
        )).to_pylist()  # fmt: skip
        for row, query in zip(np.flatnonzero(failing).tolist(), texts, strict=True):
            for line, code, message in _ASP.findall(query or b""):
                at = int(rows.time[row])
                number = int(line) if line.isdigit() and len(line) < 10 else None
                key = (self.service, self.site, self.uris.text(int(rows.uri[row])), number, _text(code.upper()), _text(message[:200]))
                _span(table, key, 1, at, at)

    def _count_queues(self, rows: _Rows) -> None:
        codes, names = _coded(rows.batch, "s_queuename")
        pairs, inverse, hits = np.unique((rows.combo << 32) | codes, return_inverse=True, return_counts=True)
        for number, (pair, count) in enumerate(zip(pairs.tolist(), hits.tolist(), strict=True)):
            time = rows.time[inverse == number]
            key = (self.service, self.site, self.combos[pair >> 32][4], names[pair & 0xFFFFFFFF])
            _span(self._table("queues"), key, count, int(time.min()), int(time.max()))

    # --- limits ------------------------------------------------------------------------------------------------------
    def _prune(self) -> None:
        if len(self.uris) > 2 * LIMIT:
            self.lost["uris"] = self.lost.get("uris", 0) + self._let_go(
                self.uris, self.uri_sums, [(self.uri_latency, 12, 0), (self.uri_weeks, 24, 0), (self.combo_uris, 0, 32)]
            )
            self._uri_hash.clear()
        if len(self.clients) > 2 * LIMIT:
            self.lost["clients"] = self.lost.get("clients", 0) + self._let_go(
                self.clients, self.client_sums, [(self.combo_clients, 0, 32)], self.distinct
            )
        for name, table in self.keyed.items():
            limit = TABLES[name].limit
            if limit is not None and len(table) > 4 * limit:
                ordered = sorted(table.items(), key=lambda row: (-row[1][0], repr(row[0])))
                self.keyed[name] = dict(ordered[:limit])
                self.lost[name] = self.lost.get(name, 0) + ordered[limit][1][0]

    def _let_go(self, names: Names, sums: _Sums, tables: list[tuple[Sparse, int, int]], sketches: dict[int, Sketch] | None = None) -> int:
        """Keep the `LIMIT` names with the most hits; returns the most hits that a dropped one had."""
        hits = sums.array[0, : len(names)]
        order = np.argsort(-hits, kind="stable")
        kept = order[:LIMIT]
        most = int(hits[order[LIMIT]])
        new = np.full(len(names), -1, np.int64)
        new[kept] = np.arange(len(kept))
        sums.array = np.ascontiguousarray(sums.array[:, kept])
        names.names = [names.names[n] for n in kept.tolist()]
        names.number = {name: number for number, name in enumerate(names.names)}
        for table, shift, low in tables:
            table.remap(lambda keys, shift=shift, low=low: _renumbered(keys, new, shift, low))  # type: ignore[misc]
        if sketches is not None:
            moved = {int(new[n]): sketch for n, sketch in sketches.items() if new[n] >= 0}
            sketches.clear()
            sketches.update(moved)
        return most


@dataclass(slots=True)
class Sums:
    """The sums of a site in the form that a summary keeps: rows of each table, and what each table lost."""

    counts: dict[str, dict[Key, tuple[int, ...]]]
    groups: dict[str, dict[Key, dict[Any, int]]]
    distinct: dict[Key, Sketch]
    lost: dict[str, int]


def finished(site: SiteAccumulator) -> Sums:
    """The sums that a site accumulator gathered."""
    who = (site.service, site.site)
    counts: dict[str, dict[Key, tuple[int, ...]]] = {
        name: {key: tuple(values) for key, values in table.items()} for name, table in site.keyed.items()
    }
    keys, values = site.events.items()
    counts["events"] = {
        (*who, *site.combos[key >> 32], (key & 0xFFFFFFFF) - (1 << 31)): tuple(row)
        for key, row in zip(keys.tolist(), values.T.tolist(), strict=True)
    }
    keys, values = site.spans.items()
    counts["spans"] = {
        (*who, *site.combos[key]): tuple(row) for key, row in zip(keys.tolist(), values.T.tolist(), strict=True)
    }
    names = [site.uris.text(n) for n in range(len(site.uris))]
    clients = [site.clients.text(n) for n in range(len(site.clients))]
    counts["uris"] = _named(who, names, site.uri_sums)
    counts["clients"] = _named(who, clients, site.client_sums)
    keys, values = site.uri_weeks.items()
    counts["uri_weeks"] = {
        (*who, names[key >> 24], (key & 0xFFFFFF) - (1 << 23)): tuple(row)
        for key, row in zip(keys.tolist(), values.T.tolist(), strict=True)
    }
    groups = {
        "status_uris": _by_status(site, site.combo_uris, names),
        "status_clients": _by_status(site, site.combo_clients, clients),
        "status_latency": _status_bins(site),
        "uri_latency": {(*who, names[n]): bins for n, bins in _bins_of(site.uri_latency, 12).items()},
        "latency": {(*who, n - (1 << 31)): bins for n, bins in _bins_of(site.latency, 12).items()},
        "durations": {who: dict(_pairs(site.durations))} if len(site.durations.items()[0]) else {},
    }
    distinct = {(*who, clients[n]): sketch for n, sketch in site.distinct.items()}
    return Sums(counts, groups, distinct, site.lost)


def _named(who: Key, names: list[str | None], sums: _Sums) -> dict[Key, tuple[int, ...]]:
    rows = sums.array[:, : len(names)].T.tolist()
    return {(*who, name): tuple(row) for name, row in zip(names, rows, strict=True) if row[0]}


def _pairs(table: Sparse) -> Iterable[tuple[int, int]]:
    keys, values = table.items()
    return zip(keys.tolist(), values[0].tolist(), strict=True)


def _bins_of(table: Sparse, bits: int) -> dict[int, dict[int, int]]:
    """{number: {bin: hits}} of keys that hold a number above `bits` bits of bin."""
    keys, values = table.items()
    if not len(keys):
        return {}
    numbers = keys >> bits
    starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    bins, hits = (keys & ((1 << bits) - 1)).tolist(), values[0].tolist()
    stops = [*starts.tolist()[1:], len(bins)]
    return {
        number: dict(zip(bins[start:stop], hits[start:stop], strict=True))
        for number, start, stop in zip(numbers[starts].tolist(), starts.tolist(), stops, strict=True)
    }


def _by_status(site: SiteAccumulator, table: Sparse, names: list[str | None]) -> dict[Key, dict[Any, int]]:
    groups: dict[Key, dict[Any, int]] = {}
    for number, labels in _bins_of(table, 32).items():
        mine = groups.setdefault(_status_key(site, number), {})
        for label, hits in labels.items():
            name = names[label]
            mine[name] = mine.get(name, 0) + hits
    return groups


def _status_bins(site: SiteAccumulator) -> dict[Key, dict[Any, int]]:
    groups: dict[Key, dict[Any, int]] = {}
    for number, bins in _bins_of(site.combo_latency, 12).items():
        mine = groups.setdefault(_status_key(site, number), {})
        for bin_, hits in bins.items():
            mine[bin_] = mine.get(bin_, 0) + hits
    return groups


def _status_key(site: SiteAccumulator, number: int) -> Key:
    _, status, substatus, win32, reason, _ = site.combos[number]
    return (site.service, site.site, status, substatus, win32, reason)


_FAILED, _SUCCEEDED, _ANONYMOUS, _TRIED = 1, 2, 3, 4
_OUTCOMES = {_FAILED: "failed", _SUCCEEDED: "succeeded", _ANONYMOUS: "anonymous refused", _TRIED: "tried"}
#: 32 · log₂ of the duration that stands for each latency bin: their mean is a typical duration that one outlier
#: does not move, and it adds up.
_LOG = np.round(
    32 * np.log2([1.0, *range(1, 64), *(((32 + n % 32) * 2.0 ** (n // 32 + 1)) for n in range(4096 - 64))])
).astype(np.int64)


def coarse(bins: Integers) -> Integers:
    """Latency bins joined to eight an octave above 64 ms; still the number of the first bin joined."""
    return np.where(bins < 64, bins, 64 + ((bins - 64) // 4) * 4)


def _renumbered(keys: Integers, new: Integers, shift: int, low: int) -> tuple[Integers, Mask]:
    if low:  # the number is in the low bits, under a combination
        numbers = keys & 0xFFFFFFFF
        changed = new[numbers]
        return (keys >> 32 << 32) | np.maximum(changed, 0), changed >= 0
    changed = new[keys >> shift]
    return (np.maximum(changed, 0) << shift) | (keys & ((1 << shift) - 1)), changed >= 0


def _used(codes: Codes, names: list[bytes | None], known: Names) -> tuple[Codes, Integers]:
    """Number only the names that occur."""
    hits = np.bincount(codes, minlength=len(names))
    used = np.flatnonzero(hits)
    table = np.zeros(len(names), np.int64)
    if len(used) == len(names):
        return codes, known.add_all(names)
    table[used] = known.add_all([names[n] for n in used.tolist()])
    dense = np.zeros(len(names), np.int32)
    dense[used] = np.arange(len(used), dtype=np.int32)
    return dense[codes], table[used]


def _coded(batch: Batch, name: str) -> tuple[Integers, list[Any]]:
    """A column as codes from 1 (0: null) and the values they stand for: numbers, methods without session, or text."""
    array = batch.columns.get(name)
    if array is None:
        return np.zeros(len(batch), np.int64), [None]
    codes, there = codes_of(array)
    raw = array.dictionary.to_pylist()
    if name == "cs_method":
        values: list[Any] = [_verb(value) for value in raw]
    elif name.startswith("sc_"):
        values = [integer(value) for value in raw]  # a dictionary keeps values of rows that were set aside
    else:
        values = [_text(value) for value in raw]
    distinct = list(dict.fromkeys(values))
    place = {value: number + 1 for number, value in enumerate(distinct)}
    table = np.array([*(place[value] for value in values), 0], np.int64)
    return table[np.where(there, codes, len(raw))], [None, *distinct]


def _verb(method: bytes) -> str:
    """The method or FTP command without ``[session]``; what is none of the known ones is "other"."""
    verb = method.rpartition(b"]")[2] if method.startswith(b"[") else method
    upper = verb.upper()
    if upper not in _VERBS:
        return "other"
    return upper.decode()


def verb_shown(verb: str) -> str:
    """The spelling of a verb in the log.

    >>> verb_shown("CONTROLCHANNELCLOSED"), verb_shown("GET")
    ('ControlChannelClosed', 'GET')
    """
    return _EVENTS.get(verb, verb)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "backslashreplace")


def _sums(codes: Any, values: Integers, size: int) -> Integers:
    """Exact integer sums by code: halves below 2**31 keep the floating point of bincount exact."""
    high, low = values >> 24, values & 0xFFFFFF
    sums = np.bincount(codes, weights=low, minlength=size).astype(np.int64)
    if high.any():
        sums += np.bincount(codes, weights=high, minlength=size).astype(np.int64) << 24
    return sums


def _bump(table: dict[Key, list[int]], key: Key, hits: int) -> None:
    mine = table.get(key)
    if mine is None:
        table[key] = [hits]
    else:
        mine[0] += hits


def _span(table: dict[Key, list[int]], key: Key, hits: int, first: int, last: int) -> None:
    mine = table.get(key)
    if mine is None:
        table[key] = [hits, first, last]
    else:
        mine[0] += hits
        mine[1], mine[2] = min(mine[1], first), max(mine[2], last)
