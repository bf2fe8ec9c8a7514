"""Findings: what in a summary a person should know, worst first.

A rule is a pure function of a summary (`logan.analysis.rules`), its texts are data (``findings.toml``). As summaries
add up, findings are the same however the logs were cut into files and blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logan.analysis.rules import RULES
from logan.analysis.rules.facts import in_order
from logan.analysis.rules.model import SEVERITIES, Finding, Rule, Severity
from logan.display import Listing

if TYPE_CHECKING:
    import pandas as pd

    from logan.summary import Summary

__all__ = ["RULES", "Finding", "Rule", "Severity", "findings", "to_frame"]

StatusHits = dict[tuple[Any, ...], int]


def findings(summary: Summary) -> list[Finding]:
    """All findings of a summary: critical ones first, then by hits.

    General findings (a burst of errors, a URL that fails, a site that fails) are left out where more specific ones
    explain at least half of their rows: the reason is worth more than the shape.
    """
    known: list[Finding] = []
    for general in sorted({rule.general for rule in RULES.values()}):
        found = [one for rule in RULES.values() if rule.general == general for one in rule(summary)]
        known += [one for one in found if not general or not _explained(one, known)]
    return Listing(sorted(known, key=_order))


def to_frame(found: list[Finding], lang: str = "en") -> pd.DataFrame:
    """Findings as a DataFrame: id, severity, service, site, hits, first, last (UTC), title, advice."""
    import pandas as pd

    columns = ["id", "severity", "service", "site", "hits", "first", "last", "title", "advice"]
    records = [
        (f.id, f.severity, f.service, f.site, f.hits, f.first, f.last, f.title(lang), f.advice(lang)) for f in found
    ]
    frame = pd.DataFrame.from_records(records, columns=columns)
    for name in ("first", "last"):
        frame[name] = pd.to_datetime(frame[name].astype("Int64"), unit="us", utc=True)
    return frame


def _explained(general: Finding, specific: list[Finding]) -> bool:
    """Whether findings of the same site, time and statuses account for half of a general one."""
    wanted = _statuses(general)
    explained: StatusHits = {}
    for other in specific:
        if (other.service, other.site) == (general.service, general.site) and _overlap(general, other):
            for key, hits in _statuses(other).items():
                explained[key] = explained.get(key, 0) + hits
    covered = sum(min(hits, explained.get(key, 0)) for key, hits in wanted.items())
    return bool(wanted) and 2 * covered >= sum(wanted.values())


def _statuses(found: Finding) -> StatusHits:
    names = ("status", "substatus", "win32_status", "reason_phrase")
    return {tuple(entry[name] for name in names): entry["hits"] for entry in found.evidence.get("statuses", ())}


def _overlap(one: Finding, other: Finding) -> bool:
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return True
    return one.first <= other.last and other.first <= one.last


def _order(found: Finding) -> tuple[Any, ...]:
    rest = (found.site, found.first, found.last, repr(found.evidence))
    return (SEVERITIES.index(found.severity), -found.hits, found.id, found.service, *map(in_order, rest))
