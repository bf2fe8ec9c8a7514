"""Columns of texts, codes and numbers, with what is missing in them; and arrays of integers, however large.

Texts are laid out in memory as Arrow does it, so that frames are made of them without a copy (`logan.arrow`).
To summarize a log needs nothing else of Arrow, which takes as long to be imported as 10 MB to be read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from logan import native

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
#: The place of each row's value among others; -1 where it has none.
Codes = np.ndarray[tuple[int], np.dtype[np.int32]]
Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
#: Of integers; of Python's own where 64 bits do not hold them, or their sums.
Table = np.ndarray[Any, np.dtype[np.int64]]


class Texts:
    """Bytes, one after the other: text n is ``data[offsets[n]:offsets[n + 1]]``. `there` is None where all have one."""

    __slots__ = ("data", "offsets", "there")

    def __init__(self, offsets: Codes, data: bytes | memoryview, there: Mask | None = None) -> None:
        self.offsets, self.data, self.there = offsets, data, there

    @classmethod
    def of(cls, values: Collection[bytes | None]) -> Texts:
        """These values."""
        there = np.fromiter((value is not None for value in values), np.bool_, len(values))
        lengths = np.fromiter((len(value or b"") for value in values), np.int32, len(values))
        data = b"".join(value or b"" for value in values)
        return cls(_bounds(lengths), data, None if there.all() else there)

    @classmethod
    def from_parts(cls, parts: tuple[bytes, bytes], there: Mask | None = None) -> Texts:
        """Offsets and data as `logan._kernel` gives them."""
        offsets, data = parts
        return cls(np.frombuffer(offsets, np.int32), data, there)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def is_there(self) -> Mask:
        """Which rows have a value."""
        return _all(len(self)) if self.there is None else self.there

    @property
    def nbytes(self) -> int:
        return int(self.offsets.nbytes) + int(self.offsets[-1] - self.offsets[0])

    @property
    def lengths(self) -> Codes:
        return np.diff(self.offsets)

    @property
    def joined(self) -> memoryview:
        """The bytes of all of them, without what may be before and behind."""
        return memoryview(self.data)[int(self.offsets[0]) : int(self.offsets[-1])]

    def values(self) -> list[bytes]:
        """The values, empty where there is none."""
        data = bytes(self.joined)
        return [data[start:stop] for start, stop in pairwise((self.offsets - self.offsets[0]).tolist())]

    def to_pylist(self) -> list[bytes | None]:
        """The values, None where there is none."""
        return _only(self.values(), self.there)

    def decoded(self) -> list[str]:
        """The values as text, what is no UTF-8 as ``\\xa7``. None may be missing."""
        data = bytes(self.joined)
        if data.isascii():
            text = data.decode("ascii")
            return [text[start:stop] for start, stop in pairwise((self.offsets - self.offsets[0]).tolist())]
        return [value.decode("utf-8", "backslashreplace") for value in self.values()]

    def at(self, rows: Integers) -> list[bytes]:
        """The values in some rows, empty where there is none."""
        view = memoryview(self.data)
        bounds = zip(self.offsets[rows].tolist(), self.offsets[rows + 1].tolist(), strict=True)
        return [bytes(view[start:stop]) for start, stop in bounds]

    def take(self, rows: Integers) -> Texts:
        """The rows with these numbers."""
        there = None if self.there is None else self.there[rows]
        if native.kernel:
            numbers = np.ascontiguousarray(rows, np.int64)
            return Texts.from_parts(native.kernel.take(self.offsets, self.data, numbers), there)
        starts, lengths = self.offsets[rows], self.lengths[rows]
        bounds = _bounds(lengths)
        places = np.arange(bounds[-1]) + np.repeat(starts - bounds[:-1], lengths)
        return Texts(bounds, np.frombuffer(self.data, np.uint8)[places].tobytes(), there)

    @staticmethod
    def concat(columns: Sequence[Texts]) -> Texts:
        """Columns one behind the other."""
        lengths = [column.lengths for column in columns]
        data = b"".join(column.joined for column in columns)
        return Texts(_bounds(np.concatenate(lengths)), data, _all_there(columns))


class Coded:
    """Values that come again and again: a code for each row and the `names` behind the codes, of which none is missing."""

    __slots__ = ("codes", "names")

    def __init__(self, codes: Codes, names: Texts) -> None:
        self.codes, self.names = codes, names

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def is_there(self) -> Mask:
        """Which rows have a value."""
        return self.codes >= 0

    @property
    def is_empty(self) -> bool:
        """Whether no row has a value."""
        return not len(self.names) or int(self.codes.max(initial=-1)) < 0

    def to_pylist(self) -> list[bytes | None]:
        """The values, None where there is none."""
        names = [*self.names.values(), None]
        return [names[code] for code in self.codes.tolist()]

    def take(self, rows: Integers) -> Coded:
        """The rows with these numbers, and all names."""
        return Coded(self.codes[rows], self.names)

    def compact(self) -> Coded:
        """The same rows without the names that none of them has."""
        used = np.flatnonzero(np.bincount(self.codes[self.is_there], minlength=len(self.names)))
        if len(used) == len(self.names):
            return self
        new = np.full(len(self.names) + 1, -1, np.int32)
        new[used] = np.arange(len(used))
        return Coded(new[self.codes], self.names.take(used))


class Numbers:
    """Numbers of 64 bits, 0 where there is none; `there` is None where all rows have one."""

    __slots__ = ("there", "values")

    def __init__(self, values: Integers, there: Mask | None = None) -> None:
        self.values, self.there = values, there

    def __len__(self) -> int:
        return len(self.values)

    @property
    def is_there(self) -> Mask:
        """Which rows have a value."""
        return _all(len(self)) if self.there is None else self.there

    @property
    def nbytes(self) -> int:
        return int(self.values.nbytes)

    def to_pylist(self) -> list[int | None]:
        """The values, None where there is none."""
        return _only(self.values.tolist(), self.there)

    def take(self, rows: Integers) -> Numbers:
        """The rows with these numbers."""
        return Numbers(self.values[rows], None if self.there is None else self.there[rows])

    @staticmethod
    def concat(columns: Sequence[Numbers]) -> Numbers:
        """Columns one behind the other."""
        return Numbers(np.concatenate([column.values for column in columns]), _all_there(columns))


#: What a field of a log becomes.
Column = Texts | Coded | Numbers


def looked_up(table: Integers, column: Coded, into: Integers | None = None) -> Integers:
    """What a table says of each row's code, 0 where there is none; added to what is in `into`, if that is given."""
    sums = np.zeros(len(column), np.int64) if into is None else into
    if native.kernel:
        native.kernel.add(sums, table, np.ascontiguousarray(column.codes))
    else:
        sums += np.append(table, 0)[column.codes]
    return sums


def whole_numbers(values: Collection[int]) -> Integers:
    """Integers as an array; as Python's own where one of them needs more than 64 bits."""
    try:
        return np.fromiter(values, np.int64, len(values))
    except OverflowError:
        return np.array([*values], object)


def starts_of(ordered: Integers) -> Integers:
    """Where a new value begins in an ordered array."""
    fresh = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    return np.flatnonzero(fresh)


def summable(table: Table) -> Table:
    """The same numbers; as Python's integers where 64 bits might not hold the sum of those in a row.

    A log may claim any number of bytes.
    """
    sums = np.abs(table.astype(np.float64)).sum(axis=-1)
    return table if sums.max(initial=0) * 1.001 < 2.0**63 else table.astype(object)


def _bounds(lengths: Codes) -> Codes:
    bounds = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=bounds[1:])
    return bounds


def _all(rows: int) -> Mask:
    return np.ones(rows, np.bool_)


def _only(values: list[Any], there: Mask | None) -> list[Any]:
    if there is None:
        return values
    return [value if known else None for value, known in zip(values, there.tolist(), strict=True)]


def _all_there(columns: Sequence[Texts] | Sequence[Numbers]) -> Mask | None:
    if all(column.there is None for column in columns):
        return None
    return np.concatenate([column.is_there for column in columns])
