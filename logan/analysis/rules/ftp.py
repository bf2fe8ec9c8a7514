"""FTP: guessing, the anonymous logon that comes first, data channels, permissions, transfers that broke off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from logan.analysis.rules.facts import (
    Span,
    StatusKey,
    Who,
    bare,
    by_site,
    labels_of,
    listed,
    rows_of,
    spans,
    status_list,
)
from logan.analysis.rules.logons import ANONYMOUS, SEVERAL, Attempts, attempts, told
from logan.analysis.rules.model import Finding, Severity, address, finding, part_of, rule

if TYPE_CHECKING:
    from logan.summary import Summary

#: A data channel that could not be opened: timed out, aborted, refused, unreachable, low port.
_NO_CHANNEL = frozenset({10060, 10061, 10065, 10013, 121, 1236, 1225, 64})
#: One lost channel is the weather on the line.
_LOST = 3
#: One missing file is a job that asks whether there is one.
_MISSING = 5
_PASSIVE, _ACTIVE = frozenset({"PASV", "EPSV"}), frozenset({"PORT", "EPRT"})


@rule("ftp-brute-force")
def brute_force(summary: Summary) -> Iterable[Finding]:
    """Ten and more failed FTP logons of one client, ten a day or ten in a quarter of an hour, with three and more
    accounts or without any name. Critical where one of these accounts got in afterwards. Of a site the five largest
    are told one by one."""
    found = (one for one in attempts(summary, "ftp") if len(one.accounts) >= SEVERAL or not one.accounts)
    yield from (_failed("ftp-brute-force", summary, one) for one in told(found))


@rule("ftp-logon-failures")
def stale_passwords(summary: Summary) -> Iterable[Finding]:
    """Ten and more failed FTP logons of one client with one or two accounts: mostly a job with a stale password.
    Critical where the account got in afterwards for the first time. Of a site the five largest are told one by one."""
    found = (one for one in attempts(summary, "ftp") if 0 < len(one.accounts) < SEVERAL)
    yield from (_failed("ftp-logon-failures", summary, one) for one in told(found))


def _failed(id: str, summary: Summary, one: Attempts) -> Finding:
    severity: Severity = "critical" if one.succeeded else "warning"
    entered = [entry["account"] or "?" for entry in one.succeeded]
    return finding(
        id, severity, *one.who, one.hits, one.first, one.last, one.evidence(summary),
        after=part_of(id, "after", "entered" if entered else "refused"), entered=", ".join(entered),
        address=address(one.client),
    )  # fmt: skip


@rule("ftp-anonymous-first")
def anonymous_first(summary: Summary) -> Iterable[Finding]:
    """530 with sub-status 42 (anonymous refused) of clients that also log on with a name: Explorer and other programs
    try anonymous first. No attack."""
    refused: dict[Who, dict[str | None, tuple[int, int, int]]] = {}
    good: dict[tuple[Any, ...], int] = {}
    names: dict[tuple[Any, ...], set[str]] = {}
    for (service, site, client, user, outcome), (hits, first, last) in summary.logons.rows.items():
        if service != "ftp":
            continue
        if outcome == "anonymous refused":
            one = refused.setdefault((service, site), {}).setdefault(client, (0, first, last))
            refused[service, site][client] = (one[0] + hits, min(one[1], first), max(one[2], last))
        elif outcome == "succeeded":
            good[site, client] = good.get((site, client), 0) + hits
        elif outcome == "tried" and bare(user) in ANONYMOUS:
            names.setdefault((site, client), set()).add(str(user))
    for who, clients in sorted(refused.items(), key=lambda item: str(item[0][1])):
        harmless = {client: span for client, span in clients.items() if good.get((who[1], client))}
        if not harmless:
            continue
        tries = {client: span[0] for client, span in harmless.items()}
        total = sum(tries.values())
        accounts = sorted({name for client in harmless for name in names.get((who[1], client), ())})
        evidence = {
            "statuses": status_list(_anonymous(summary, who, tries)),
            "clients": listed(tries, "client"), "distinct_clients": len(tries),
            "accounts": [{"account": name, "hits": total} for name in accounts[:1]],
            "distinct_accounts": len(accounts),
        }  # fmt: skip
        first, last = min(s[1] for s in harmless.values()), max(s[2] for s in harmless.values())
        yield finding("ftp-anonymous-first", "info", *who, total, first, last, evidence)


def _anonymous(summary: Summary, who: Who, clients: Iterable[str | None]) -> dict[StatusKey, int]:
    found = by_site(spans(summary, lambda s: s.service == "ftp" and s.status == 530 and s.substatus == 42)).get(who, [])
    keys = {span.key: labels_of(summary.status_clients.rows, [span.key]) for span in found}
    return {key: sum(labels.get(client, 0) for client in clients) for key, labels in keys.items()}


@rule("ftp-passive")
def data_channels(summary: Summary) -> Iterable[Finding]:
    """425 (no data channel) three times and more, by site: the passive ports are closed in a firewall or the external
    address is wrong; with active mode, the client's firewall."""

    def wanted(span: Span) -> bool:
        return span.service == "ftp" and span.status == 425 and (span.win32 in _NO_CHANNEL or not span.win32)

    modes = _modes(summary)
    for who, found in by_site(spans(summary, wanted)).items():
        rows = rows_of(summary, found)
        if rows.hits >= _LOST:
            mode = modes.get(who, "passive")
            evidence = {**rows.evidence, **_accounts(summary, who, list(rows.clients)), "mode": mode}
            cause = part_of("ftp-passive", "mode", mode)
            yield finding("ftp-passive", "warning", *who, rows.hits, rows.first, rows.last, evidence, cause=cause)


def _modes(summary: Summary) -> dict[Who, str]:
    """Whether the clients of an FTP site open their data channels in "passive" or "active" mode, or in "both"."""
    used: dict[Who, set[str]] = {}
    for key in summary.spans.rows:
        if key[0] == "ftp" and key[2] in _PASSIVE | _ACTIVE:
            used.setdefault(key[:2], set()).add("passive" if key[2] in _PASSIVE else "active")
    return {who: modes.pop() if len(modes) == 1 else "both" for who, modes in used.items()}


def _accounts(summary: Summary, who: Who, clients: list[Any]) -> dict[str, Any]:
    """The accounts that these clients logged on with; their hits are logons."""
    known: dict[Any, int] = {}
    for (service, site, client, user, outcome), values in summary.logons.rows.items():
        if (service, site) == who and client in clients and outcome == "succeeded" and user is not None:
            known[user] = known.get(user, 0) + values[0]
    return {"accounts": listed(known, "account"), "distinct_accounts": len(known)}


@rule("ftp-dropped")
def dropped(summary: Summary) -> Iterable[Finding]:
    """426 (a transfer broke off) three times and more, by site. Where a tenth of the transfers, a warning."""
    moved: dict[Who, int] = {}
    for key, values in summary.spans.rows.items():
        if key[0] == "ftp" and key[3] in (226, 250):
            moved[key[:2]] = moved.get(key[:2], 0) + values[0]
    for who, found in by_site(spans(summary, lambda s: s.service == "ftp" and s.status == 426)).items():
        rows = rows_of(summary, found)
        if rows.hits >= _LOST:
            severity: Severity = "warning" if 10 * rows.hits >= moved.get(who, 0) else "info"
            evidence = {**rows.evidence, "transfers": moved.get(who, 0)}
            yield finding("ftp-dropped", severity, *who, rows.hits, rows.first, rows.last, evidence)


@rule("ftp-no-permission")
def no_permission(summary: Summary) -> Iterable[Finding]:
    """550 with win32 5, three times and more: the account lacks a right in the file system or in the FTP authorization
    rules."""
    yield from _refused(summary, "ftp-no-permission", "warning", _LOST, lambda s: s.status == 550 and s.win32 == 5)


@rule("ftp-not-found")
def not_found(summary: Summary) -> Iterable[Finding]:
    """550 with win32 2 or 3, five times and more: the file or folder is not there. No matter of rights."""
    yield from _refused(summary, "ftp-not-found", "info", _MISSING, lambda s: s.status == 550 and s.win32 in (2, 3))


@rule("ftp-home-directory")
def home_directory(summary: Summary) -> Iterable[Finding]:
    """530 with sub-status 33: the password was right, but the account's home directory cannot be used."""
    yield from _refused(summary, "ftp-home-directory", "warning", 1, lambda s: s.status == 530 and s.substatus == 33)


def _refused(
    summary: Summary, id: str, severity: Severity, least: int, wanted: Callable[[Span], bool]
) -> Iterable[Finding]:
    for who, found in by_site(spans(summary, lambda s: s.service == "ftp" and wanted(s))).items():
        rows = rows_of(summary, found)
        if rows.hits >= least:
            evidence = {**rows.evidence, **_accounts(summary, who, list(rows.clients))}
            yield finding(id, severity, *who, rows.hits, rows.first, rows.last, evidence)
