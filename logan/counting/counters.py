"""Counters: sums while they grow, in numpy arrays, by small number or by 64-bit key.

They are what `logan.counting.accumulation` counts with. What is in them at the end becomes tables that add up
(`logan.tables.counts`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from logan.arrays import Integers, Mask, Table, starts_of

ONE = np.int64(1)
_NEVER = np.iinfo(np.int64).max
#: Rows of a grid that are looked at together.
_TOGETHER = 256
#: Cells of a grid for each hit that make it too empty to be worth its memory.
_CELLS = 64


class Within:
    """Watches that sums of a column stay within 64 bits: a log may claim any number of bytes."""

    def __init__(self) -> None:
        self._most = 0

    def __call__(self, values: Integers) -> Integers:
        """The values of a batch; as Python's integers from where on 64 bits might not hold the sum of all."""
        if len(values):
            most = max(int(values.max()), -int(values.min())) * len(values)
            if most >= 1 << 44:  # one large value among many small ones: a little more than the sum is enough
                most = int(np.abs(values.astype(np.float64)).sum() * 1.001) + 1
            self._most += most
        return values if self._most < 1 << 63 else values.astype(object)


class Sums:
    """Sums by small number, in arrays that grow. Of Python's integers from when on such are added."""

    def __init__(self, columns: int) -> None:
        self.array = np.zeros((columns, 64), np.int64)

    def add(self, numbers: Integers, *values: Integers | np.int64) -> None:
        self.make_room(int(numbers.max()) + 1 if len(numbers) else 0)
        if any(value.dtype == object for value in values):
            self.array = self.array.astype(object, copy=False)
        for row, value in zip(self.array, values, strict=True):
            np.add.at(row, numbers, value)

    def make_room(self, size: int) -> None:
        have = self.array.shape[1]
        if size > have:
            grown = np.zeros((len(self.array), max(size, 2 * have)), self.array.dtype)
            grown[:, :have] = self.array
            self.array = grown

    def of(self, size: int) -> Table:
        """The sums of the numbers below `size`."""
        self.make_room(size)
        return self.array[:, :size]


class Spans:
    """Hits, first and last time by small number, in arrays that grow."""

    def __init__(self) -> None:
        self.array = np.zeros((3, 0), np.int64)

    def add(self, numbers: Integers, time: Integers) -> None:
        if len(numbers):
            self.make_room(int(numbers.max()) + 1)
            np.add.at(self.array[0], numbers, ONE)
            np.minimum.at(self.array[1], numbers, time)
            np.maximum.at(self.array[2], numbers, time)

    def make_room(self, size: int) -> None:
        have = self.array.shape[1]
        if size > have:
            grown = np.empty((3, max(size, 2 * have, 64)), np.int64)
            grown[0], grown[1], grown[2] = 0, _NEVER, -_NEVER
            grown[:, :have] = self.array
            self.array = grown


class Sparse:
    """Sums by 64-bit key, gathered in arrays that are sorted and summed when they are full.

    All that is added stands in the same two arrays. Kept apart, thousands of small arrays would lie between the large
    ones that counting takes and gives back, and the memory in between would never be used again.
    """

    def __init__(self, columns: int = 1, *, span: bool = False, gather: int = 1 << 17) -> None:
        self._sums = [np.add] * (columns - 2) + [np.minimum, np.maximum] if span else [np.add] * columns
        self._gather = gather
        self._keys, self._values = np.zeros(0, np.int64), np.zeros((columns, 0), np.int64)
        self._filled = 0
        self._ordered = 0  # so many of the first keys are in order, each of them once

    def __len__(self) -> int:
        """How many keys there are at the most: those that are waiting to be joined are counted one by one."""
        return self._filled

    def add(self, keys: Integers, *values: Integers) -> None:
        """Add sums under keys; a key may come more than once. Without columns, it is the keys that are wanted."""
        if self._filled + len(keys) > len(self._keys):
            self._make_room(len(keys))
        start, stop = self._filled, self._filled + len(keys)
        if any(column.dtype == object for column in values):  # Python's integers, where 64 bits do not hold the sums
            self._values = self._values.astype(object, copy=False)
        self._keys[start:stop] = keys
        for row, column in zip(self._values, values, strict=True):
            row[start:stop] = column
        self._filled = stop

    def count(self, keys: Integers) -> None:
        """Add 1 under each key."""
        ordered = np.sort(keys)
        starts = starts_of(ordered)
        self.add(ordered[starts], np.diff(starts, append=len(ordered)))

    def items(self) -> tuple[Integers, Table]:
        """The distinct keys in order, and an array of columns by keys. Nothing that is added later changes them."""
        self._compact()
        if len(self._keys) > self._filled:
            self._resize(self._filled)
        return self._keys, self._values

    def remap(self, change: Callable[[Integers], tuple[Integers, np.ndarray[Any, np.dtype[np.bool_]]]]) -> None:
        """Give keys other numbers, or drop them: `change` returns the new keys and which of them stay."""
        keys, values = self.items()
        changed, stay = change(keys)
        self._keys, self._values = changed[stay], values[:, stay]
        self._filled, self._ordered = len(self._keys), 0

    def _make_room(self, more: int) -> None:
        need = self._filled + more
        if need <= self._gather:
            self._resize(min(2 * need, self._gather))
            return
        self._compact()
        # half as much again as there is: that much is new when all is sorted the next time
        room = max(self._filled + more + self._filled // 2, self._gather)
        if room > len(self._keys):
            self._resize(room)

    def _resize(self, room: int) -> None:
        """Room for so many keys, in arrays of their own."""
        filled = self._filled
        keys, values = np.empty(room, np.int64), np.empty((len(self._values), room), self._values.dtype)
        keys[:filled], values[:, :filled] = self._keys[:filled], self._values[:, :filled]
        self._keys, self._values = keys, values

    def _compact(self) -> None:
        """Put equal keys together, in place and one column after the other."""
        if self._ordered == self._filled:
            return
        keys, values = self._keys[: self._filled], self._values[:, : self._filled]
        # runs that are sorted already are merged, which is quick
        order = np.argsort(keys, kind="stable") if len(values) else None
        ordered = np.sort(keys) if order is None else keys[order]
        starts = starts_of(ordered)
        self._filled = self._ordered = len(starts)
        keys[: len(starts)] = ordered[starts]
        for row, add in zip(values, self._sums, strict=True):
            row[: len(starts)] = add.reduceat(row[order], starts)


class Grid:
    """Hits by two small numbers, in a table that grows by rows, up to `rows` × `columns`; the rest in a `Sparse`.

    Adding to a table is ten times as fast as sorting keys. The rows are numbered in the order of their coming, so the
    frequent ones are among the first. A table has room for four times the rows that are there: what nobody has written
    to takes no memory, while moving 30 MB took as long as reading as many. As long as it would have more than `_CELLS`
    for each hit, as in a small log, hits wait in the `Sparse`: it would take longer to clear them.
    """

    def __init__(self, columns: int, rows: int = 1 << 14) -> None:
        self._table = np.zeros((0, columns), np.uint32)
        self._rows, self._columns = rows, columns
        self._rest = Sparse()
        self._used, self._counted = 0, 0

    def count(self, rows: Integers, columns: Integers) -> None:
        """Add 1 in each row and column."""
        if not len(rows):
            return
        highest, width = int(rows.max()), int(columns.max())
        few = (self._counted + len(rows)) * _CELLS < min(highest + 1, self._rows) * self._columns
        if few and not self._used:
            self._rest.count(rows << 32 | columns)
            self._counted += len(rows)
            return
        if not self._used and len(self._rest):
            self._spread(*self.items())
        if highest >= self._rows or width >= self._columns:
            inside = (rows < self._rows) & (columns < self._columns)
            outside = ~inside
            self._rest.count(rows[outside] << 32 | columns[outside])
            rows, columns = rows[inside], columns[inside]
            highest = min(highest, self._rows - 1)
        self._make_room(highest + 1, len(rows))
        flat = self._table.reshape(-1)
        np.add.at(flat, rows * self._columns + columns, flat.dtype.type(1))

    def _make_room(self, rows: int, hits: int) -> None:
        self._counted += hits
        dtype = self._table.dtype if self._counted < 1 << 32 else np.dtype(np.uint64)
        if rows > len(self._table) or dtype != self._table.dtype:
            grown = np.zeros((min(self._rows, max(4 * max(rows, self._used), 64)), self._columns), dtype)
            grown[: self._used] = self._table[: self._used]
            self._table = grown
        self._used = max(self._used, rows)

    def items(self) -> tuple[Integers, Integers, Integers]:
        """Rows, columns and hits of what was counted, in no particular order."""
        # np.nonzero in two dimensions is slow; a few rows at a time, as what is compared stays in the core's own cache
        starts = range(0, self._used, _TOGETHER)
        found = [
            np.flatnonzero(self._table[start : min(start + _TOGETHER, self._used)] != 0) + start * self._columns
            for start in starts
        ]
        rows, columns = np.divmod(np.concatenate(found) if found else np.zeros(0, np.int64), self._columns)
        if not len(self._rest):
            return rows, columns, self._table[rows, columns].astype(np.int64)
        keys, values = self._rest.items()
        return (
            np.concatenate([rows, keys >> 32]),
            np.concatenate([columns, keys & 0xFFFFFFFF]),
            np.concatenate([self._table[rows, columns].astype(np.int64), values[0]]),
        )

    def row_sums(self, weights: np.ndarray[Any, Any], rows: int) -> Integers:
        """The sum of each row's hits, those of each column times its weight; `rows` of them."""
        sums = np.zeros(max(rows, self._used), np.int64)
        dense = min(len(weights), self._columns)
        sums[: self._used] = self._table[: self._used, :dense] @ weights[:dense].astype(np.int64)
        keys, values = self._rest.items()
        np.add.at(sums, keys >> 32, values[0] * weights[keys & 0xFFFFFFFF].astype(np.int64))
        return sums[:rows]

    def renumber(self, new: Integers) -> None:
        """Give rows other numbers; those whose number is below 0 are dropped."""
        rows, columns, hits = self.items()
        changed = new[rows]
        stay = changed >= 0
        rows, columns, hits = changed[stay], columns[stay], hits[stay]
        self._table, self._used = np.zeros((0, self._columns), self._table.dtype), 0
        self._spread(rows, columns, hits)

    def _spread(self, rows: Integers, columns: Integers, hits: Integers) -> None:
        """Put all hits, one entry for each row and column, where they belong."""
        self._rest = Sparse()
        inside = (rows < self._rows) & (columns < self._columns)
        self._make_room(int(rows[inside].max(initial=-1)) + 1, 0)
        self._table[rows[inside], columns[inside]] = hits[inside]
        self._rest.add((rows << 32 | columns)[~inside], hits[~inside])


def reduced(keys: Integers, time: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    """The distinct keys, and the hits, first and last time of each."""
    order = np.argsort(keys)
    keys, time = keys[order], time[order]
    if not len(keys):
        return keys, keys, time, time
    starts = starts_of(keys)
    return (
        keys[starts],
        np.diff(starts, append=len(keys)),
        np.minimum.reduceat(time, starts),
        np.maximum.reduceat(time, starts),
    )


def renumbered(keys: Integers, new: Integers, shift: int) -> tuple[Integers, Mask]:
    """Keys with another number above `shift` bits, and which of them stay."""
    changed = new[keys >> shift]
    return (np.maximum(changed, 0) << shift) | (keys & ((1 << shift) - 1)), changed >= 0


def renumbered_low(keys: Integers, new: Integers) -> tuple[Integers, Mask]:
    """Keys with another number in their lower half, and which of them stay."""
    changed = new[keys & 0xFFFFFFFF]
    return (keys >> 32 << 32) | np.maximum(changed, 0), changed >= 0


def moved(sums: Sums, new: Integers) -> Sums:
    moved = Sums(len(sums.array))
    moved.array = moved.array.astype(sums.array.dtype)
    stay = np.flatnonzero(new >= 0)
    moved.make_room(len(stay))
    moved.array[:, new[stay]] = sums.of(len(new))[:, stay]
    return moved


def moved_flags(flags: Mask, new: Integers) -> Mask:
    stay = np.flatnonzero(new[: len(flags)] >= 0)
    moved = np.zeros(int(np.count_nonzero(new >= 0)), np.bool_)
    moved[new[stay]] = flags[stay]
    return moved
