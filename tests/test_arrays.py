"""Columns against plain lists of Python, by both ways, and as Arrow arrays and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan import native
from logan.arrays import Coded, Column, Numbers, Texts, looked_up
from logan.arrow import DICTIONARY, from_arrow, to_arrow
from logan.numbering import coded, joined_columns
from tests.builders import WAYS, cut_by

FAST = WAYS[:-1]
WAY = st.sampled_from(FAST)
BYTES = st.one_of(st.none(), st.sampled_from([b"/", b"/a", b"\xff", "/größe".encode()]), st.binary(max_size=9))
VALUES = st.lists(BYTES, max_size=30)
KINDS = (Texts, Coded, Numbers)


def numbers(values: list[bytes | None]) -> Numbers:
    there = np.array([value is not None for value in values], np.bool_)
    found = np.array([len(value or b"") for value in values], np.int64)
    return Numbers(found, None if there.all() else there)


def column(kind: Any, values: list[bytes | None]) -> Column:
    if kind is Numbers:
        return numbers(values)
    texts = Texts.of(values)
    return coded(texts) if kind is Coded else texts


def plain(kind: Any, values: list[bytes | None]) -> list[Any]:
    return [value if kind is not Numbers or value is None else len(value) for value in values]


@settings(max_examples=150, deadline=None)
@given(way=WAY, kind=st.sampled_from(KINDS), values=VALUES, data=st.data())
def test_rows_of_a_column(way: str, kind: Any, values: list[bytes | None], data: st.DataObject) -> None:
    expected = plain(kind, values)
    rows = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=40)) if values else []
    with cut_by(way):
        made = column(kind, values)
        taken = made.take(np.array(rows, np.int64))
        assert (len(made), made.to_pylist()) == (len(values), expected)
        assert made.is_there.tolist() == [value is not None for value in values]
        assert taken.to_pylist() == [expected[row] for row in rows]
        if isinstance(taken, Coded):
            assert taken.compact().to_pylist() == taken.to_pylist()
            assert sorted(taken.compact().names.values()) == sorted({expected[row] for row in rows} - {None})
            assert made.is_empty == (not any(made.is_there.tolist()))  # type: ignore[union-attr]
        if isinstance(made, Texts):
            assert made.values() == made.at(np.arange(len(values))) == [value or b"" for value in values]
            assert made.decoded() == [(value or b"").decode("utf-8", "backslashreplace") for value in values]


@settings(max_examples=150, deadline=None)
@given(way=WAY, kind=st.sampled_from(KINDS), parts=st.lists(VALUES, max_size=5), cut=st.integers(0, 5))
def test_columns_one_behind_the_other(way: str, kind: Any, parts: list[list[bytes | None]], cut: int) -> None:
    with cut_by(way):
        columns = [column(kind, values) for values in parts]
        joined = joined_columns(columns, kind)
        assert type(joined) is kind
        assert joined.to_pylist() == [value for values in parts for value in plain(kind, values)]
        again = column(kind, [value for values in parts for value in values])
        if isinstance(again, Coded):  # names come in the order of their coming, each once
            assert joined.names.values() == again.names.values()
            shorter = Coded(again.codes[again.codes < cut], Texts(again.names.offsets[: cut + 1], again.names.data))
            both = joined_columns([shorter, again], Coded, same_names=True)
            assert both.to_pylist() == shorter.to_pylist() + again.to_pylist()
            assert both.names is again.names or len(shorter.names) == len(again.names)


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(KINDS), values=VALUES, start=st.integers(0, 12))
def test_arrow_says_the_same(kind: Any, values: list[bytes | None], start: int) -> None:
    made = column(kind, values)
    array = to_arrow(made)
    array.validate(full=True)
    assert array.to_pylist() == made.to_pylist()
    assert array.type == {Texts: pa.binary(), Coded: DICTIONARY, Numbers: pa.int64()}[kind]
    for other in (array, array.slice(start), pa.chunked_array([array.slice(0, start), array.slice(start)])):
        back = from_arrow(other)
        assert type(back) is kind
        assert (back.to_pylist(), len(back)) == (other.to_pylist(), len(other))
        to_arrow(back).validate(full=True)


@pytest.mark.parametrize("way", FAST)
def test_a_table_is_looked_up_by_code(way: str) -> None:
    made = Coded(np.array([1, -1, 0, 1], np.int32), Texts.of([b"a", b"b"]))
    table = np.array([5, 7], np.int64)
    with cut_by(way):
        assert looked_up(table, made).tolist() == [7, 0, 5, 7]
        assert looked_up(table, made, into=np.ones(4, np.int64)).tolist() == [8, 1, 6, 8]
        nothing = Coded(np.full(2, -1, np.int32), Texts.of([]))
        assert looked_up(np.zeros(0, np.int64), nothing).tolist() == [0, 0]


@pytest.mark.skipif(not native.kernel, reason="of logan's compiled part")
@pytest.mark.parametrize(
    ("data", "cleaned"),
    [
        (b"plain\n", b"plain\n"),
        ("größe \U0001f600\n".encode(), "größe \U0001f600\n".encode()),
        (b"\xa7\n", b"\\xa7\n"),
        (b"a\0b\n", b"ab\n"),
        (b"\0\0\0\xa7\n", b"\\xa7\n"),  # as long as before
        (b"\xc3\0\xb6\n", "ö\n".encode()),
    ],
)
def test_clean_data_stay_what_they_are(data: bytes, cleaned: bytes) -> None:
    assert native.kernel
    for given_data in (data, memoryview(data)):
        found = native.kernel.clean(given_data, True)
        assert bytes(found) == cleaned
        assert (found is given_data) == (cleaned == data)
