"""Arrow arrays of bytes and numbers, made and read without importing pandas (as ``pa.array`` and scalars would)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from logan import native

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
Codes = np.ndarray[tuple[int], np.dtype[np.int32]]
Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
#: Of integers; of Python's own where 64 bits do not hold them, or their sums.
Table = np.ndarray[Any, np.dtype[np.int64]]

#: A column whose values come again and again.
DICTIONARY = pa.dictionary(pa.int32(), pa.binary())


def binary_array(values: Sequence[bytes | None]) -> pa.Array:
    """Bytes as an Arrow array."""
    lengths = np.fromiter((len(value or b"") for value in values), np.int32, len(values))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    valid = _bits(np.fromiter((value is not None for value in values), np.bool_, len(values)))
    data = b"".join(value or b"" for value in values)
    return pa.Array.from_buffers(pa.binary(), len(values), [valid, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)])


def dictionary_array(values: Sequence[bytes | None]) -> pa.DictionaryArray:
    """Bytes as an Arrow dictionary array that holds no value which no row has."""
    return binary_array(values).dictionary_encode()


def number_array(values: Integers, there: Mask) -> pa.Array:
    """Numbers as an Arrow array, null where they are not there."""
    return pa.Array.from_buffers(pa.int64(), len(values), [_bits(there), pa.py_buffer(values.tobytes())])


def index_array(rows: Integers) -> pa.Array:
    """Numbers of rows as Arrow takes them."""
    return pa.Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(rows.astype(np.int64).tobytes())])


def _bits(there: Mask) -> pa.Buffer | None:
    return None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little").tobytes())


def parts_of(values: pa.Array) -> tuple[memoryview, memoryview]:
    """The offsets (int32, one more than values) and the bytes of an array of bytes."""
    _, offsets, data = values.buffers()
    return memoryview(offsets)[4 * values.offset : 4 * (values.offset + len(values) + 1)], memoryview(data or b"")


def binary_of(count: int, parts: tuple[bytes, bytes]) -> pa.Array:
    """An array of bytes, none of them null, of its parts."""
    return pa.Array.from_buffers(pa.binary(), count, [None, *map(pa.py_buffer, parts)], 0)


def joined_arrays(arrays: list[pa.Array], type_: pa.DataType, *, same_codes: bool = False) -> pa.Array:
    """Arrays of one type, a `DICTIONARY` or another, as one; an empty one where there are none.

    With `same_codes`, the longest dictionary begins with each of the others.
    """
    if len(arrays) == 1:
        return arrays[0]
    if not arrays:
        if type_ == pa.binary():
            return binary_array([])
        numbers = pa.Array.from_buffers(pa.int32() if type_ == DICTIONARY else type_, 0, [None, pa.py_buffer(b"")])
        return pa.DictionaryArray.from_arrays(numbers, binary_array([])) if type_ == DICTIONARY else numbers
    if same_codes:
        indices = pa.concat_arrays([array.indices for array in arrays])
        return pa.DictionaryArray.from_arrays(indices, max((a.dictionary for a in arrays), key=len), safe=False)
    chunked = pa.chunked_array(arrays)
    return pa.concat_arrays((chunked.unify_dictionaries() if type_ == DICTIONARY else chunked).chunks)


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


def arrow_mask(mask: Mask) -> pa.Array:
    """A mask of numpy as one of Arrow."""
    return pa.Array.from_buffers(
        pa.bool_(), len(mask), [None, pa.py_buffer(np.packbits(mask, bitorder="little").tobytes())]
    )


def codes_of(array: pa.DictionaryArray) -> tuple[Codes, Mask]:
    """The codes of a dictionary array (0 where null) and where there is a value."""
    indices = array.indices
    codes = np.frombuffer(indices.buffers()[1], np.int32, len(indices), indices.offset * 4)
    there = there_of(indices)
    return codes if not indices.null_count else codes * there, there


def looked_up(table: Integers, array: pa.DictionaryArray, into: Integers | None = None) -> Integers:
    """What a table says of each row's code, 0 where there is no value; added to what is in `into`, if that is given."""
    sums = np.zeros(len(array), np.int64) if into is None else into
    if native.kernel:
        indices = array.indices
        valid, codes = indices.buffers()
        window = memoryview(codes)[4 * indices.offset : 4 * (indices.offset + len(indices))]
        native.kernel.add(sums.data, table.data, window, valid if indices.null_count else None, indices.offset)
    elif len(table):
        codes, there = codes_of(array)
        sums += table[codes] if there.all() else table[codes] * there
    return sums


def there_of(array: pa.Array) -> Mask:
    """Where an array is not null."""
    if not array.null_count:
        return np.ones(len(array), np.bool_)
    bits = np.frombuffer(array.buffers()[0], np.uint8)
    return np.unpackbits(bits, count=array.offset + len(array), bitorder="little")[array.offset :].view(np.bool_)


def values_at(array: pa.Array, rows: Integers) -> list[bytes]:
    """The values of plain bytes in some rows, empty where null."""
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int32, len(array) + 1, array.offset * 4)
    view = memoryview(data or b"")
    return [bytes(view[start:end]) for start, end in zip(bounds[rows].tolist(), bounds[rows + 1].tolist(), strict=True)]


def compact(array: pa.Array) -> pa.Array:
    return array.dictionary_decode().dictionary_encode() if pa.types.is_dictionary(array.type) else array
