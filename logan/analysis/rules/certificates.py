"""Client certificates that are missing, expired, revoked or not trusted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from logan.analysis.rules.facts import Span, in_order, rows_of, spans
from logan.analysis.rules.model import Finding, Severity, finding, part_of, rule

if TYPE_CHECKING:
    from logan.summary import Summary

_SUBSTATUSES = frozenset({7, 12, 13, 16, 17})
#: Browsers without a certificate knock at such a site now and then; the rest is always somebody who was let in before.
_MISSING = 10


@rule("client-certificate")
def client_certificates(summary: Summary) -> Iterable[Finding]:
    """403.13 (revoked), 403.16 (not trusted), 403.17 (expired), 403.12 (denied by the mapper), and 403.7 (missing), by
    site and sub-status. A missing certificate is a warning from ten rows on."""
    groups: dict[tuple[str | None, int | None], list[Span]] = {}
    for span in spans(summary, lambda s: s.service == "http" and s.status == 403 and s.substatus in _SUBSTATUSES):
        groups.setdefault((span.site, span.substatus), []).append(span)
    for (site, substatus), found in sorted(groups.items(), key=lambda item: tuple(map(in_order, item[0]))):
        rows = rows_of(summary, found)
        severity: Severity = "info" if substatus == 7 and rows.hits < _MISSING else "warning"
        code = f"403.{substatus}"
        yield finding(
            "client-certificate", severity, "http", site, rows.hits, rows.first, rows.last, rows.evidence,
            code=code, cause=part_of("client-certificate", "substatus", code),
            step=part_of("client-certificate", "step", code),
        )  # fmt: skip
