"""The events of a summary in columns: what came when, summed up by whatever a question asks for.

There are a hundred thousand events in a month of a busy site, but some fifty kinds of rows and three thousand quarters
of an hour. What depends on one of these is worked out for each of them, and not for each event.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from logan.analysis.once import once
from logan.arrays import Integers, Table, summable, whole_numbers
from logan.counters import Sparse
from logan.series import Series, Values

if TYPE_CHECKING:
    from logan.summary import Summary


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

    def group(self, by: Callable[[Any], Hashable], cut: Callable[[int], int] = int) -> Events:
        """The rows summed up by what `by` makes of their key and `cut` of their time; a key of None is left out."""
        keys, new_key = _numbered(map(by, self.keys))
        times, new_time = _numbered(map(cut, self.times))
        key, time = new_key[self.key], new_time[self.time]
        chosen = key >= 0
        cells = Sparse(len(self.sums))
        cells.add((key * len(times) + time)[chosen], *self.sums[:, chosen])
        found, sums = cells.items()
        return Events(keys, times, *np.divmod(found, max(1, len(times))), sums)

    def hits(self) -> dict[Any, dict[int, int]]:
        """{key: {time: hits}}."""
        found: dict[Any, dict[int, int]] = {key: {} for key in self.keys}
        for key, time, hits in zip(self.key.tolist(), self.time.tolist(), self.sums[0].tolist(), strict=True):
            found[self.keys[key]][self.times[time]] = hits
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


def _numbered(labels: Iterable[Any]) -> tuple[list[Any], Integers]:
    """The distinct labels, and the place of each label among them; -1 for None."""
    places: dict[Any, int] = {}
    numbers = [-1 if label is None else places.setdefault(label, len(places)) for label in labels]
    return list(places), np.array(numbers, np.int64)


def _distinct(numbers: Integers) -> tuple[list[int], Integers]:
    """The same of numbers."""
    found, first, place = np.unique(numbers, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return found[order].tolist(), rank[place]
