"""What is kept under names: who was let in, links that lead nowhere, who looks for what is not there, errors of scripts.

Most of it is gathered under the numbers of names, which are put in their place at the end, or before numbers change.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from logan.arrays import Integers, Table, Texts, looked_up, starts_of
from logan.counting.combos import BAD, FAILED, MISSING, VAIN, Combos, meanings, text
from logan.counting.counters import ONE, Spans, Sparse, Sums, reduced
from logan.counting.names import Names
from logan.counting.rows import Rows
from logan.fields import column_name
from logan.reading.parsing import Batch
from logan.tables import BYTES, MOST, TABLES, unfilled
from logan.tables.distinct import DISTINCT, Hashes, hashed
from logan.tables.series import Key, Values

#: Engine errors may carry the HRESULT behind the ASP number: ``|12|ASP_0177_:_800401f3|Invalid_class_string``.
_ASP = re.compile(rb"\|(\d+|-)\|(ASP_\d{4}|[0-9a-fA-F]{8})(?:_:_[0-9a-fA-F]{8})?\|([^|]*)")
_HOST = re.compile(r"https?://([^/?#]+)", re.IGNORECASE)

_FAILED, _SUCCEEDED, _ANONYMOUS, _TRIED = 1, 2, 3, 4
_OUTCOMES = {_FAILED: "failed", _SUCCEEDED: "succeeded", _ANONYMOUS: "anonymous refused", _TRIED: "tried"}
#: Their places in the order of these texts.
_OUTCOME_RANK = np.array([0, *(sorted(_OUTCOMES.values()).index(name) for name in _OUTCOMES.values())], np.int64)


class Sketched(NamedTuple):
    """Sketches of clients, by number: each is a stretch of the hashes."""

    clients: Integers
    starts: Integers
    stops: Integers
    hashes: Hashes

    def renumbered(self, new: Integers) -> Sketched:
        stay = new[self.clients] >= 0
        return Sketched(new[self.clients[stay]], self.starts[stay], self.stops[stay], self.hashes)


class Details:
    """The details of one site: `tables` by name, and what each of them `lost` by its limit.

    `uris` and `clients` are the site's own names; when these are numbered anew, `fold` has to be called before, and
    `renumber` after it.
    """

    def __init__(self, service: str, site: str | None, combos: Combos, uris: Names, clients: Names) -> None:
        self.service, self.site, self.combos, self.uris, self.clients = service, site, combos, uris, clients
        self.tables: dict[str, dict[Key, Values]] = {}
        self.lost: dict[str, int] = {}
        #: For each client that asked in vain, which distinct URLs it asked for.
        self.sketched: list[Sketched] = []
        self._users, self._referers = Names(), Names()
        self._logons = Sparse(3, span=True)
        self._probes, self._probed = Spans(), Sparse(0)
        self._referred, self._broken_links = Sums(1), Sparse(3, span=True)

    def count(self, rows: Rows) -> None:
        """Count the rows of a batch."""
        self._count_logons(rows)
        if self.service == "http":
            self._count_probes(rows)
            self._count_referers(rows)
            self._count_asp(rows)
        if self.service == "httperr":
            self._count_queues(rows)
        self._count_fields(rows.batch)
        self._prune()

    def renumber(self, new: Integers) -> None:
        """Clients have other numbers; those whose number is below 0 are let go."""
        self.sketched = [part.renumbered(new) for part in self.sketched]

    def _table(self, name: str) -> dict[Key, Values]:
        return self.tables.setdefault(name, {})

    # --- counting ----------------------------------------------------------------------------------------------------
    def _count_probes(self, rows: Rows) -> None:
        """Who asked in vain, and for what."""
        probing = rows.marked.having(VAIN)
        self._probes.add(rows.client[probing], rows.time[probing])
        self._probed.add(rows.client[probing] << 32 | rows.uri[probing])

    def _count_logons(self, rows: Rows) -> None:
        """Who tried to log on, who was let in: HTTP by 401.1 and user name, FTP by USER and PASS."""
        outcomes = np.array([self._outcome(key) for key in self.combos.keys], np.int64)
        if not outcomes.any():
            return
        user = self._user(rows)
        if self.service == "http":  # nobody was let in without a user name
            asked = user > 0
            asked[rows.marked.having(BAD)] = True
            mine = np.flatnonzero(asked)
            outcome, user = outcomes[rows.combo[mine]], user[mine]
            wanted = (outcome > 0) & ((outcome != _SUCCEEDED) | (user > 0))
            mine, outcome, user = mine[wanted], outcome[wanted], user[wanted]
        else:
            mine = np.flatnonzero(outcomes[rows.combo])
            outcome, user = outcomes[rows.combo[mine]], user[mine]
        tried = mine[outcome == _TRIED]
        if len(tried) and (stems := rows.batch.coded("cs_uri_stem")) is not None:
            # FTP names the account in the USER row; cs-username is filled only after the logon
            named = self._users.numbers(stems.take(tried).compact())
            user[outcome == _TRIED] = np.where(named > 0, named, user[outcome == _TRIED])
        keys = (rows.client[mine] << 35) | (user << 3) | outcome
        self._logons.add(*reduced(keys, rows.time[mine]))

    def _user(self, rows: Rows) -> Integers:
        column = rows.batch.coded("cs_username")
        if column is None or column.is_empty:
            return np.zeros(len(rows.combo), np.int64)
        return self._users.numbers(column, rows.batch.lexicons.get("cs_username"))

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

    def _count_referers(self, rows: Rows) -> None:
        column = rows.batch.coded("cs_referer")
        if column is None or column.is_empty:
            return
        referer = self._referers.numbers(column, rows.batch.lexicons.get("cs_referer"))
        self._referred.add(referer, ONE)
        self._referred.add(referer[rows.marked.having(BAD)], -ONE)  # only those of requests that went well count
        missing = rows.marked.having(MISSING)
        missing = missing[referer[missing] > 0]
        self._broken_links.add(*reduced(rows.uri[missing] << 32 | referer[missing], rows.time[missing]))

    def _count_asp(self, rows: Rows) -> None:
        queries = rows.batch.columns.get("cs_uri_query")
        failing = rows.marked.having(FAILED)
        if not isinstance(queries, Texts) or not len(failing):
            return
        texts = zip(failing.tolist(), queries.at(failing), strict=True)
        found = [(row, _ASP.findall(query)) for row, query in texts if b"|" in query]
        uris = self.uris.some(rows.uri[[row for row, _ in found]]) if found else []
        for (row, errors), uri in zip(found, uris, strict=True):
            at = int(rows.time[row])
            for line, code, message in errors:
                number = int(line) if line.isdigit() and len(line) < 10 else None
                what = (text(uri) if rows.uri[row] else None, number, text(code.upper()), text(message[:200]))
                _span(self._table("asp_errors"), (self.service, self.site, *what), 1, at, at)

    def _count_fields(self, batch: Batch) -> None:
        table, who = self._table("fields"), (self.service, self.site)
        for name in batch.layout.fields:
            _bump(table, (*who, name), len(batch))
            column = batch.columns.get(column_name(name)) if column_name(name) in BYTES else None
            if column is not None and (missing := int(np.count_nonzero(~column.is_there))):
                _bump(table, (*who, unfilled(name)), missing)

    def _count_queues(self, rows: Rows) -> None:
        table, names = meanings(rows.batch, "s_queuename")
        pairs = rows.combo << 32
        if (column := rows.batch.coded("s_queuename")) is not None and table is not None:
            looked_up(table, column, into=pairs)
        keys, hits, first, last = (part.tolist() for part in reduced(pairs, rows.time))
        for pair, *span in zip(keys, hits, first, last, strict=True):
            key = (self.service, self.site, self.combos.keys[pair >> 32][4], names[pair & 0xFFFFFFFF])
            _span(self._table("queues"), key, *span)

    # --- limits and names ---------------------------------------------------------------------------------------------
    def _prune(self) -> None:
        if max(len(self._users), len(self._referers)) > MOST or max(len(self._probed), len(self._logons)) > 1 << 21:
            self.fold()
        for name, table in self.tables.items():
            limit = TABLES[name].limit
            if limit is not None and len(table) > 4 * limit:
                ordered = sorted(table.items(), key=lambda row: (-row[1][0], repr(row[0])))
                self.tables[name] = dict(ordered[:limit])
                self.lost[name] = self.lost.get(name, 0) + ordered[limit][1][0]

    def fold(self, *, last: bool = False) -> None:
        """Give what was gathered under numbers its names: before the numbers change, and at the end."""
        if not (len(self._probed) or len(self._logons) or len(self._referers) > 1 or self._probes.array.any()):
            return
        who, uris, clients = (self.service, self.site), self.uris, self.clients
        users, referers = self._users, self._referers
        self._fold_probes()
        keys, values = self._wanted(
            "logons",
            self._logons,
            last,
            lambda k: clients.ranks(k >> 35) << 35 | users.ranks(k >> 3 & 0xFFFFFFFF) << 3 | _OUTCOME_RANK[k & 7],
        )
        outcomes = [_OUTCOMES[outcome] for outcome in (keys & 7).tolist()]
        parts = zip(clients.named(keys >> 35), users.named(keys >> 3 & 0xFFFFFFFF), outcomes, strict=True)
        _span_all(self._table("logons"), [(*who, *part) for part in parts], values)
        keys, values = self._wanted(
            "broken_links",
            self._broken_links,
            last,
            lambda k: uris.ranks(k >> 32) << 32 | referers.ranks(k & 0xFFFFFFFF),
        )
        links = zip(uris.named(keys >> 32), referers.named(keys & 0xFFFFFFFF), strict=True)
        _span_all(self._table("broken_links"), [(*who, *link) for link in links], values)
        table, referred = self._table("referer_hosts"), self._referred.of(len(referers))[0]
        used = np.flatnonzero(referred[1:]) + 1
        for referer, hits in zip(referers.named(used), referred[used].tolist(), strict=True):
            if match := _HOST.match(referer or ""):
                _bump(table, (*who, match[1].lower()), hits)
        self._logons, self._broken_links, self._referred = Sparse(3, span=True), Sparse(3, span=True), Sums(1)
        self._users, self._referers = Names(), Names()

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

    def _fold_probes(self) -> None:
        """Which client asked for how many distinct URLs in vain."""
        probing = np.flatnonzero(self._probes.array[0] != 0)
        service, site = self.service, self.site
        _span_all(
            self._table("probes"),
            [(service, site, client) for client in self.clients.named(probing)],
            self._probes.array[:, probing],
        )
        self._probes = Spans()
        if len(self._probed):
            self.sketched.append(_sketched(self._probed.items()[0], self.uris))
            self._probed = Sparse(0)


def _sketched(pairs: Integers, names: Names) -> Sketched:
    """The sketches of the URLs that clients are paired with.

    There may be a million pairs and few URLs, so all sketches share the hashes, and URLs stand for them while they are
    sorted.
    """
    asked = np.zeros(len(names), np.bool_)
    asked[pairs & 0xFFFFFFFF] = True
    used = np.flatnonzero(asked)
    hashes = hashed(names.some(used))
    order = np.argsort(hashes)
    rank = np.zeros(len(names), np.int64)
    rank[used[order]] = np.arange(len(used))
    ranked = np.sort(pairs >> 32 << 32 | rank[pairs & 0xFFFFFFFF])
    clients = ranked >> 32
    starts = starts_of(clients)
    stops = np.minimum(np.append(starts[1:], len(clients)), starts + DISTINCT)
    return Sketched(clients[starts], starts, stops, hashes[order][ranked & 0xFFFFFFFF])


def _bump(table: dict[Key, Values], key: Key, hits: int) -> None:
    mine = table.get(key)
    table[key] = (hits,) if mine is None else (mine[0] + hits,)


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
