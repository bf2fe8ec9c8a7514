"""Texts numbered in the order of their coming, and what that is good for: codes, and columns of codes put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from logan import native
from logan.arrays import Coded, Column, Integers, Numbers, Texts


class Numbering(Protocol):
    """Distinct texts, numbered from 0 in the order of their coming."""

    def __len__(self) -> int: ...
    def number(self, texts: Texts) -> Integers:
        """The number of each of these texts, of which none is missing; new ones get the next numbers."""

    def pick(self, numbers: Integers) -> Texts:
        """The texts of these numbers."""


def numbering() -> Numbering:
    """One without any text yet."""
    return _Compiled() if native.kernel else _ByArrow()


class _Compiled:
    """A table that grows: only new texts cost more than looking them up."""

    def __init__(self) -> None:
        assert native.kernel
        self._names: Any = native.kernel.Names()

    def __len__(self) -> int:
        return len(self._names)

    def number(self, texts: Texts) -> Integers:
        return np.frombuffer(self._names.number(texts.offsets, texts.data), np.int64)

    def pick(self, numbers: Integers) -> Texts:
        return Texts.from_parts(self._names.pick(np.ascontiguousarray(numbers, np.int64)))


class _ByArrow:
    """The same with what Arrow offers: the known texts are hashed anew each time."""

    def __init__(self) -> None:
        self._texts = Texts.of([])

    def __len__(self) -> int:
        return len(self._texts)

    def number(self, texts: Texts) -> Integers:
        from logan.arrow import unified

        self._texts, numbers = unified(self._texts, texts)
        return numbers

    def pick(self, numbers: Integers) -> Texts:
        return self._texts.take(numbers)


def coded(texts: Texts) -> Coded:
    """The same values as codes of those that there are."""
    codes, known = np.full(len(texts), -1, np.int32), numbering()
    rows = np.arange(len(texts)) if texts.there is None else np.flatnonzero(texts.there)
    if len(rows):
        codes[rows] = known.number(texts if texts.there is None else texts.take(rows))
    return Coded(codes, known.pick(np.arange(len(known))))


def joined_columns(columns: Sequence[Any], kind: type[Column], *, same_names: bool = False) -> Any:
    """Columns of one kind as one; an empty one where there are none.

    With `same_names`, the longest list of names begins with each of the others.
    """
    if len(columns) == 1:
        return columns[0]
    if kind is not Coded:
        if not columns:
            return Numbers(np.zeros(0, np.int64)) if kind is Numbers else Texts.of([])
        return kind.concat(columns)  # type: ignore[union-attr]
    if same_names and columns:
        names = max((column.names for column in columns), key=len)
        return Coded(np.concatenate([column.codes for column in columns]), names)
    known, codes = numbering(), [np.zeros(0, np.int32)]
    for column in columns:
        new = known.number(column.names) if len(column.names) else np.zeros(0, np.int64)
        codes.append(np.append(new, -1)[column.codes].astype(np.int32))
    return Coded(np.concatenate(codes), known.pick(np.arange(len(known))))
