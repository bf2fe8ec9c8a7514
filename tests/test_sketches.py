"""The few that are wanted are those that one gets by sorting all; percentiles are those of the rows written out."""

from __future__ import annotations

import pickle
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.sketches import Counts, Groups, Packed, Shape, percentiles, top

NAMES = st.none() | st.text("abc", max_size=3)
HITS = st.integers(1, 4)


def in_order(row: tuple[Any, int]) -> tuple[int, list[tuple[bool, str]]]:
    """Most hits first, equal ones by name, nameless ones first."""
    names = row[0] if isinstance(row[0], tuple) else (row[0],)
    return -row[1], [(name is not None, name or "") for name in names]


@given(st.dictionaries(NAMES, HITS), st.none() | st.integers(0, 9))
def test_top_labels_are_the_first_of_all_in_order(labels: dict[str | None, int], number: int | None) -> None:
    assert top(labels, number) == sorted(labels.items(), key=in_order)[:number]


@given(st.dictionaries(st.tuples(NAMES, NAMES), HITS), st.none() | st.integers(0, 9))
def test_top_rows_are_the_first_of_all_in_order(hits: dict[tuple[Any, ...], int], number: int | None) -> None:
    counts = Counts(Shape(("site", "uri"), ("hits", "errors")), {key: (1, n) for key, n in hits.items()})
    rows = [(key, n) for key, (_, n) in counts.top(number, by="errors")]
    assert rows == sorted(hits.items(), key=in_order)[:number]


@given(st.lists(st.integers(0, 300), min_size=1), st.lists(st.floats(0, 1)))
def test_percentiles_are_the_values_at_their_ranks(values: list[int], ranks: list[float]) -> None:
    histogram = {value: values.count(value) for value in values}
    expected = [sorted(values)[max(1, ceil(rank * len(values))) - 1] for rank in ranks]
    assert percentiles(histogram, *ranks) == expected


def test_without_hits_there_are_no_percentiles() -> None:
    assert percentiles({}, 0.5) == percentiles({3: 0}, 0.5) == [None]


def test_packed_histograms_are_equal_to_and_add_up_as_dictionaries() -> None:
    packed = Packed([("/a",), (None,)], np.array([0, 2]), np.array([3, 9, 3], np.int32), np.array([1, 2, 4]))
    plain = {("/a",): {3: 1, 9: 2}, (None,): {3: 4}}
    groups = Groups(("uri",), "bin", packed)
    other = Groups(("uri",), "bin", {("/a",): {9: 1}, ("/b",): {0: 5}})
    assert packed == plain == dict(packed)
    assert groups == Groups(("uri",), "bin", plain) == pickle.loads(pickle.dumps(groups))
    assert (groups + other).rows == (other + groups).rows == {**plain, ("/a",): {3: 1, 9: 3}, ("/b",): {0: 5}}
    assert all(type(part) is int for labels in packed.values() for pair in labels.items() for part in pair)
    with pytest.raises(KeyError):
        packed["/b",]
