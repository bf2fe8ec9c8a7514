"""Values that come again in every batch: numbered once, so that batches can be joined and counted by code alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from logan import native
from logan.arrays import Coded, Integers, Texts, looked_up

#: Columns whose values are the same names all over a log.
COLUMNS = frozenset("cs_method cs_uri_stem cs_username c_ip cs_referer sc_status sc_substatus sc_win32_status".split())
#: Values that a lexicon holds, and their bytes. One that may become full is followed by an empty one.
_MOST, _ROOM = 1 << 17, 12 << 20


class Lexicon:
    """Distinct values of one column, numbered from 0 in the order of their coming.

    Its memory does not move: the names of a batch look into it, and see no more than what there was then. One
    thread puts values in, another counts.
    """

    def __init__(self) -> None:
        assert native.kernel
        self.names: Any = native.kernel.Names(_MOST, _ROOM)
        self._owner: object = None
        self._numbers = np.zeros(0, np.int64)

    def has_room(self, values: int, size: int) -> bool:
        """Whether there is room for so many more values of so many bytes."""
        count, offsets, _ = self.names.parts()
        filled = int.from_bytes(offsets[4 * count : 4 * count + 4], "little")
        return count + values <= _MOST and filled + size <= _ROOM

    def texts(self) -> Texts:
        """The values so far."""
        count, offsets, data = self.names.parts()
        return Texts(np.frombuffer(offsets, np.int32, count + 1), data)

    def coded(self, column: Coded) -> Coded:
        """The same column in codes of this lexicon, which has room for it."""
        numbers = np.frombuffer(self.names.number(column.names.offsets, column.names.data), np.int64)
        return Coded(np.append(numbers, -1)[column.codes].astype(np.int32), self.texts())

    def numbers(self, owner: object, column: Coded, number: Callable[[Texts], Integers]) -> Integers:
        """The numbers, from 1, that an owner gives to the values of a column in codes of this lexicon; 0 where there is
        none. `number` is asked about new values, and only about those that a row has: others are of other sites.

        The numbers of one owner are kept, since batches of one site follow each other.
        """
        if self._owner is not owner:
            self._owner, self._numbers = owner, np.zeros(0, np.int64)
        values = column.names
        if len(values) > len(self._numbers):
            grown = np.zeros(max(len(values), 2 * len(self._numbers)), np.int64)
            grown[: len(self._numbers)] = self._numbers
            self._numbers = grown
        found = looked_up(self._numbers, column)
        unknown = column.codes[(found == 0) & column.is_there]
        if len(unknown):
            fresh = np.flatnonzero(np.bincount(unknown))
            self._numbers[fresh] = number(values.take(fresh))
            found = looked_up(self._numbers, column)
        return found


class Lexicons:
    """A lexicon for each column that is worth it. For one thread, which parses."""

    def __init__(self) -> None:
        self._lexicons: dict[str, Lexicon] = {}

    def of(self, columns: tuple[str, ...], lines: int, size: int) -> dict[str, Lexicon]:
        """Lexicons for some columns, with room for what is in a segment; none where logan's compiled part is missing."""
        if not native.kernel or lines > _MOST or size > _ROOM:
            return {}
        found = {}
        for name in columns:
            if name not in COLUMNS:
                continue
            lexicon = self._lexicons.get(name)
            if lexicon is None or not lexicon.has_room(lines, size):
                lexicon = self._lexicons[name] = Lexicon()
            found[name] = lexicon
        return found


NO_LEXICONS: Mapping[str, Lexicon] = MappingProxyType({})
