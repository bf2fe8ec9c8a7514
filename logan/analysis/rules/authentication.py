"""Logons over HTTP: handshakes, stale passwords, guessing, and Windows authentication behind a balancer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from logan.analysis.rules.facts import (
    by_site,
    hits_of_sites,
    labels_of,
    listed,
    rows_of,
    share,
    spans,
)
from logan.analysis.rules.logons import SEVERAL, Attempts, attempts, hunted, told
from logan.analysis.rules.model import Finding, Severity, finding, part_of, rule

if TYPE_CHECKING:
    from logan.summary import Summary

SEC_E_INVALID_TOKEN = 2148074248
#: One token torn apart can be a restart of the site; three are a pattern.
_TORN = 3
#: First legs without any answer by which a client is told from one that merely came at the end of the log.
_UNANSWERED = 20
#: Above so many tries for each name it is guessing, below it is spraying: a lock-out allows few tries a name.
_SPRAY = 3


@rule("auth-handshake")
def handshakes(summary: Summary) -> Iterable[Finding]:
    """The first legs of Windows authentication (401.2, and 401.1 while a token is negotiated). No failures: they are
    told so that nobody takes them for some. Found wherever there are any."""
    totals = hits_of_sites(summary)
    failed = by_site(spans(summary, lambda s: s.kind == "error"))
    for who, found in by_site(spans(summary, lambda s: s.kind == "handshake")).items():
        rows = rows_of(summary, found)
        errors, total = sum(s.hits for s in failed.get(who, ())), totals[who]
        evidence = {
            **rows.evidence,
            "total": total,
            "share": share(rows.hits, total),
            "error_rate": share(errors, total - rows.hits),
            "error_rate_with_handshakes": share(errors + rows.hits, total),
        }
        yield finding("auth-handshake", "info", *who, rows.hits, rows.first, rows.last, evidence)


@rule("auth-unanswered")
def unanswered(summary: Summary) -> Iterable[Finding]:
    """Clients that get the first leg of Windows authentication 20 times and more and never anything else: monitoring
    without an account, a device that cannot do Kerberos or NTLM, a browser that does not trust the site."""
    for who, found in by_site(spans(summary, lambda s: s.kind == "handshake")).items():
        keys = [span.key for span in found]
        clients = {
            client: hits
            for client, hits in labels_of(summary.status_clients.rows, keys).items()
            if hits >= _UNANSWERED and summary.clients.rows.get((*who, client), (0,))[0] == hits
        }
        if clients:
            evidence = {"clients": listed(clients, "client"), "distinct_clients": len(clients)}
            yield finding("auth-unanswered", "info", *who, sum(clients.values()), None, None, evidence)


@rule("auth-token-split")
def torn_tokens(summary: Summary) -> Iterable[Finding]:
    """401.1 with 2148074248 (SEC_E_INVALID_TOKEN), three times and more: the legs of one NTLM logon went over
    different connections or servers."""
    torn = by_site(spans(summary, lambda s: s.service == "http" and s.status == 401 and s.win32 == SEC_E_INVALID_TOKEN))
    for who, found in torn.items():
        rows = rows_of(summary, found)
        if rows.hits >= _TORN:
            yield finding("auth-token-split", "warning", *who, rows.hits, rows.first, rows.last, rows.evidence)


@rule("logon-failures")
def stale_passwords(summary: Summary) -> Iterable[Finding]:
    """Ten and more failed logons of one client with no more than two accounts, ten a day or ten in a quarter of an
    hour: a stale password, or guessing at one account. Critical where it got in afterwards for the first time."""
    for one in told(one for one in attempts(summary, "http") if len(one.accounts) < SEVERAL):
        yield _failed("logon-failures", summary, one, "entered" if one.succeeded else "refused")


@rule("password-guessing")
def guessing(summary: Summary) -> Iterable[Finding]:
    """Ten and more failed logons of one client with three and more accounts: guessing, or spraying where each
    account gets only a few tries. Critical where one of these accounts got in afterwards."""
    for one in told(one for one in attempts(summary, "http") if len(one.accounts) >= SEVERAL):
        sprayed = one.hits <= _SPRAY * len(one.accounts)
        yield _failed("password-guessing", summary, one, "spray" if sprayed else "guess")


def _failed(id: str, summary: Summary, one: Attempts, how: str) -> Finding:
    severity: Severity = "critical" if one.succeeded else "warning"
    entered = [entry["account"] or "?" for entry in one.succeeded]
    after = part_of(id, "after", "entered" if entered else "refused")
    return finding(
        id, severity, *one.who, one.hits, one.first, one.last, one.evidence(summary),
        how=part_of(id, "how", how), after=after, entered=", ".join(entered),
    )  # fmt: skip


@rule("account-hunted")
def hunted_accounts(summary: Summary) -> Iterable[Finding]:
    """One account that failed to log on from five and more clients, ten times a day and twenty in all: guessing that
    is spread over many addresses, or a password that changed on many devices. HTTP and FTP."""
    for service in ("http", "ftp"):
        for one in hunted(summary, service):
            evidence = {
                "accounts": [{"account": one.account, "hits": one.hits}],
                "distinct_accounts": 1,
                "clients": listed(one.clients, "client"),
                "distinct_clients": len(one.clients),
            }
            yield finding("account-hunted", "warning", *one.who, one.hits, one.first, one.last, evidence)
