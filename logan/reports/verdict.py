"""The head of a report: which period it is of, what kind of week it was in one sentence, and the four figures."""

from __future__ import annotations

from collections.abc import Callable

from logan.analysis.findings import Finding
from logan.analysis.latency import overall
from logan.analysis.times import local
from logan.analysis.traffic import Totals
from logan.reports.logons import ftp_of
from logan.reports.model import Direction, Figure, Level
from logan.reports.periods import Period
from logan.reports.words import Words, change, milliseconds, number, percent, size
from logan.summary import Summary


def heading(words: Words, period: Period) -> str:
    if period.week is None:
        return period_in_words(words, period)
    year, _, week = period.week.partition("-W")
    return words.say("week", week=int(week), year=year)


def period_in_words(words: Words, period: Period) -> str:
    return _days(words, period.start, period.end - 1)


def _days(words: Words, start: int, end: int) -> str:
    """The days from one time to another."""
    first, last = local(start, words.zone), local(end, words.zone)
    if first.date() == last.date():
        return words.day(first, year=True)
    # the year stands once: at the end in English, in front in Chinese
    both, ahead = first.year != last.year, words.lang == "zh"
    return words.say("span", first=words.day(first, year=both or ahead), last=words.day(last, year=both or not ahead))


def compared(words: Words, period: Period) -> str:
    if period.before is None:
        return words.say("compared-none")
    if period.before_week:
        year, _, week = period.before_week.partition("-W")
        return words.say("compared-week", week=words.say("week-short", week=int(week), year=year))
    return words.say("compared-week", week=_days(words, *(period.before.period or (0, 0))))


def verdict(words: Words, found: list[Finding], now: Totals, then: Totals | None, week: bool) -> tuple[Level, str]:
    critical = sum(one.severity == "critical" for one in found)
    warnings = sum(one.severity == "warning" for one in found)
    level: Level = "critical" if critical else "warning" if warnings else "calm"
    counted = [words.count(f"findings-{name}", n) for name, n in (("critical", critical), ("warning", warnings)) if n]
    period = words.say("this-week" if week else "this-period")
    failed = _failed(words, now, then, words.say("before-week" if week else "before-period"))
    if level == "calm":
        return level, words.say("verdict-few" if now.too_few else "verdict-calm", period=period, errors=failed)
    return level, words.say(f"verdict-{level}", period=period, findings=words.list(counted), errors=failed)


def _failed(words: Words, now: Totals, then: Totals | None, last: str) -> str:
    if not now.errors:
        return words.say("failed-none", requests=number(now.requests))
    text = words.count("failed", now.errors, requests=number(now.requests), rate=percent(now.error_rate))
    if then is None:
        return text
    if not then.errors:
        return text + words.say("failed-none-before", last=last)
    times = now.errors / then.errors
    key = "failed-more" if times >= 1.25 else "failed-fewer" if times <= 0.8 else "failed-alike"
    if times >= 1.95:
        key = "failed-times"
    shown = f"{times:.0f}" if times >= 9.5 else f"{times:.1f}".removesuffix(".0")
    return text + words.say(key, times=shown, before=number(then.errors), last=last)


def figures(
    words: Words, mine: Summary, before: Summary | None, now: Totals, then: Totals | None
) -> tuple[Figure, ...]:
    """Requests, errors, what the servers did wrong (or refused FTP logons), and how long people waited (or bytes)."""
    rate = words.say("figure-rate", rate=percent(now.error_rate))
    chosen = [
        _figure(
            words,
            "requests",
            now.requests,
            then.requests if then else None,
            note=words.say("figure-rows", n=number(now.hits)),
        ),
        _figure(words, "errors", now.errors, then.errors if then else None, note=rate, bad=True),
    ]
    if any(key[0] == "http" for key, _ in mine.spans):
        note = words.say("figure-client", n=number(now.client_errors))
        chosen.append(
            _figure(words, "server", now.server_errors, then.server_errors if then else None, note=note, bad=True)
        )
    else:
        refused = [ftp_of(words, summary, None) if summary else None for summary in (mine, before)]
        logons = [sum(row.hits for row in ftp.logons if row.key == "failed") if ftp else None for ftp in refused]
        chosen.append(_figure(words, "logons", logons[0], logons[1] if before else None, bad=True))
    waited, earlier = overall(mine), overall(before) if before else None
    if waited.p95 is not None:
        note = words.say("figure-median", p50=milliseconds(waited.p50))
        chosen.append(
            _figure(
                words, "slowest", waited.p95, earlier.p95 if earlier else None, note=note, bad=True, how=milliseconds
            )
        )
    else:
        chosen.append(_figure(words, "sent", now.bytes_sent, then.bytes_sent if then else None, how=size))
    return tuple(chosen)


def _figure(
    words: Words,
    key: str,
    now: int | None,
    then: int | None,
    *,
    note: str = "",
    bad: bool = False,
    how: Callable[[int | None], str] = number,
) -> Figure:
    changed = change(now, then)
    direction: Direction = "none"
    if now is not None and then is not None and bad:
        calm = abs(now - then) <= max(3, 0.1 * then)
        direction = "same" if calm else "worse" if now > then else "better"
    before = words.say("figure-before", value=how(then)) if then is not None else words.say("figure-no-before")
    return Figure(key, words.say(f"figure-{key}"), how(now), note, before, changed, direction, now, then)
