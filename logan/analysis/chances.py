"""How likely a count is by chance: the few exact tests that findings and comparisons need, and no statistics package."""

from __future__ import annotations

from collections.abc import Sequence
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


def rank_z(before: Sequence[float], after: Sequence[float]) -> float:
    """How many standard deviations the ranks of `after` lie above those of `before` (Wilcoxon's rank sum).

    One outlier, however large, counts as one rank. 0.0 where a side is empty or all values are equal.

    >>> round(rank_z([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]), 2)
    2.61
    """
    n, m = len(before), len(after)
    ordered = sorted([*((value, 0) for value in before), *((value, 1) for value in after)])
    ranks, ties, start = 0.0, 0.0, 0
    while start < len(ordered):
        stop = start
        while stop < len(ordered) and ordered[stop][0] == ordered[start][0]:
            stop += 1
        size = stop - start
        ranks += sum(side for _, side in ordered[start:stop]) * (start + 1 + stop) / 2
        ties += size**3 - size
        start = stop
    total = n + m
    if not n or not m or total < 2:
        return 0.0
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    return (ranks - m * (total + 1) / 2) / sqrt(variance) if variance > 0 else 0.0
