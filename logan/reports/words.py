"""The words of the reports, and numbers and times as a report writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from typing import Any

from logan.analysis.times import local, zone
from logan.display import cut, plain, visible
from logan.documents import document
from logan.exceptions import OptionError
from logan.reasons import reason_in

LANGUAGES = ("en", "zh")
#: Written where there is no number: not 0, which would be one.
NONE = "–"


@cache
def messages() -> dict[str, Any]:
    """The words of the reports: {key: {"en": ..., "zh": ...}}."""
    return document("reports/messages.toml")


@dataclass(frozen=True, slots=True)
class Words:
    """How a report speaks: its language, its time zone, and whether secrets are shown."""

    lang: str
    tz: str
    zone: tzinfo
    show_secrets: bool = False

    @classmethod
    def of(cls, lang: str, tz: str, *, show_secrets: bool = False) -> Words:
        """The words of a language (en, zh) in a time zone. Raises OptionError for others."""
        if lang not in LANGUAGES:
            raise OptionError(f"There are no reports in {lang!r}. Use en or zh.")
        return cls(lang, tz, zone(tz), show_secrets)

    def say(self, key: str, **values: Any) -> str:
        """A text in the report's language, its {placeholders} filled in."""
        text: str = messages()[key][self.lang]
        return text.format(**values) if values else text

    def count(self, key: str, number: int, **values: Any) -> str:
        """A text about a number of things: the key with ``-one`` where there is one of them.

        >>> Words.of("en", "UTC").count("findings-critical", 1), Words.of("en", "UTC").count("findings-critical", 3)
        ('1 critical finding', '3 critical findings')
        """
        singular = number == 1 and f"{key}-one" in messages()
        return self.say(f"{key}-one" if singular else key, n=f"{number:,}", **values)

    def shown(self, text: str | None, width: int = 160) -> str:
        """A text from a log: one line, harmless, secrets masked, cut to `width` cells. It still has to be escaped."""
        if text is None:
            return self.say("absent")
        if not self.show_secrets:
            return plain(text, width)
        return cut(visible(text[: 8 * width + 256]), width)

    def reason(self, reason: str) -> str:
        """Why a line or a file was left out; like a text from a log, it may hold some of one."""
        return self.shown(reason_in(reason, self.lang))

    def list(self, parts: list[str]) -> str:
        """Texts one after the other.

        >>> Words.of("en", "UTC").list(["a", "b", "c"])
        'a, b and c'
        """
        if len(parts) < 2:
            return "".join(parts)
        return self.say("comma").join(parts[:-1]) + self.say("and") + parts[-1]

    # --- times ---
    def at(self, microseconds: int) -> str:
        """A time to the minute: 16 Nov 08:12, 11月16日 08:12."""
        moment = local(microseconds, self.zone)
        return f"{self.day(moment)} {moment:%H:%M}"

    def day(self, moment: datetime, *, year: bool = False) -> str:
        """A day: 16 Nov, 16 Nov 2026, 11月16日."""
        month = self.say("months").split()[moment.month - 1]
        return self.say("day-year" if year else "day", day=moment.day, month=month, year=moment.year)

    def weekday(self, moment: datetime) -> str:
        return self.say("weekdays").split()[moment.weekday()]

    def span(self, first: int | None, last: int | None) -> str:
        """From when to when: 16 Nov 08:12 to 09:04."""
        if first is None or last is None:
            return ""
        start, end = local(first, self.zone), local(last, self.zone)
        if f"{start:%F%H%M}" == f"{end:%F%H%M}":
            return self.at(first)
        until = f"{end:%H:%M}" if start.date() == end.date() else self.at(last)
        return self.say("span", first=self.at(first), last=until)


# --- numbers ----------------------------------------------------------------------------------------------------------
def number(value: int | None) -> str:
    """A number of things, 14,376; a dash for None."""
    return NONE if value is None else f"{value:,}"


def percent(share: float | None) -> str:
    """A share (0 to 1): 18.5%, 0.04%, <0.01%.

    >>> percent(0.185), percent(0.0004), percent(0.0), percent(0.0000001)
    ('18.5%', '0.04%', '0%', '<0.01%')
    """
    if share is None:
        return NONE
    value = 100 * share
    if not value:
        return "0%"
    if value < 0.01:
        return "<0.01%"
    return f"{value:.2f}%" if value < 0.1 else f"{value:.1f}%"


def change(now: int | None, before: int | None) -> str:
    """How much a number grew: +726%, −3%, ±0%; empty where there is nothing to compare.

    >>> change(150, 100), change(97, 100), change(5, 0), change(None, 3)
    ('+50%', '−3%', '', '')
    """
    if now is None or not before:
        return ""
    grown = round(100 * (now - before) / before)
    return f"+{grown:,}%" if grown > 0 else f"−{-grown:,}%" if grown < 0 else "±0%"


def size(number_: int | None) -> str:
    """A number of bytes: 512 B, 1.2 MB (of 1000 kB); a dash for None.

    >>> size(512), size(219_658_315)
    ('512 B', '220 MB')
    """
    if number_ is None:
        return NONE
    value, units = float(number_), ("B", "kB", "MB", "GB", "TB", "PB")
    for unit in units:
        if value < 999.5 or unit == units[-1]:
            return f"{value:.0f} {unit}" if value >= 99.5 or unit == "B" else f"{value:.3g} {unit}"
        value /= 1000
    return NONE


def milliseconds(value: int | None) -> str:
    """A duration: 870 ms, 1.9 s, 4.2 min, 8.2 h; a dash for None.

    >>> milliseconds(870), milliseconds(1949), milliseconds(29_411_203)
    ('870 ms', '1.9 s', '8.2 h')
    """
    if value is None:
        return NONE
    if value < 1000:
        return f"{value} ms"
    for limit, unit, length in ((60_000, "s", 1000), (3_600_000, "min", 60_000)):
        if value < limit:
            return f"{value / length:.1f} {unit}"
    return f"{value / 3_600_000:,.1f} h"
