"""The weekly report as a model: every number and every sentence of it, before anybody draws it.

`weekly` is a pure function of summaries.
"""

from __future__ import annotations

from collections.abc import Iterable

from logan.analysis.findings import findings
from logan.analysis.latency import ENOUGH, slow
from logan.analysis.times import By, local
from logan.analysis.traffic import SiteTraffic, Totals, traffic
from logan.analysis.trend import trend
from logan.reports.anonymity import anonymized
from logan.reports.cards import finding_card, found_in, ranked, service, status_card
from logan.reports.gaps import gaps
from logan.reports.logons import ftp_of
from logan.reports.model import Day, Place, Reject, SiteRow, SlowPage, Weekly
from logan.reports.periods import DAY, Period
from logan.reports.verdict import compared, figures, heading, period_in_words, verdict
from logan.reports.words import Words, size
from logan.summary import Summary

#: Statuses, and rows of the other lists, that a report holds, so that a page stays small whatever the logs hold.
STATUSES, ROWS = 80, 15


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
    found = found_in(mine, history, period.start)
    earlier = {(one.id, one.site) for one in findings(before)} if before else None
    four = figures(words, mine, before, now.totals, then.totals if then else None)
    everything = [status_card(words, row, mine, before) for row in ranked(mine)]
    level, sentence = verdict(words, found, now.totals, then.totals if then else None, period.week is not None)
    by: By = "day" if period.end - period.start <= 62 * DAY else "week"
    return Weekly(
        words=words,
        heading=heading(words, period),
        title=title or words.say("title", heading=heading(words, period)),
        period=period_in_words(words, period),
        compared=compared(words, period),
        level=level,
        verdict=sentence,
        figures=four,
        findings=tuple(finding_card(words, one, earlier) for one in found),
        by=by,
        days=tuple(_days(words, mine, by)),
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
        skipped=tuple((words.shown(path), words.reason(reason)) for path, reason in mine.skipped[:ROWS]),
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


def _days(words: Words, mine: Summary, by: By) -> Iterable[Day]:
    """The days or weeks. Their 4xx and 5xx are failures, as in the chart: of a 401 that begins a logon there is none."""
    failed = {row.start: row for row in trend(mine, by, words.tz, kind="error").rows}
    for row in trend(mine, by, words.tz).rows:
        full, errors = words.day(row.start), failed.get(row.start)
        if by == "day":
            full = words.say("day-named", name=words.weekday(row.start), day=full)
        client, server = (errors.status_4xx, errors.status_5xx) if errors else (0, 0)
        yield Day(full, row.hits, row.errors, client, server, row.handshakes)


def _sites(words: Words, now: tuple[SiteTraffic, ...], then: tuple[SiteTraffic, ...] | None) -> Iterable[SiteRow]:
    earlier = {(row.service, row.site): row.totals for row in then or ()}
    for row in now:
        last = earlier.get((row.service, row.site), Totals()) if then is not None else None
        yield SiteRow(
            service=service(words, row.service),
            site=words.shown(row.site, 60),
            hits=row.totals.hits,
            errors=row.totals.errors,
            rate=None if row.service == "httperr" else row.totals.error_rate,
            handshakes=row.totals.handshakes,
            sent=row.totals.bytes_sent,
            before=last.hits if last else None,
            errors_before=last.errors if last else None,
        )


def _places(words: Words, mine: Summary, table: str) -> Iterable[Place]:
    """The URLs or clients with the most errors."""
    for (kind, site, name), values in getattr(mine, table).top(ROWS, by="errors"):
        if values[1] and name is not None:
            where = words.shown(site, 40) + (f" · {service(words, kind)}" if kind == "httperr" else "")
            yield Place(words.shown(name), where, values[0], values[1])


def _slow(words: Words, mine: Summary, before: Summary | None) -> Iterable[SlowPage]:
    earlier = {(row.site, row.uri): row for row in slow(before).rows} if before else {}
    shown = [row for row in slow(mine).rows if row.hits >= ENOUGH][:ROWS]
    for row in shown:
        last = earlier.get((row.site, row.uri))
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
        yield Reject(
            words.shown(row.path), row.line, words.reason(row.reason), words.shown(row.text) if row.text else ""
        )


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
