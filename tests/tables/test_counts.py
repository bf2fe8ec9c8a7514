"""The few that are wanted are those that one gets by sorting all."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from logan.tables.counts import Counts, Shape, top
from logan.tables.series import Series

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


@given(st.dictionaries(st.tuples(NAMES, st.integers(0, 3)), HITS, min_size=1), st.integers(1, 9))
def test_series_within_a_limit_are_the_same_rows_as_dictionaries(hits: dict[tuple[Any, ...], int], limit: int) -> None:
    shape = Shape(("uri", "week"), ("hits", "twice"), limit=limit)
    rows = {key: (n, 2 * n) for key, n in hits.items()}
    trimmed = Counts(shape, Series.of(rows)).trimmed()
    assert isinstance(trimmed.rows, Series), "nothing is made of arrays that are only shortened"
    assert trimmed == Counts(shape, rows).trimmed()
