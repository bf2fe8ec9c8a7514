"""From the numbers of a log row to an explanation.

The service is part of the key, because FTP 421 is not HTTP 421. A sub-status that the row has, one that it has not
(``-``) and one that the log does not record are three different questions. The answer comes from the first of: the
combination with the win32 code, the exact pair, ``*.501`` and ``*.502`` (dynamic IP restriction), the status alone, its
class, "unknown".
"""

from __future__ import annotations

from dataclasses import replace

from logan.catalogue import fallback
from logan.catalogue import win32 as decoder
from logan.catalogue.explanation import COLON, Explanation, Match, Text
from logan.catalogue.model import Entry, Note
from logan.catalogue.store import index, load, notes, remembered

__all__ = ["Explanation", "Match", "Text", "candidates", "lookup", "notes_for"]


def lookup(
    service: str,
    status: int | None,
    substatus: int | None = None,
    win32: int | None = None,
    reason: str | None = None,
    *,
    substatus_logged: bool = False,
) -> Explanation:
    """What a row with these values means.

    `reason` is HTTPERR's s-reason, or for a row of the FTP log without a status its cs-method. `substatus` is None
    where the log has no such column, and also where the row has ``-`` in it: `substatus_logged` tells that apart. It
    is False if left out, because IIS writes a number, be it 0, wherever the field is logged.
    """
    if service == "httperr":
        return _httperr(status, reason)
    if service not in ("http", "ftp"):
        return fallback.unknown(service, status)
    if status is None:
        return _event(service, substatus, win32, reason)
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
    if win32 is not None:
        together = [e for e in load("combinations") if (e.service, e.status, e.win32) == (service, status, win32)]
        if together:
            return tuple(together)
    return _pairs().get(status, ()) if service == "http" else ()


def notes_for(entry: Entry) -> tuple[Note, ...]:
    """The notes that belong to an entry; not how to log a sub-status, where there is one."""
    code = f"ftp:{entry.status}" if entry.service == "ftp" else entry.code
    return tuple(
        note
        for note in notes()
        if code in note.applies and not (entry.substatus is not None and note.key.endswith("substatus-on"))
    )


@remembered
def _pairs() -> dict[int | str | None, tuple[Entry, ...]]:
    """The entries of HTTP that have a sub-status, by their status."""
    found: dict[int | str | None, tuple[Entry, ...]] = {}
    for entry in load("http"):
        if entry.substatus is not None and not entry.vendor:
            found[entry.status] = (*found.get(entry.status, ()), entry)
    return found


def _find(service: str, status: int | str | None, substatus: int | None = None) -> tuple[Entry, ...]:
    """The entries of a key; those of other vendors only where IIS has none."""
    found = index(service).get(service, (status, substatus, None, None))
    return tuple(entry for entry in found if not entry.vendor) or found


def _combination(
    service: str, status: int, substatus: int | None, win32: int | None, *, logged: bool
) -> Explanation | None:
    """The entry for a status together with a win32 code.

    One without a sub-status holds for every sub-status that says nothing by itself: 550.6 with code 5 is a hidden
    folder, 550 with code 5 a missing permission.
    """
    if win32 is None:
        return None
    table = index("combinations")
    found = table.get(service, (status, substatus, win32, None))
    if not found and not (substatus and _pair(service, status, substatus)):
        found = table.get(service, (status, None, win32, None))
    if found:
        return Explanation(found, "combination")
    if substatus is None and not logged:
        likely = [entry for entry in candidates(service, status, win32) if entry.win32 == win32]
        if len(likely) == 1:
            return Explanation(tuple(likely), "candidates", tuple(likely), note=fallback.NOT_LOGGED[service])
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
    if substatus not in fallback.LIMITS:
        return None
    found = _find("http", None, substatus) or _find("http", 200 if status < 400 else 403, substatus)
    base = next(iter(_find("http", status)), None)
    return Explanation((fallback.restricted(found[0], status, base),), "any status") if found else None


def _ftp_pair(status: int, substatus: int) -> Explanation | None:
    """An FTP sub-status, which goes with every reply: both say their part."""
    fine, coarse = _find("ftp", None, substatus), _find("ftp", status)
    if not fine:
        return None
    return Explanation((_both(coarse[0], fine[0]) if coarse else replace(fine[0], status=status),), "pair")


def _both(reply: Entry, fine: Entry) -> Entry:
    """A reply or event of FTP and its sub-status as one."""
    languages = [lang for lang in fine.title if lang in reply.title]
    return replace(
        fine,
        status=reply.status,
        event=reply.event,
        title={lang: reply.title[lang] + COLON[lang] + fine.title[lang] for lang in languages} or fine.title,
        causes=fine.causes or reply.causes,
        remedies=fine.remedies or reply.remedies,
        kb=tuple(dict.fromkeys((*fine.kb, *reply.kb))),
        rfc=reply.rfc,
        retry=reply.retry,
    )


def _status(service: str, status: int, substatus: int | None, win32: int | None, *, logged: bool) -> Explanation:
    """The entry of the status alone, with what is to be said about the missing or unknown sub-status."""
    found = _find(service, status)
    if not found:
        return fallback.of_class(service, status)
    if substatus:
        return Explanation(tuple(fallback.stand_in(entry, substatus) for entry in found), "status")
    if substatus == 0 or status < 400:
        return Explanation(found, "status")
    if logged:
        return Explanation(found, "status", note=fallback.NONE_GIVEN)
    finer = candidates(service, status, win32)
    if not finer and service == "http":
        return Explanation(found, "status")
    return Explanation(found, "candidates", finer, note=fallback.candidates_note(service, finer))


def _event(service: str, substatus: int | None, win32: int | None, name: str | None) -> Explanation:
    """A row without a status: an event of the FTP service, or nothing to explain."""
    event = _events().get(name.lower()) if service == "ftp" and name else None
    if event is None:
        return fallback.unknown(service, None)
    fine = _find("ftp", None, substatus) if substatus else ()
    code = decoder.decode(win32 & 0xFFFFFFFF) if win32 else None
    return Explanation((_both(event, fine[0]) if fine else event,), "reason", win32=code)


@remembered
def _events() -> dict[str, Entry]:
    return {entry.event.lower(): entry for entry in load("ftp") if entry.event}


def _httperr(status: int | None, reason: str | None) -> Explanation:
    """A row of the HTTPERR log: its reason says most, the status only what the client got."""
    if reason:
        found = _find("httperr", reason) or _find("httperr", _reasons().get(reason.lower()))
        if found:
            return Explanation(found, "reason")
    answer = next(iter(_find("http", status)), None) if status is not None else None
    return fallback.unknown_reason(reason, status, answer)


@remembered
def _reasons() -> dict[str, str]:
    return {str(entry.status).lower(): str(entry.status) for entry in load("httperr")}
