"""Values that come again in every batch: numbered once, so that batches can be joined and counted by code alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa

from logan import native
from logan.arrays import Integers, binary_of, codes_of, looked_up, parts_of

#: Columns whose values are the same names all over a log.
COLUMNS = frozenset("cs_method cs_uri_stem cs_username c_ip cs_referer sc_status sc_substatus sc_win32_status".split())
#: Values that a lexicon holds, and their bytes. One that may become full is followed by an empty one.
_MOST, _ROOM = 1 << 17, 12 << 20


class Lexicon:
    """Distinct values of one column, numbered from 0 in the order of their coming.

    Its memory does not move: the dictionary of a batch looks into it, and sees no more than what there was then. One
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

    def dictionary(self) -> pa.Array:
        """The values so far."""
        count, offsets, data = self.names.parts()
        return binary_of(count, (offsets, data))

    def coded(self, array: pa.DictionaryArray) -> pa.DictionaryArray:
        """The same array in codes of this lexicon, which has room for it."""
        numbers = np.frombuffer(self.names.number(*parts_of(array.dictionary)), np.int64)
        codes, there = codes_of(array)
        found = numbers[codes].astype(np.int32) if len(numbers) else codes
        bits = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little").tobytes())
        indices = pa.Array.from_buffers(pa.int32(), len(array), [bits, pa.py_buffer(found.tobytes())])
        return pa.DictionaryArray.from_arrays(indices, self.dictionary(), safe=False)

    def numbers(self, owner: object, array: pa.DictionaryArray, number: Callable[[pa.Array], Integers]) -> Integers:
        """The numbers, from 1, that an owner gives to the values of an array in codes of this lexicon; 0 where there is
        none. `number` is asked about new values, and only about those that a row has: others are of other sites.

        The numbers of one owner are kept, since batches of one site follow each other.
        """
        if self._owner is not owner:
            self._owner, self._numbers = owner, np.zeros(0, np.int64)
        values = array.dictionary
        if len(values) > len(self._numbers):
            grown = np.zeros(max(len(values), 2 * len(self._numbers)), np.int64)
            grown[: len(self._numbers)] = self._numbers
            self._numbers = grown
        found = looked_up(self._numbers, array)
        if len(found) - np.count_nonzero(found) > array.null_count:
            codes, there = codes_of(array)
            fresh = np.flatnonzero(np.bincount(codes[there & (found == 0)]))
            assert native.kernel
            self._numbers[fresh] = number(binary_of(len(fresh), native.kernel.take(*parts_of(values), fresh.data)))
            found = looked_up(self._numbers, array)
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
