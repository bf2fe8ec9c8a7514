"""The events of a summary in columns: what came when, summed up by whatever a question asks for.

There are a hundred thousand events in a month of a busy site, but some fifty kinds of rows and three thousand quarters
of an hour. What depends on one of these is worked out for each of them, and not for each event.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from logan.analysis.once import once
from logan.arrays import Integers, Table, starts_of, summable, whole_numbers
from logan.counting.counters import Sparse
from logan.tables.series import Series, Values

if TYPE_CHECKING:
    from logan.summary import Summary


#: A table of so many cells is filled faster than rows are sorted.
_DENSE = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Hits, bytes sent and bytes received by key and time.

    `keys` and `times` hold each one once; `key` and `time` tell of each row which of them it has, `sums` its numbers.
    """

    keys: list[Any]
    times: list[int]
    key: Integers
    time: Integers
    sums: Table

    def __iter__(self) -> Iterator[tuple[Any, int, Values]]:
        for key, time, *sums in zip(self.key.tolist(), self.time.tolist(), *self.sums.tolist(), strict=True):
            yield self.keys[key], self.times[time], tuple(sums)

    def group(self, by: Callable[[Any], Hashable], cut: Callable[[int], int] | None = None) -> Events:
        """The rows summed up by what `by` makes of their key and `cut` of their time; a key of None is left out."""
        keys, new_key = _numbered(map(by, self.keys))
        key, times, time = new_key[self.key], self.times, self.time
        if cut is not None:
            times, new_time = _numbered(map(cut, times))
            time = new_time[time]
        chosen = key >= 0
        found, sums = _summed((key * len(times) + time)[chosen], self.sums[:, chosen], len(keys) * len(times))
        return Events(keys, times, *np.divmod(found, max(1, len(times))), sums)

    def hits(self) -> dict[Any, dict[int, int]]:
        """{key: {time: hits}}."""
        found: dict[Any, dict[int, int]] = {key: {} for key in self.keys}
        order = np.argsort(self.key, kind="stable")
        keys, times = self.key[order], np.array(self.times, np.int64)[self.time[order]]
        starts = starts_of(keys).tolist()
        for start, stop in pairwise([*starts, len(keys)]):
            hits = self.sums[0, order[start:stop]].tolist()
            found[self.keys[keys[start]]] = dict(zip(times[start:stop].tolist(), hits, strict=True))
        return found


@once
def events(summary: Summary) -> Events:
    """All events: keys are (service, site, method, status, substatus, win32_status, reason_phrase, kind), times are
    quarters of an hour since 1970 UTC."""
    rows = summary.events.rows
    if isinstance(rows, Series):
        keys, key, (times, time) = list(rows.heads), rows.places, _distinct(rows.numbers)
        return Events(keys, times, key, time, summable(rows.sums))
    keys, key = _numbered(map(itemgetter(slice(8)), rows))
    times, time = _numbered(map(itemgetter(8), rows))
    sums = whole_numbers([*chain.from_iterable(rows.values())]).reshape(-1, 3).T
    return Events(keys, times, key, time, summable(sums))


def _summed(cells: Integers, sums: Table, number: int) -> tuple[Integers, Table]:
    """Which of a number of cells rows are in, in order, and the sums of the rows in each of these."""
    if number > _DENSE:
        sparse = Sparse(len(sums))
        sparse.add(cells, *sums)
        return sparse.items()
    table, present = np.zeros((len(sums), number), sums.dtype), np.zeros(number, np.bool_)
    present[cells] = True
    for row, values in zip(table, sums, strict=True):
        np.add.at(row, cells, values)
    found = np.flatnonzero(present)
    return found, table[:, found]


def _numbered(labels: Iterable[Any]) -> tuple[list[Any], Integers]:
    """The distinct labels, and the place of each label among them; -1 for None."""
    places: dict[Any, int] = {}
    numbers = [-1 if label is None else places.setdefault(label, len(places)) for label in labels]
    return list(places), np.array(numbers, np.int64)


def _distinct(numbers: Integers) -> tuple[list[int], Integers]:
    """The same of numbers."""
    low = int(numbers.min(initial=0))
    size = int(numbers.max(initial=0)) - low + 1
    if size > _DENSE:
        found, first, place = np.unique(numbers, return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return found[order].tolist(), rank[place]
    rank = np.full(size, -1, np.int64)
    rank[numbers[::-1] - low] = np.arange(len(numbers))[::-1]  # the last that is put there is the first that came
    found = np.flatnonzero(rank >= 0)
    found = found[np.argsort(rank[found])]
    rank[found] = np.arange(len(found))
    return (found + low).tolist(), rank[numbers - low]
