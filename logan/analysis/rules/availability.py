"""Sites that did not answer: HTTP.sys refused for them, workers died, URLs that fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from logan.analysis.rules.facts import (
    BUCKET,
    LISTED,
    Span,
    Who,
    buckets,
    buckets_of,
    by_site,
    episodes,
    in_order,
    rows_of,
    share,
    spans,
    status_list,
    stretches,
)
from logan.analysis.rules.model import Finding, Severity, finding, part_of, rule, status_code
from logan.analysis.traffic import FAILING, FAILING_SHARE

if TYPE_CHECKING:
    from logan.summary import Summary

#: HTTP.sys lost requests that a worker had already taken, or that waited for one: the worker went away.
_ABANDONED = frozenset({"Connection_Abandoned_By_ReqQueue", "Connection_Abandoned_By_AppPool"})
#: A recycle can lose one or two requests.
_LOST = 3
#: Fewer refusals than this, without a gap, are a recycle or a configuration change, no outage.
_REFUSED = 5
#: An empty quarter of an hour beside refusals counts as a gap only on a site that is usually busy in its neighbours.
_BUSY = 3
#: A URL fails for its users where a fifth of ten and more requests end in 5xx.
_FAILING, _FAILING_SHARE = 10, 20
#: A site is of no use where half of its requests fail, a hundred and more, with 5xx among them.
_USELESS, _USELESS_SHARE = 100, 50


@rule("outage")
def outage(summary: Summary) -> Iterable[Finding]:
    """503 in HTTPERR (AppOffline, Disabled, AppShutdown, QueueFull ...) by site and reason, with the gap in the
    site's own log where there is one. HTTP.sys answers these itself, so the site's log does not know of them. Critical
    from five on or with a gap."""
    groups: dict[tuple[str | None, str | None], list[Span]] = {}
    for span in spans(summary, lambda s: s.service == "httperr" and s.status == 503 and s.kind == "error"):
        groups.setdefault((span.site, span.reason), []).append(span)
    for (site, reason), found in sorted(groups.items(), key=lambda item: tuple(map(in_order, item[0]))):
        rows = rows_of(summary, found)
        counts = buckets_of(summary, rows.keys)
        parts = episodes(counts)
        gap = _gap(summary, site, parts)
        queues = _queues(summary, site, reason)
        evidence = {
            **rows.evidence, "reason": reason or "-", "queues": queues, "episodes": stretches(parts), "gap": gap,
        }  # fmt: skip
        severity: Severity = "critical" if rows.hits >= _REFUSED or gap else "warning"
        yield finding(
            "outage", severity, "httperr", site, rows.hits, rows.first, rows.last, evidence,
            cause=part_of("outage", "reason", reason or "-"),
            silence=part_of("outage", "silence", "gap" if gap else "none"),
            queue=queues[0] if queues else (site or "?"),
            minutes=(gap["end"] - gap["start"]) // 60_000_000 if gap else 0,
        )  # fmt: skip


def _queues(summary: Summary, site: str | None, reason: str | None) -> list[str]:
    rows = summary.queues.only(service="httperr", site=site, reason_phrase=reason).top()
    return [key[-1] for key, _ in rows if key[-1] is not None][:LISTED]


def _gap(summary: Summary, site: str | None, parts: list[tuple[int, int, int]]) -> dict[str, int] | None:
    """The longest run of empty quarters of the site's own log that touches a stretch of refusals."""
    counts = buckets(summary, lambda key: key[:2] == ("http", site)).get(("http", site), {})
    if site is None or not counts:
        return None
    runs = []
    for start, stop, _ in parts:
        for bucket in range(start, stop + 1):
            if bucket not in counts:
                runs.append(_run(counts, bucket))
    good = [(b - a, -a, a, b) for a, b in runs if _neighbours(counts, a, b) >= _BUSY]
    if not good:
        return None
    _, _, first, end = max(good)
    return {"start": first * BUCKET, "end": end * BUCKET}


def _run(counts: dict[int, int], bucket: int, most: int = 96) -> tuple[int, int]:
    """The empty quarters around an empty one, no more than a day to each side: (first, one behind the last)."""
    first = last = bucket
    while first - 1 not in counts and bucket - first < most:
        first -= 1
    while last + 1 not in counts and last - bucket < most:
        last += 1
    return first, last + 1


def _neighbours(counts: dict[int, int], first: int, end: int) -> int:
    """The smaller of the hits in the hour before and after an empty run: at night silence means nothing."""
    return min(sum(counts.get(first - n, 0) for n in range(1, 5)), sum(counts.get(end + n, 0) for n in range(4)))


@rule("worker-crash")
def worker_crash(summary: Summary) -> Iterable[Finding]:
    """Three and more Connection_Abandoned_By_ReqQueue or _By_AppPool in HTTPERR: worker processes died or hung."""
    groups: dict[str | None, list[Span]] = {}
    for span in spans(summary, lambda s: s.service == "httperr" and s.reason in _ABANDONED):
        groups.setdefault(span.site, []).append(span)
    for site, found in groups.items():
        rows = rows_of(summary, found)
        if rows.hits < _LOST:
            continue
        queues = sorted({queue for span in found for queue in _queues(summary, site, span.reason)})
        evidence = {**rows.evidence, "queues": queues}
        queue = queues[0] if queues else (site or "?")
        yield finding(
            "worker-crash", "critical", "httperr", site, rows.hits, rows.first, rows.last, evidence, queue=queue
        )


@rule("failing-url", general=1)
def failing_urls(summary: Summary) -> Iterable[Finding]:
    """URLs of which a fifth of the requests, ten and more, end in 5xx. Left out where a more specific finding explains
    these rows."""
    sites: dict[Who, dict[str, dict[tuple[Any, ...], int]]] = {}
    for key, labels in summary.status_uris.rows.items():
        if key[0] == "http" and (key[2] or 0) >= 500:
            for uri, hits in labels.items():
                if uri is not None:
                    sites.setdefault(key[:2], {}).setdefault(uri, {})[key] = hits
    for who, uris in sorted(sites.items(), key=lambda item: in_order(item[0][1])):
        failing = {uri: keys for uri, keys in uris.items() if _fails(summary, who, uri, sum(keys.values()))}
        if failing:
            yield _failing(summary, who, failing)


def _fails(summary: Summary, who: Who, uri: str, failed: int) -> bool:
    hits = summary.uris.rows.get((*who, uri), (0,))[0]
    return failed >= _FAILING and 100 * failed >= _FAILING_SHARE * hits


def _failing(summary: Summary, who: Who, failing: dict[str, dict[tuple[Any, ...], int]]) -> Finding:
    keys: dict[tuple[Any, ...], int] = {}
    listed: list[dict[str, Any]] = []
    for uri, mine in failing.items():
        failed, hits = sum(mine.values()), summary.uris.rows[(*who, uri)][0]
        listed.append({"uri_stem": uri, "hits": failed, "of": hits, "share": share(failed, hits)})
        for key, count in mine.items():
            keys[key] = keys.get(key, 0) + count
    listed.sort(key=lambda entry: (-entry["hits"], entry["uri_stem"]))
    found = spans(summary, lambda s: s.key in keys)
    total = sum(keys.values())
    evidence = {"statuses": status_list(keys), "uris": listed[:LISTED], "distinct_uris": len(listed)}
    return finding(
        "failing-url", "warning", *who, total, min(s.first for s in found), max(s.last for s in found), evidence,
        worst=listed[0]["uri_stem"], worst_share=listed[0]["share"],
    )  # fmt: skip


@rule("failing-site", general=2)
def failing_sites(summary: Summary) -> Iterable[Finding]:
    """Sites of HTTP and FTP of which a tenth of all requests fail, ten and more, whatever the reason: handshakes and
    routine rows are left out. Critical where half of them do, a hundred and more, with 5xx among them. Left out where
    any other finding explains these rows."""
    counted = spans(summary, lambda s: s.service in ("http", "ftp") and s.kind not in ("handshake", "routine"))
    for who, found in by_site(counted).items():
        failed = [span for span in found if span.kind == "error"]
        errors, requests = sum(span.hits for span in failed), sum(span.hits for span in found)
        if errors < FAILING or 100 * errors < FAILING_SHARE * requests:
            continue
        rows = rows_of(summary, failed)
        useless = errors >= _USELESS and 100 * errors >= _USELESS_SHARE * requests
        broken = useless and any((span.status or 0) >= 500 for span in failed)
        evidence = {**rows.evidence, "error_rate": share(errors, requests), "of": requests}
        most = rows.evidence["statuses"][0]
        yield finding(
            "failing-site", "critical" if broken else "warning", *who, errors, rows.first, rows.last, evidence,
            code=status_code({**most, "win32_status": None}), number=("ftp:" if who[0] == "ftp" else "") + str(most["status"]),
        )  # fmt: skip
