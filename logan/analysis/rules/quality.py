"""What the logs themselves lack: fields, stretches of time, readable lines, a clock that runs forward."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from logan.analysis.chances import median
from logan.analysis.coverage import coverage
from logan.analysis.rules.facts import (
    BUCKET,
    LISTED,
    Span,
    Who,
    buckets,
    hits_of_sites,
    in_order,
    listed,
    share,
    spans,
)
from logan.analysis.rules.links_and_scans import scanners
from logan.analysis.rules.model import Finding, Severity, finding, part_of, rule
from logan.fields import column_name

if TYPE_CHECKING:
    from logan.summary import Summary

#: One line in a hundred that cannot be read is a broken writer or a wrong tool, fewer are a crash or a copy.
_TORN_SHARE = 100
#: An empty stretch is a gap where the same time on other days has 30 rows and more, and three other days tell so.
_MISSED, _OTHER_DAYS = 30, 3
#: Visits come in groups: so many groups must be missing, which by chance happens once in three million times.
_GROUPS = 15
#: Addresses behind which a tenth of a site's requests come are proxies, where the log names the client behind them.
_PROXY_SHARE = 10
_SITE = re.compile(r"(?i)(?:^|[\\/])((?:MS)?FTPSVC\d+|W3SVC\d+|HTTPERR)[\\/]")
#: Off unless switched on: told beside other fields that are off, and no reason for a finding by themselves.
_BYTES = ("sc-bytes", "cs-bytes")
#: What each field is needed for is told in findings.toml.
_WANTED: dict[str, tuple[str, ...]] = {
    "http": ("c-ip", "sc-substatus", "sc-win32-status", "time-taken", "cs(Referer)", "cs-username", "cs(User-Agent)",
             *_BYTES),
    "ftp": ("c-ip", "cs-username", "sc-substatus", "sc-win32-status", "x-session"),
    "httperr": ("s-siteid", "s-reason", "s-queuename"),
}  # fmt: skip


@rule("log-quality")
def rejected_lines(summary: Summary) -> Iterable[Finding]:
    """Lines that are no rows and could not be read. A warning from one in a hundred rows on. A period that was asked
    for does not narrow them down: such a line has no time."""
    rejected = summary.lines.rejected
    if not rejected:
        return
    paths: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for example in summary.rejects:
        paths[example.path] = paths.get(example.path, 0) + 1
        reasons[example.reason] = reasons.get(example.reason, 0) + 1
    sites = {match[1].upper() for path in paths if (match := _SITE.search(path))}
    site = sites.pop() if len(sites) == 1 and rejected == len(summary.rejects) else None
    lines = [{"path": r.path, "line": r.line, "reason": r.reason} for r in summary.rejects[:LISTED]]
    evidence = {
        "files": listed(paths, "path"), "reasons": listed(reasons, "reason"), "examples": lines,
        "share": share(rejected, rejected + summary.lines.rows),
    }  # fmt: skip
    severity: Severity = "warning" if _TORN_SHARE * rejected >= summary.lines.rows else "info"
    where = f"{lines[0]['path']}:{lines[0]['line']}" if lines else "?"
    yield finding("log-quality", severity, _service(site), None if site == "HTTPERR" else site, rejected, None, None,
                  evidence, file=where, reason=lines[0]["reason"] if lines else "?")  # fmt: skip


def _service(site: str | None) -> str:
    """The service whose logs a folder holds; "all" where it cannot be told."""
    if site is None:
        return "all"
    return "httperr" if site == "HTTPERR" else "ftp" if "FTP" in site else "http"


@rule("log-clock")
def clock(summary: Summary) -> Iterable[Finding]:
    """Headers (#Date) that are dated before the header above them in the same file: the server's clock was set back, or
    files were joined in the wrong order."""
    if not summary.backwards:
        return
    jumps = [{"path": path, "line": line, "before": a, "after": b} for path, line, a, b in summary.backwards[:LISTED]]
    evidence = {"jumps": jumps, "files": len({entry[0] for entry in summary.backwards})}
    path, line, before, after = summary.backwards[0]
    yield finding("log-clock", "warning", "all", None, len(summary.backwards), None, None, evidence,
                  file=f"{path}:{line}", before=before, after=after)  # fmt: skip


@rule("log-fields-off")
def fields_off(summary: Summary) -> Iterable[Finding]:
    """Fields that some or all rows of a site lack, with the questions that cannot be answered without them."""
    logged = coverage(summary)
    for who in sorted(logged.having, key=lambda who: tuple(map(in_order, who))):
        lacking = [
            {"field": name, "rows_without": rows}
            for name in _WANTED.get(who[0], ())
            if (rows := logged.without(who, name)) > 0
        ]
        if any(entry["field"] not in _BYTES for entry in lacking):
            evidence = {"fields": lacking, "total": logged.rows[who]}
            names = {lang: _questions(lacking, lang) for lang in ("en", "zh")}
            most = max(int(str(entry["rows_without"])) for entry in lacking)
            where = "ftp" if who[0] == "ftp" else "httperr" if who[0] == "httperr" else "http"
            yield finding("log-fields-off", "info", *who, most, None, None, evidence, missing=names,
                          step=part_of("log-fields-off", "step", where))  # fmt: skip


def _questions(lacking: list[dict[str, Any]], lang: str) -> str:
    pattern, comma = {"en": ("{} ({})", ", "), "zh": ("{}（{}）", "、")}[lang]
    questions = [part_of("log-fields-off", "question", entry["field"])[lang] for entry in lacking]
    return comma.join(pattern.format(entry["field"], text) for entry, text in zip(lacking, questions, strict=True))


@rule("log-gap")
def gaps(summary: Summary) -> Iterable[Finding]:
    """Stretches without a row where the same time on other days of that kind (working days, weekends; UTC) has 30
    rows and more. A warning on sites that are never silent. An outage that HTTPERR explains is not told again."""
    refused = buckets(summary, lambda key: key[0] == "httperr" and key[3] == 503)
    sites = buckets(summary, lambda key: key[0] in ("http", "ftp"))
    for who, counts in sorted(sites.items(), key=lambda item: tuple(map(in_order, item[0]))):
        known = refused.get(("httperr", who[1]), {})
        found = [gap for gap in _gaps(counts) if not any(bucket in known for bucket in range(gap[0], gap[1]))]
        if not found:
            continue
        found.sort(key=lambda gap: (-gap[2], gap[0]))
        always = len(counts) >= 0.9 * (max(counts) - min(counts) + 1 - sum(end - start for start, end, _ in found))
        evidence = {
            "gaps": [{"start": a * BUCKET, "end": b * BUCKET, "expected": e} for a, b, e in found[:LISTED]],
            "expected": sum(gap[2] for gap in found),
        }  # fmt: skip
        first, last = min(gap[0] for gap in found) * BUCKET, max(gap[1] for gap in found) * BUCKET
        hours = round(sum(gap[1] - gap[0] for gap in found) / 4, 2)
        severity: Severity = "warning" if always else "info"
        yield finding("log-gap", severity, *who, 0, first, last, evidence, hours=hours, number=len(found))


def _gaps(counts: dict[int, int]) -> list[tuple[int, int, int]]:
    """(first empty quarter, one behind the last, rows expected) of each gap."""
    usual = _usual(counts)
    if not usual:
        return []
    least = max(_MISSED, _GROUPS * _group_size(counts))
    found = []
    ordered = sorted(counts)
    for before, after in pairwise(ordered):
        if after - before > 1:
            run = int(sum(usual.get((_weekend(bucket), bucket % 96), 0) for bucket in range(before + 1, after)))
            if run >= least:
                found.append((before + 1, after, run))
    return found


def _usual(counts: dict[int, int]) -> dict[tuple[bool, int], float]:
    """The median of the rows by kind of day and quarter of the day, where there are enough days."""
    days = range(min(counts) // 96, max(counts) // 96 + 1)
    usual = {}
    for weekend in (False, True):
        alike = [day for day in days if _weekend(day * 96) == weekend]
        busy = len({bucket // 96 for bucket in counts if _weekend(bucket) == weekend})
        if len(alike) > _OTHER_DAYS and 2 * busy >= len(alike):  # else each median is 0, over years of nothing too
            for slot in range(96):
                usual[weekend, slot] = median(counts.get(day * 96 + slot, 0) for day in alike)
    return usual


def _group_size(counts: dict[int, int]) -> float:
    """How many rows come together, 1.0 at least: variance against mean of the rows of an hour over days of a kind."""
    hours: dict[tuple[bool, int], dict[int, int]] = {}
    days = {False: set[int](), True: set[int]()}
    for bucket, hits in counts.items():
        day, kind = bucket // 96, _weekend(bucket)
        days[kind].add(day)
        mine = hours.setdefault((kind, bucket % 96 // 4), {})
        mine[day] = mine.get(day, 0) + hits
    spread = total = 0.0
    for (kind, _), mine in hours.items():
        number = len(days[kind])
        mean = sum(mine.values()) / number
        spread += sum((mine.get(day, 0) - mean) ** 2 for day in days[kind]) / max(1, number - 1)
        total += mean
    return max(1.0, spread / total) if total else 1.0


def _weekend(bucket: int) -> bool:
    return (bucket // 96 + 3) % 7 >= 5


@rule("long-lived")
def long_lived(summary: Summary) -> Iterable[Finding]:
    """Connections that stay open on purpose (WebSocket, SignalR, long polling, RPC over HTTP): neither slow nor hung
    up, and left out of all times."""
    sites: dict[Who, dict[Any, int]] = {}
    for (service, site, uri), values in summary.long_lived.rows.items():
        mine = sites.setdefault((service, site), {})
        mine[uri] = mine.get(uri, 0) + values[0]
    for who, uris in sorted(sites.items(), key=lambda item: in_order(item[0][1])):
        hits = sum(uris.values())
        first, last = _times(summary, who, uris)
        evidence = {"uris": listed(uris, "uri_stem"), "distinct_uris": len(uris)}
        yield finding("long-lived", "info", *who, hits, first, last, evidence)


def _times(summary: Summary, who: Who, uris: dict[Any, int]) -> tuple[int | None, int | None]:
    """First and last time where the rows can be told by their statuses alone: a summary does not keep them by URL."""

    def only(span: Span) -> bool:
        labels = summary.status_uris.rows.get(span.key, {})
        return (span.service, span.site) == who and bool(labels) and labels.keys() <= uris.keys()

    found = spans(summary, only)
    if sum(span.hits for span in found) != sum(uris.values()):
        return None, None
    return min(span.first for span in found), max(span.last for span in found)


@rule("forwarded-clients")
def forwarded(summary: Summary) -> Iterable[Finding]:
    """Rows with X-Forwarded-For (or a field like it) where one address has a tenth of a site's requests and more: the
    clients shown are proxies, and --client-field tells the clients behind them."""
    names = {"x_forwarded_for", "x_real_ip", "cf_connecting_ip", "true_client_ip", "x_client_ip", "x_original_for"}
    totals = hits_of_sites(summary)
    for (service, site, name), (rows,) in sorted(
        summary.fields.rows.items(), key=lambda item: tuple(map(in_order, item[0]))
    ):
        if service != "http" or column_name(name) not in names:
            continue
        who = (service, site)
        total = totals.get((service, site), 0)
        labels = {key[2]: v[0] for key, v in summary.clients.rows.items() if key[:2] == who and key[2] is not None}
        scanning = scanners(summary).get((service, site), {})
        often = max(_MISSED, -(-_PROXY_SHARE * total // 100))
        proxies = {client: hits for client, hits in labels.items() if hits >= often and client not in scanning}
        if proxies:
            clients = {"clients": listed(proxies, "client"), "distinct_clients": len(proxies)}
            evidence = {**clients, "field": name, "total": total}
            hits = sum(proxies.values())
            yield finding("forwarded-clients", "info", service, site, hits, None, None, evidence, rows_with=rows)
