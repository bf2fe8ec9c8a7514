"""What comes of comparing two summaries: the two sides, the changes between them, and the words for both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from logan.analysis.rules.facts import DAY
from logan.analysis.statuses import Status
from logan.analysis.times import iso, zone
from logan.analysis.traffic import Totals
from logan.display import plain, without_secrets
from logan.documents import document

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["new", "gone", "worse", "better", "more", "less", "same"]
Section = Literal["findings", "sites", "statuses", "urls", "clients", "latency"]
SECTIONS: tuple[Section, ...] = ("findings", "sites", "statuses", "urls", "clients", "latency")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two periods: its first and last time (µs since 1970 UTC) and its sums."""

    first: int | None
    last: int | None
    totals: Totals

    @property
    def days(self) -> float:
        """The length of the period in days."""
        return 0.0 if self.first is None or self.last is None else round((self.last - self.first) / DAY, 1)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `before` and `after` are rows (in "latency" the median in ms) among `before_of` and `after_of`.

    `what` is a URL, a group of clients, a finding's title, or a status code; None stands for all URLs of a site.
    `chance` is how likely so uneven a split is where nothing changed; None where that was not asked. `sure` says
    whether it is more than chance, with all questions of the section counted.
    """

    section: Section
    verdict: Verdict
    sure: bool
    service: str
    site: str | None
    what: str | None
    before: int
    after: int
    before_of: int = 0
    after_of: int = 0
    chance: float | None = None
    status: Status | None = None
    titles: tuple[tuple[str, str], ...] = ()

    @property
    def before_rate(self) -> float | None:
        """`before` among `before_of`, 0 to 1; None without traffic and for times."""
        return self.before / self.before_of if self.before_of and self.section != "latency" else None

    @property
    def after_rate(self) -> float | None:
        """`after` among `after_of`, 0 to 1; None without traffic and for times."""
        return self.after / self.after_of if self.after_of and self.section != "latency" else None

    def title(self, lang: str = "en") -> str:
        """What changed, as one says it."""
        if self.titles:
            known = dict(self.titles)
            return known.get(lang, known["en"])
        if self.status is not None:
            win32 = f" (win32 {self.status.win32_status})" if self.status.win32_status else ""
            return f"{self.status.code}{win32} {self.status.text(lang).title}".strip()
        return _word("column", "overall", lang) if self.what is None and self.section == "latency" else plain(self.what)

    def to_dict(self, lang: str = "en") -> dict[str, Any]:
        """The change in one language, ready for JSON."""
        return {
            "section": self.section,
            "verdict": self.verdict,
            "sure": self.sure,
            "service": self.service,
            "site": self.site,
            "what": without_secrets(self.what),
            "title": self.title(lang),
            "before": self.before,
            "after": self.after,
            "before_of": self.before_of,
            "after_of": self.after_of,
            "before_rate": self.before_rate,
            "after_rate": self.after_rate,
            "chance": self.chance,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two summaries. `errors` compares the error rates, `changes` are the rest, sure ones first.

    `remarks` are (key, values) of what a reader should keep in mind; `remarks_text` writes them out.
    """

    before: Side
    after: Side
    errors: Change
    changes: tuple[Change, ...] = ()
    remarks: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = ()

    def section(self, name: Section) -> tuple[Change, ...]:
        """The changes of one section."""
        return tuple(change for change in self.changes if change.section == name)

    def remarks_text(self, lang: str = "en") -> list[str]:
        """The remarks as sentences."""
        return [_word("remark", key, lang).format(**dict(values)) for key, values in self.remarks]

    def to_frame(self) -> pd.DataFrame:
        """One row a change: section, verdict, sure, service, site, what, before, after, their traffic, rates, chance."""
        import pandas as pd

        columns = list(self.errors.to_dict())
        return pd.DataFrame.from_records([change.to_dict() for change in self.changes], columns=columns)

    def to_dict(self, lang: str = "en", tz: str = "UTC") -> dict[str, Any]:
        """The comparison in one language, ready for JSON; times as ISO 8601 in `tz`."""
        return {
            "schema": "logan.comparison/1",
            "before": _side(self.before, tz),
            "after": _side(self.after, tz),
            "errors": self.errors.to_dict(lang),
            "changes": [change.to_dict(lang) for change in self.changes],
            "remarks": self.remarks_text(lang),
        }

    def __repr__(self) -> str:
        sure = sum(change.sure for change in self.changes)
        return (
            f"<Comparison: {self.before.totals.errors:,} errors before, {self.after.totals.errors:,} after; "
            f"{len(self.changes):,} changes, {sure:,} of them more than chance>"
        )

    def _repr_html_(self) -> str:
        return to_html(self)


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    return document("analysis/comparison.toml")


def _word(table: str, key: str, lang: str) -> str:
    texts = _words()[table][key]
    return texts.get(lang, texts["en"])


def word(table: Literal["verdict", "section", "column"], key: str, lang: str = "en") -> str:
    """A word of a comparison in a language: a verdict, a section, or the head of a column.

    >>> word("verdict", "worse"), word("section", "urls", "zh")
    ('worse', '失败的 URL')
    """
    return _word(table, key, lang)


def _side(side: Side, tz: str) -> dict[str, Any]:
    where, totals = zone(tz), side.totals
    return {
        "first": iso(side.first, where),
        "last": iso(side.last, where),
        "days": side.days,
        "hits": totals.hits,
        "requests": totals.requests,
        "errors": totals.errors,
        "error_rate": totals.error_rate,
        "handshakes": totals.handshakes,
    }


def to_html(comparison: Comparison, lang: str = "en") -> str:
    """The comparison as an HTML fragment; everything from the logs is escaped."""
    names = ("what", "where", "verdict", "before", "after")
    head = "".join(f"<th>{escape(_word('column', name, lang))}</th>" for name in names)
    parts = [f"<p>{escape(_word('column', 'errors', lang))}: {_numbers(comparison.errors)}</p>"]
    for name in SECTIONS:
        rows = "".join(_row(change, lang) for change in comparison.section(name))
        if rows:
            parts.append(f"<h4>{escape(_word('section', name, lang))}</h4><table><tr>{head}</tr>{rows}</table>")
    parts += [f"<p><i>{escape(text)}</i></p>" for text in comparison.remarks_text(lang)]
    return "".join(parts)


def _numbers(change: Change) -> str:
    before, after = (
        _with_rate(n, rate) for n, rate in ((change.before, change.before_rate), (change.after, change.after_rate))
    )
    return f"{before} → {after}"


def _with_rate(number: int, rate: float | None) -> str:
    return f"{number:,}" if rate is None else f"{number:,} ({100 * rate:.2f}%)"


def _row(change: Change, lang: str) -> str:
    verdict = _word("verdict", change.verdict, lang)
    if not change.sure:
        verdict += f" ({_word('column', 'unsure', lang)})"
    cells = (
        plain(change.title(lang), 120),
        plain(change.site),
        verdict,
        _with_rate(change.before, change.before_rate),
        _with_rate(change.after, change.after_rate),
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
