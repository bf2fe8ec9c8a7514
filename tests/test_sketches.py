"""The few that are wanted are those that one gets by sorting all; percentiles are those of the rows written out."""

from __future__ import annotations

import pickle
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.sketches import (
    Counts,
    Groups,
    Packed,
    Series,
    Shape,
    Sketches,
    bin_value,
    latency_bins,
    merge_distinct,
    percentiles,
    top,
)

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


def test_each_duration_is_in_the_bin_whose_middle_is_nearest() -> None:
    """Those that a table holds, and those that are worked out: the table ends at 65,536 ms."""
    durations = np.concatenate([np.arange(70_000), 2 ** np.arange(17, 40), 2 ** np.arange(17, 40) - 1])
    bins = latency_bins(durations)
    assert np.all(np.diff(bins[:70_000]) >= 0) and bins[0] == 0
    middles = np.array([bin_value(n) for n in bins.tolist()])
    assert np.all(np.abs(middles - durations) <= np.where(durations < 64, 0, durations / 60))
    assert latency_bins(durations).tolist() == [
        int(latency_bins(np.array([n, 1 << 20]))[0]) for n in durations.tolist()
    ]


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


@given(st.dictionaries(st.tuples(NAMES, st.integers(0, 3)), HITS, min_size=1), st.integers(1, 9))
def test_series_within_a_limit_are_the_same_rows_as_dictionaries(hits: dict[tuple[Any, ...], int], limit: int) -> None:
    shape = Shape(("uri", "week"), ("hits", "twice"), limit=limit)
    rows = {key: (n, 2 * n) for key, n in hits.items()}
    trimmed = Counts(shape, Series.of(rows)).trimmed()
    assert isinstance(trimmed.rows, Series), "nothing is made of arrays that are only shortened"
    assert trimmed == Counts(shape, rows).trimmed()


def test_packed_histograms_take_what_their_largest_number_takes() -> None:
    """A year holds millions of bins, most of them with few hits."""
    labels, hits = np.array([3, 703]), np.array([1, 255])
    small, large = (Packed([("/a",)], np.array([0]), labels, values) for values in (hits, hits << 40))
    assert (small.labels.nbytes, small.hits.nbytes, large.hits.nbytes) == (4, 2, 16)
    assert dict(large) == {("/a",): {3: 1 << 40, 703: 255 << 40}}
    assert dict(Packed([], np.zeros(0, np.int64), labels[:0], hits[:0])) == {}


KEYS = st.tuples(st.sampled_from("ab"), st.sampled_from(["/x", "/y", None]), st.integers(-2, 3))
SKETCHES = st.dictionaries(KEYS, st.sets(st.integers(0, 2**64 - 1), min_size=1, max_size=5).map(sorted).map(tuple))


@given(rows=st.dictionaries(KEYS, st.tuples(st.integers(1, 9), st.integers(0, 9))), least=st.integers(0, 9))
def test_rows_in_arrays_are_the_same_rows(rows: dict[Any, Any], least: int) -> None:
    series = Counts(Shape(("a", "b", "number"), ("hits", "sum")), rows).series()
    assert series == rows and series.heads == list(dict.fromkeys(key[:2] for key in rows))
    assert np.all(np.diff(series.places << 8 | series.numbers + 9) > 0)  # equal heads together, their numbers in order
    if rows:
        assert series.where(series.sums[0] >= least) == {key: sums for key, sums in rows.items() if sums[0] >= least}


@given(one=SKETCHES, other=SKETCHES, wanted=st.sets(KEYS))
def test_sketches_in_arrays_are_the_same_sketches(one: Any, other: Any, wanted: set[Any]) -> None:
    mine = Sketches.of(one)
    assert mine == one and Sketches.of(mine) is mine
    assert mine.only(wanted) == {key: sketch for key, sketch in one.items() if key in wanted}
    both = {key: merge_distinct(one.get(key, ()), other.get(key, ())) for key in one.keys() | other.keys()}
    assert mine | Sketches.of(other) == both
    sizes, hashes = mine.only(wanted).parts()
    assert sizes.tolist() == [len(one[key]) for key in one if key in wanted]
    assert hashes.tolist() == [number for key in one if key in wanted for number in one[key]]
