"""How likely a count is by chance: the few exact tests that findings and comparisons need, and no statistics package."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import erfc, exp, lgamma, log, log1p, sqrt

#: Above so many trials the normal approximation is closer than a percent of the exact answer, and much quicker.
_EXACT = 2_000


def poisson_tail(count: int, expected: float) -> float:
    """The chance of `count` or more where `expected` are usual, from 0.0 to 1.0.

    >>> poisson_tail(0, 3.0), round(poisson_tail(5, 1.0), 5)
    (1.0, 0.00366)
    """
    if count <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    if count < expected:
        return 1.0 - sum(exp(_log_poisson(k, expected)) for k in range(count)) if count < _EXACT else 1.0
    term = exp(_log_poisson(count, expected))
    total, k = term, count
    while term > total * 1e-12 and term > 0:
        k += 1
        term *= expected / k
        total += term
    return min(1.0, total)


def _log_poisson(count: int, expected: float) -> float:
    return count * log(expected) - expected - lgamma(count + 1)


def split_chance(before: int, after: int, share: float) -> float:
    """The two-sided chance of so uneven a split of ``before + after`` events, where each falls "after" with `share`.

    The conditional binomial test for two Poisson counts: `share` is the part of the traffic that is "after".

    >>> round(split_chance(5, 5, 0.5), 3), round(split_chance(0, 10, 0.5), 5)
    (1.0, 0.00195)
    """
    trials = before + after
    if not trials or not 0 < share < 1:
        return 1.0
    if trials > _EXACT:
        mean, deviation = trials * share, sqrt(trials * share * (1 - share))
        return erfc(max(0.0, abs(after - mean) - 0.5) / deviation / sqrt(2))
    weights = [_log_binomial(k, trials, share) for k in range(trials + 1)]
    limit = weights[after] + 1e-9
    return min(1.0, sum(exp(weight) for weight in weights if weight <= limit))


def _log_binomial(count: int, trials: int, share: float) -> float:
    ways = lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
    return ways + count * log(share) + (trials - count) * log1p(-share)


def median(values: Iterable[float]) -> float:
    """The value in the middle, or the mean of the two there. (`statistics` would bring `decimal` and `fractions`.)

    >>> median([3, 1, 2]), median([4, 1, 2, 3])
    (2, 2.5)
    """
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def rank_shifts(values: Sequence[float]) -> list[float]:
    """How many standard deviations the ranks of the values from each place on lie above those of the values before it
    (Wilcoxon's rank sum), for each place but the first.

    One outlier, however large, counts as one rank. 0.0 where all values are equal.

    >>> [round(shift, 2) for shift in rank_shifts([1, 3, 2, 9, 7, 8])]
    [1.46, 1.39, 1.96, 0.93, 0.88]
    """
    total, ties = len(values), sum(size**3 - size for size in Counter(values).values())
    behind = list(accumulate(reversed(_ranks(values))))  # the ranks of the last value, of the last two ...
    shifts = []
    for n in range(1, total):
        m = total - n
        variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
        shifts.append((behind[m - 1] - m * (total + 1) / 2) / sqrt(variance) if variance > 0 else 0.0)
    return shifts


def _ranks(values: Sequence[float]) -> list[float]:
    """The place of each value in their order, from 1; equal values share the mean of their places."""
    ordered = sorted(values)
    return [(bisect_left(ordered, value) + 1 + bisect_right(ordered, value)) / 2 for value in values]
