"""Names behind numbers, by both ways, against a dictionary of Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan import native
from logan.arrays import Coded, Texts
from logan.counting.names import Names
from logan.numbering import coded
from tests.builders import WAYS, cut_by

FAST = WAYS[:-1]
VALUES = st.lists(st.one_of(st.none(), st.binary(max_size=3), st.binary(max_size=40)), max_size=40)


@settings(max_examples=200, deadline=None)
@given(columns=st.lists(VALUES, max_size=6), way=st.sampled_from(FAST), data=st.data())
def test_numbers_come_in_the_order_of_names(columns: list[list[bytes | None]], way: str, data: st.DataObject) -> None:
    known: dict[bytes, int] = {}
    with cut_by(way):
        names = Names()
    for values in columns:
        numbers = names.numbers(coded(Texts.of(values)))
        expected = [0 if v is None else known.setdefault(v, len(known) + 1) for v in values]
        assert numbers.tolist() == expected
    assert len(names) == len(known) + 1
    assert names.since(1).to_pylist() == list(known)
    every = np.arange(len(names))
    assert names.some(every) == [b"", *known]
    kept = data.draw(st.permutations(range(1, len(names)))) if known else []
    kept = np.array(kept[: len(kept) // 2], np.int64)
    texts = [list(known)[n - 1] for n in kept.tolist()]
    with cut_by(way):
        names.keep(kept)
    assert names.since(1).to_pylist() == texts
    assert names.numbers(coded(Texts.of([b"\0new\0", *texts]))).tolist() == [len(kept) + 1, *range(1, len(kept) + 1)]


@settings(max_examples=100, deadline=None)
@given(values=st.lists(st.binary(max_size=3), max_size=20, unique=True), way=st.sampled_from(FAST), data=st.data())
def test_names_and_ranks_of_some_numbers(values: list[bytes], way: str, data: st.DataObject) -> None:
    """Those of 0 is none, and comes first; a name that comes again is the same object, of which there is one."""
    texts = [None, *(value.decode("utf-8", "backslashreplace") for value in values)]
    numbers = data.draw(st.lists(st.integers(0, len(values)), max_size=30))
    with cut_by(way):
        names = Names()
        names.numbers(coded(Texts.of(values)))
        found = names.named(np.array(numbers, np.int64))
        ranks = names.ranks(np.array(numbers, np.int64)).tolist()
    assert found == [texts[number] for number in numbers]
    assert len({id(name) for name in found}) <= len(set(numbers))
    order = sorted(zip(ranks, found, numbers, strict=True))
    assert [number > 0 for _, _, number in order] == sorted(number > 0 for number in numbers)
    assert [text or "" for _, text, _ in order] == sorted(text or "" for text in found)
    assert len(set(ranks)) == len(set(numbers))


@pytest.mark.parametrize("way", FAST)
def test_a_part_of_a_column_and_names_that_are_no_text(way: str) -> None:
    with cut_by(way):
        names = Names()
        column = Texts.of([b"/a", b"/b", b"\xff", b"/c"])
        sliced = Coded(np.array([1, -1, 0], np.int32), Texts(column.offsets[2:], column.data))
        assert names.numbers(sliced).tolist() == [2, 0, 1]
        assert names.texts() == [None, "\\xff", "/c"]


def test_many_names() -> None:
    with cut_by("compiled"):
        names = Names()
    for start in range(0, 300_000, 50_000):
        values = [f"/{n}".encode() for n in range(start, start + 75_000)]
        assert names.numbers(coded(Texts.of(values))).tolist() == list(range(start + 1, start + 75_001))
    assert names.since(324_999).to_pylist() == [b"/324998", b"/324999"]


@pytest.mark.parametrize("way", FAST)
def test_long_names_are_told_by_their_beginning(way: str) -> None:
    with cut_by(way):
        names = Names()
        assert names.numbers(coded(Texts.of([b"/a", b"b" * 5000, b"b" * 6000]))).tolist() == [1, 2, 2]
    assert names.texts() == [None, "/a", "b" * 4096]


def test_what_makes_no_sense_is_refused() -> None:
    with cut_by("compiled"):
        assert native.kernel
        names = native.kernel.Names()
    assert names.number(np.array([0, 1, 2], np.int32).data, b"ab") == np.array([0, 1]).tobytes()
    for offsets in ([], [0, 3], [1, 0], [-1, 1], [2, 5]):
        with pytest.raises(ValueError, match="offsets"):
            names.number(np.array(offsets, np.int32).data, b"ab")
    for numbers in ([2], [-1]):
        with pytest.raises(IndexError):
            names.pick(np.array(numbers, np.int64).data)
    with pytest.raises(TypeError):
        native.kernel.Names("1")
    assert len(names) == 2
