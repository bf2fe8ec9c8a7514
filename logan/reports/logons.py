"""What happened on FTP, for the report: logons, refused accounts, transfers and bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from logan.analysis.traffic import total, traffic
from logan.reports.words import Words, size
from logan.summary import Summary

DOWNLOADS = frozenset({"RETR", "SENT"})
UPLOADS = frozenset({"STOR", "STOU", "APPE", "CREATED", "APPENDED"})
#: Accounts and clients that are listed.
LISTED = 10


@dataclass(frozen=True, slots=True)
class Counted:
    """A line of a table: what it counts now and in the period before (None: nothing known)."""

    key: str
    name: str
    hits: int
    before: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A client that FTP refused to let in: the accounts it tried, how often, and when."""

    client: str
    accounts: str
    distinct_accounts: int
    hits: int
    when: str
    succeeded: bool


@dataclass(frozen=True, slots=True)
class Ftp:
    """The FTP section. Bytes are "–" where they are not logged."""

    logons: tuple[Counted, ...]
    transfers: tuple[Counted, ...]
    refused: tuple[Refused, ...]
    sent: str
    received: str


def ftp_of(words: Words, mine: Summary, before: Summary | None) -> Ftp | None:
    """The FTP section, or None where there are no FTP logs."""
    if not any(key[0] == "ftp" for key, _ in mine.spans):
        return None
    return Ftp(
        _counted(words, mine, before, _logon, ("succeeded", "failed", "anonymous")),
        _counted(words, mine, before, _transfer, ("downloads", "uploads", "failures")),
        tuple(_refused(words, mine)),
        *_bytes(mine),
    )


def _counted(
    words: Words, mine: Summary, before: Summary | None, kind: Callable[[Any], str | None], keys: tuple[str, ...]
) -> tuple[Counted, ...]:
    now, then = _sums(mine, kind), _sums(before, kind) if before else None
    return tuple(
        Counted(key, words.say(f"ftp-{key}"), now.get(key, 0), None if then is None else then.get(key, 0))
        for key in keys
    )


def _sums(summary: Summary, kind: Callable[[Any], str | None]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for key, values in summary.spans:
        name = kind(key) if key[0] == "ftp" else None
        if name is not None:
            sums[name] = sums.get(name, 0) + values[0]
    return sums


def _logon(key: Any) -> str | None:
    """What the answer to PASS says of a logon."""
    _, _, method, status, substatus, *_ = key
    if method != "PASS" or status is None:
        return None
    if status < 400:
        return "succeeded"
    return "anonymous" if substatus == 42 else "failed"


def _transfer(key: Any) -> str | None:
    _, _, method, status, *_ = key
    if method not in DOWNLOADS | UPLOADS or status is None or status < 200:
        return None
    return "failures" if status >= 400 else "downloads" if method in DOWNLOADS else "uploads"


def _refused(words: Words, mine: Summary) -> list[Refused]:
    """The clients that were refused most often, and the accounts that they named."""
    clients: dict[Any, list[tuple[str | None, str, int, int, int]]] = {}
    for (service, site, client, user, outcome), (hits, first, last) in mine.logons:
        if service == "ftp":
            clients.setdefault((site, client), []).append((user, outcome, hits, first, last))
    rows = []
    for (_, client), tries in clients.items():
        failed = [row for row in tries if row[1] == "failed"]
        if not failed:
            continue
        named = _accounts(tries)
        rows.append(
            Refused(
                words.shown(client, 60),
                words.list([words.shown(name, 40) for name in named[:3]]) + ("…" if len(named) > 3 else ""),
                len(named),
                sum(row[2] for row in failed),
                words.span(min(row[3] for row in failed), max(row[4] for row in failed)),
                any(row[1] == "succeeded" and row[3] > min(r[3] for r in failed) for row in tries),
            )
        )
    return sorted(rows, key=lambda row: (-row.hits, row.client))[:LISTED]


def _accounts(tries: list[tuple[str | None, str, int, int, int]]) -> list[str]:
    """The accounts of failed tries: from the failures themselves, or from the USER commands where these name none."""
    for outcome in ("failed", "tried"):
        named = {row[0] for row in tries if row[1] == outcome and row[0] is not None and row[0] != "-"}
        if named:
            return sorted(named)
    return []


def _bytes(mine: Summary) -> tuple[str, str]:
    whole = total(*(row.totals for row in traffic(mine).sites if row.service == "ftp"))
    return size(whole.bytes_sent), size(whole.bytes_received)
