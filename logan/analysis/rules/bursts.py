"""Errors out of the ordinary, measured against the same logs: bursts, and levels that rose for good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from logan.analysis.chances import poisson_tail, rank_shifts
from logan.analysis.events import events
from logan.analysis.once import once
from logan.analysis.rules.facts import (
    BUCKET,
    DAY,
    StatusKey,
    Who,
    buckets,
    episodes,
    in_order,
    labels_of,
    listed,
    share,
    status_list,
)
from logan.analysis.rules.model import Finding, Severity, finding, rule

if TYPE_CHECKING:
    from logan.summary import Summary

#: Nobody gets up for fewer errors in a quarter of an hour.
_BURST = 10
#: Three times the usual: below that it is a busy quarter.
_TIMES = 3
#: Quarters of an hour set aside as possibly out of the ordinary before the baseline is taken: an incident may fill up
#: to a quarter of the period and still stand out.
_SET_ASIDE = 4
#: One false alarm in a thousand periods, over all quarters of an hour of a site.
_CHANCE = 0.001
#: Half the requests of a burst, a hundred times: the site was of no use.
_CRITICAL = 100
#: Bursts told of one site, the largest.
_TOLD = 3
#: Hits and days that a level needs, and standard deviations of the rank sum: fifty statuses with twenty possible days
#: give one false alarm in ten periods at 3.8.
_LEVEL, _DAYS, _RANKS, _RISE = 20, 3, 3.8, 2


class Site(NamedTuple):
    """Rows and errors of a site by quarter of an hour (handshakes left out), and the errors by status."""

    hits: dict[int, int]
    errors: dict[int, int]
    statuses: dict[StatusKey, dict[int, int]]


@once
def _sites(summary: Summary) -> dict[Who, Site]:
    hits = buckets(summary, lambda key: key[7] not in ("handshake", "routine"))
    errors = buckets(summary, lambda key: key[7] == "error")
    ordered = sorted(hits, key=lambda who: tuple(map(in_order, who)))
    sites = {who: Site(hits[who], errors.get(who, {}), {}) for who in ordered}
    statuses = events(summary).group(lambda key: key[:2] + key[3:7] if key[7] == "error" else None).hits()
    for key, counts in statuses.items():
        sites[key[:2]].statuses[key] = counts
    return sites


@rule("error-burst", general=1)
def bursts(summary: Summary) -> Iterable[Finding]:
    """Quarters of an hour with ten errors and more, three times and more what the site's own quiet three quarters of
    the period let expect of that traffic, and by chance once in a thousand periods (Poisson, widened by how much the
    quiet quarters vary). Neighbours are joined; the largest three of a site are told. Left out where a more specific
    finding explains these rows."""
    for who, site in _sites(summary).items():
        high = _high(site)
        found = sorted(episodes(high, pause=1), key=lambda part: (-part[2], part[0]))[:_TOLD]
        for start, stop, hits in sorted(found):
            yield _burst(summary, who, site, start, stop, hits)


def _high(site: Site) -> dict[int, int]:
    """The quarters of an hour that stand out, with their errors."""
    odds, floor, varied = _baseline(site)
    number = len(site.hits)
    high = {}
    for bucket, errors in site.errors.items():
        # by the good requests: those of the burst itself tell nothing of the traffic
        expected = max(odds * (site.hits[bucket] - errors), floor)
        if errors < _BURST or errors < _TIMES * expected:
            continue
        if poisson_tail(ceil(errors / varied), expected / varied) * number < _CHANCE:
            high[bucket] = errors
    return high


def _baseline(site: Site) -> tuple[float, float, float]:
    """Errors by good request, errors by quarter, and variance against a Poisson's, of the quiet quarters of a site."""
    ordered = sorted(site.hits, key=lambda bucket: (site.errors.get(bucket, 0), bucket))
    quiet = ordered[: len(ordered) - len(ordered) // _SET_ASIDE]
    errors = [site.errors.get(bucket, 0) for bucket in quiet]
    hits = sum(site.hits[bucket] for bucket in quiet)
    if not hits:
        return 0.0, 0.0, 1.0
    good = hits - sum(errors)
    mean = sum(errors) / len(errors)
    variance = sum((value - mean) ** 2 for value in errors) / len(errors)
    return sum(errors) / good if good else 0.0, mean, max(1.0, variance / mean if mean else 1.0)


def _burst(summary: Summary, who: Who, site: Site, start: int, stop: int, hits: int) -> Finding:
    inside = range(start, stop + 1)
    requests = sum(site.hits.get(bucket, 0) for bucket in inside)
    odds = _baseline(site)[0]
    keys = _of_buckets(site.statuses, inside)
    evidence: dict[str, Any] = {
        "statuses": status_list(keys), "requests_then": requests, "error_rate": share(hits, requests),
        "usual_error_rate": round(100 * odds / (1 + odds), 1), **_mostly(summary, site, keys),
    }  # fmt: skip
    useless = hits >= _CRITICAL and 2 * hits >= requests and any((key[2] or 0) >= 500 for key in keys)
    severity: Severity = "critical" if useless else "warning"
    minutes = 15 * (stop - start + 1)
    first, last = start * BUCKET, (stop + 1) * BUCKET - 1
    return finding("error-burst", severity, *who, hits, first, last, evidence, minutes=minutes)


def _of_buckets(statuses: Mapping[StatusKey, Mapping[int, int]], inside: range) -> dict[StatusKey, int]:
    counted = {key: sum(hits.get(bucket, 0) for bucket in inside) for key, hits in statuses.items()}
    return {key: hits for key, hits in counted.items() if hits}


def _mostly(summary: Summary, site: Site, keys: Mapping[StatusKey, int]) -> dict[str, Any]:
    """URLs and clients of the statuses that hardly occur outside: a summary does not know them by time."""
    mostly = [key for key, hits in keys.items() if 5 * hits >= 4 * sum(site.statuses[key].values())]
    uris, clients = labels_of(summary.status_uris.rows, mostly), labels_of(summary.status_clients.rows, mostly)
    return {
        "uris": listed(uris, "uri_stem"), "distinct_uris": len(uris),
        "clients": listed(clients, "client"), "distinct_clients": len(clients),
    }  # fmt: skip


@rule("level-shift", general=1)
def level_shifts(summary: Summary) -> Iterable[Finding]:
    """A status whose daily share of the requests rose at one day and stayed up: twice and more, 20 rows and more since,
    three days and more on both sides, and 3.8 standard deviations of the ranks of the days (so that one bad day is no
    level). It takes about three weeks to be sure. Left out where a more specific finding explains these rows."""
    for who, site in _sites(summary).items():
        traffic = _daily(site.hits)
        for key, hits in sorted(site.statuses.items(), key=lambda item: tuple(map(in_order, item[0]))):
            if sum(hits.values()) >= _LEVEL and (found := _shift(summary, who, key, hits, traffic)):
                yield found


def _daily(hits: Mapping[int, int]) -> dict[int, int]:
    days: dict[int, int] = {}
    for bucket, count in hits.items():
        days[bucket // 96] = days.get(bucket // 96, 0) + count
    return days


def _shift(
    summary: Summary, who: Who, key: StatusKey, hits: Mapping[int, int], traffic: Mapping[int, int]
) -> Finding | None:
    daily, days = _daily(hits), sorted(traffic)
    shares = [daily.get(day, 0) / traffic[day] for day in days]
    shifts = rank_shifts(shares)[_DAYS - 1 : len(days) - _DAYS]  # with days enough on both sides
    risen = max(shifts, default=0.0)
    if risen < _RANKS:
        return None
    cut = _DAYS + shifts.index(risen)
    before, after = (sum(daily.get(day, 0) for day in part) for part in (days[:cut], days[cut:]))
    seen_before, seen = (sum(traffic[day] for day in part) for part in (days[:cut], days[cut:]))
    if after < _LEVEL or after * seen_before < _RISE * before * seen:
        return None
    buckets = [bucket for bucket in hits if bucket >= days[cut] * 96]
    uris = labels_of(summary.status_uris.rows, [key])
    evidence = {
        "statuses": status_list({key: after}), "uris": listed(uris, "uri_stem"), "distinct_uris": len(uris),
        "share_before": share(before, seen_before), "share_after": share(after, seen),
        "days_before": cut, "days_after": len(days) - cut,
    }  # fmt: skip
    first, last = min(buckets) * BUCKET, (max(buckets) + 1) * BUCKET - 1
    return finding("level-shift", "warning", *who, after, max(first, days[cut] * DAY), last, evidence)
