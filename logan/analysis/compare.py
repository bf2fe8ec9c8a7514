"""Two summaries side by side: what is new, gone, worse and better, and what is too little to tell.

Counts are set against the traffic of their own period. Whether a difference is more than chance is asked with the
conditional binomial test (given the sum of both counts, how likely is so uneven a split?), which is exact for small
numbers, and corrected for the number of questions asked. It takes rows as independent; rows of one incident are not, so
"worse" says that more rows failed, and the findings say why.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import erfc, sqrt
from typing import TYPE_CHECKING, Any

from logan.analysis.chances import split_chance
from logan.analysis.comparison import SECTIONS, Change, Comparison, Section, Side, Verdict
from logan.analysis.findings import findings
from logan.analysis.rules.facts import Who, in_order
from logan.analysis.rules.model import SEVERITIES
from logan.analysis.statuses import Status
from logan.analysis.traffic import Totals, traffic
from logan.tables.bins import bin_value, percentiles
from logan.tables.series import Key

if TYPE_CHECKING:
    from logan.summary import Summary

#: One wrong verdict among twenty comparisons, over all questions of a section together.
_CHANCE = 0.05
#: A difference of half as much again is worth a line; for medians, a quarter and 50 ms.
_RATIO, _SLOWER, _SLOWER_MS = 1.5, 1.25, 50
#: Below so many in both periods together no split is beyond chance.
_FEW = 5
#: So many errors on each side tell a factor of two apart most of the time.
_ENOUGH_ERRORS = 30
#: Timed requests that a median needs.
_TIMED = 20
#: A group of clients is told of when it has a hundredth of a site's rows, and twenty.
_GROUP_SHARE, _GROUP = 100, 20


def compare(before: Summary, after: Summary) -> Comparison:
    """What is new, gone, worse and better in `after`, by finding, site, status, URL, group of clients and time-taken."""
    one, other = _totals(before), _totals(after)
    errors = _errors(one.totals, other.totals)
    if not before.spans.rows or not after.spans.rows:
        empty = "empty-before" if not before.spans.rows else "empty-after"
        return Comparison(one, other, errors, (), ((empty, ()),))
    served = _requests(before), _requests(after)
    sites = _sites(*served)
    shared = served[0].keys() & served[1].keys()
    questions = [
        _statuses(before, after, *served, shared),
        _urls(before, after, *served, shared),
        _clients(before, after, shared),
        _latency(before, after, shared),
    ]
    found = [*_findings(before, after), *sites]
    undecided = 0
    for asked in questions:
        told, left = _told(asked)
        found += told
        undecided += left
    remarks = _remarks(before, after, one, other, undecided)
    return Comparison(one, other, errors, tuple(sorted(found, key=_order)), remarks)


# --- The two sides ----------------------------------------------------------------------------------------------------
def _totals(summary: Summary) -> Side:
    period = summary.period
    first, last = period if period else (None, None)
    return Side(first, last, traffic(summary).totals)


def _requests(summary: Summary) -> dict[Who, int]:
    """Requests by (service, site), handshakes and routine rows left out. Errors of HTTP.sys are set against the
    requests of the site they are about: HTTPERR has no good rows."""
    requests: dict[Who, int] = {}
    for key, values in summary.spans.rows.items():
        if key[-1] not in ("handshake", "routine") and key[0] != "httperr":
            requests[key[:2]] = requests.get(key[:2], 0) + values[0]
    everything = sum(hits for who, hits in requests.items() if who[0] == "http")
    for key, values in summary.spans.rows.items():
        if key[0] == "httperr":
            served = requests.get(("http", key[1]), everything)
            requests[key[:2]] = max(requests.get(key[:2], 0), served, values[0])
    return requests


def _errors(before: Totals, after: Totals) -> Change:
    rows = before.errors, after.errors
    return _judged("statuses", ("all", None), None, rows, (before.requests, after.requests), always=True)


def _sites(before: Mapping[Who, int], after: Mapping[Who, int]) -> list[Change]:
    changes = []
    for who in sorted(before.keys() ^ after.keys(), key=lambda who: tuple(map(in_order, who))):
        if who[0] == "httperr" and (("http", who[1]) in before or ("http", who[1]) in after or who[1] is None):
            continue  # HTTP.sys had nothing to say in one of the periods: that is no site that came or went
        verdict: Verdict = "gone" if who in before else "new"
        name = who[1] or "-"
        changes.append(Change("sites", verdict, True, *who, name, before.get(who, 0), after.get(who, 0)))
    return changes


# --- Questions --------------------------------------------------------------------------------------------------------
def _judged(
    section: Section, who: Who, what: str | None, rows: tuple[int, int], of: tuple[int, int],
    *, words: tuple[Verdict, Verdict] = ("worse", "better"), status: Status | None = None, always: bool = False,
) -> Change:  # fmt: skip
    """A count before and after with its verdict; "same" where chance explains it or the ratio is small.

    How likely it is is not asked of small ratios, unless `always`.
    """
    before, after = rows
    whole = of[0] + of[1]
    low, high = sorted((after * of[0], before * of[1]))
    big, up = low < high and _RATIO * low <= high, after * of[0] > before * of[1]
    if not big and not always:
        return Change(section, "same", False, *who, what, before, after, *of, None, status)
    chance = split_chance(before, after, of[1] / whole) if of[0] and of[1] else 1.0
    sure = chance < _CHANCE
    verdict: Verdict = "same"
    if before == 0 < after:
        verdict = "new"
    elif after == 0 < before:
        verdict = "gone"
    elif sure and big:
        verdict = words[0] if up else words[1]
    return Change(section, verdict, sure, *who, what, before, after, *of, chance, status)


def _told(asked: list[tuple[Change, bool]]) -> tuple[list[Change], int]:
    """Those that are told, with their verdict against all that were asked, and how many could not be decided.

    The second value of each says whether it is told even when it is not sure: what is new or gone is worth knowing.
    """
    questions = max(1, sum(1 for change, _ in asked if change.before + change.after >= _FEW))
    told, left = [], 0
    for change, always in asked:
        sure = change.chance is not None and change.chance * questions < _CHANCE
        if change.verdict == "same":
            left += change.chance is not None and not sure
        elif sure or (always and change.verdict in ("new", "gone")):
            told.append(replace(change, sure=sure))
        else:
            left += 1
    return told, left


def _statuses(
    before: Summary, after: Summary, requests: Mapping[Who, int], later: Mapping[Who, int], shared: Iterable[Who]
) -> list[tuple[Change, bool]]:
    rows = _failed(before), _failed(after)
    sites = set(shared)
    asked = []
    for key in sorted(rows[0].keys() | rows[1].keys(), key=lambda key: tuple(map(in_order, key))):
        who = key[:2]
        of = requests.get(who, 0), later.get(who, 0)
        if who in sites or who[0] == "httperr":
            if who[0] == "httperr":  # silent in a period: the traffic of the site tells how much it was silent about
                of = of[0] or requests.get(("http", who[1]), 0), of[1] or later.get(("http", who[1]), 0)
            status = Status(key[0], *key[2:])
            counts = rows[0].get(key, 0), rows[1].get(key, 0)
            change = _judged("statuses", who, status.code, counts, of, status=status)
            asked.append((change, True))
    return asked


def _failed(summary: Summary) -> dict[Key, int]:
    """Rows of errors and hang-ups by service, site, status, sub-status, win32 code and reason."""
    rows: dict[Key, int] = {}
    for key, values in summary.spans.rows.items():
        if key[-1] in ("error", "hangup"):
            short = key[:2] + key[3:7]
            rows[short] = rows.get(short, 0) + values[0]
    return rows


def _urls(
    before: Summary, after: Summary, requests: Mapping[Who, int], later: Mapping[Who, int], shared: Iterable[Who]
) -> list[tuple[Change, bool]]:
    sites = set(shared)
    rows = [{key: v[1] for key, v in side.uris.rows.items() if v[1] and key[2] is not None} for side in (before, after)]
    asked = []
    for key in sorted(rows[0].keys() | rows[1].keys(), key=lambda key: tuple(map(in_order, key))):
        if key[:2] in sites:
            counts, of = (rows[0].get(key, 0), rows[1].get(key, 0)), (requests[key[:2]], later[key[:2]])
            asked.append((_judged("urls", key[:2], key[2], counts, of), False))
    return asked


def client_group(client: str | None) -> str | None:
    """The network of an address, /24 of IPv4 and /64 of IPv6; what is no address stays as it is.

    >>> client_group("192.0.2.77"), client_group("2001:db8::1"), client_group("unknown")
    ('192.0.2.0/24', '2001:db8::/64', 'unknown')
    """
    try:
        address = ipaddress.ip_address((client or "").partition("%")[0])
    except ValueError:
        return client
    if address.version == 6 and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))


def _clients(before: Summary, after: Summary, shared: Iterable[Who]) -> list[tuple[Change, bool]]:
    """Groups of clients by their errors, and where these tell nothing, by their rows."""
    sites = {who for who in shared if who[0] != "httperr"}
    groups, wholes = zip(*(_grouped(side) for side in (before, after)), strict=True)
    asked = []
    for key in sorted(groups[0].keys() | groups[1].keys(), key=lambda key: tuple(map(in_order, key))):
        who = key[:2]
        if who not in sites or key[2] is None:
            continue
        (hits, errors), (later_hits, later_errors) = groups[0].get(key, (0, 0)), groups[1].get(key, (0, 0))
        of = wholes[0][who], wholes[1][who]
        failed = _judged("clients", who, key[2], (errors, later_errors), of)
        if errors and later_errors and failed.verdict != "same":
            asked.append((failed, False))
        elif any(n >= _GROUP and _GROUP_SHARE * n >= whole for n, whole in zip((hits, later_hits), of, strict=True)):
            seen = _judged("clients", who, key[2], (hits, later_hits), of, words=("more", "less"))
            asked.append((seen, False))
    return asked


def _grouped(summary: Summary) -> tuple[dict[Key, tuple[int, int]], dict[Who, int]]:
    """{(service, site, group): (rows, errors)} and the rows of each site."""
    groups: dict[Key, tuple[int, int]] = {}
    wholes: dict[Who, int] = {}
    for (service, site, client), values in summary.clients.rows.items():
        key = (service, site, client_group(client))
        hits, errors = groups.get(key, (0, 0))
        groups[key] = hits + values[0], errors + values[1]
        wholes[service, site] = wholes.get((service, site), 0) + values[0]
    return groups, wholes


def _latency(before: Summary, after: Summary, shared: Iterable[Who]) -> list[tuple[Change, bool]]:
    sites = set(shared)
    asked = []
    sides = [_bins(side) for side in (before, after)]
    for key in sorted(sides[0].keys() & sides[1].keys(), key=lambda key: tuple(map(in_order, key))):
        bins = sides[0][key], sides[1][key]
        timed = sum(bins[0].values()), sum(bins[1].values())
        if key[:2] in sites and min(timed) >= _TIMED:
            asked.append((_median_change(key, bins, timed), False))
    return asked


def _bins(summary: Summary) -> dict[Key, Mapping[Any, int]]:
    """The histogram of the time-taken of each URL, and of each site under the URL None."""
    bins: dict[Key, Mapping[Any, int]] = {
        key: labels for key, labels in summary.uri_latency.rows.items() if key[2] is not None
    }
    for key, labels in summary.uri_latency.rows.items():
        whole: dict[Any, int] = dict(bins.get((*key[:2], None), {}))
        for label, hits in labels.items():
            whole[label] = whole.get(label, 0) + hits
        bins[(*key[:2], None)] = whole
    return bins


def _median_change(key: Key, bins: tuple[Mapping[Any, int], Mapping[Any, int]], timed: tuple[int, int]) -> Change:
    """Medians with their verdict by Mood's test: how many of each side lie above the median of both together."""
    together = dict(bins[0])
    for label, hits in bins[1].items():
        together[label] = together.get(label, 0) + hits
    middle = percentiles(together, 0.5)[0] or 0
    above = [sum(hits for label, hits in side.items() if label > middle) for side in bins]
    chance = _uneven(above[0], above[1], *timed)
    before, after = (bin_value(percentiles(side, 0.5)[0] or 0) for side in bins)
    verdict: Verdict = "same"
    if abs(after - before) >= _SLOWER_MS and max(before, after) >= _SLOWER * min(before, after):
        verdict = "worse" if after > before else "better"
    return Change("latency", verdict, False, key[0], key[1], key[2], before, after, *timed, chance)


def _uneven(before: int, after: int, before_of: int, after_of: int) -> float:
    """The two-sided chance of two shares so far apart (normal, with continuity correction); both have 20 and more."""
    total, hit = before_of + after_of, before + after
    variance = before_of * after_of * hit * (total - hit) / (total * total * max(1, total - 1))
    if variance <= 0:
        return 1.0
    distance = abs(after - hit * after_of / total)
    return erfc(max(0.0, distance - 0.5) / sqrt(variance) / sqrt(2))


def _findings(before: Summary, after: Summary) -> list[Change]:
    """Warnings and critical findings that came or went."""
    sides = []
    for summary in (before, after):
        known: dict[tuple[str, str, str | None], Any] = {}
        for found in findings(summary):
            if found.severity != "info":
                known.setdefault((found.id, found.service, found.site), found)
        sides.append(known)
    changes: list[tuple[int, Change]] = []
    for key in sorted(sides[0].keys() ^ sides[1].keys(), key=lambda key: tuple(map(in_order, key))):
        verdict: Verdict = "new" if key in sides[1] else "gone"
        found = sides[1].get(key) or sides[0][key]
        titles = tuple((lang, found.title(lang)) for lang in ("en", "zh"))
        rows = (0, found.hits) if verdict == "new" else (found.hits, 0)
        rank = SEVERITIES.index(found.severity)
        changes.append(
            (rank, Change("findings", verdict, True, key[1], key[2], key[0], rows[0], rows[1], titles=titles))
        )
    return [change for _, change in sorted(changes, key=lambda item: item[0])]


# --- Remarks and order ------------------------------------------------------------------------------------------------
def _remarks(
    before: Summary, after: Summary, one: Side, other: Side, undecided: int
) -> tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]:
    remarks: list[tuple[str, tuple[tuple[str, Any], ...]]] = []
    errors = one.totals.errors, other.totals.errors
    if max(errors) < _ENOUGH_ERRORS:
        remarks.append(("few-errors", (("before", errors[0]), ("after", errors[1]))))
    if abs(one.days - other.days) > 0.1 * max(one.days, other.days) and abs(one.days - other.days) >= 0.5:
        remarks.append(("lengths", (("before", one.days), ("after", other.days))))
    if one.first is not None and one.last is not None and other.first is not None and other.last is not None:
        if other.last < one.first:
            remarks.append(("reversed", ()))
        elif other.first <= one.last:
            remarks.append(("overlap", ()))
    if undecided:
        remarks.append(("undecided", (("number", undecided),)))
    lost = max(table.lost for side in (before, after) for table in (side.uris, side.clients))
    if lost:
        remarks.append(("limits", (("number", lost),)))
    return tuple(remarks)


_VERDICTS: tuple[Verdict, ...] = ("new", "worse", "more", "gone", "better", "less", "same")


def _order(change: Change) -> tuple[Any, ...]:
    moved = abs((change.after_rate or 0.0) - (change.before_rate or 0.0)) if change.section != "latency" else 0.0
    grown = abs(change.after - change.before)
    names = tuple(map(in_order, (change.service, change.site, change.what, change.status)))
    section = SECTIONS.index(change.section)
    if change.section == "findings":
        return section, _VERDICTS.index(change.verdict), 0, 0.0, -change.before - change.after, names
    return section, not change.sure, _VERDICTS.index(change.verdict), -moved, -grown, names
