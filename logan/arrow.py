"""Columns as Arrow arrays and back, without a copy: for frames, and for what Arrow does where there is no compiled part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from logan.arrays import Coded, Column, Integers, Mask, Numbers, Texts

#: A column whose values come again and again.
DICTIONARY = pa.dictionary(pa.int32(), pa.binary())


def to_arrow(column: Column) -> pa.Array:
    """Numbers as int64, texts as binary, codes as `DICTIONARY`; null where something is missing."""
    if isinstance(column, Numbers):
        return pa.Array.from_buffers(pa.int64(), len(column), [_bits(column.there), pa.py_buffer(column.values)])
    if isinstance(column, Texts):
        buffers = [_bits(column.there), pa.py_buffer(column.offsets), pa.py_buffer(column.data)]
        return pa.Array.from_buffers(pa.binary(), len(column), buffers)
    there = column.is_there
    codes = column.codes if there.all() else np.maximum(column.codes, 0)  # Arrow looks up codes of nulls as well
    indices = pa.Array.from_buffers(pa.int32(), len(codes), [_bits(there), pa.py_buffer(np.ascontiguousarray(codes))])
    return pa.DictionaryArray.from_arrays(indices, to_arrow(column.names), safe=False)


def from_arrow(array: Any) -> Any:
    """A column of an array of binary or of integers, or of a `DICTIONARY`."""
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        indices = array.indices
        codes = np.frombuffer(indices.buffers()[1], np.int32, len(indices), 4 * indices.offset)
        there = _mask(indices)
        return Coded(
            codes if there is None else np.where(there, codes, -1).astype(np.int32), from_arrow(array.dictionary)
        )
    if array.type == pa.int64():
        values = np.frombuffer(array.buffers()[1], np.int64, len(array), 8 * array.offset)
        there = _mask(array)
        return Numbers(values if there is None else np.where(there, values, 0), there)
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int32, len(array) + 1, 4 * array.offset) if offsets else np.zeros(1, np.int32)
    return Texts(bounds, memoryview(data or b""), _mask(array))


def unified(known: Texts, more: Texts) -> tuple[Texts, Integers]:
    """Texts, none of them twice, with those of others behind that are new; and the place of each of the others."""
    none, each = np.zeros(0, np.int32), np.arange(len(more), dtype=np.int32)
    both = pa.chunked_array([to_arrow(Coded(none, known)), to_arrow(Coded(each, more))]).unify_dictionaries().chunk(1)
    return from_arrow(both.dictionary), np.frombuffer(both.indices.buffers()[1], np.int32, len(each)).astype(np.int64)


def give_back() -> None:
    """Give memory back to the system that Arrow keeps for later."""
    pa.default_memory_pool().release_unused()


def _bits(there: Mask | None) -> pa.Buffer | None:
    if there is None or there.all():
        return None
    return pa.py_buffer(np.packbits(there, bitorder="little"))


def _mask(array: pa.Array) -> Mask | None:
    if not array.null_count:
        return None
    bits = np.frombuffer(array.buffers()[0], np.uint8)
    return np.unpackbits(bits, count=array.offset + len(array), bitorder="little")[array.offset :].view(np.bool_)
