"""Waiting: slow URLs, URLs that get slower, proxies that time out, clients that do not wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log2, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from logan.analysis.chances import median
from logan.analysis.latency import p95_of_uris
from logan.analysis.once import once
from logan.analysis.rules.facts import (
    DAY,
    LISTED,
    Labels,
    Span,
    Who,
    by_site,
    durations,
    in_order,
    rows_of,
    share,
    spans,
    waited,
)
from logan.analysis.rules.model import Finding, Severity, finding, part_of, rule
from logan.arrays import starts_of
from logan.tables.bins import bin_value
from logan.tables.series import Series

if TYPE_CHECKING:
    from logan.summary import Summary

#: Fewer timed requests say nothing of a URL: its p95 would be its slowest one.
_TIMED = 20
#: After one second people notice a wait, after ten they turn to something else (Nielsen, Usability Engineering, 1993).
_NOTICED, _LOST = 1_000, 10_000
#: Half as long again, and a tenth of a second, is the least that anyone notices.
_SLOWER, _SLOWER_MS = 1.5, 100
#: Five standard deviations: among ten thousand URLs none gets there by chance.
_SURE = 5.0
#: Files that are large: how long they take tells of the client's line, not of the server.
_FILES = tuple(f".{name}" for name in "pdf zip exe msi iso mp4 mp3 7z gz cab bak apk dmg docx xlsx".split())
#: One in ten that leaves is more than the usual closed tabs; below five rows it may be one person.
_LEFT_SHARE, _LEFT = 10, 5
#: From here on a page loses the people it is for.
_LEFT_WARNING = 25
_TIMEOUT, _REFUSED = 12002, frozenset({12029, 12030})
#: A back end that restarts once loses a handful of requests.
_TIMEOUTS = 3
_EPOCH_MONDAY = 3


@rule("slow-url")
def slow_urls(summary: Summary) -> Iterable[Finding]:
    """URLs whose typical (median) request takes a second and more, of 20 and more requests with time-taken. A warning
    where one in twenty takes ten seconds; large files, connections that stay open on purpose, and URLs that clients
    leave are not counted."""
    left = _left(summary)
    sites: dict[Who, list[dict[str, Any]]] = {}
    for key, (timed, p95) in p95_of_uris(summary).items():
        # where not even the slowest twentieth takes a second, half of them do not
        if p95 < _NOTICED or key[0] != "http" or timed < _TIMED or key in left or _is_large(key[2]):
            continue
        taken = durations(dict(summary.uri_latency.rows[key]))
        if taken["p50"] >= _NOTICED or p95 >= _LOST:
            sites.setdefault(key[:2], []).append({"uri_stem": key[2], "hits": timed, **taken})
    for who, uris in sorted(sites.items(), key=lambda item: in_order(item[0][1])):
        uris.sort(key=lambda uri: (-uri["p50"] * uri["hits"], in_order(uri["uri_stem"])))
        severity: Severity = "warning" if any(uri["p95"] >= _LOST for uri in uris) else "info"
        evidence = {"uris": uris[:LISTED], "distinct_uris": len(uris)}
        hits = sum(uri["hits"] for uri in uris)
        yield finding("slow-url", severity, *who, hits, None, None, evidence, worst=uris[0]["uri_stem"],
                      p50=uris[0]["p50"], p95=uris[0]["p95"])  # fmt: skip


def _is_large(uri: str | None) -> bool:
    return (uri or "").lower().endswith(_FILES)


@once
def _left(summary: Summary) -> dict[tuple[Any, ...], int]:
    """{(service, site, URL): hang-ups} of the URLs that at least one client in ten leaves."""
    left: dict[tuple[Any, ...], int] = {}
    long = summary.long_lived.rows
    for span_key in {span.key for span in spans(summary, _is_hangup)}:
        for uri, hits in summary.status_uris.rows.get(span_key, {}).items():
            key = (*span_key[:2], uri)
            if key not in long:
                left[key] = left.get(key, 0) + hits
    return {key: hits for key, hits in left.items() if 100 * hits >= _LEFT_SHARE * _hits(summary, key)}


def _hits(summary: Summary, key: tuple[Any, ...]) -> int:
    return summary.uris.rows.get(key, (0,))[0]


def _is_hangup(span: Span) -> bool:
    # viewers of PDF and video break off partial answers (206) all the time
    return span.service == "http" and span.kind == "hangup" and span.status != 206


@rule("client-hang-up")
def hang_ups(summary: Summary) -> Iterable[Finding]:
    """URLs that one in ten clients and five in all leave before the answer is through (win32 64, 995, 1236 on a good
    status), with the wait they had. A warning where one in four leaves after a second and more. Partial answers (206)
    and connections that stay open on purpose are not counted."""
    left = {key: hits for key, hits in _left(summary).items() if hits >= _LEFT}
    for who, found in by_site(spans(summary, _is_hangup)).items():
        mine = {key[2]: hits for key, hits in left.items() if key[:2] == who}
        if not mine:
            continue
        found = [span for span in found if any(uri in summary.status_uris.rows.get(span.key, {}) for uri in mine)]
        rows = rows_of(summary, found)
        uris = [
            {"uri_stem": uri, "hits": hits, "of": (of := _hits(summary, (*who, uri))), "share": share(hits, of)}
            for uri, hits in sorted(mine.items(), key=lambda item: (-item[1], in_order(item[0])))
        ]
        wait = waited(summary, rows.keys)
        hits = sum(mine.values())
        evidence = {**rows.evidence, "uris": uris[:LISTED], "distinct_uris": len(uris), "waited_ms": wait}
        often = any(uri["share"] >= _LEFT_WARNING for uri in uris)
        severity: Severity = "warning" if often and wait.get("p50", _NOTICED) >= _NOTICED else "info"
        yield finding(
            "client-hang-up", severity, *who, hits, rows.first, rows.last, evidence,
            worst=uris[0]["uri_stem"], worst_share=uris[0]["share"], wait=_wait(wait),
        )  # fmt: skip


def _wait(wait: Mapping[str, int]) -> dict[str, str]:
    if not wait:
        return {"en": "an unknown time (time-taken is not logged)", "zh": "不详（未记录 time-taken）"}
    half, most = wait["p50"] / 1000, wait["p95"] / 1000
    return {"en": f"{half:,.1f} s (95%: {most:,.1f} s)", "zh": f"{half:,.1f} 秒（95%：{most:,.1f} 秒）"}


@rule("slower-url")
def slower_urls(summary: Summary) -> Iterable[Finding]:
    """URLs whose typical time-taken in the newest week is half as long again as in the weeks before (their median), by
    a tenth of a second and five standard deviations; each week needs 20 timed requests. Weeks are those of UTC. Large
    files and URLs that clients leave are not counted."""
    left = _left(summary)
    table = summary.uri_weeks.series()
    wanted = np.array([head[0] == "http" and head not in left for head in table.heads], np.bool_)
    table = table.where((table.sums[0] >= _TIMED) & wanted[table.places]) if len(table) else table
    newest = _newest(table)
    weeks: dict[tuple[Any, ...], dict[int, tuple[int, ...]]] = {}
    for key, values in _risen(table).items():
        weeks.setdefault(key[:3], {})[key[3]] = values
    sites: dict[Who, list[dict[str, Any]]] = {}
    for key, mine in weeks.items():
        if len(mine) > 1 and newest[key[:2]] in mine and (entry := _slower(summary, key, mine)):
            sites.setdefault(key[:2], []).append(entry)
    for who, uris in sorted(sites.items(), key=lambda item: in_order(item[0][1])):
        uris.sort(key=lambda uri: (-uri["factor"], in_order(uri["uri_stem"])))
        first = min(entry["start"] for uri in uris for entry in uri["weeks"])
        last = min(newest[who] * 7 * DAY - _EPOCH_MONDAY * DAY + 7 * DAY, (summary.period or (0, 0))[1])
        worst = uris[0]
        evidence = {"uris": uris[:LISTED], "distinct_uris": len(uris)}
        yield finding("slower-url", "warning", *who, sum(uri["hits"] for uri in uris), first, last, evidence,
                      worst=worst["uri_stem"], before=worst["before_ms"], after=worst["after_ms"],
                      factor=worst["factor"])  # fmt: skip


def _newest(weeks: Series) -> dict[Who, int]:
    """The newest week of each site."""
    sites: dict[Who, int] = {}
    site = np.array([sites.setdefault(head[:2], len(sites)) for head in weeks.heads], np.int64)
    newest = np.full(len(sites), np.iinfo(np.int64).min)
    np.maximum.at(newest, site[weeks.places], weeks.numbers)
    return dict(zip(sites, newest.tolist(), strict=True))


def _risen(weeks: Series) -> Series:
    """The rows of URLs whose newest week is above their best one by as much as it has to be above the median: few, and
    only these are looked at one by one."""
    if not len(weeks):
        return weeks
    octaves = weeks.sums[2] / weeks.sums[0] / 32
    starts = starts_of(weeks.places)
    sizes = np.diff(starts, append=len(weeks))
    risen = octaves[starts + sizes - 1] - np.minimum.reduceat(octaves, starts) >= log2(_SLOWER)
    return weeks.where(np.repeat(risen, sizes))


def _slower(summary: Summary, key: tuple[Any, ...], weeks: dict[int, tuple[int, ...]]) -> dict[str, Any] | None:
    """What is told of a URL that got slower, or None. Typical times are geometric means, in octaves."""
    ordered = sorted(weeks)
    octaves = {week: weeks[week][2] / weeks[week][0] / 32 for week in ordered}
    before, after = median(octaves[week] for week in ordered[:-1]), octaves[ordered[-1]]
    grown = after - before
    if grown < log2(_SLOWER) or 2**after - 2**before < _SLOWER_MS or _is_large(key[2]):
        return None
    timed_before, timed = sum(weeks[week][0] for week in ordered[:-1]), weeks[ordered[-1]][0]
    error = _deviation(dict(summary.uri_latency.rows.get(key, {}))) * sqrt(1 / timed_before + 1 / timed)
    if grown < _SURE * error:
        return None
    listed = [
        {"start": (week * 7 - _EPOCH_MONDAY) * DAY, "hits": weeks[week][0], "typical_ms": round(2 ** octaves[week])}
        for week in ordered
    ]
    return {
        "uri_stem": key[2], "hits": _hits(summary, key), "before_ms": round(2**before), "after_ms": round(2**after),
        "factor": round(2**grown, 1), "weeks": listed,
    }  # fmt: skip


def _deviation(bins: Labels) -> float:
    """The standard deviation of the duration in octaves; a quarter of an octave at the least."""
    total = sum(bins.values())
    if not total:
        return 1.0
    values = [(log2(max(1, bin_value(number))), hits) for number, hits in bins.items()]
    mean = sum(value * hits for value, hits in values) / total
    return max(0.25, sqrt(sum(hits * (value - mean) ** 2 for value, hits in values) / total))


@rule("arr-timeout")
def proxy_timeouts(summary: Summary) -> Iterable[Finding]:
    """502.3 with win32 12002, three times and more: Application Request Routing gave up waiting for the back end (its
    time-out is 30 seconds unless it was changed; the finding tells how long the requests waited)."""
    found = spans(summary, lambda s: (s.service, s.status, s.substatus, s.win32) == ("http", 502, 3, _TIMEOUT))
    for who, mine in by_site(found).items():
        rows = rows_of(summary, mine)
        if rows.hits >= _TIMEOUTS:
            wait = waited(summary, rows.keys)
            evidence = {**rows.evidence, "waited_ms": wait}
            severity: Severity = "critical" if rows.hits >= _TIMED and len(rows.clients) > 1 else "warning"
            yield finding("arr-timeout", severity, *who, rows.hits, rows.first, rows.last, evidence, wait=_wait(wait))


@rule("arr-backend-down")
def backend_down(summary: Summary) -> Iterable[Finding]:
    """502.3 with win32 12029 or 12030, or 502.4, three times and more: the back end refused the connection or closed
    it, or no member of the farm is healthy."""

    def wanted(span: Span) -> bool:
        refused = span.substatus == 3 and span.win32 in _REFUSED
        return span.service == "http" and span.status == 502 and (refused or span.substatus == 4)

    for who, mine in by_site(spans(summary, wanted)).items():
        rows = rows_of(summary, mine)
        if rows.hits >= _TIMEOUTS:
            farm = "farm" if any(span.substatus == 4 for span in mine) else "refused"
            cause = part_of("arr-backend-down", "cause", farm)
            yield finding(
                "arr-backend-down", "critical", *who, rows.hits, rows.first, rows.last, rows.evidence, cause=cause
            )
