"""Rows in arrays are equal to, and add up as, the dictionaries they stand for."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.tables.bins import percentiles
from logan.tables.counts import Counts, Groups, Shape
from logan.tables.series import Packed, Series


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


def test_packed_histograms_without_a_common_key_stay_packed() -> None:
    one = Packed([("/a",), (None,)], np.array([0, 2]), np.array([3, 9, 3], np.int32), np.array([1, 2, 4]))
    other = Packed([("/b",)], np.array([0]), np.array([7], np.int32), np.array([5]))
    both = (Groups(("uri",), "bin", one) + Groups(("uri",), "bin", other)).rows
    assert isinstance(both, Packed)
    assert both == {("/a",): {3: 1, 9: 2}, (None,): {3: 4}, ("/b",): {7: 5}}


@given(st.lists(st.dictionaries(st.integers(0, 700), st.integers(1, 50), min_size=1), max_size=9), st.floats(0, 1))
def test_a_percentile_of_all_histograms_is_that_of_each(histograms: list[dict[int, int]], rank: float) -> None:
    sizes = np.array([len(one) for one in histograms], np.int64)
    labels = np.array([label for one in histograms for label in one], np.int32)
    hits = np.array([number for one in histograms for number in one.values()], np.int64)
    packed = Packed([(n,) for n in range(len(histograms))], np.cumsum(sizes) - sizes, labels, hits)
    totals, found = packed.percentile(rank)
    assert totals.tolist() == [sum(one.values()) for one in histograms]
    assert totals.dtype == np.int64
    assert found.tolist() == [percentiles(one, rank)[0] for one in histograms]


def test_series_are_equal_to_and_add_up_as_dictionaries() -> None:
    shape = Shape(("site", "week"))
    series = Series([("a",), (None,)], np.array([0, 0, 1]), np.array([5, 6, 5]), np.array([[1, 2, 3]]))
    plain = {("a", 5): (1,), ("a", 6): (2,), (None, 5): (3,)}
    assert series == plain == dict(series.items())
    assert len(series) == 3
    assert Counts(shape, series) == Counts(shape, plain) == pickle.loads(pickle.dumps(Counts(shape, series)))
    apart = Series([("b",)], np.array([0]), np.array([5]), np.array([[4]]))
    both = (Counts(shape, series) + Counts(shape, apart)).rows
    assert isinstance(both, Series)
    assert both == {**plain, ("b", 5): (4,)}
    shared = Series([("a",)], np.array([0]), np.array([6]), np.array([[10]]))
    assert (Counts(shape, series) + Counts(shape, shared)).rows == {**plain, ("a", 6): (12,)}
    assert all(type(part) is int for key, sums in series.items() for part in (*key[1:], *sums))
    with pytest.raises(KeyError):
        series["b", 5]


def test_packed_histograms_take_what_their_largest_number_takes() -> None:
    """A year holds millions of bins, most of them with few hits."""
    labels, hits = np.array([3, 703]), np.array([1, 255])
    small, large = (Packed([("/a",)], np.array([0]), labels, values) for values in (hits, hits << 40))
    assert (small.labels.nbytes, small.hits.nbytes, large.hits.nbytes) == (4, 2, 16)
    assert dict(large) == {("/a",): {3: 1 << 40, 703: 255 << 40}}
    assert dict(Packed([], np.zeros(0, np.int64), labels[:0], hits[:0])) == {}


KEYS = st.tuples(st.sampled_from("ab"), st.sampled_from(["/x", "/y", None]), st.integers(-2, 3))


@given(rows=st.dictionaries(KEYS, st.tuples(st.integers(1, 9), st.integers(0, 9))), least=st.integers(0, 9))
def test_rows_in_arrays_are_the_same_rows(rows: dict[Any, Any], least: int) -> None:
    series = Counts(Shape(("a", "b", "number"), ("hits", "sum")), rows).series()
    assert series == rows and series.heads == list(dict.fromkeys(key[:2] for key in rows))
    assert np.all(np.diff(series.places << 8 | series.numbers + 9) > 0)  # equal heads together, their numbers in order
    if rows:
        assert series.where(series.sums[0] >= least) == {key: sums for key, sums in rows.items() if sums[0] >= least}
