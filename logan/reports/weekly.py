"""The weekly report as a model: every number and every sentence of it, before anybody draws it.

`weekly` is a pure function of summaries. Its texts are in the report's language and harmless (`logan.display`), but not
escaped for HTML.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from logan.analysis.errors import StatusRow, statuses
from logan.analysis.findings import Finding, findings
from logan.analysis.latency import ENOUGH, SlowUri, overall, slow
from logan.analysis.times import local
from logan.analysis.traffic import SiteTraffic, Totals, traffic
from logan.analysis.trend import Trend, trend
from logan.reports.anonymity import anonymized
from logan.reports.gaps import gaps
from logan.reports.logons import Ftp, ftp_of
from logan.reports.periods import DAY, Period
from logan.reports.words import NONE, Words, change, milliseconds, number, percent, size
from logan.summary import Lines, Summary

Level = Literal["critical", "warning", "calm"]
Direction = Literal["better", "worse", "same", "none"]
#: Statuses, URLs and clients that a report holds, so that a page stays small whatever the logs hold.
STATUSES, NAMES, ROWS = 80, 10, 15
#: Rules that compare weeks: they need more than the week itself.
COMPARING = frozenset({"slower-url"})


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
    """A row of the trend's table; with `weekday` where it is a day."""

    date: str
    name: str
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
    """The traffic of a site."""

    service: str
    site: str
    hits: int
    errors: int
    rate: str
    handshakes: int
    sent: str
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


def weekly(
    period: Period,
    *,
    tz: str = "UTC",
    lang: str = "en",
    anonymize: bool = False,
    show_secrets: bool = False,
    title: str | None = None,
) -> Weekly:
    """The report of a period. With `anonymize`, clients and users are called client-1 and user-1 throughout."""
    words = Words.of(lang, tz, show_secrets=show_secrets)
    mine, before, history = _summaries(period, anonymize)
    now, then = traffic(mine), traffic(before) if before else None
    found = _findings(mine, history, period.start)
    earlier = {(one.id, one.site) for one in findings(before)} if before else None
    figures = _figures(words, mine, before, now.totals, then.totals if then else None)
    everything = [_status_card(words, row, mine, before) for row in _ranked(mine)]
    level, verdict = _verdict(words, found, now.totals, then.totals if then else None, period.week is not None)
    stretches = _trend(mine, period, tz)
    return Weekly(
        words=words,
        heading=_heading(words, period),
        title=title or words.say("title", heading=_heading(words, period)),
        period=_period(words, period),
        compared=_compared(words, period),
        level=level,
        verdict=verdict,
        figures=figures,
        findings=tuple(_finding_card(words, one, earlier) for one in found),
        by=stretches.by,
        days=tuple(_days(words, stretches)),
        statuses=tuple(everything[:STATUSES]),
        statuses_left_out=len(everything[STATUSES:]),
        sites=tuple(_sites(words, now.sites, then.sites if then else None)),
        uris=tuple(_places(words, mine, "uris")),
        clients=tuple(_places(words, mine, "clients")),
        slow=tuple(_slow(words, mine, before)),
        ftp=ftp_of(words, mine, before),
        httperr=tuple(card for card in everything if card.service == "httperr")[:ROWS],
        gaps=tuple(gaps(words, mine)),
        notes=tuple(words.say(note) for note in period.notes),
        lines=mine.lines,
        files=mine.files,
        bytes=mine.bytes,
        rejects=tuple(_rejects(words, mine)),
        skipped=tuple((words.shown(path), words.shown(reason)) for path, reason in mine.skipped[:ROWS]),
        made=tuple(_made(words, period, mine, anonymize)),
        totals=now.totals,
        totals_before=then.totals if then else None,
        summary=mine,
        before=before,
        found=tuple(found),
    )


def _summaries(period: Period, anonymize: bool) -> tuple[Summary, Summary | None, Summary | None]:
    given = [period.summary, period.before, period.history]
    if anonymize:
        masked = iter(anonymized(*(summary for summary in given if summary is not None)))
        given = [summary and next(masked) for summary in given]
    assert given[0] is not None
    return given[0], given[1], given[2]


# --- the head ---------------------------------------------------------------------------------------------------------
def _heading(words: Words, period: Period) -> str:
    if period.week is None:
        return _period(words, period)
    year, _, week = period.week.partition("-W")
    return words.say("week", week=int(week), year=year)


def _period(words: Words, period: Period) -> str:
    first, last = local(period.start, words.zone), local(period.end - 1, words.zone)
    if first.date() == last.date():
        return words.day(first, year=True)
    # the year stands once: at the end in English, in front in Chinese
    both, ahead = first.year != last.year, words.lang == "zh"
    return words.say("span", first=words.day(first, year=both or ahead), last=words.day(last, year=both or not ahead))


def _compared(words: Words, period: Period) -> str:
    if period.before is None:
        return words.say("compared-none")
    if period.before_week:
        year, _, week = period.before_week.partition("-W")
        return words.say("compared-week", week=words.say("week-short", week=int(week), year=year))
    first, last = period.before.period or (0, 0)
    span = words.say("span", first=words.day(local(first, words.zone)), last=words.day(local(last, words.zone), year=True))
    return words.say("compared-week", week=span)


def _verdict(
    words: Words, found: list[Finding], now: Totals, then: Totals | None, week: bool
) -> tuple[Level, str]:
    critical = sum(one.severity == "critical" for one in found)
    warnings = sum(one.severity == "warning" for one in found)
    level: Level = "critical" if critical else "warning" if warnings else "calm"
    counted = [words.count(f"findings-{name}", n) for name, n in (("critical", critical), ("warning", warnings)) if n]
    period = words.say("this-week" if week else "this-period")
    failed = _failed(words, now, then)
    if level == "calm":
        return level, words.say("verdict-calm", period=period, errors=failed)
    return level, words.say(f"verdict-{level}", period=period, findings=words.list(counted), errors=failed)


def _failed(words: Words, now: Totals, then: Totals | None) -> str:
    if not now.errors:
        return words.say("failed-none", requests=number(now.requests))
    text = words.count("failed", now.errors, requests=number(now.requests), rate=percent(now.error_rate))
    if then is None:
        return text
    if not then.errors:
        return text + words.say("failed-none-before")
    times = now.errors / then.errors
    key = "failed-more" if times >= 1.25 else "failed-fewer" if times <= 0.8 else "failed-alike"
    if times >= 1.95:
        key = "failed-times"
    return text + words.say(key, times=f"{times:.0f}" if times >= 9.5 else f"{times:.1f}", before=number(then.errors))


def _figures(
    words: Words, mine: Summary, before: Summary | None, now: Totals, then: Totals | None
) -> tuple[Figure, ...]:
    """Requests, errors, what the servers did wrong (or refused FTP logons), and how long people waited (or bytes)."""
    rate = words.say("figure-rate", rate=percent(now.error_rate))
    chosen = [
        _figure(words, "requests", now.requests, then and then.requests, note=words.say("figure-rows", n=number(now.hits))),
        _figure(words, "errors", now.errors, then and then.errors, note=rate, bad=True),
    ]
    if any(key[0] == "http" for key, _ in mine.spans):
        note = words.say("figure-client", n=number(now.client_errors))
        chosen.append(_figure(words, "server", now.server_errors, then and then.server_errors, note=note, bad=True))
    else:
        refused = [ftp_of(words, summary, None) if summary else None for summary in (mine, before)]
        logons = [sum(row.hits for row in ftp.logons if row.key == "failed") if ftp else None for ftp in refused]
        chosen.append(_figure(words, "logons", logons[0], logons[1] if before else None, bad=True))
    waited, earlier = overall(mine), overall(before) if before else None
    if waited.p95 is not None:
        note = words.say("figure-median", p50=milliseconds(waited.p50))
        chosen.append(_figure(words, "slowest", waited.p95, earlier and earlier.p95, note=note, bad=True, how=milliseconds))
    else:
        chosen.append(_figure(words, "sent", now.bytes_sent, then and then.bytes_sent, how=size))
    return tuple(chosen)


def _figure(
    words: Words, key: str, now: int | None, then: int | None, *, note: str = "", bad: bool = False, how: Any = number
) -> Figure:
    changed = change(now, then)
    direction: Direction = "none"
    if now is not None and then is not None and bad:
        calm = abs(now - then) <= max(3, 0.1 * then)
        direction = "same" if calm else "worse" if now > then else "better"
    before = words.say("figure-before", value=how(then)) if then is not None else words.say("figure-no-before")
    return Figure(key, words.say(f"figure-{key}"), how(now), note, before, changed, direction, now, then)


# --- findings ---------------------------------------------------------------------------------------------------------
def _findings(mine: Summary, history: Summary | None, start: int) -> list[Finding]:
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


def _finding_card(words: Words, one: Finding, earlier: set[tuple[str, str | None]] | None) -> FindingCard:
    where = " · ".join(part for part in (service(words, one.service), words.shown(one.site) if one.site else "") if part)
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
        new=earlier is not None and (one.id, one.site) not in earlier,
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


def _ranked(mine: Summary) -> list[StatusRow]:
    """All statuses: failures first, then what broke off, handshakes and the rest."""
    order = ("error", "hangup", "handshake", "routine", "ok")
    return sorted(statuses(mine, top=NAMES), key=lambda row: order.index(_kind(row)) if _kind(row) in order else 9)


def _kind(row: StatusRow) -> str:
    """What most rows of a status are; "error" as soon as one is."""
    return "error" if row.errors else max(row.kinds, key=lambda kind: (row.kinds[kind], kind))


def _status_card(words: Words, row: StatusRow, mine: Summary, before: Summary | None) -> StatusCard:
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
        meaning=text.meaning,
        causes=tuple(text.causes),
        remedies=tuple(text.remedies),
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
    return f"s{(status or 0) // 100}xx" if service_ == "http" else service_ if service_ in ("ftp", "httperr") else "s5xx"


# --- tables -----------------------------------------------------------------------------------------------------------
def _trend(mine: Summary, period: Period, tz: str) -> Trend:
    return trend(mine, "day" if period.end - period.start <= 62 * DAY else "week", tz)


def _days(words: Words, stretches: Trend) -> Iterable[Day]:
    for row in stretches.rows:
        name = words.weekday(row.start) if stretches.by == "day" else ""
        yield Day(
            words.day(row.start), name, row.hits, row.errors, row.status_4xx, row.status_5xx, row.handshakes
        )


def _sites(words: Words, now: tuple[SiteTraffic, ...], then: tuple[SiteTraffic, ...] | None) -> Iterable[SiteRow]:
    earlier = {(row.service, row.site): row.totals for row in then or ()}
    for row in now:
        last = earlier.get((row.service, row.site), Totals()) if then is not None else None
        yield SiteRow(
            service=service(words, row.service),
            site=words.shown(row.site, 60),
            hits=row.totals.hits,
            errors=row.totals.errors,
            rate=percent(row.totals.error_rate),
            handshakes=row.totals.handshakes,
            sent=size(row.totals.bytes_sent),
            before=last.hits if last else None,
            errors_before=last.errors if last else None,
        )


def _places(words: Words, mine: Summary, table: str) -> Iterable[Place]:
    """The URLs or clients with the most errors."""
    for (_, site, name), values in getattr(mine, table).top(ROWS, by="errors"):
        if values[1] and name is not None:
            yield Place(words.shown(name), words.shown(site, 40), values[0], values[1])


def _slow(words: Words, mine: Summary, before: Summary | None) -> Iterable[SlowPage]:
    earlier = {(row.site, row.uri): row for row in slow(before).rows} if before else {}
    shown = [row for row in slow(mine).rows if row.hits >= ENOUGH][:ROWS]
    for row in shown:
        last: SlowUri | None = earlier.get((row.site, row.uri))
        yield SlowPage(
            words.shown(row.uri),
            words.shown(row.site, 40),
            row.hits,
            row.p50,
            row.p95,
            row.max,
            last.p50 if last else None,
            last.p95 if last else None,
        )


def _rejects(words: Words, mine: Summary) -> Iterable[Reject]:
    for row in mine.rejects[:ROWS]:
        yield Reject(words.shown(row.path), row.line, words.shown(row.reason), words.shown(row.text) if row.text else "")


def _made(words: Words, period: Period, mine: Summary, anonymize: bool) -> Iterable[tuple[str, str]]:
    """How the report was made: name and value."""
    from logan import __version__

    first, last = mine.period or (period.start, period.end)
    yield words.say("made-program"), f"logan {__version__}"
    if mine.files:
        yield words.say("made-files"), words.count("made-files-value", mine.files, size=size(mine.bytes))
    yield words.say("made-period"), words.say("span", first=_stamp(words, period.start), last=_stamp(words, period.end))
    yield words.say("made-rows"), words.say("span", first=_stamp(words, first), last=_stamp(words, last))
    yield words.say("made-zone"), words.tz
    names = [words.say("made-anonymized")] if anonymize else []
    names.append(words.say("made-secrets-shown" if words.show_secrets else "made-secrets-masked"))
    yield words.say("made-names"), " ".join(names)


def _stamp(words: Words, microseconds: int) -> str:
    return f"{local(microseconds, words.zone):%Y-%m-%d %H:%M:%S}"
