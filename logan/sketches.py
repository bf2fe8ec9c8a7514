"""Small values that add up: keyed counts, latency bins, and a count of distinct keys.

Everything in here is integers, has a `+` and an empty value, and gives the same result in any order of additions.
Where a limit on the number of keys is passed, the smallest are let go, and `lost` says by how much a count that is
shown, or one that is missing, can be too low at the most. Below the limit all is exact and `lost` is 0.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import accumulate, chain
from math import ceil
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

try:
    from _blake2 import blake2b  # hashlib loads OpenSSL as well, which takes 3 ms
except ImportError:
    from hashlib import blake2b

if TYPE_CHECKING:
    import pandas as pd

Key = tuple[Any, ...]
Values = tuple[int, ...]
Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
Table = np.ndarray[Any, np.dtype[np.int64]]
Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]


@dataclass(frozen=True, slots=True)
class Shape:
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
            return Counts(self.shape, self.rows.where(np.isin(np.arange(len(self.rows)), kept)), self.lost + most)
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
        sums = np.array(list(rows.values()), np.int64).reshape(len(rows), len(next(iter(rows.values()), ())))
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

    def where(self, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Series:
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
        seen = np.concatenate([[0], np.cumsum(self.hits[order])])
        before, hits = seen[bounds[:-1]], np.diff(seen[bounds])
        wanted = before + np.maximum(1, np.ceil(rank * hits)).astype(np.int64)
        return hits, self.labels[order][np.searchsorted(seen, wanted) - 1]


def _narrow(numbers: Integers) -> np.ndarray[Any, Any]:
    """Numbers from 0 on, in the smallest type that holds them all."""
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))


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


# --- Latency bins -----------------------------------------------------------------------------------------------------
#: Up to 63 ms one bin a millisecond, above that 32 to the octave: a percentile is at most 1.6 % off.
BINS_PER_OCTAVE = 32
_LINEAR = 64


def latency_bins(milliseconds: Integers) -> Integers:
    """The bin of each duration in ms; negative ones (a clock was set back) count as 0.

    >>> latency_bins(np.array([0, 63, 64, 1000])).tolist()
    [0, 63, 64, 190]
    """
    values = np.maximum(milliseconds, 0)
    small = values < len(_BIN_OF)
    if small.all():
        return _BIN_OF[values]
    return np.where(small, _BIN_OF[np.where(small, values, 0)], _bins(np.where(small, _LINEAR, values)))


def _bins(values: Integers) -> Integers:
    octave = np.frexp(values.astype(np.float64))[1].astype(np.int64) - 1
    return np.where(
        values < _LINEAR, values, _LINEAR + (octave - 6) * BINS_PER_OCTAVE + (values >> np.maximum(octave - 5, 0)) - 32
    )


#: The bin of each duration below 2**16 ms.
_BIN_OF = np.repeat(
    np.arange(_LINEAR + 10 * BINS_PER_OCTAVE),
    [1] * _LINEAR + [2**n for n in range(1, 11) for _ in range(BINS_PER_OCTAVE)],
)


def bin_value(number: int) -> int:
    """The duration in ms that stands for a bin: its middle.

    >>> bin_value(10), bin_value(190)
    (10, 999)
    """
    if number < _LINEAR:
        return number
    octave, part = divmod(number - _LINEAR, BINS_PER_OCTAVE)
    width = 1 << (octave + 1)
    return (32 + part) * width + (width - 1) // 2


def rounded(milliseconds: Integers) -> Integers:
    """Durations as they are below 65 536 ms, above that cut to 8 significant bits (at most 0.8 % low)."""
    values = np.maximum(milliseconds, 0)
    octave = np.frexp(values.astype(np.float64))[1].astype(np.int64) - 1
    shift = np.where(values < 1 << 16, 0, np.maximum(octave - 7, 0))
    return (values >> shift) << shift


def percentiles(histogram: Mapping[int, int], *ranks: float) -> list[int | None]:
    """The nearest-rank percentiles of {value: hits}; None for each where there are no hits.

    >>> percentiles({10: 90, 500: 9, 4000: 1}, 0.5, 0.95, 0.99, 1.0)
    [10, 500, 500, 4000]
    """
    ordered = sorted(histogram)
    seen = list(accumulate(map(histogram.__getitem__, ordered)))
    if not seen or not seen[-1]:
        return [None for _ in ranks]
    return [ordered[bisect_left(seen, max(1, ceil(rank * seen[-1])))] for rank in ranks]


# --- Distinct keys ----------------------------------------------------------------------------------------------------
#: Hashes kept for each count of distinct keys: exact below, about 12 % standard error above.
DISTINCT = 64
Sketch = tuple[int, ...]


def hashed(keys: Iterable[bytes]) -> Hashes:
    """A 64-bit hash of each key, the same in every process and on every machine.

    >>> hashed([b"/a", b"/b"]).tolist()
    [12428406182287002128, 17717884445808511753]
    """
    return np.frombuffer(b"".join([blake2b(key, digest_size=8).digest() for key in keys]), ">u8").astype(np.uint64)


def merge_distinct(one: Sketch, other: Sketch) -> Sketch:
    """The sketch of both together: the smallest `DISTINCT` hashes, whatever the order of merging."""
    return tuple(sorted({*one, *other})[:DISTINCT])


def distinct(sketch: Sketch) -> int:
    """How many distinct keys went into a sketch: exact below `DISTINCT`, estimated above.

    >>> distinct(merge_distinct((1, 5), (5, 9)))
    3
    """
    if len(sketch) < DISTINCT:
        return len(sketch)
    return round((DISTINCT - 1) * 2**64 / (sketch[-1] + 1))


class Sketches(Mapping[Key, Sketch]):
    """{key: sketch} held in arrays, since few are ever looked at: each is a stretch of the hashes, in order.

    >>> sketches = Sketches([("a",), ("b",)], np.array([0, 2]), np.array([2, 3]), np.array([5, 9, 7], np.uint64))
    >>> sketches["a",], sketches == {("a",): (5, 9), ("b",): (7,)}
    ((5, 9), True)
    """

    def __init__(self, keys: Sequence[Key], starts: Integers, stops: Integers, hashes: Hashes) -> None:
        self._place = {key: place for place, key in enumerate(keys)}
        self._starts, self._stops, self._hashes = starts, stops, hashes

    def __getitem__(self, key: Key) -> Sketch:
        place = self._place[key]
        return tuple(self._hashes[self._starts[place] : self._stops[place]].tolist())

    def __iter__(self) -> Iterator[Key]:
        return iter(self._place)

    def __len__(self) -> int:
        return len(self._place)

    def parts(self) -> tuple[Integers, Hashes]:
        """How many hashes each sketch has, and the hashes of all, one behind the other."""
        sizes = self._stops - self._starts
        before = np.cumsum(sizes) - sizes
        return sizes, self._hashes[np.repeat(self._starts - before, sizes) + np.arange(int(sizes.sum()))]

    @classmethod
    def of(cls, sketches: Mapping[Key, Sketch]) -> Sketches:
        """The same as some mapping."""
        if isinstance(sketches, Sketches):
            return sketches
        sizes = np.fromiter(map(len, sketches.values()), np.int64, len(sketches))
        hashes = np.fromiter(chain.from_iterable(sketches.values()), np.uint64, int(sizes.sum()))
        stops = np.cumsum(sizes)
        return cls(list(sketches), stops - sizes, stops, hashes)

    def __or__(self, other: Mapping[Key, Sketch]) -> Sketches:
        """The sketches of both, merged where they have a key in common."""
        if not (self and other):
            return self or Sketches.of(other)
        other = Sketches.of(other)
        if self._place.keys().isdisjoint(other._place):
            starts, stops = (
                np.concatenate(pair)
                for pair in (
                    (self._starts, other._starts + len(self._hashes)),
                    (self._stops, other._stops + len(self._hashes)),
                )
            )
            return Sketches([*self, *other], starts, stops, np.concatenate([self._hashes, other._hashes]))
        merged = dict(self)
        for key, sketch in other.items():
            merged[key] = merge_distinct(merged.get(key, ()), sketch)
        return Sketches.of(merged)

    def only(self, wanted: Collection[Key]) -> Sketches:
        """Those of the keys that are wanted."""
        keys = [key for key in self._place if key in wanted]
        if len(keys) == len(self):
            return self
        places = np.array([self._place[key] for key in keys], np.int64)
        return Sketches(keys, self._starts[places], self._stops[places], self._hashes)


# --- Keys that are kept -----------------------------------------------------------------------------------------------
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
