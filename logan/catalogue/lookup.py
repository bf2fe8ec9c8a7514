"""From the numbers of a log row to an explanation.

The service is part of the key, because FTP 421 is not HTTP 421. A sub-status that the row has, one that it has not
(``-``) and one that the log does not record are three different questions. The answer comes from the first of: the
combination with the win32 code, the exact pair, ``*.501`` and ``*.502`` (dynamic IP restriction), the status alone, its
class, "unknown".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from logan.catalogue import win32 as decoder
from logan.catalogue.model import Entry, Texts, in_language, list_in_language
from logan.catalogue.store import classes, index, load, notes, remembered

Match = Literal["combination", "pair", "any status", "reason", "status", "candidates", "class", "unknown"]
#: Joins the parts of a title.
_COLON = {"en": ": ", "zh": "："}
#: How many candidates an answer names before it counts the rest.
_SHOWN = 8
#: Sub-statuses of dynamic IP restriction, which go with any status.
_LIMITS: dict[int, Texts] = {
    501: {"en": "too many concurrent requests from one address", "zh": "同一 IP 的并发请求过多"},
    502: {"en": "too many requests from one address within a time", "zh": "同一 IP 的请求过于频繁"},
}


class Text(NamedTuple):
    """An explanation in one language; `meaning` is complete, with what the win32 code and the note say."""

    title: str
    meaning: str
    causes: tuple[str, ...]
    remedies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a row means.

    `entries` are the meanings, the likeliest first: more than one where a number has several senders. `candidates` are
    the finer meanings between which the log does not decide. `match` says how the answer was found, `win32` explains
    the win32 code where it is not part of the entry, `note` is what has to be said beside.
    """

    entries: tuple[Entry, ...]
    match: Match
    candidates: tuple[Entry, ...] = ()
    win32: Entry | None = None
    note: Texts = field(default_factory=dict)

    @property
    def entry(self) -> Entry:
        """The likeliest meaning."""
        return self.entries[0]

    def text(self, lang: str = "en") -> Text:
        """Title, meaning, causes and remedies in "en" or "zh"."""
        title = in_language(self.entry.title, lang)
        meaning = [in_language(self.entry.meaning, lang)]
        causes = list(list_in_language(self.entry.causes, lang))
        remedies = list(list_in_language(self.entry.remedies, lang))
        for other in self.entries[1:]:
            sender = f"{other.component}{_COLON[lang if lang in _COLON else 'en']}" if other.component else ""
            title += f" / {in_language(other.title, lang)}"
            meaning.append(sender + in_language(other.meaning, lang))
            causes += [sender + text for text in list_in_language(other.causes, lang)]
            remedies += [sender + text for text in list_in_language(other.remedies, lang)]
        if self.win32:
            name = f" ({self.win32.name})" if self.win32.name else ""
            meaning.append(_sentence(f"win32 {self.win32.status}{name}: {in_language(self.win32.title, lang)}", lang))
        meaning.append(in_language(self.note, lang))
        blank = "" if lang == "zh" else " "
        return Text(title, blank.join(part for part in meaning if part), tuple(causes), tuple(remedies))


def lookup(
    service: str,
    status: int | None,
    substatus: int | None = None,
    win32: int | None = None,
    reason: str | None = None,
    *,
    substatus_logged: bool = True,
) -> Explanation:
    """What a row with these values means.

    `reason` is HTTPERR's s-reason, or for a row of the FTP log without a status its cs-method. `substatus` is None
    where the row has ``-``, and also where the log has no such column, which `substatus_logged` tells apart.
    """
    if service == "httperr":
        return _httperr(status, reason)
    if service not in ("http", "ftp"):
        return _unknown(service, status)
    if status is None:
        return _event(service, reason)
    if win32 is not None and win32 < 0:
        win32 &= 0xFFFFFFFF
    found = _combination(service, status, substatus, win32, logged=substatus_logged)
    if found:
        return found
    found = _pair(service, status, substatus)
    if not found:
        found = _status(service, status, substatus, win32, logged=substatus_logged)
    return replace(found, win32=decoder.decode(win32)) if win32 else found


def candidates(service: str, status: int, win32: int | None = None) -> tuple[Entry, ...]:
    """The finer meanings of a status whose sub-status is not known; those that go with `win32`, where there are any."""
    together = [e for e in load("combinations") if (e.service, e.status, e.win32) == (service, status, win32)]
    if win32 is not None and together:
        return tuple(together)
    return _pairs().get((service, status), ())


@remembered
def _pairs() -> dict[tuple[str, int | str | None], tuple[Entry, ...]]:
    found: dict[tuple[str, int | str | None], tuple[Entry, ...]] = {}
    for entry in load("http"):
        if entry.substatus is not None and not entry.vendor:
            found[entry.service, entry.status] = (*found.get((entry.service, entry.status), ()), entry)
    return found


def _find(service: str, status: int | str | None, substatus: int | None = None) -> tuple[Entry, ...]:
    """The entries of a key; those of other vendors only where IIS has none."""
    found = index(service).get((service, (status, substatus, None, None)), ())
    return tuple(entry for entry in found if not entry.vendor) or found


def _combination(
    service: str, status: int, substatus: int | None, win32: int | None, *, logged: bool
) -> Explanation | None:
    """The entry for a status together with a win32 code; an entry without a sub-status holds for every one."""
    if win32 is None:
        return None
    table = index("combinations")
    for sub in dict.fromkeys((substatus, None)):
        found = table.get((service, (status, sub, win32, None)))
        if found:
            return Explanation(found, "combination")
    if substatus is None and not logged:
        likely = [entry for entry in candidates(service, status, win32) if entry.win32 == win32]
        if len(likely) == 1:
            return Explanation(tuple(likely), "candidates", tuple(likely), note=_NOT_LOGGED[service])
    return None


def _pair(service: str, status: int, substatus: int | None) -> Explanation | None:
    """The entry of a status with its sub-status."""
    if substatus is None:
        return None
    found = _find(service, status, substatus)
    if found:
        return Explanation(found, "pair")
    if service == "ftp":
        return _ftp_pair(status, substatus) if substatus else None
    if substatus in _LIMITS:
        return _restricted(status, substatus)
    return None


def _ftp_pair(status: int, substatus: int) -> Explanation | None:
    """An FTP sub-status, which goes with every reply: both say their part."""
    fine, coarse = _find("ftp", None, substatus), _find("ftp", status)
    if not fine:
        return None
    if not coarse:
        return Explanation(tuple(replace(entry, status=status) for entry in fine), "pair")
    reply = coarse[0]
    title = {lang: f"{reply.title[lang]}{_COLON[lang]}{text}" for lang, text in fine[0].title.items() if lang in reply.title}
    both = replace(
        fine[0],
        status=status,
        title=title or fine[0].title,
        causes=fine[0].causes or reply.causes,
        remedies=fine[0].remedies or reply.remedies,
        kb=tuple(dict.fromkeys((*fine[0].kb, *reply.kb))),
        rfc=reply.rfc,
        retry=reply.retry,
    )
    return Explanation((both,), "pair")


def _restricted(status: int, substatus: int) -> Explanation | None:
    """Sub-status 501 or 502 of a status that has no such entry of its own."""
    found = _find("http", None, substatus) or _find("http", 200 if status < 400 else 403, substatus)
    if not found:
        return None
    base = _find("http", status)
    title = {
        lang: (in_language(base[0].title, lang) + _COLON[lang] if base else "") + limit
        for lang, limit in _LIMITS[substatus].items()
    }
    return Explanation((replace(found[0], status=status, title=title, example=None),), "any status")


def _status(service: str, status: int, substatus: int | None, win32: int | None, *, logged: bool) -> Explanation:
    """The entry of the status alone, with what is to be said about the missing or unknown sub-status."""
    found = _find(service, status)
    if not found:
        return _class(service, status)
    if substatus:
        return Explanation(tuple(_stand_in(entry, substatus) for entry in found), "status")
    if substatus == 0 or status < 400:
        return Explanation(found, "status")
    if logged:
        return Explanation(found, "status", note=_NONE_GIVEN)
    finer = candidates(service, status, win32)
    if not finer and service == "http":
        return Explanation(found, "status")
    return Explanation(found, "candidates", finer, note=_candidates_note(service, finer))


def _stand_in(entry: Entry, substatus: int) -> Entry:
    """The answer for a sub-status that the catalogue does not know: what its status says."""
    code = replace(entry, substatus=substatus).code
    en, zh = in_language(entry.title, "en"), in_language(entry.title, "zh")
    return replace(
        entry,
        substatus=substatus,
        title={"en": f"{en} (sub-status {substatus} unknown)", "zh": f"{zh}（子状态 {substatus} 未知）"},
        meaning={
            "en": f"The catalogue does not know {code}; this is what it says about {entry.code}."
            f" {in_language(entry.meaning, 'en')}",
            "zh": f"目录中没有 {code}，以下是 {entry.code} 的说明。{in_language(entry.meaning, 'zh')}",
        },
        example=None,
        known=False,
    )


def _class(service: str, status: int) -> Explanation:
    """The answer for a status that the catalogue does not know: its class."""
    known = classes().get((service, status // 100))
    if not known:
        return _unknown(service, status)
    label = f"{status // 100}xx"
    title = {
        "en": f"{status}: not in the catalogue ({label}, {in_language(known.title, 'en').lower()})",
        "zh": f"{status}：目录中没有（{label}，{in_language(known.title, 'zh')}）",
    }
    meaning = {
        "en": f"The catalogue does not know {status}; its class {label} says: {in_language(known.meaning, 'en')}",
        "zh": f"目录中没有 {status}，它属于 {label} 类：{in_language(known.meaning, 'zh')}",
    }
    entry = Entry(service, status, title=title, meaning=meaning, sources=known.sources, known=False)
    return Explanation((entry,), "class")


def _unknown(service: str, status: int | str | None) -> Explanation:
    if status is None:
        title = {"en": "No status", "zh": "没有状态码"}
        meaning = {"en": "The row carries no status.", "zh": "该行没有状态码。"}
    else:
        title = {"en": f"{status}: not in the catalogue", "zh": f"{status}：目录中没有"}
        meaning = {
            "en": f"The catalogue does not know {service} {status}, and no class of statuses holds it.",
            "zh": f"目录中没有 {service} {status}，它也不属于任何一类状态码。",
        }
    return Explanation((Entry(service, status, title=title, meaning=meaning, sources=("logan",), known=False),), "unknown")


def _event(service: str, name: str | None) -> Explanation:
    """A row without a status: an event of the FTP service, or nothing to explain."""
    if service == "ftp" and name:
        for entry in load("ftp"):
            if entry.event and entry.event.lower() == name.lower():
                return Explanation((entry,), "reason")
    return _unknown(service, None)


def _httperr(status: int | None, reason: str | None) -> Explanation:
    """A row of the HTTPERR log: its reason says most, the status only what the client got."""
    if reason:
        found = _find("httperr", reason) or _find("httperr", _reasons().get(reason.lower()))
        if found:
            return Explanation(found, "reason")
    answer = _find("http", status) if status is not None else ()
    label = reason or "-"
    title = {"en": f"HTTP.sys: {label} (unknown reason)", "zh": f"HTTP.sys：{label}（未知原因）"}
    meaning = {
        "en": f"HTTP.sys ended this request before or without a worker process; the catalogue does not know the reason {label}."
        if reason
        else "HTTP.sys wrote this row without a reason.",
        "zh": f"HTTP.sys 没有等到工作进程的答复就结束了该请求；目录中没有原因 {label}。" if reason else "HTTP.sys 写下这一行，但没有记录原因。",
    }
    entry = Entry("httperr", label, title=title, meaning=meaning, sources=("logan",), known=False)
    if not answer:
        return Explanation((entry,), "unknown")
    entry = replace(entry, causes=answer[0].causes, remedies=answer[0].remedies)
    note = {
        "en": f"The client got {status}: {in_language(answer[0].title, 'en')}.",
        "zh": f"客户端得到的是 {status}：{in_language(answer[0].title, 'zh')}。",
    }
    return Explanation((entry,), "status", note=note)


@remembered
def _reasons() -> dict[str, str]:
    return {str(entry.status).lower(): str(entry.status) for entry in load("httperr")}


# What is to be said about a sub-status that is not there

_NONE_GIVEN = {
    "en": "The row has no sub-status (-), so nothing finer is known.",
    "zh": "该行的子状态为 -，没有更具体的信息。",
}
_NOT_LOGGED: dict[str, Texts] = {
    "http": {
        "en": "This log does not record sc-substatus. To switch it on: IIS Manager > site > Logging > Select Fields >"
        " Protocol Substatus (sc-substatus).",
        "zh": "该日志没有记录 sc-substatus。启用方法：IIS 管理器 > 站点 >“日志”>“选择字段”> 勾选“协议子状态 (sc-substatus)”。",
    },
    "ftp": {
        "en": "This log does not record sc-substatus. To switch it on (FTP 7 and later): IIS Manager > FTP site > FTP"
        " Logging > Select W3C Fields > Protocol Substatus (sc-substatus).",
        "zh": "该日志没有记录 sc-substatus。启用方法（FTP 7 及以上）：IIS 管理器 > FTP 站点 >“FTP 日志”>“选择 W3C 字段”>"
        " 勾选“协议子状态 (sc-substatus)”。",
    },
}


def _candidates_note(service: str, finer: tuple[Entry, ...]) -> Texts:
    shown = finer[:_SHOWN]
    more = len(finer) - len(shown)
    note = {}
    for lang, off in _NOT_LOGGED[service].items():
        if not finer:
            note[lang] = off
            continue
        listed = "; ".join(f"{entry.code} {in_language(entry.title, lang)}" for entry in shown)
        rest = {"en": f"; and {more} more", "zh": f"；另有 {more} 种"}[lang] if more else ""
        lead = {"en": "It may be any of: ", "zh": "可能是："}[lang]
        note[lang] = off + (" " if lang == "en" else "") + _sentence(f"{lead}{listed}{rest}", lang)
    return note


def _sentence(text: str, lang: str) -> str:
    return text + ("。" if lang == "zh" else ".")


def notes_for(entry: Entry) -> tuple[tuple[Texts, Texts], ...]:
    """Title and text of each note that belongs to an entry."""
    status = entry.code if entry.service != "ftp" else f"ftp:{entry.status}"
    return tuple((note.title, note.text) for note in notes() if status in note.applies)
