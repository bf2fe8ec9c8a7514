"""What a weekly report holds: numbers, and sentences in its language, harmless but not escaped for HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from logan.analysis.findings import Finding
from logan.analysis.traffic import Totals
from logan.reports.logons import Ftp
from logan.reports.words import Words
from logan.summary import Lines, Summary

Level = Literal["critical", "warning", "calm"]
Direction = Literal["better", "worse", "same", "none"]


@dataclass(frozen=True, slots=True)
class Named:
    """A URL, a client or an account, and how often it occurs."""

    name: str
    hits: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the four figures: its value now and in the period before, and whether the change is a good one."""

    key: str
    name: str
    value: str
    note: str
    before: str
    change: str
    direction: Direction
    now: int | None
    then: int | None


@dataclass(frozen=True, slots=True)
class FindingCard:
    """A finding with its evidence; `when` and `where` are words, `new` where the period before had none of its kind."""

    id: str
    severity: str
    label: str
    title: str
    explanation: str
    advice: str
    when: str
    where: str
    hits: int
    new: bool
    lists: tuple[tuple[str, tuple[Named, ...], int], ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A row of the trend's table: a day or a week."""

    full: str
    hits: int
    errors: int
    status_4xx: int
    status_5xx: int
    handshakes: int


@dataclass(frozen=True, slots=True)
class StatusCard:
    """A status with its explanation, where it came from, and its hits in the period before (None: nothing known)."""

    service: str
    code: str
    win32: int | None
    kind: str
    kind_label: str
    title: str
    meaning: str
    causes: tuple[str, ...]
    remedies: tuple[str, ...]
    hits: int
    before: int | None
    when: str
    sites: str
    uris: tuple[Named, ...]
    clients: tuple[Named, ...]
    distinct_uris: int
    distinct_clients: int
    queues: tuple[Named, ...]
    css: str


@dataclass(frozen=True, slots=True)
class SiteRow:
    """The traffic of a site; no `rate` for HTTPERR, which writes failures and nothing that went well."""

    service: str
    site: str
    hits: int
    errors: int
    rate: float | None
    handshakes: int
    sent: int | None
    before: int | None
    errors_before: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """A URL or client with its errors."""

    name: str
    site: str
    hits: int
    errors: int


@dataclass(frozen=True, slots=True)
class SlowPage:
    """The durations of a URL in ms, with those of the period before (None: nothing known)."""

    uri: str
    site: str
    hits: int
    p50: int
    p95: int
    max: int
    p50_before: int | None
    p95_before: int | None


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that could not be read."""

    path: str
    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Weekly:
    """A weekly report. `summary` and `before` are there for charts, with names masked if that was asked for."""

    words: Words
    heading: str
    title: str
    period: str
    compared: str
    level: Level
    verdict: str
    figures: tuple[Figure, ...]
    findings: tuple[FindingCard, ...]
    by: str
    days: tuple[Day, ...]
    statuses: tuple[StatusCard, ...]
    statuses_left_out: int
    sites: tuple[SiteRow, ...]
    uris: tuple[Place, ...]
    clients: tuple[Place, ...]
    slow: tuple[SlowPage, ...]
    ftp: Ftp | None
    httperr: tuple[StatusCard, ...]
    gaps: tuple[str, ...]
    notes: tuple[str, ...]
    lines: Lines
    files: int
    bytes: int
    rejects: tuple[Reject, ...]
    skipped: tuple[tuple[str, str], ...]
    made: tuple[tuple[str, str], ...]
    totals: Totals
    totals_before: Totals | None
    summary: Summary
    before: Summary | None
    found: tuple[Finding, ...]

    @property
    def lang(self) -> str:
        return self.words.lang

    @property
    def tz(self) -> str:
        return self.words.tz
