"""What the catalogue is made of: entries, notes, and the classes of statuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Lang = Literal["en", "zh"]
Service = Literal["http", "ftp", "httperr", "win32", "asp"]
#: One text in several languages, by language.
Texts = dict[str, str]
#: A list of texts in several languages, by language.
Lists = dict[str, tuple[str, ...]]

SERVICES: tuple[Service, ...] = ("http", "ftp", "httperr", "win32", "asp")
LANGUAGES: tuple[Lang, ...] = ("en", "zh")
HEADINGS: dict[str, Texts] = {
    "causes": {"en": "Why, most likely first", "zh": "可能原因（最常见的在前）"},
    "remedies": {"en": "What to check", "zh": "排查步骤"},
    "applies_to": {"en": "Applies to", "zh": "适用版本"},
    "sent_by": {"en": "Sent by", "zh": "由谁发出"},
    "articles": {"en": "See", "zh": "参考"},
    "headers": {"en": "Headers", "zh": "相关标头"},
    "retry": {"en": "Retry", "zh": "重试"},
    "document": {"en": "Older description", "zh": "旧文档的说法"},
    "note": {"en": "Note", "zh": "注意"},
    "sources": {"en": "Sources", "zh": "来源"},
    "example": {"en": "In the log", "zh": "日志示例"},
}


def in_language(texts: Texts, lang: str) -> str:
    """The text in `lang`, else in English, else in whatever language there is; "" where there is none.

    >>> in_language({"en": "Not found"}, "zh")
    'Not found'
    """
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


def list_in_language(texts: Lists, lang: str) -> tuple[str, ...]:
    """The texts in `lang`, else in English, else in whatever language there is."""
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), ())


@dataclass(frozen=True, slots=True)
class Entry:
    """One meaning of one code.

    `status` is a number for http, ftp and win32, a text for httperr and asp, and None for an FTP sub-status, which goes
    with every reply, or an FTP `event`, which has no reply. `win32` is set where the entry explains a status together
    with a win32 code. `component` says who sends the code where that is not IIS itself, `kind` is "failure",
    "routine" or "handshake" where the entry settles it. `known` is False for an answer that stands in for an entry that
    the catalogue does not have. `example` is a log row under the field list `fields`. `terms` are the words of
    `applies_to` and `component` in all languages, by their English, where they are no names.
    """

    service: str
    status: int | str | None = None
    substatus: int | None = None
    win32: int | None = None
    event: str | None = None
    name: str | None = None
    hresult: str | None = None
    component: str | None = None
    vendor: bool = False
    kind: str | None = None
    title: Texts = field(default_factory=dict)
    meaning: Texts = field(default_factory=dict)
    causes: Lists = field(default_factory=dict)
    remedies: Lists = field(default_factory=dict)
    applies_to: str = "all"
    kb: tuple[int, ...] = ()
    rfc: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    retry: Texts = field(default_factory=dict)
    document: Texts = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    example: str | None = None
    fields: str = ""
    known: bool = True
    terms: dict[str, Texts] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The code as one types it.

        >>> Entry("http", 403, 14).code, Entry("ftp", 530, 41).code, Entry("http", 404, 0, 2).code
        ('403.14', 'ftp:530.41', '404.0 + 2')
        """
        if self.event:
            return f"{self.service}:{self.event}" + (f".{self.substatus}" if self.substatus else "")
        if self.service == "asp":
            return f"asp:{str(self.status).removeprefix('ASP ')}"
        number = "*" if self.status is None else str(self.status)
        number += f".{self.substatus}" if self.substatus is not None else ""
        number += f" + {self.win32}" if self.win32 is not None else ""
        return number if self.service == "http" else f"{self.service}:{number}"

    @property
    def key(self) -> tuple[int | str | None, int | None, int | None, str | None]:
        """What entries of one service are told apart by, their component aside."""
        return self.status, self.substatus, self.win32, self.event

    def applies(self, lang: str = "en") -> str:
        """What the entry applies to; names of products are the same in each language."""
        return in_language(self.terms.get(self.applies_to, {"en": self.applies_to}), lang)

    def sender(self, lang: str = "en") -> str | None:
        """The component that sends the code, or None where that is IIS itself."""
        return self.component and in_language(self.terms.get(self.component, {"en": self.component}), lang)

    def to_dict(self, lang: str = "en") -> dict[str, Any]:
        """The entry in one language, as ``logan explain --format json`` gives it."""
        text_status = self.service in ("httperr", "asp", "win32") and self.status is not None
        return {
            "service": self.service,
            "status": str(self.status) if text_status else self.status,
            "substatus": self.substatus,
            "title": in_language(self.title, lang),
            "meaning": in_language(self.meaning, lang),
            "causes": list(list_in_language(self.causes, lang)),
            "remedies": list(list_in_language(self.remedies, lang)),
            "applies_to": self.applies(lang),
            "kb": list(self.kb),
            "sources": list(self.sources),
            "code": self.code,
            "win32_status": self.win32,
            "event": self.event,
            "name": self.name,
            "hresult": self.hresult,
            "component": self.sender(lang),
            "vendor": self.vendor,
            "kind": self.kind,
            "rfc": list(self.rfc),
            "headers": list(self.headers),
            "retry": in_language(self.retry, lang) or None,
            "document": in_language(self.document, lang) or None,
            "example": self.example,
            "known": self.known,
        }

    def __repr__(self) -> str:
        return f"<Entry {self.code}: {in_language(self.title, 'en')}>"

    def _repr_html_(self) -> str:
        """The entry as a notebook shows it, in English."""
        from html import escape

        given = self.to_dict()
        parts = [
            f"<h4>{escape(self.code)}: {escape(given['title'])}</h4>",
            f"<p>{escape(given['meaning'])}</p>",
        ]
        for part in ("causes", "remedies"):
            if given[part]:
                items = "".join(f"<li>{escape(text)}</li>" for text in given[part])
                parts.append(f"<p><b>{HEADINGS[part]['en']}</b></p><ol>{items}</ol>")
        foot = [self.applies_to, *(f"KB{number}" for number in self.kb), *self.rfc]
        return f"<div>{''.join(parts)}<p><small>{escape(', '.join(foot))}</small></p></div>"


class StatusClass(NamedTuple):
    """What the first digit of a status says in one service."""

    service: str
    digit: int
    title: Texts
    meaning: Texts
    sources: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The class as one writes it, such as ``4xx`` or ``ftp:5xx``."""
        return f"{self.digit}xx" if self.service == "http" else f"{self.service}:{self.digit}xx"


class Note(NamedTuple):
    """Something that holds for several codes, named in `applies` as one types them, or for logs as a whole."""

    key: str
    title: Texts
    text: Texts
    applies: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
