"""Answers where the catalogue has no entry of its own: the next coarser thing that is known, and that it is coarser."""

from __future__ import annotations

from dataclasses import replace

from logan.catalogue.explanation import COLON, Explanation, sentence
from logan.catalogue.model import Entry, Texts, in_language
from logan.catalogue.store import classes

#: Sub-statuses of dynamic IP restriction, which go with any status.
LIMITS: dict[int, Texts] = {
    501: {"en": "too many concurrent requests from one address", "zh": "同一 IP 的并发请求过多"},
    502: {"en": "too many requests from one address within a time", "zh": "同一 IP 的请求过于频繁"},
}
#: What is to be said about a sub-status that is not there.
NONE_GIVEN: Texts = {
    "en": "The row has no sub-status (-), so nothing finer is known.",
    "zh": "该行的子状态为 -，没有更具体的信息。",
}
NOT_LOGGED: dict[str, Texts] = {
    "http": {
        "en": "This log does not record sc-substatus. To switch it on: IIS Manager > site > Logging > Select Fields >"
        " Protocol Substatus (sc-substatus).",
        "zh": "该日志没有记录 sc-substatus。启用方法：IIS 管理器 > 站点 >“日志”>“选择字段”>"
        " 勾选“协议子状态 (sc-substatus)”。",
    },
    "ftp": {
        "en": "This log does not record sc-substatus. To switch it on (FTP 7 and later): IIS Manager > FTP site > FTP"
        " Logging > Select W3C Fields > Protocol Substatus (sc-substatus).",
        "zh": "该日志没有记录 sc-substatus。启用方法（FTP 7 及以上）：IIS 管理器 > FTP 站点 >“FTP 日志”>"
        "“选择 W3C 字段”> 勾选“协议子状态 (sc-substatus)”。",
    },
}
#: How many candidates an answer names before it counts the rest.
_SHOWN = 8


def stand_in(entry: Entry, substatus: int) -> Entry:
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
            "zh": f"未收录 {code}，以下是 {entry.code} 的说明。{in_language(entry.meaning, 'zh')}",
        },
        example=None,
        known=False,
    )


def restricted(entry: Entry, status: int, base: Entry | None) -> Entry:
    """Dynamic IP restriction with a status that has no such entry: `entry` is that of another status."""
    title = dict(LIMITS[entry.substatus or 501])
    if base:
        title = {lang: in_language(base.title, lang) + COLON[lang] + text for lang, text in title.items()}
    return replace(entry, status=status, title=title, example=None)


def of_class(service: str, status: int) -> Explanation:
    """The answer for a status that the catalogue does not know: its class."""
    known = classes().get((service, status // 100))
    if not known:
        return unknown(service, status)
    label = f"{status // 100}xx"
    title = {
        "en": f"{status}: not in the catalogue ({label}, {in_language(known.title, 'en').lower()})",
        "zh": f"{status}：未收录（{label}，{in_language(known.title, 'zh')}）",
    }
    meaning = {
        "en": f"The catalogue does not know {status}; its class {label} says: {in_language(known.meaning, 'en')}",
        "zh": f"未收录 {status}，该状态码属于 {label} 类：{in_language(known.meaning, 'zh')}",
    }
    entry = Entry(service, status, title=title, meaning=meaning, sources=known.sources, known=False)
    return Explanation((entry,), "class")


def unknown(service: str, status: int | str | None) -> Explanation:
    """The answer for what no class holds, and for a row without a status."""
    if status is None:
        title = {"en": "No status", "zh": "没有状态码"}
        meaning = {"en": "The row carries no status.", "zh": "该行没有状态码。"}
    else:
        title = {"en": f"{status}: not in the catalogue", "zh": f"{status}：未收录"}
        meaning = {
            "en": f"The catalogue does not know {service} {status}, and no class of statuses holds it.",
            "zh": f"未收录 {service} {status}，也不属于任何一类状态码。",
        }
    entry = Entry(service, status, title=title, meaning=meaning, sources=("logan",), known=False)
    return Explanation((entry,), "unknown")


def unknown_reason(reason: str | None, status: int | None, answer: Entry | None) -> Explanation:
    """A row of the HTTPERR log whose reason is missing or new; `answer` is the status that the client got."""
    label = reason or "-"
    title = {"en": f"HTTP.sys: {label} (unknown reason)", "zh": f"HTTP.sys：{label}（未知原因）"}
    meaning = {
        "en": f"HTTP.sys ended this request or connection by itself; the catalogue does not know the reason {label}.",
        "zh": f"HTTP.sys 自行结束了该请求或连接；未收录原因 {label}。",
    }
    if reason is None:
        title = {"en": "HTTP.sys gave no reason", "zh": "HTTP.sys 没有给出原因"}
        meaning = {"en": "HTTP.sys wrote this row without a reason.", "zh": "HTTP.sys 写了这一行，但没有记录原因。"}
    entry = Entry("httperr", label, title=title, meaning=meaning, sources=("logan",), known=False)
    if answer is None:
        return Explanation((entry,), "unknown")
    entry = replace(entry, causes=answer.causes, remedies=answer.remedies)
    note = {
        "en": f"The client got {status}: {sentence(in_language(answer.title, 'en'), 'en')}",
        "zh": f"客户端得到的是 {status}：{sentence(in_language(answer.title, 'zh'), 'zh')}",
    }
    return Explanation((entry,), "status", note=note)


def candidates_note(service: str, finer: tuple[Entry, ...]) -> Texts:
    """That the sub-status is not logged, what it may have been, and how to have it logged."""
    more = len(finer) - _SHOWN
    lead = {"en": "It may be any of: ", "zh": "可能是："}
    rest = {"en": f"; and {more} more", "zh": f"；另有 {more} 种"}
    note = {}
    for lang, off in NOT_LOGGED[service].items():
        listed = {"en": "; ", "zh": "；"}[lang].join(
            f"{entry.code} {in_language(entry.title, lang)}" for entry in finer[:_SHOWN]
        )
        whole = sentence(f"{lead[lang]}{listed}{rest[lang] if more > 0 else ''}", lang)
        note[lang] = f"{off}{' ' if lang == 'en' else ''}{whole}" if finer else off
    return note
