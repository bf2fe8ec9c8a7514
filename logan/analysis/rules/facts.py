"""A summary as rules look at it: rows by status, and the URLs, clients and times behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from logan.analysis.events import events
from logan.analysis.once import once
from logan.tables.bins import bin_value, percentiles
from logan.tables.counts import added, top

if TYPE_CHECKING:
    from logan.summary import Summary

#: A quarter of an hour, the step in which a summary keeps time, in µs.
BUCKET = 900_000_000
DAY = 96 * BUCKET
HOUR = 4 * BUCKET
#: URLs, clients, accounts and statuses listed in evidence; how many there are is told beside them.
LISTED = 10

Labels = dict[Any, int]
StatusKey = tuple[Any, ...]
Who = tuple[str, str | None]


class Span(NamedTuple):
    """The rows of one method and status on a site: how many, and the time of the first and the last (µs)."""

    service: str
    site: str | None
    method: str | None
    status: int | None
    substatus: int | None
    win32: int | None
    reason: str | None
    kind: str
    hits: int
    first: int
    last: int

    @property
    def key(self) -> StatusKey:
        """The key of the tables by status."""
        return (self.service, self.site, self.status, self.substatus, self.win32, self.reason)


class Rows(NamedTuple):
    """Rows that belong together, and what is known about them."""

    hits: int
    first: int
    last: int
    uris: Labels
    clients: Labels
    keys: tuple[StatusKey, ...]
    evidence: dict[str, Any]


def spans(summary: Summary, wanted: Callable[[Span], bool]) -> list[Span]:
    """The spans for which `wanted` is true, in a fixed order."""
    return [span for span in _spans(summary) if wanted(span)]


@once
def _spans(summary: Summary) -> list[Span]:
    return sorted((Span(*key, *values) for key, values in summary.spans.rows.items()), key=_order)


def by_site(found: Iterable[Span]) -> dict[Who, list[Span]]:
    """Spans by (service, site), in order."""
    sites: dict[Who, list[Span]] = {}
    for span in found:
        sites.setdefault((span.service, span.site), []).append(span)
    return sites


def in_order(part: Any) -> tuple[bool, str]:
    """A key to sort what may be None, text or a number."""
    return part is not None, f"{part:020d}" if isinstance(part, int) else str(part)


def _order(span: Span) -> tuple[Any, ...]:
    return tuple(in_order(part) for part in span[:8])


def rows_of(summary: Summary, found: Sequence[Span]) -> Rows:
    """The rows of spans of one site: hits, times, and by status, URL and client."""
    keys = tuple(dict.fromkeys(span.key for span in found))
    uris = labels_of(summary.status_uris.rows, keys)
    clients = labels_of(summary.status_clients.rows, keys)
    evidence = {
        "statuses": statuses(found),
        "uris": listed(uris, "uri_stem"),
        "distinct_uris": len(uris),
        "clients": listed(clients, "client"),
        "distinct_clients": len(clients),
    }
    first, last = min(span.first for span in found), max(span.last for span in found)
    return Rows(sum(span.hits for span in found), first, last, uris, clients, keys, evidence)


def statuses(found: Iterable[Span]) -> list[dict[str, Any]]:
    """Statuses with their hits, most hits first."""
    hits: dict[StatusKey, int] = {}
    for span in found:
        hits[span.key] = hits.get(span.key, 0) + span.hits
    return status_list(hits)


def status_list(hits: dict[StatusKey, int]) -> list[dict[str, Any]]:
    """Hits by status key as evidence, most hits first."""
    ordered = sorted(hits.items(), key=lambda item: (-item[1], tuple(in_order(part) for part in item[0])))
    names = ("status", "substatus", "win32_status", "reason_phrase")
    return [dict(zip((*names, "hits"), (*key[2:], count), strict=True)) for key, count in ordered[:LISTED]]


def labels_of(groups: Any, keys: Iterable[StatusKey]) -> Labels:
    """Hits by label (URL, client, latency bin) under several keys together, without the nameless ones."""
    merged: Labels = {}
    for key in dict.fromkeys(keys):
        mine = groups.get(key, {})
        merged = added(merged, mine) if merged else dict(mine)
    merged.pop(None, None)
    return merged


def listed(labels: Labels, name: str, number: int = LISTED) -> list[dict[str, Any]]:
    """The labels of most hits as evidence: [{"client": "192.0.2.1", "hits": 3}, ...]."""
    return [{name: label, "hits": hits} for label, hits in top(labels, number)]


def waited(summary: Summary, keys: Iterable[StatusKey]) -> dict[str, int]:
    """How long rows of these statuses took, in ms: {"p50", "p95", "max"}; empty where time-taken is not logged."""
    return durations(labels_of(summary.status_latency.rows, keys))


def durations(bins: Labels) -> dict[str, int]:
    """Percentiles in ms of {bin: hits}, at most 1.6 % off; empty where there are no hits."""
    p50, p95, most = percentiles(bins, 0.5, 0.95, 1.0)
    if p50 is None or p95 is None or most is None:
        return {}
    return {"p50": bin_value(p50), "p95": bin_value(p95), "max": bin_value(most)}


def client_statuses(summary: Summary, who: Who, client: str | None) -> Labels:
    """{status key: hits} of one client on a site, of those rows whose clients are kept (all but plain successes)."""
    return {
        key: labels[client]
        for key, labels in summary.status_clients.rows.items()
        if key[:2] == who and client in labels
    }


def uris_of_client(summary: Summary, mine: Labels) -> Labels:
    """The URLs behind a client's statuses, of those statuses that hardly anyone else got: a summary has no more."""
    uris: Labels = {}
    for key, hits in mine.items():
        if 10 * hits >= 9 * sum(summary.status_clients.rows[key].values()):
            for uri, count in summary.status_uris.rows.get(key, {}).items():
                if uri is not None:
                    uris[uri] = uris.get(uri, 0) + count
    return uris


def hits_of_sites(summary: Summary) -> dict[Who, int]:
    """All rows by (service, site)."""
    hits: dict[Who, int] = {}
    for key, values in summary.spans.rows.items():
        hits[key[:2]] = hits.get(key[:2], 0) + values[0]
    return hits


def buckets(summary: Summary, wanted: Callable[[tuple[Any, ...]], bool]) -> dict[Who, dict[int, int]]:
    """Hits by quarter of an hour, by (service, site), of the events whose key `wanted` is true for."""
    return events(summary).group(lambda key: key[:2] if wanted(key) else None).hits()


def buckets_of(summary: Summary, keys: Iterable[StatusKey]) -> dict[int, int]:
    """Hits by quarter of an hour of the rows with these statuses."""
    wanted = set(keys)
    found: dict[int, int] = {}
    for mine in buckets(summary, lambda key: key[:2] + key[3:7] in wanted).values():
        for bucket, hits in mine.items():
            found[bucket] = found.get(bucket, 0) + hits
    return found


def episodes(counts: dict[int, int], pause: int = 4) -> list[tuple[int, int, int]]:
    """Buckets joined to stretches where no more than `pause` empty ones lie between: (first, last bucket, hits)."""
    found: list[tuple[int, int, int]] = []
    for bucket, hits in sorted(counts.items()):
        if found and bucket - found[-1][1] <= pause + 1:
            found[-1] = (found[-1][0], bucket, found[-1][2] + hits)
        else:
            found.append((bucket, bucket, hits))
    return found


def stretches(found: Sequence[tuple[int, int, int]]) -> list[dict[str, int]]:
    """Episodes as evidence, the largest first: [{"start", "end", "hits"}], in whole quarters of an hour."""
    ordered = sorted(found, key=lambda item: (-item[2], item[0]))[:LISTED]
    return [{"start": a * BUCKET, "end": (b + 1) * BUCKET, "hits": hits} for a, b, hits in ordered]


def share(part: int, whole: int) -> float:
    """A part in per cent with one decimal, 0.0 of nothing.

    >>> share(1, 8)
    12.5
    """
    return round(100 * part / whole, 1) if whole else 0.0


def bare(name: str | None) -> str | None:
    """An account without its domain, in lower case: accounts are the same to Windows in any case.

    >>> bare("FTP01\\\\Backup"), bare("anna@example.com")
    ('backup', 'anna')
    """
    return None if name is None else name.rpartition("\\")[2].partition("@")[0].lower()
