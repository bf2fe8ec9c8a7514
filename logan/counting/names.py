"""Names behind numbers: URLs, clients, users and referrers are counted by number and named at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from logan import native
from logan.arrays import Integers, binary_array, binary_of, codes_of, index_array, looked_up, parts_of
from logan.reading.lexicon import Lexicon


class Names:
    """Distinct byte strings ↔ small numbers: 0 stands for no name, the others come in the order of their coming.

    No Python object is made of a name before it is asked for.
    """

    def __init__(self) -> None:
        self._known: _Compiled | _Arrow = _Compiled() if native.kernel else _Arrow()

    def __len__(self) -> int:
        return len(self._known) + 1

    def numbers(self, array: pa.DictionaryArray, lexicon: Lexicon | None = None) -> Integers:
        """The number of each row's name; `lexicon` is the one whose codes the array has, if it has such."""
        if lexicon is not None:
            return lexicon.numbers(self._known, array, self._number)
        return looked_up(self._number(array.dictionary), array)

    def _number(self, values: pa.Array) -> Integers:
        if not len(values):
            return np.zeros(0, np.int64)
        return self._known.number(_shortened(values)) + 1

    def since(self, number: int) -> pa.Array:
        """The names from a number (1 or more) on."""
        return self._known.pick(np.arange(number - 1, len(self._known)))

    def texts(self) -> list[str | None]:
        """All names, decoded, by number."""
        names = self.since(1)
        texts = pa.Array.from_buffers(pa.string(), len(names), names.buffers(), 0, names.offset)
        try:
            texts.validate(full=True)
        except pa.ArrowInvalid:
            return [None, *(name.decode("utf-8", "backslashreplace") for name in names.to_pylist())]
        return [None, *texts.to_pylist()]

    def some(self, numbers: Integers) -> list[bytes]:
        """The names of these numbers."""
        if not len(self._known):  # there is only "no name"
            return [b""] * len(numbers)
        found = self._known.pick(np.maximum(numbers - 1, 0)).to_pylist()
        return [name if number else b"" for name, number in zip(found, numbers.tolist(), strict=True)]

    def keep(self, numbers: Integers) -> None:
        """Forget all other names; the kept ones, without 0, are numbered from 1 in the order given."""
        kept = self._known.pick(numbers - 1)
        self._known = type(self._known)()
        self._known.number(kept)


#: Longer names are told by their beginning. (No URL of IIS is longer unless it was told to take such.) As many as are
#: held at a time have to stay below Arrow's 2 GiB.
LONGEST = 4096


def _shortened(values: pa.Array) -> pa.Array:
    bounds = np.frombuffer(values.buffers()[1], np.int32, len(values) + 1, values.offset * 4)
    if int(np.diff(bounds).max()) <= LONGEST:
        return values
    return binary_array([value[:LONGEST] for value in values.to_pylist()])


class _Compiled:
    """Names, numbered from 0, in a table that grows: only new ones cost more than looking them up."""

    def __init__(self) -> None:
        assert native.kernel
        self._names: Any = native.kernel.Names()

    def __len__(self) -> int:
        return len(self._names)

    def number(self, values: pa.Array) -> Integers:
        return np.frombuffer(self._names.number(*parts_of(values)), np.int64)

    def pick(self, numbers: Integers) -> pa.Array:
        return binary_of(len(numbers), self._names.pick(np.ascontiguousarray(numbers, np.int64).data))


class _Arrow:
    """The same with what Arrow offers: the known names are hashed anew each time."""

    def __init__(self) -> None:
        self._names = binary_array([])

    def __len__(self) -> int:
        return len(self._names)

    def number(self, values: pa.Array) -> Integers:
        none, each = np.zeros(0, np.int32), np.arange(len(values), dtype=np.int32)
        known, more = (
            pa.DictionaryArray.from_arrays(
                pa.Array.from_buffers(pa.int32(), len(i), [None, pa.py_buffer(i.tobytes())]), v
            )
            for i, v in ((none, self._names), (each, values))
        )
        unified = pa.chunked_array([known, more]).unify_dictionaries().chunk(1)
        self._names = unified.dictionary
        return codes_of(unified)[0].astype(np.int64)

    def pick(self, numbers: Integers) -> pa.Array:
        return self._names.take(index_array(numbers))
