"""Tables that add up: sums by key, and hits by label under a key.

Everything in here is integers, has a `+` and an empty value, and gives the same result in any order of additions.
Where a limit on the number of keys is passed, the smallest are let go, and `lost` says by how much a count that is
shown, or one that is missing, can be too low at the most. Below the limit all is exact and `lost` is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logan.arrays import Integers
from logan.tables.series import Key, Packed, Series, Values

if TYPE_CHECKING:
    import pandas as pd


class Shape(NamedTuple):
    """What a table of counts holds: the names of its keys and of its sums, and whether first and last time follow."""

    keys: tuple[str, ...]
    sums: tuple[str, ...] = ("hits",)
    span: bool = False
    limit: int | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.sums, "first", "last") if self.span else self.sums


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts by key: a mapping from a key tuple to a tuple of sums, then first and last time (µs since 1970 UTC).

    >>> shape = Shape(("status",))
    >>> (Counts(shape, {(404,): (2,)}) + Counts(shape, {(404,): (1,), (500,): (1,)})).rows
    {(404,): (3,), (500,): (1,)}
    """

    shape: Shape
    rows: Mapping[Key, Values] = field(default_factory=dict)
    lost: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[Key, Values]]:
        return iter(self.rows.items())

    def __add__(self, other: Counts) -> Counts:
        if not other.rows:
            return Counts(self.shape, self.rows, self.lost + other.lost)
        if not self.rows:
            return Counts(self.shape, other.rows, self.lost + other.lost)
        if isinstance(self.rows, Series) and isinstance(other.rows, Series) and self.rows.is_apart_from(other.rows):
            return Counts(self.shape, self.rows.followed_by(other.rows), self.lost + other.lost).trimmed()
        rows = dict(self.rows.items())
        for key, values in other.rows.items():
            mine = rows.get(key)
            rows[key] = values if mine is None else self._merge(mine, values)
        return Counts(self.shape, rows, self.lost + other.lost).trimmed()

    def _merge(self, one: Values, other: Values) -> Values:
        if not self.shape.span:
            return tuple(a + b for a, b in zip(one, other, strict=True))
        sums = tuple(a + b for a, b in zip(one[:-2], other[:-2], strict=True))
        return (*sums, min(one[-2], other[-2]), max(one[-1], other[-1]))

    def series(self) -> Series:
        """The rows in arrays: the last part of their keys is a number."""
        return Series.of(self.rows)

    def trimmed(self) -> Counts:
        """The same within the limit: where keys are over it, those of the fewest hits are let go."""
        limit = self.shape.limit
        if limit is None or len(self.rows) <= limit:
            return self
        if isinstance(self.rows, Series):
            kept, most = largest(self.rows.sums[0], limit, self.rows.keys_at)
            mask = np.zeros(len(self.rows), np.bool_)
            mask[kept] = True
            return Counts(self.shape, self.rows.where(mask), self.lost + most)
        rows = list(self.rows.items())
        hits = np.array([values[0] for _, values in rows], np.int64)
        kept, most = largest(hits, limit, lambda places: [rows[n][0] for n in places.tolist()])
        return Counts(self.shape, dict(rows[n] for n in kept.tolist()), self.lost + most)

    def group(self, *names: str, where: Callable[[dict[str, Any]], bool] | None = None) -> Counts:
        """The counts summed up by fewer keys, of those keys for which `where` is true."""
        indices = [self.shape.keys.index(name) for name in names]
        shape = Shape(names, self.shape.sums, self.shape.span)
        rows: dict[Key, Values] = {}
        for key, values in self.rows.items():
            if where is not None and not where(dict(zip(self.shape.keys, key, strict=True))):
                continue
            short = tuple(key[i] for i in indices)
            mine = rows.get(short)
            rows[short] = values if mine is None else self._merge(mine, values)
        return Counts(shape, rows, self.lost)

    def only(self, **wanted: Any) -> Counts:
        """The counts of the keys that have these values."""
        indices = [(self.shape.keys.index(name), value) for name, value in wanted.items()]
        rows = {key: values for key, values in self.rows.items() if all(key[i] == v for i, v in indices)}
        return Counts(self.shape, rows, self.lost)

    def top(self, number: int | None = None, by: str = "hits") -> list[tuple[Key, Values]]:
        """The `number` rows of the largest `by`, equal ones in the order of their keys."""
        index = self.shape.columns.index(by)
        most = _most(self.rows, [values[index] for values in self.rows.values()], number)
        return [(key, self.rows[key]) for key, _ in most]

    def total(self, column: str = "hits") -> int:
        """The sum of one column."""
        index = self.shape.columns.index(column)
        return sum(values[index] for values in self.rows.values())

    def to_frame(self) -> pd.DataFrame:
        """A DataFrame with a column for each key and each sum; `first` and `last` as UTC times."""
        import pandas as pd

        records = [(*key, *values) for key, values in self.rows.items()]
        frame = pd.DataFrame.from_records(records, columns=[*self.shape.keys, *self.shape.columns])
        if self.shape.span:
            for name in ("first", "last"):
                frame[name] = pd.to_datetime(frame[name].astype("int64"), unit="us", utc=True)
        return frame


@dataclass(frozen=True, slots=True)
class Groups:
    """Hits by label, under a key: {key: {label: hits}}. Labels are names, or the bins of a histogram.

    With a `limit`, each key keeps so many labels, those of the most hits; `lost` says by how much a label's hits can be
    too low at the most, by key.
    """

    keys: tuple[str, ...]
    label: str
    rows: Mapping[Key, Mapping[Any, int]] = field(default_factory=dict)
    limit: int | None = None
    lost: Mapping[Key, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def __add__(self, other: Groups) -> Groups:
        if not other.rows:
            return self
        if not self.rows:
            return other
        lost = dict(added(self.lost, other.lost)) if other.lost else self.lost
        if isinstance(self.rows, Packed) and isinstance(other.rows, Packed) and self.rows.is_apart_from(other.rows):
            return Groups(self.keys, self.label, self.rows.followed_by(other.rows), self.limit, lost).trimmed()
        rows = dict(self.rows)
        for key, labels in other.rows.items():
            mine = rows.get(key)
            rows[key] = labels if mine is None else added(mine, labels)
        return Groups(self.keys, self.label, rows, self.limit, lost).trimmed()

    def trimmed(self) -> Groups:
        """The same with no more labels under each key than the limit."""
        limit = self.limit
        if limit is None or all(len(labels) <= limit for labels in self.rows.values()):
            return self
        rows, lost = dict(self.rows), dict(self.lost)
        for key, labels in self.rows.items():
            if len(labels) > limit:
                rows[key], most = _largest_labels(labels, limit)
                lost[key] = lost.get(key, 0) + most
        return Groups(self.keys, self.label, rows, limit, lost)

    def merged(self, *names: str, where: Callable[[dict[str, Any]], bool] | None = None) -> dict[Key, dict[Any, int]]:
        """{shorter key: {label: hits}}, of those keys for which `where` is true."""
        indices = [self.keys.index(name) for name in names]
        merged: dict[Key, dict[Any, int]] = {}
        for key, labels in self.rows.items():
            if where is None or where(dict(zip(self.keys, key, strict=True))):
                mine = merged.setdefault(tuple(key[i] for i in indices), {})
                for label, hits in labels.items():
                    mine[label] = mine.get(label, 0) + hits
        return merged

    def top(self, key: Key, number: int | None = None) -> list[tuple[Any, int]]:
        """The `number` labels of the most hits under a key."""
        return top(self.rows.get(key, {}), number)

    def to_frame(self) -> pd.DataFrame:
        """A DataFrame with a column for each key, the label and the hits."""
        import pandas as pd

        records = [(*key, label, hits) for key, labels in self.rows.items() for label, hits in labels.items()]
        return pd.DataFrame.from_records(records, columns=[*self.keys, self.label, "hits"])


def _largest_labels(labels: Mapping[Any, int], limit: int) -> tuple[dict[Any, int], int]:
    rows = list(labels.items())
    hits = np.array([count for _, count in rows], np.int64)
    kept, most = largest(hits, limit, lambda places: [(rows[n][0],) for n in places.tolist()])
    return dict(rows[n] for n in kept.tolist()), most


def whole(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column of integers, null where there is none; of Python's own where 64 bits do not hold one of them, since a log
    may claim any number of bytes."""
    fits = column.dtype == "int64" or all(-(1 << 63) <= value < 1 << 63 for value in column.dropna())
    return column.astype("Int64" if fits else object)


def added(one: Mapping[Any, int], other: Mapping[Any, int]) -> dict[Any, int]:
    """Two {label: hits} as one."""
    rows = dict(one)
    for label, hits in other.items():
        rows[label] = rows.get(label, 0) + hits
    return rows


def top(labels: Mapping[Any, int], number: int | None = None) -> list[tuple[Any, int]]:
    """The `number` labels of the most hits, equal ones in their order.

    >>> top({"/a": 1, "/b": 5, None: 1, "/c": 1}, 2)
    [('/b', 5), (None, 1)]
    """
    return _most(labels, labels.values(), number)


def _most(names: Iterable[Any], hits: Collection[int], number: int | None) -> list[tuple[Any, int]]:
    """The `number` names of the most hits, equal ones in their order; only those that can be among them are sorted."""
    rows: Iterator[tuple[Any, int]] = zip(names, hits, strict=True)
    if number is not None and len(hits) > number:
        least = min(nlargest(number, hits), default=0)
        rows = ((name, count) for name, count in rows if count >= least)
    return sorted(rows, key=lambda row: (-row[1], _sortable(row[0])))[:number]


def _sortable(name: Any) -> tuple[tuple[bool, str, Any], ...]:
    parts = name if isinstance(name, tuple) else (name,)
    return tuple((part is not None, type(part).__name__, part if part is not None else 0) for part in parts)


def largest(hits: Integers, limit: int, keys: Callable[[Integers], list[Key]]) -> tuple[Integers, int]:
    """The places of the `limit` most hits, of equal ones the first in the order of `keys`; and the hits of the next one.

    >>> names = np.array(["d", "b", "c", "a"])
    >>> largest(np.array([1, 5, 1, 1]), 2, lambda places: [(name,) for name in names[places].tolist()])
    (array([1, 3]), 1)
    """
    least = int(np.partition(hits, len(hits) - limit)[len(hits) - limit])
    kept, equal = np.flatnonzero(hits > least), np.flatnonzero(hits == least)
    wanted = limit - len(kept)
    if len(equal) <= wanted:
        return np.concatenate([kept, equal]), int(hits[hits < least].max())
    names = keys(equal)
    differing = [part for part, values in enumerate(zip(*names, strict=True)) if len({*values}) > 1]
    sorting = [*map(itemgetter(*differing), names)] if differing else names  # texts, which are compared faster
    try:
        order = sorted(range(len(names)), key=sorting.__getitem__)
    except TypeError:  # a name is missing in some of them
        order = sorted(range(len(names)), key=lambda n: [(part is not None, part) for part in names[n]])
    return np.concatenate([kept, equal[order[:wanted]]]), least
