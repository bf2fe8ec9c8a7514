"""Who failed to log on, from where, how fast, and who got in afterwards: shared by the HTTP and the FTP rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from logan.analysis.once import once
from logan.analysis.rules.facts import (
    DAY,
    LISTED,
    Labels,
    Who,
    bare,
    buckets,
    client_statuses,
    in_order,
    listed,
    status_list,
    uris_of_client,
)
from logan.tables.counts import added, top

if TYPE_CHECKING:
    from logan.summary import Summary

#: Windows security baselines lock an account after ten wrong passwords; fewer happen to people.
ENOUGH = 10
#: Names tried by one client beyond which it is no longer a person or a device with a stale password.
SEVERAL = 3
#: Clients that fail with one account beyond which it is no longer one person with several devices.
MANY_CLIENTS = 5
#: FTP clients try these by themselves before they ask for a name.
ANONYMOUS = frozenset({"anonymous", "ftp"})
_TOKEN_SPLIT = 2148074248
#: Clients told one by one.
_ALONE = 5

Span = tuple[int, int, int]


class Attempts(NamedTuple):
    """The failed logons of one client on one site, or of several that are told together.

    `accounts` is {account: failed tries}, empty where the log does not name them; `succeeded` lists the accounts that
    got in only after the failures had begun, where nobody had got in from there before.
    """

    who: Who
    clients: Labels
    hits: int
    first: int
    last: int
    accounts: Labels
    succeeded: list[dict[str, Any]]
    mine: Labels

    @property
    def client(self) -> str | None:
        """The client, or the one of most tries."""
        most: str | None = top(self.clients, 1)[0][0]
        return most

    def evidence(self, summary: Summary) -> dict[str, Any]:
        """The numbers, statuses, URLs (HTTP only), client and accounts, and who got in."""
        uris = uris_of_client(summary, self.mine) if self.who[0] == "http" else {}
        evidence = {
            "statuses": status_list(self.mine),
            "clients": listed(self.clients, "client"),
            "distinct_clients": len(self.clients),
            "accounts": listed(self.accounts, "account"),
            "distinct_accounts": len(self.accounts),
            "minutes": max(1, -(-(self.last - self.first) // 60_000_000)),
            "succeeded": self.succeeded,
        }
        return {**evidence, "uris": listed(uris, "uri_stem"), "distinct_uris": len(uris)} if uris else evidence


@once
def attempts(summary: Summary, service: str) -> list[Attempts]:
    """The clients that failed to log on often and fast enough to be worth a finding, in order."""
    tables = _tables(summary, service)
    peaks = _peaks(summary, service)
    found = []
    for (site, client), outcomes in sorted(tables.items(), key=lambda item: tuple(map(in_order, item[0]))):
        failed = outcomes.get("failed", {})
        hits = sum(span[0] for span in failed.values())
        if hits < ENOUGH:
            continue
        who = (service, site)
        mine = _statuses(summary, who, client)
        hits -= _split(mine)
        coarse = all(key[3] is None for key in mine)
        hits -= _anonymous_tries(outcomes) if coarse else 0
        if hits < ENOUGH:
            continue
        first, last = min(span[1] for span in failed.values()), max(span[2] for span in failed.values())
        if _is_fast(hits, first, last, peaks.get(who, (0, 0))):
            accounts = _accounts(service, outcomes, coarse)
            found.append(
                Attempts(who, {client: hits}, hits, first, last, accounts, _succeeded(outcomes, accounts, first), mine)
            )
    return found


def told(found: Iterable[Attempts]) -> list[Attempts]:
    """The attempts as they are told: those that succeeded and the largest of each site by themselves, the rest of the
    site together. A botnet would fill pages otherwise."""
    sites: dict[Who, list[Attempts]] = {}
    for one in found:
        sites.setdefault(one.who, []).append(one)
    result = []
    for mine in sites.values():
        mine.sort(key=lambda one: (not one.succeeded, -one.hits, in_order(one.client)))
        alone = [n < _ALONE or (bool(one.succeeded) and n < LISTED) for n, one in enumerate(mine)]
        rest = [one for one, apart in zip(mine, alone, strict=True) if not apart]
        result += [one for one, apart in zip(mine, alone, strict=True) if apart]
        result += [_joined(rest)] if rest else []
    return result


def _joined(parts: list[Attempts]) -> Attempts:
    accounts: Labels = {}
    mine: Labels = {}
    clients: Labels = {}
    for part in parts:
        accounts, mine, clients = added(accounts, part.accounts), added(mine, part.mine), added(clients, part.clients)
    entered = [entry for part in parts for entry in part.succeeded]
    first, last = min(part.first for part in parts), max(part.last for part in parts)
    return Attempts(parts[0].who, clients, sum(part.hits for part in parts), first, last, accounts, entered, mine)


@once
def _tables(summary: Summary, service: str) -> dict[tuple[str | None, str | None], dict[str, dict[str | None, Span]]]:
    """{(site, client): {outcome: {account: (hits, first, last)}}} of the clients that failed or tried an account.

    On an intranet that is hardly anyone: most only succeed.
    """
    rows = summary.logons.rows
    suspects = {key[1:3] for key in rows if key[4] in ("failed", "tried") and key[0] == service}
    tables: dict[tuple[str | None, str | None], dict[str, dict[str | None, Span]]] = {}
    for (kind, site, client, user, outcome), (hits, first, last) in rows.items():
        if (site, client) in suspects and kind == service:
            tables.setdefault((site, client), {}).setdefault(outcome, {})[user] = (hits, first, last)
    return tables


def is_failed_logon(key: tuple[Any, ...]) -> bool:
    """Whether the key of an event or span is a failed logon, as `logons` counts them."""
    service, _, method, status, substatus, kind = (*key[:5], key[7])
    if service == "http":
        return status == 401 and kind == "error" and substatus in (1, None)
    return service == "ftp" and method == "PASS" and (status or 0) >= 400 and substatus != 42


def _statuses(summary: Summary, who: Who, client: str | None) -> Labels:
    failed = {key[:2] + key[3:7] for key in summary.spans.rows if is_failed_logon(key)}
    return {key: hits for key, hits in client_statuses(summary, who, client).items() if key in failed}


def _split(mine: Labels) -> int:
    """Tokens that a balancer tore apart are no wrong passwords."""
    return sum(hits for key, hits in mine.items() if key[4] == _TOKEN_SPLIT)


def _anonymous_tries(outcomes: dict[str, dict[str | None, Span]]) -> int:
    """Without a sub-status (IIS 6) refused anonymous logons look like failures: they are told by the name tried."""
    return sum(span[0] for user, span in outcomes.get("tried", {}).items() if bare(user) in ANONYMOUS)


@once
def _peaks(summary: Summary, service: str) -> dict[Who, tuple[int, int]]:
    """{site: (most failed logons in a quarter of an hour, all failed logons)}."""
    counts = buckets(summary, lambda key: key[0] == service and is_failed_logon(key))
    return {who: (max(mine.values()), sum(mine.values())) for who, mine in counts.items()}


def _is_fast(hits: int, first: int, last: int, site: tuple[int, int]) -> bool:
    """Ten a day on average, or a quarter of an hour with ten where this client has most of the site's failures.

    An office behind one address mistypes a password every other day for years: that is no attack.
    """
    days = max(1, -(-(last - first) // DAY))
    peak, everyone = site
    return hits >= ENOUGH * days or (peak >= ENOUGH and 2 * hits >= everyone)


def _accounts(service: str, outcomes: dict[str, dict[str | None, Span]], coarse: bool) -> Labels:
    """{account: failed tries}. FTP names the account only when it is tried: those that got in are taken off, and the
    anonymous ones that were refused as such (all of them where the log is too coarse to tell)."""
    if service == "http":
        return {user: span[0] for user, span in outcomes.get("failed", {}).items() if user is not None}
    entered: Labels = {}
    for user, span in outcomes.get("succeeded", {}).items():
        entered[bare(user)] = entered.get(bare(user), 0) + span[0]
    refused = sum(span[0] for span in outcomes.get("anonymous refused", {}).values())
    accounts: Labels = {}
    for user, span in sorted(outcomes.get("tried", {}).items(), key=lambda item: in_order(item[0])):
        left = span[0] - entered.pop(bare(user), 0)
        if bare(user) in ANONYMOUS:
            off = left if coarse else min(left, refused)
            left, refused = left - off, refused - off
        if user is not None and left > 0:
            accounts[user] = left
    return accounts


def _succeeded(outcomes: dict[str, dict[str | None, Span]], accounts: Labels, begun: int) -> list[dict[str, Any]]:
    """Accounts that got in after the failures began; none where someone had got in from there before.

    A client with a good logon before is an office, a proxy or a program whose password changed, and its users go on
    logging on. Where the log names the accounts that failed, the one that got in has to be among them.
    """
    good = outcomes.get("succeeded", {})
    if not good or min(span[1] for span in good.values()) <= begun:
        return []
    tried = {bare(user) for user in accounts}
    entered = [
        {"account": user, "hits": span[0], "first": span[1], "last": span[2]}
        for user, span in good.items()
        if not tried or user is None or bare(user) in tried
    ]
    # where most of the names get in, it is an office behind one address, not someone who guesses
    if len(tried) >= SEVERAL and 2 * len(entered) > len(tried):
        return []
    return sorted(entered, key=lambda entry: (entry["first"], in_order(entry["account"])))[:LISTED]


class Hunted(NamedTuple):
    """An account that failed from many clients."""

    who: Who
    account: str
    hits: int
    first: int
    last: int
    clients: Labels


def hunted(summary: Summary, service: str) -> list[Hunted]:
    """Accounts that failed from many clients, twenty times and more, in order."""
    found: dict[tuple[str | None, str], dict[str | None, Span]] = {}
    for (site, client), outcomes in _tables(summary, service).items():
        names = outcomes.get("failed" if service == "http" else "tried", {})
        for account, tries in _accounts(service, outcomes, False).items():
            span = names[account]
            found.setdefault((site, account), {})[client] = (tries, span[1], span[2])
    result = []
    for (site, account), clients in sorted(found.items(), key=lambda item: tuple(map(in_order, item[0]))):
        hits = sum(span[0] for span in clients.values())
        first, last = min(span[1] for span in clients.values()), max(span[2] for span in clients.values())
        days = max(1, -(-(last - first) // DAY))
        if len(clients) >= MANY_CLIENTS and hits >= max(2 * ENOUGH, ENOUGH * days):
            labels = {client: span[0] for client, span in clients.items()}
            result.append(Hunted((service, site), account, hits, first, last, labels))
    return result


__all__ = ["ANONYMOUS", "ENOUGH", "MANY_CLIENTS", "SEVERAL", "Attempts", "Hunted", "attempts", "hunted", "told"]
