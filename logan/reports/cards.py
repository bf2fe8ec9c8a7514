"""Findings and statuses as a report shows them, each with what stands behind it."""

from __future__ import annotations

from collections.abc import Iterable

from logan.analysis.errors import StatusRow, statuses
from logan.analysis.findings import Finding, findings
from logan.reports.model import FindingCard, Named, StatusCard
from logan.reports.words import NONE, Words
from logan.summary import Summary

#: URLs, clients and accounts that a card lists.
NAMES = 10
#: Terminal cells of a text of the catalogue; none of its own is as long.
LONGEST = 4000
#: Rules that compare weeks: they need more than the week itself.
COMPARING = frozenset({"slower-url"})
#: Rules about the reading as a whole, of which the week before knows nothing.
READING = frozenset({"log-quality"})


def found_in(mine: Summary, history: Summary | None, start: int) -> list[Finding]:
    """The findings of the period, and what only shows against the weeks before."""
    found = findings(mine)
    known = {(one.id, one.service, one.site) for one in found}
    if history is not None:
        found += [
            one
            for one in findings(history)
            if one.id in COMPARING and (one.id, one.service, one.site) not in known and (one.last or 0) >= start
        ]
    order = ("critical", "warning", "info")
    return sorted(found, key=lambda one: order.index(one.severity))


def finding_card(words: Words, one: Finding, earlier: set[tuple[str, str | None]] | None) -> FindingCard:
    where = " · ".join(
        part for part in (service(words, one.service), words.shown(one.site) if one.site else "") if part
    )
    return FindingCard(
        id=one.id,
        severity=one.severity,
        label=words.say(f"severity-{one.severity}"),
        title=one.title(words.lang),
        explanation=one.explanation(words.lang),
        advice=one.advice(words.lang),
        when=words.span(one.first, one.last),
        where=where,
        hits=one.hits,
        new=earlier is not None and one.id not in COMPARING | READING and (one.id, one.site) not in earlier,
        lists=tuple(_evidence(words, one)),
    )


def _evidence(words: Words, one: Finding) -> Iterable[tuple[str, tuple[Named, ...], int]]:
    """The URLs, clients and accounts behind a finding: heading, the most frequent, and how many there are in all."""
    for key, label in (("uris", "uri_stem"), ("clients", "client"), ("accounts", "account")):
        entries = one.evidence.get(key) or ()
        names = tuple(
            Named(words.shown(entry.get(label)), entry.get("hits", 0)) for entry in entries if isinstance(entry, dict)
        )
        if names:
            yield words.say(f"evidence-{key}"), names[:NAMES], max(one.evidence.get(f"distinct_{key}", 0), len(names))


# --- statuses ---------------------------------------------------------------------------------------------------------
def service(words: Words, name: str) -> str:
    """The name of a service: HTTP, FTP, HTTPERR."""
    return {"http": "HTTP", "ftp": "FTP", "httperr": "HTTPERR"}.get(name, words.shown(name.upper(), 20))


def ranked(mine: Summary) -> list[StatusRow]:
    """All statuses: failures first, then what broke off, handshakes and the rest."""
    order = ("error", "hangup", "handshake", "routine", "ok")
    return sorted(statuses(mine, top=NAMES), key=lambda row: order.index(_kind(row)) if _kind(row) in order else 9)


def _kind(row: StatusRow) -> str:
    """What most rows of a status are; "error" as soon as one is."""
    return "error" if row.errors else max(row.kinds, key=lambda kind: (row.kinds[kind], kind))


def status_card(words: Words, row: StatusRow, mine: Summary, before: Summary | None) -> StatusCard:
    text, kind = row.status.text(words.lang), _kind(row)
    then = None if before is None else _hits(before, row)
    code = row.status.code.split(":")[-1]
    return StatusCard(
        service=row.status.service,
        code=words.shown(code, 40) if code.strip("-") else NONE,
        win32=row.status.win32_status or None,
        kind=kind,
        kind_label=words.say(f"kind-{kind}"),
        title=words.shown(text.title),
        # for what it does not know, the catalogue quotes the log
        meaning=words.shown(text.meaning, LONGEST),
        causes=tuple(words.shown(cause, LONGEST) for cause in text.causes),
        remedies=tuple(words.shown(remedy, LONGEST) for remedy in text.remedies),
        hits=row.hits,
        before=then,
        when=words.span(row.first, row.last),
        sites=words.list([words.shown(site, 40) for site in row.sites[:5]]),
        uris=_named(words, row.uris),
        clients=_named(words, row.clients),
        distinct_uris=row.distinct_uris,
        distinct_clients=row.distinct_clients,
        queues=_queues(words, row, mine),
        css=_css(row, kind),
    )


def _named(words: Words, rows: Iterable[tuple[str | None, int]]) -> tuple[Named, ...]:
    return tuple(Named(words.shown(name), hits) for name, hits in rows if name is not None)


def _hits(summary: Summary, row: StatusRow) -> int:
    return sum(values[0] for key, values in summary.spans if (key[0], *key[3:7]) == tuple(row.status))


def _queues(words: Words, row: StatusRow, mine: Summary) -> tuple[Named, ...]:
    """The application pools that a reason of HTTPERR was written for."""
    if row.status.service != "httperr":
        return ()
    pools = mine.queues.group("reason_phrase", "queue").top()
    return _named(words, [(key[1], values[0]) for key, values in pools if key[0] == row.status.reason_phrase][:NAMES])


def _css(row: StatusRow, kind: str) -> str:
    """The colour of a status: s4xx, s5xx, ftp, httperr, quiet."""
    if kind != "error":
        return "quiet"
    service_, status = row.status.service, row.status.status
    return (
        f"s{(status or 0) // 100}xx" if service_ == "http" else service_ if service_ in ("ftp", "httperr") else "s5xx"
    )
