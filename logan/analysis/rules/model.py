"""What a rule is, what it finds, and how its texts are filled in."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from logan.analysis.times import iso, zone
from logan.display import plain
from logan.documents import document

if TYPE_CHECKING:
    from logan.summary import Summary

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
LANGUAGES = ("en", "zh")
PARTS = ("title", "explanation", "advice")
#: Names that evidence gives to moments in µs since 1970 UTC; `Finding.to_dict` writes them as ISO 8601.
MOMENTS = frozenset({"first", "last", "start", "end"})
#: Characters of a name from the log in a running text; the whole name is in the evidence.
_SHOWN = 60
#: Names listed in a running text.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the logs that a person should know, and what to do about it.

    `id` is one of `RULES`. `hits` are the rows behind it, `first` and `last` their times (µs since 1970 UTC; None where
    they cannot be told). `evidence` holds the numbers and the "statuses", "uris", "clients" and "accounts" behind the
    finding, ready for JSON but for moments ("first", "last", "start", "end" in µs). `texts` are filled in already:
    {"en": {"title", "explanation", "advice"}, "zh": ...}; names from the log are harmless in them, but not escaped for
    HTML.
    """

    id: str
    severity: Severity
    service: str
    site: str | None
    hits: int
    first: int | None
    last: int | None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def title(self, lang: str = "en") -> str:
        """One line: what was found, where, how often."""
        return self._text("title", lang)

    def explanation(self, lang: str = "en") -> str:
        """Why it was found and what it means."""
        return self._text("explanation", lang)

    def advice(self, lang: str = "en") -> str:
        """The next concrete step: a file, a setting, a command, an event log."""
        return self._text("advice", lang)

    def to_dict(self, lang: str = "en", tz: str = "UTC") -> dict[str, Any]:
        """The finding in one language, ready for JSON; times as ISO 8601 in `tz`."""
        where = zone(tz)
        return {
            "id": self.id,
            "severity": self.severity,
            "service": self.service,
            "site": self.site,
            "hits": self.hits,
            "first": iso(self.first, where),
            "last": iso(self.last, where),
            "title": self.title(lang),
            "explanation": self.explanation(lang),
            "advice": self.advice(lang),
            "evidence": _with_times(self.evidence, where),
        }

    def _text(self, part: str, lang: str) -> str:
        texts = self.texts.get(lang) or self.texts.get("en") or {}
        return texts.get(part, self.id if part == "title" else "")

    def _repr_html_(self) -> str:
        from html import escape

        parts = (escape(self.title()), escape(self.explanation()), escape(self.advice()))
        return "<p><b>{}: {}</b><br>{}<br><i>{}</i></p>".format(escape(self.severity), *parts)

    def __repr__(self) -> str:
        return f"<Finding {self.id} ({self.severity}) {self.service} {self.site or '-'}: {self.hits:,} hits>"


def _with_times(value: Any, where: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: iso(item, where) if key in MOMENTS and isinstance(item, int) else _with_times(item, where)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_with_times(item, where) for item in value]
    return value


RuleFunction = Callable[["Summary"], Iterable[Finding]]


class Rule(NamedTuple):
    """A question asked of every summary.

    A `general` rule (1) steps back where a more specific one (0) explains its rows, the most general (2) behind all.
    """

    id: str
    doc: str
    function: RuleFunction
    general: int = 0

    def __call__(self, summary: Summary) -> list[Finding]:
        return list(self.function(summary))


#: All rules by id, in the order in which they were defined.
RULES: dict[str, Rule] = {}


def rule(id: str, *, general: int = 0) -> Callable[[RuleFunction], RuleFunction]:
    """Enter a function into `RULES`; its docstring says what it looks for, and when."""

    def enter(function: RuleFunction) -> RuleFunction:
        RULES[id] = Rule(id, " ".join((function.__doc__ or "").split()), function, general)
        return function

    return enter


# --- Texts ------------------------------------------------------------------------------------------------------------
_NOUNS = {
    "requests": ("request", "requests", "个请求"),
    "rows": ("row", "rows", "行"),
    "errors": ("error", "errors", "个错误"),
    "tries": ("failed try", "failed tries", "次"),
    "uri_count": ("URL", "URLs", "个 URL"),
    "client_count": ("client", "clients", "个客户端"),
    "account_count": ("account", "accounts", "个账户"),
    "lines": ("line", "lines", "行"),
}


@cache
def texts_of(id: str) -> dict[str, Any]:
    """What ``findings.toml`` holds for a rule. Raises KeyError for an unknown one."""
    return _all_texts()[id]


@cache
def _all_texts() -> dict[str, dict[str, Any]]:
    return document("analysis/findings.toml")


def part_of(id: str, table: str, key: str, default: str = "other") -> dict[str, str]:
    """One of the sentences of a rule that depend on a code: {"en": ..., "zh": ...}, empty where there is none."""
    known = texts_of(id).get(table, {})
    found: dict[str, str] = known.get(key) or known.get(default) or dict.fromkeys(LANGUAGES, "")
    return found


def finding(
    id: str,
    severity: Severity,
    service: str,
    site: str | None,
    hits: int,
    first: int | None,
    last: int | None,
    evidence: Mapping[str, Any],
    **values: Any,
) -> Finding:
    """A finding with its texts filled in.

    Placeholders are: what `evidence` and `values` hold; `site`; counted nouns ("1 request", "3 requests"); and `uris`,
    `clients`, `accounts`, `statuses` as short lists. A value may be a dict of texts by language.
    """
    texts = {}
    for lang in LANGUAGES:
        filled = _placeholders(lang, service, site, hits, evidence, values)
        texts[lang] = {part: texts_of(id)[part][lang].format_map(filled).strip() for part in PARTS}
    return Finding(id, severity, service, site, hits, first, last, evidence, texts)


def _placeholders(
    lang: str, service: str, site: str | None, hits: int, evidence: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    counted = {
        "requests": hits,
        "rows": hits,
        "errors": hits,
        "tries": hits,
        "lines": hits,
        "uri_count": evidence.get("distinct_uris", len(evidence.get("uris", ()))),
        "client_count": evidence.get("distinct_clients", len(evidence.get("clients", ()))),
        "account_count": evidence.get("distinct_accounts", len(evidence.get("accounts", ()))),
    }
    filled: dict[str, Any] = {name: counted_noun(number, name, lang) for name, number in counted.items()}
    filled["hits"] = hits
    filled["site"] = plain(site) if site else {"en": "the server", "zh": "服务器"}[lang]
    filled["service"] = service
    for name, key in (("uris", "uri_stem"), ("clients", "client"), ("accounts", "account")):
        filled[name] = _list([entry[key] for entry in evidence.get(name, ())], lang, evidence.get(f"distinct_{name}"))
    filled["statuses"] = _list([status_code(entry) for entry in evidence.get("statuses", ())], lang)
    simple = {k: v for k, v in evidence.items() if isinstance(v, int | float | str) and k not in MOMENTS}
    for name, value in {**simple, **values}.items():
        filled[name] = _shown(value, lang)
    for name, value in values.items():
        if isinstance(value, Mapping):  # a sentence of ours, with placeholders of its own
            filled[name] = str(filled[name]).format_map(filled)
    return filled


def counted_noun(number: int, noun: str, lang: str) -> str:
    """A number with its noun.

    >>> counted_noun(1, "requests", "en"), counted_noun(1200, "uri_count", "en"), counted_noun(2, "requests", "zh")
    ('1 request', '1,200 URLs', '2 个请求')
    """
    one, many, zh = _NOUNS[noun]
    if lang == "zh":
        return f"{number:,} {zh}"
    return f"{number:,} {one if number == 1 else many}"


def _shown(value: Any, lang: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(lang) or value.get("en", "")
    if isinstance(value, list | tuple):
        return _list(value, lang)
    return plain(value, _SHOWN) if isinstance(value, str) else value


def _list(names: Iterable[Any], lang: str, number: int | None = None) -> str:
    """The first names and how many more there are of `number` in all.

    >>> _list(["/a", "/b", "/c", "/d"], "en")
    '/a, /b, /c and 1 more'
    """
    known = [plain(name, _SHOWN) for name in names]
    if not known:
        return {"en": "none known", "zh": "未知"}[lang]
    number = max(number or 0, len(known))
    rest = number - min(_NAMED, len(known))
    comma = {"en": ", ", "zh": "、"}[lang]
    text = comma.join(known[:_NAMED])
    if rest <= 0:
        return text
    return text + {"en": f" and {rest} more", "zh": f" 等 {number} 个"}[lang]


def address(client: str | None) -> str:
    """An address as it may stand in a command; what is none may be anything, and is "ADDRESS".

    >>> address("192.0.2.1"), address('"& del *')
    ('192.0.2.1', 'ADDRESS')
    """
    try:
        return str(ipaddress.ip_address(client or ""))
    except ValueError:
        return "ADDRESS"


def status_code(entry: Mapping[str, Any]) -> str:
    """A status as one writes it.

    >>> status_code({"status": 500, "substatus": 19, "win32_status": 183, "reason_phrase": None})
    '500.19 win32 183'
    """
    status, substatus, win32 = entry.get("status"), entry.get("substatus"), entry.get("win32_status")
    text = "" if status is None else str(status)
    text += f".{substatus}" if substatus is not None else ""
    text += f" win32 {win32}" if win32 else ""
    reason = entry.get("reason_phrase")
    return " ".join(part for part in (text, reason) if part) or "-"
