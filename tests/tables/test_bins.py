"""Percentiles are those of the values written out, and bins are near their durations."""

from __future__ import annotations

from math import ceil

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from logan.tables.bins import bin_value, latency_bins, percentiles


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
