"""`RunningTotal`: the sum of any number of summaries, gathered in columns and put together now and then.

It is what `+` gives, without going through the sum so far at each addition. Names are let go only when there are some
times as many as the limit, or at the end, so what is above the limits is more exact than by `+`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress, count

import numpy as np

from logan.arrays import Integers, Table, summable
from logan.columns import KEYS, NAMED, Columns, Numbers, Part, Rows, named, packed, runs, summary_of
from logan.summary import Summary
from logan.tables import GROUPS, TABLES
from logan.tables.counts import largest
from logan.tables.distinct import DISTINCT
from logan.tables.series import Key

#: Rows of a table are put together when there are so many, and three times as many as the last time.
_GATHER = 1 << 17
#: A table grows to so many times its limit before names are let go.
_SLACK = 4
#: Names that no row has any more are forgotten when there are so many, and twice as many as the last time.
_NAMES = 1 << 19


@dataclass(slots=True, eq=False)
class _Gathered:
    """Rows of a flat table from several summaries; a key can come in each."""

    parts: list[Rows]
    waiting: int = 0
    room: int = _GATHER

    def put(self, rows: Rows) -> None:
        self.parts.append(rows)
        self.waiting += len(rows)


class RunningTotal:
    """A sum that takes summaries as they come, in columns or not; their order does not matter."""

    def __init__(self) -> None:
        self._plain = self._head = Summary()  # what has no rows; and of what has some, all that is in no table
        self._only: Part | None = None  # what has some, as long as there is one alone
        self._numbers, self._room = Numbers(), _NAMES
        self._tables = {name: _Gathered([]) for name in KEYS}
        self._lost = dict.fromkeys(TABLES, 0)

    def add(self, part: Part) -> None:
        if isinstance(part, Summary) and not part.spans.rows:
            self._plain = self._plain + part
        elif self._only is None and not self._begun:
            self._only = part
        else:
            self._begin()
            self._gather(Columns.of(part))

    @property
    def _begun(self) -> bool:
        """Whether sums are being gathered in columns."""
        return bool(self._tables["spans"].parts)

    def _begin(self) -> None:
        if self._only is not None:
            self._gather(Columns.of(self._only))
            self._only = None

    def sum(self) -> Part:
        """The sum, in columns or not: whatever is there already."""
        if self._only is None and not self._begun:
            return self._plain
        if isinstance(self._only, Summary):
            return self._plain + self._only
        if self._only is not None and self._plain == Summary():
            return self._only
        self._begin()
        self._gather(Columns.of(self._plain))
        self._plain = Summary()
        self._forget(slack=1)
        rows = {name: self._tables[name].parts[0] for name in KEYS}
        return Columns(self._head, list(self._numbers), rows, dict(self._lost))

    def total(self) -> Summary:
        return summary_of(self.sum())

    def _gather(self, part: Columns) -> None:
        self._head = self._head + part.head
        numbers = self._numbers.of(part.names)
        for name, lost in part.lost.items():
            self._lost[name] += lost
        for name, rows in part.rows.items():
            gathered = self._tables[name]
            gathered.put(Rows(_renumbered(name, rows.keys, numbers), rows.values))
            if gathered.waiting > gathered.room:
                self._join(name, _SLACK)
        if len(self._numbers) > self._room:
            self._forget(_SLACK)
            self._room = max(_NAMES, 2 * len(self._numbers))

    def _forget(self, slack: int) -> None:
        """Put all tables together, and keep no name that is in none of them."""
        for name in KEYS:
            self._join(name, slack)
        used = np.zeros(len(self._numbers), np.bool_)
        for name, gathered in self._tables.items():
            used[gathered.parts[0].keys[NAMED[name]]] = True
        numbers = np.cumsum(used) - 1
        for name, gathered in self._tables.items():
            rows = gathered.parts[0]
            gathered.parts = [Rows(_renumbered(name, rows.keys, numbers), rows.values)]
        self._numbers = Numbers(zip(compress(self._numbers, used.tolist()), count()))

    def _join(self, name: str, slack: int) -> None:
        """Put the rows of a table together; where there are more than `slack` times the limit, let go the smallest."""
        gathered = self._tables[name]
        parts = [rows for rows in gathered.parts if len(rows)] or gathered.parts[:1]
        rows = parts[0]
        if len(parts) > 1:  # in one, each key comes once
            keys = np.concatenate([part.keys for part in parts], axis=1)
            values = np.concatenate([part.values for part in parts], axis=1)
            rows = _least_hashes(keys, values) if name == "distinct" else _summed(name, keys, values)
        if name == "distinct":
            rows = self._probing(rows)
        elif name in GROUPS:
            rows = self._trimmed_labels(name, rows, slack)
        elif name in TABLES:
            rows = self._trimmed(name, rows, slack)
        gathered.parts, gathered.waiting, gathered.room = [rows], len(rows), max(_GATHER, 3 * len(rows))

    def _trimmed(self, name: str, rows: Rows, slack: int) -> Rows:
        limit = TABLES[name].limit
        if limit is None or len(rows) <= slack * limit:
            return rows
        kept, most = self._largest(name, rows, limit)
        self._lost[name] += most
        return rows.at(kept)

    def _trimmed_labels(self, name: str, rows: Rows, slack: int) -> Rows:
        limit = GROUPS[name][2]
        if limit is None or len(rows) <= slack * limit:
            return rows
        order, starts = runs(rows.keys[:-1])
        groups = np.split(order, starts[1:])
        for n, places in enumerate(groups):
            if len(places) > slack * limit:
                kept, most = self._largest(name, rows.at(places), limit)
                groups[n] = places[kept]
                self._tables[f"{name} lost"].put(Rows(rows.keys[:-1, places[:1]], np.array([[most]], np.int64)))
        return rows.at(np.concatenate(groups))

    def _largest(self, name: str, rows: Rows, limit: int) -> tuple[Integers, int]:
        def keys(places: Integers) -> list[Key]:
            return named(name, rows.keys[:, places], names)

        names = list(self._numbers)
        return largest(rows.values[0], limit, keys)

    def _probing(self, rows: Rows) -> Rows:
        """The hashes of those clients that are still among the probes."""
        probes = [part.keys for part in self._tables["probes"].parts]
        keys = packed(np.concatenate([rows.keys, *probes], axis=1))
        return rows.at(np.flatnonzero(np.isin(keys[: len(rows)], keys[len(rows) :])))


class RunningTotals:
    """A running total for each week."""

    def __init__(self) -> None:
        self._weeks: dict[str, RunningTotal] = {}

    def add(self, parts: Mapping[str, Part]) -> None:
        for week, part in parts.items():
            self._weeks.setdefault(week, RunningTotal()).add(part)

    def sums(self) -> dict[str, Part]:
        return {week: total.sum() for week, total in self._weeks.items()}


def _renumbered(name: str, keys: Table, numbers: Integers) -> Table:
    """Keys with other numbers of their names."""
    keys = keys.copy()
    keys[NAMED[name]] = numbers[keys[NAMED[name]]]
    return keys


def _summed(name: str, keys: Table, values: Table) -> Rows:
    """The rows of a table with each key once."""
    order, starts = runs(keys)
    values = values[:, order]
    if name not in TABLES or not TABLES[name].span:
        return Rows(keys[:, order[starts]], np.add.reduceat(summable(values), starts, axis=1))
    *hits, first, last = values
    ends = np.minimum.reduceat(first, starts), np.maximum.reduceat(last, starts)
    return Rows(keys[:, order[starts]], np.stack([*np.add.reduceat(hits, starts, axis=1), *ends]))


def _least_hashes(keys: Table, values: Table) -> Rows:
    """Of each client the smallest hashes, as many as a sketch holds, each of them once."""
    clients, hashes = packed(keys), values[0].view(np.uint64)
    order = np.lexsort((hashes, clients))
    clients, hashes = clients[order], hashes[order]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (clients[1:] != clients[:-1]) | (hashes[1:] != hashes[:-1])
    order, clients = order[fresh], clients[fresh]
    rank = np.arange(len(order)) - np.searchsorted(clients, clients)
    order = order[rank < DISTINCT]
    return Rows(keys[:, order], values[:, order])
