"""Counts of distinct keys that add up: sketches of a few hashes each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from logan.arrays import Integers
from logan.tables.series import Key

try:
    from _blake2 import blake2b  # hashlib loads OpenSSL as well, which takes 3 ms
except ImportError:
    from hashlib import blake2b

Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]

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
