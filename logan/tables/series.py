"""Rows of a table held in arrays, which look like dictionaries: they are made of them when rows are looked at one by one."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from itertools import chain
from typing import Any

import numpy as np

from logan.arrays import Integers, Mask, Table, whole_numbers

Key = tuple[Any, ...]
Values = tuple[int, ...]


class Series(Mapping[Key, Values]):
    """{(*head, number): sums} held in arrays: tables in which a few heads come with many numbers, such as times.

    They become a dictionary when rows are looked at one by one. `heads` are those that occur, in the order in which they
    do; `places` tells of each row which one it has, `sums` is an array of columns by rows.

    >>> series = Series([("a",), ("b",)], np.array([0, 0, 1]), np.array([5, 6, 5]), np.array([[1, 2, 3]]))
    >>> series["a", 6], series == {("a", 5): (1,), ("a", 6): (2,), ("b", 5): (3,)}
    ((2,), True)
    """

    def __init__(self, heads: Sequence[Key], places: Integers, numbers: Integers, sums: Table) -> None:
        self.heads, self.places, self.numbers, self.sums = heads, places, numbers, sums
        self._made: dict[Key, Values] | None = None

    @classmethod
    def of(cls, rows: Mapping[Key, Values]) -> Series:
        """The same as some mapping; equal heads stand together, their numbers in order."""
        if isinstance(rows, Series):
            return rows
        heads: dict[Key, int] = {}
        places = np.array([heads.setdefault(key[:-1], len(heads)) for key in rows], np.int64)
        numbers = np.array([key[-1] for key in rows], np.int64)
        order = np.lexsort((numbers, places))
        sums = whole_numbers([*chain.from_iterable(rows.values())]).reshape(
            len(rows), len(next(iter(rows.values()), ()))
        )
        return cls(list(heads), places[order], numbers[order], sums[order].T)

    @property
    def _rows(self) -> dict[Key, Values]:
        if self._made is None:
            heads = map(self.heads.__getitem__, self.places.tolist())
            keys = map(tuple.__add__, heads, zip(self.numbers.tolist(), strict=True))
            self._made = dict(zip(keys, zip(*self.sums.tolist(), strict=True), strict=True))
        return self._made

    def __getitem__(self, key: Key) -> Values:
        return self._rows[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self.numbers)

    def keys(self) -> KeysView[Key]:
        return self._rows.keys()

    def values(self) -> ValuesView[Values]:
        return self._rows.values()

    def items(self) -> ItemsView[Key, Values]:
        return self._rows.items()

    def keys_at(self, rows: Integers) -> list[Key]:
        """The keys of some rows, by their places."""
        numbers = self.numbers[rows].tolist()
        return [(*self.heads[n], number) for n, number in zip(self.places[rows].tolist(), numbers, strict=True)]

    def where(self, mask: Mask) -> Series:
        """The rows for which a mask is true."""
        return Series(self.heads, self.places[mask], self.numbers[mask], self.sums[:, mask])

    def is_apart_from(self, other: Series) -> bool:
        """Whether they have no head in common, as those of two sites."""
        return not {*self.heads} & {*other.heads}

    def followed_by(self, other: Series) -> Series:
        """The rows of both, which have no head in common."""
        places = np.concatenate([self.places, other.places + len(self.heads)])
        numbers = np.concatenate([self.numbers, other.numbers])
        return Series([*self.heads, *other.heads], places, numbers, np.concatenate([self.sums, other.sums], axis=1))


class Packed(Mapping[Key, Mapping[Any, int]]):
    """{key: {bin: hits}} held in arrays: the histograms of all URLs take a sixth of the memory of dictionaries.

    What is looked up comes as a dictionary, made anew each time.

    >>> packed = Packed([("/a",), ("/b",)], np.array([0, 2]), np.array([10, 20, 10]), np.array([5, 1, 7]))
    >>> packed["/b",], packed == {("/a",): {10: 5, 20: 1}, ("/b",): {10: 7}}
    ({10: 7}, True)
    """

    def __init__(self, keys: Sequence[Key], starts: Integers, labels: Integers, hits: Integers) -> None:
        self._place = {key: place for place, key in enumerate(keys)}
        self.bounds = [*starts.tolist(), len(labels)]
        self.labels, self.hits = _narrow(labels), _narrow(hits)

    def __getitem__(self, key: Key) -> dict[Any, int]:
        place = self._place[key]
        mine = slice(self.bounds[place], self.bounds[place + 1])
        return dict(zip(self.labels[mine].tolist(), self.hits[mine].tolist(), strict=True))

    def __iter__(self) -> Iterator[Key]:
        return iter(self._place)

    def __len__(self) -> int:
        return len(self._place)

    def is_apart_from(self, other: Packed) -> bool:
        """Whether they have no key in common, as those of two sites."""
        return self._place.keys().isdisjoint(other._place)

    def followed_by(self, other: Packed) -> Packed:
        """The histograms of both, which have no key in common."""
        starts = np.array([*self.bounds[:-1], *(len(self.labels) + start for start in other.bounds[:-1])], np.int64)
        labels, hits = (np.concatenate(pair) for pair in ((self.labels, other.labels), (self.hits, other.hits)))
        return Packed([*self._place, *other._place], starts, labels, hits)

    def percentile(self, rank: float) -> tuple[Integers, Integers]:
        """The hits of each key, and the bin that `percentiles` finds: for all of them at once."""
        bounds = np.array(self.bounds, np.int64)
        place = np.repeat(np.arange(len(self)), np.diff(bounds))
        order = np.argsort(place << 32 | self.labels, kind="stable")  # mostly in order already, and so quick
        seen = np.concatenate([[0], np.cumsum(self.hits[order], dtype=np.int64)])
        before, hits = seen[bounds[:-1]], np.diff(seen[bounds])
        wanted = before + np.maximum(1, np.ceil(rank * hits)).astype(np.int64)
        return hits, self.labels[order][np.searchsorted(seen, wanted) - 1]


def _narrow(numbers: Integers) -> np.ndarray[Any, Any]:
    """Numbers from 0 on, in the smallest type that holds them all."""
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))
