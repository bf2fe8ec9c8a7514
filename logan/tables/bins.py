"""Bins of durations, whose hits add up, and percentiles of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate
from math import ceil

import numpy as np

from logan.arrays import Integers

#: Up to 63 ms one bin a millisecond, above that 32 to the octave: a percentile is at most 1.6 % off.
BINS_PER_OCTAVE = 32
_LINEAR = 64


def latency_bins(milliseconds: Integers) -> Integers:
    """The bin of each duration in ms; negative ones (a clock was set back) count as 0.

    >>> latency_bins(np.array([0, 63, 64, 1000])).tolist()
    [0, 63, 64, 190]
    """
    values = np.maximum(milliseconds, 0)
    small = values < len(_BIN_OF)
    if small.all():
        return _BIN_OF[values]
    return np.where(small, _BIN_OF[np.where(small, values, 0)], _bins(np.where(small, _LINEAR, values)))


def _bins(values: Integers) -> Integers:
    octave = np.frexp(values.astype(np.float64))[1].astype(np.int64) - 1
    return np.where(
        values < _LINEAR, values, _LINEAR + (octave - 6) * BINS_PER_OCTAVE + (values >> np.maximum(octave - 5, 0)) - 32
    )


#: The bin of each duration below 2**16 ms.
_BIN_OF = np.repeat(
    np.arange(_LINEAR + 10 * BINS_PER_OCTAVE),
    [1] * _LINEAR + [2**n for n in range(1, 11) for _ in range(BINS_PER_OCTAVE)],
)


def bin_value(number: int) -> int:
    """The duration in ms that stands for a bin: its middle.

    >>> bin_value(10), bin_value(190)
    (10, 999)
    """
    if number < _LINEAR:
        return number
    octave, part = divmod(number - _LINEAR, BINS_PER_OCTAVE)
    width = 1 << (octave + 1)
    return (32 + part) * width + (width - 1) // 2


def rounded(milliseconds: Integers) -> Integers:
    """Durations as they are below 65 536 ms, above that cut to 8 significant bits (at most 0.8 % low)."""
    values = np.maximum(milliseconds, 0)
    octave = np.frexp(values.astype(np.float64))[1].astype(np.int64) - 1
    shift = np.where(values < 1 << 16, 0, np.maximum(octave - 7, 0))
    return (values >> shift) << shift


def percentiles(histogram: Mapping[int, int], *ranks: float) -> list[int | None]:
    """The nearest-rank percentiles of {value: hits}; None for each where there are no hits.

    >>> percentiles({10: 90, 500: 9, 4000: 1}, 0.5, 0.95, 0.99, 1.0)
    [10, 500, 500, 4000]
    """
    ordered = sorted(histogram)
    seen = list(accumulate(map(histogram.__getitem__, ordered)))
    if not seen or not seen[-1]:
        return [None for _ in ranks]
    return [ordered[bisect_left(seen, max(1, ceil(rank * seen[-1])))] for rank in ranks]
