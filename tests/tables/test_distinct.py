"""Sketches in arrays are the same sketches."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from logan.tables.distinct import Sketches, merge_distinct

KEYS = st.tuples(st.sampled_from("ab"), st.sampled_from(["/x", "/y", None]), st.integers(-2, 3))
SKETCHES = st.dictionaries(KEYS, st.sets(st.integers(0, 2**64 - 1), min_size=1, max_size=5).map(sorted).map(tuple))


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
