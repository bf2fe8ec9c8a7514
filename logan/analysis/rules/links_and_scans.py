"""URLs that are not there: links of the site's own pages, scanners, and requests that a filter turned away."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from logan.analysis.once import once
from logan.analysis.rules.facts import (
    LISTED,
    Labels,
    Span,
    StatusKey,
    Who,
    by_site,
    client_statuses,
    in_order,
    listed,
    rows_of,
    spans,
    status_list,
    uris_of_client,
)
from logan.analysis.rules.model import Finding, Severity, address, finding, part_of, rule
from logan.tables.counts import added, top
from logan.tables.distinct import Sketch, distinct, merge_distinct

if TYPE_CHECKING:
    from logan.summary import Summary

#: An old bookmark or a typing mistake comes a few times; a link in a page comes with its visitors.
_LINKED = 10
#: Asked for by browsers and phones themselves, with the page as referrer.
_UNASKED = re.compile(r"(?i)^/(favicon\.ico|apple-touch-icon[^/]*|browserconfig\.xml|robots\.txt|\.well-known/.*)$")
_HOST = re.compile(r"(?i)^https?://([^/?#]+)")
#: A fifth of the own pages' best referrer host: below it is somebody else's site.
_OWN_SHARE = 5
#: Twenty different URLs in vain, and more than half of a client's requests: crawlers and people find more than that.
_PROBED, _PROBED_MANY = 20, 100
#: Scanners told one by one; the rest of a site is told together.
_ALONE = 5
_FILTER = frozenset({(404, n) for n in (*range(5, 20), 20)} | {(413, 1), (431, None), (431, 0)})
#: One client may be a scanner that asked for too little to be told; three are users.
_FILTERED, _USERS = 10, 3
_URLSCAN = "rejected-by-urlscan"
_LIMITED = (501, 502)

#: A page with a broken link: its URL, the hits, and the time of the first and the last.
Link = tuple[str, int, int, int]


@rule("broken-link")
def broken_links(summary: Summary) -> Iterable[Finding]:
    """404 with a referrer of the site itself, ten times and more for a URL: a page of the site links to what is not
    there. The site's own host is the referrer host of most good requests, and its relatives."""
    hosts = _own_hosts(summary)
    own: dict[tuple[Any, ...], bool] = {}
    pages: dict[tuple[Any, ...], list[Link]] = {}
    for (service, site, uri, referer), (hits, first, last) in summary.broken_links.rows.items():
        source = (service, site, referer)
        known = own.get(source)
        if known is None:
            known = own[source] = _host(referer) in hosts.get((service, site), ())
        if known:
            pages.setdefault((service, site, uri), []).append((referer, hits, first, last))
    sites: dict[Who, dict[str, list[Link]]] = {}
    for (service, site, uri), links in pages.items():
        if uri is not None and sum([link[1] for link in links]) >= _LINKED and not _UNASKED.match(uri):
            sites.setdefault((service, site), {})[uri] = links
    for who, broken in sorted(sites.items(), key=lambda item: in_order(item[0][1])):
        yield _broken(summary, who, broken)


def _broken(summary: Summary, who: Who, broken: dict[str, list[Link]]) -> Finding:
    counted = {uri: sum([link[1] for link in links]) for uri, links in broken.items()}
    total = sum(counted.values())
    entries = [
        {
            "uri_stem": uri, "hits": hits, "answered": _answered(summary, who, uri),
            "referers": [{"referer": referer, "hits": hits} for referer, hits in _linking(broken[uri])],
        }
        for uri, hits in top(counted, LISTED)
    ]  # fmt: skip
    first = min([link[2] for links in broken.values() for link in links])
    last = max([link[3] for links in broken.values() for link in links])
    before = "answered" if any(_answered(summary, who, uri) for uri in broken) else "never"
    statuses = _not_found(summary, who, broken, total)
    evidence = {"statuses": statuses, "uris": entries, "distinct_uris": len(broken)}
    return finding(
        "broken-link", "warning", *who, total, first, last, evidence,
        page=entries[0]["referers"][0]["referer"], worst=entries[0]["uri_stem"],
        before=part_of("broken-link", "before", before),
    )  # fmt: skip


def _answered(summary: Summary, who: Who, uri: str) -> int:
    """The good answers that a URL got."""
    row = summary.uris.rows.get((*who, uri), (0, 0))
    return max(0, row[0] - row[1])


def _linking(links: list[Link]) -> list[tuple[str, int]]:
    """The pages with the most requests of a link."""
    return top({link[0]: link[1] for link in links}, LISTED)


def _not_found(summary: Summary, who: Who, uris: Iterable[str], total: int) -> list[dict[str, Any]]:
    """The 404 statuses of these URLs, no more hits than came with a referrer of the site."""
    wanted = set(uris)
    hits: dict[StatusKey, int] = {}
    for key, labels in summary.status_uris.rows.items():
        if key[:3] == (*who, 404):
            count = sum(labels.get(uri, 0) for uri in wanted)
            if count:
                hits[key] = min(count, total)
    return status_list(hits)


def _own_hosts(summary: Summary) -> dict[Who, set[str]]:
    sites: dict[Who, Labels] = {}
    for (service, site, host), (hits,) in summary.referer_hosts.rows.items():
        sites.setdefault((service, site), {})[host] = hits
    own = {}
    for who, hosts in sites.items():
        best = min(hosts, key=lambda host: (-hosts[host], host))
        own[who] = {h for h, n in hosts.items() if h == best or (_OWN_SHARE * n >= hosts[best] and _related(h, best))}
    return own


def _related(host: str, other: str) -> bool:
    """Whether one host is a name below the other, ports and ``www.`` aside."""
    a, b = (h.partition(":")[0].removeprefix("www.") for h in (host, other))
    return a == b or a.endswith("." + b) or b.endswith("." + a)


def _host(referer: str) -> str | None:
    match = _HOST.match(referer)
    return match[1].lower() if match else None


@once
def scanners(summary: Summary) -> dict[Who, dict[str, tuple[int, int, int, int]]]:
    """{site: {client: (hits, first, last, distinct URLs)}} of the clients that look for what is not there."""
    found: dict[Who, dict[str, tuple[int, int, int, int]]] = {}
    for key, (hits, first, last) in summary.probes.rows.items():
        if hits < _PROBED or key[2] is None:
            continue
        urls = distinct(summary.distinct.get(key, ()))
        everything = summary.clients.rows.get(key, (hits,))[0]
        if urls >= _PROBED and 2 * hits > everything:
            found.setdefault(key[:2], {})[key[2]] = (hits, first, last, min(urls, hits))
    return {who: dict(sorted(found[who].items())) for who in sorted(found, key=lambda who: tuple(map(in_order, who)))}


@rule("scan")
def scans(summary: Summary) -> Iterable[Finding]:
    """A client with 20 and more different URLs in vain (4xx), which are more than half of its requests. A warning from
    100 on. Its rejections by request filtering are counted here. Of a site the five largest are told one by one."""
    for who, found in scanners(summary).items():
        ordered = sorted(found, key=lambda client: (-found[client][0], client))
        for clients in [*([client] for client in ordered[:_ALONE]), ordered[_ALONE:]]:
            if clients:
                yield _scan(summary, who, {client: found[client] for client in clients})


def _scan(summary: Summary, who: Who, found: dict[str, tuple[int, int, int, int]]) -> Finding:
    mine: Labels = {}
    sketch: Sketch = ()
    everything = errors = 0
    for client, (hits, *_) in found.items():
        known = client_statuses(summary, who, client)
        mine = added(mine, {key: count for key, count in known.items() if 400 <= (key[2] or 0) < 500})
        sketch = merge_distinct(sketch, summary.distinct.get((*who, client), ()))
        row = summary.clients.rows.get((*who, client), (hits, hits))
        everything, errors = everything + row[0], errors + row[1]
    uris = uris_of_client(summary, mine)
    hits = sum(span[0] for span in found.values())
    urls = min(distinct(sketch), hits)
    evidence = {
        "statuses": status_list(mine), "uris": listed(uris, "uri_stem"), "distinct_uris": urls,
        "clients": listed({client: span[0] for client, span in found.items()}, "client"), "distinct_clients": len(found),
        "answered": everything - errors,
    }  # fmt: skip
    first, last = min(span[1] for span in found.values()), max(span[2] for span in found.values())
    severity: Severity = "warning" if urls >= _PROBED_MANY else "info"
    after = part_of("scan", "after", "answered" if everything > errors else "none")
    name = address(next(iter(found)))
    return finding("scan", severity, *who, hits, first, last, evidence, address=name, after=after)


@rule("request-filtering")
def request_filtering(summary: Summary) -> Iterable[Finding]:
    """Requests that request filtering turned away (404.5 to 404.20, 413.1, 431), those of scanners aside. A warning
    where there are ten of three clients: these may be users, or an upload that is too large."""
    ignored = scanners(summary)
    for who, found in by_site(spans(summary, _is_filtered)).items():
        hits: dict[StatusKey, int] = {}
        clients: Labels = {}
        for key in {span.key for span in found}:
            for client, count in summary.status_clients.rows.get(key, {}).items():
                if client not in ignored.get(who, {}):
                    hits[key] = hits.get(key, 0) + count
                    if client is not None:
                        clients[client] = clients.get(client, 0) + count
        mine = [span for span in found if span.key in hits]
        if not mine:
            continue
        rows = rows_of(summary, mine)
        total = sum(hits.values())
        evidence = {
            **rows.evidence, "statuses": status_list(hits),
            "clients": listed(clients, "client"), "distinct_clients": len(clients),
        }  # fmt: skip
        severity: Severity = "warning" if total >= _FILTERED and len(clients) >= _USERS else "info"
        top = evidence["statuses"][0]
        cause = part_of("request-filtering", "substatus", f"{top['status']}.{top['substatus'] or 0}")
        yield finding("request-filtering", severity, *who, total, rows.first, rows.last, evidence, cause=cause)


def _is_filtered(span: Span) -> bool:
    return span.service == "http" and (span.status, span.substatus) in _FILTER


@rule("urlscan")
def urlscan(summary: Summary) -> Iterable[Finding]:
    """Requests that UrlScan turned away: the URL is /<Rejected-By-UrlScan>. A warning where there are ten of three
    clients."""
    for who, found in by_site(spans(summary, lambda s: s.service == "http" and s.status == 404)).items():
        keys = {}
        for key in {span.key for span in found}:
            hits = sum(n for uri, n in summary.status_uris.rows.get(key, {}).items() if _URLSCAN in (uri or "").lower())
            if hits:
                keys[key] = hits
        if not keys:
            continue
        rows = rows_of(summary, [span for span in found if span.key in keys])
        total = sum(keys.values())
        # the clients are those of the whole status: told only where UrlScan is all there is
        alone = total == rows.hits
        evidence: dict[str, Any] = {"statuses": status_list(keys)}
        if alone:
            evidence |= {name: rows.evidence[name] for name in ("clients", "distinct_clients")}
        users = total >= _FILTERED and alone and len(rows.clients) >= _USERS
        yield finding("urlscan", "warning" if users else "info", *who, total, rows.first, rows.last, evidence)


@rule("dynamic-ip-restriction")
def dynamic_ip_restriction(summary: Summary) -> Iterable[Finding]:
    """Sub-status 501 (too many at once) or 502 (too many in a time) with any status. With a good status the module is
    in logging-only mode and lets these requests through."""
    limited = by_site(spans(summary, lambda s: s.service == "http" and s.substatus in _LIMITED))
    for who, found in limited.items():
        rows = rows_of(summary, found)
        passed = sum(span.hits for span in found if (span.status or 0) < 400)
        mode = "logging" if passed == rows.hits else "denying"
        evidence = {**rows.evidence, "let_through": passed}
        yield finding(
            "dynamic-ip-restriction", "warning", *who, rows.hits, rows.first, rows.last, evidence,
            mode=part_of("dynamic-ip-restriction", "mode", mode),
        )  # fmt: skip
