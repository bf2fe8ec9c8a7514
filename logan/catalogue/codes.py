"""What people type for a code, and the entries they mean by it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace

from logan.catalogue import win32 as decoder
from logan.catalogue.lookup import lookup
from logan.catalogue.model import Entry
from logan.catalogue.store import classes, index, load, remembered
from logan.display import Listing
from logan.exceptions import OptionError

_SERVICE = re.compile(
    r"(?P<service>https?err(?:or)?|http|ftp|win32|hresult|ntstatus|asp|iis)(?:/[\d.]+)?(?:\s*[:=_\s]\s*|(?=\d))"
    r"(?:(?:error|status|code|错误|状态码?|代码)\s*[:\s]?\s*)?(?P<rest>.+)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"^(?:error|status|code|错误|状态码?|代码)\s*[:\s]\s*|\s+[-–—]\s+\D.*$", re.IGNORECASE)
_STATUS = re.compile(
    r"(?P<status>\d{3})(?:\s*[.\-]\s*(?P<sub>\d{1,3}))?(?:\.asp)?(?:\s*\+\s*(?P<with>\S+))?", re.IGNORECASE
)
_ROW = re.compile(r"(?P<status>\d{3})(?:[\s/,;]+|\.)(?P<sub>\d{1,3}|-)(?:[\s/,;]+(?P<win32>\w+))?")
_SUB = re.compile(r"\*?\.(?P<sub>\d{1,3})")
_CLASS = re.compile(r"(?P<digit>[1-9])xx", re.IGNORECASE)
_HEX = re.compile(r"(?:0x|&h)(?P<digits>[0-9a-f]{1,8})", re.IGNORECASE)
_BARE_HEX = re.compile(r"[89a-f][0-9a-f]{7}", re.IGNORECASE)
_ASP = re.compile(r"\d{1,4}")
_LARGEST = 0xFFFFFFFF


def explain(*codes: str | int) -> list[Entry]:
    """The entries of codes as one types them: one for each meaning of each code, in the order of the codes.

    A number that HTTP and FTP both know has both meanings, HTTP's first; what only another vendor's product says (530 of
    Cloudflare) comes behind what IIS says in either. A code that the catalogue does not know gets its status or its
    class, with `known` False. Raises OptionError for a text that is no code.

    >>> [entry.code for entry in explain("403-14", "ftp 530")]
    ['403.14', 'ftp:530']
    """
    return Listing(entry for code in codes for entry in _explain(str(code)))


def _explain(typed: str) -> list[Entry]:
    text = " ".join(unicodedata.normalize("NFKC", typed).split()).rstrip(".:;,")
    match = _SERVICE.fullmatch(text)
    service, rest = (match["service"].lower(), match["rest"]) if match else ("", text)
    rest = _WORDS.sub("", rest).strip() or rest
    found = _READERS[_ALIASES.get(service, service)](rest)
    if not found and service:
        found = _named(text)  # a name that begins like a service
    if not found:
        raise _no_code(typed, rest)
    return found


_ALIASES = {"httperror": "http", "httpserr": "httperr", "httpserror": "http", "https": "http", "iis": "http",
            "hresult": "win32", "ntstatus": "win32"}  # fmt: skip


# One reader for each service: [] means "no code of mine"


def _any(text: str) -> list[Entry]:
    """A code without its service."""
    return (
        _of_class("http", text)
        or _numbers(text)
        or _bare_hex(text)
        or _hexadecimal(text)
        or _win32_number(text)
        or _named(text)
        or _any_status("http", text)
    )


def _http(text: str) -> list[Entry]:
    return _of_class("http", text) or _status_of("http", text) or _any_status("http", text)


def _ftp(text: str) -> list[Entry]:
    return _of_class("ftp", text) or _status_of("ftp", text) or _any_status("ftp", text) or _events(text)


def _httperr(text: str) -> list[Entry]:
    return _by_name("httperr", text)


def _win32(text: str) -> list[Entry]:
    return _hexadecimal(text) or _win32_number(text) or _bare_hex(text, asp=False) or _by_name("win32", text)


def _asp(text: str) -> list[Entry]:
    if _ASP.fullmatch(text):
        return _asp_entries(f"ASP {int(text):04d}")
    digits = text.lower().removeprefix("0x").upper()
    return _asp_entries(digits) if re.fullmatch("[0-9A-F]{8}", digits) else []


_READERS: dict[str, Callable[[str], list[Entry]]] = {
    "": _any,
    "http": _http,
    "ftp": _ftp,
    "httperr": _httperr,
    "win32": _win32,
    "asp": _asp,
}


# Statuses


def _triple(service: str, text: str) -> tuple[int, int | None, int | None] | None:
    """Status, sub-status and win32 code of a text such as ``403.14``, ``404 0 2`` or ``404.0 + 2``."""
    match = _STATUS.fullmatch(text)
    if match:
        code = _win32_value(match["with"]) if match["with"] else None
        return None if match["with"] and code is None else (int(match["status"]), _int(match["sub"]), code)
    match = _ROW.fullmatch(text)
    if match:
        code = _win32_value(match["win32"]) if match["win32"] else None
        return None if match["win32"] and code is None else (int(match["status"]), _int(match["sub"]), code)
    # An FTP log has the win32 code before the sub-status: told by a second number that no sub-status reaches.
    numbers = text.split()
    if service == "ftp" and len(numbers) == 3 and all(number.isdecimal() for number in numbers):
        return int(numbers[0]), int(numbers[2]), int(numbers[1])
    return None


def _int(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _win32_value(text: str) -> int | None:
    match = _HEX.fullmatch(text)
    value = int(match["digits"], 16) if match else int(text) if text.isdecimal() else None
    return value if value is not None and value <= _LARGEST else None


def _status_of(service: str, text: str) -> list[Entry]:
    numbers = _triple(service, text)
    return _meanings(service, *numbers) if numbers else []


def _numbers(text: str) -> list[Entry]:
    """A number without its service: whatever HTTP and FTP know of it, else a win32 code, else HTTP's class."""
    numbers = _triple("", text)
    if not numbers:
        return []
    status, substatus, code = numbers
    if substatus is None and code is None:
        both = sorted((*_bare("http", status), *_bare("ftp", status)), key=lambda entry: entry.vendor)
        return both or list(decoder.known(status)) or _meanings("http", status, None, None)
    # FTP's sub-statuses go with any reply: 500.19 is not meant as one.
    for service in ("http", "ftp"):
        found = _meanings(service, status, substatus, code)
        if found[0].known:
            return found
    return _meanings("ftp" if _bare("ftp", status) and not _bare("http", status) else "http", status, substatus, code)


def _bare(service: str, status: int) -> tuple[Entry, ...]:
    return index(service).get(service, (status, None, None, None))


def _meanings(service: str, status: int, substatus: int | None, code: int | None) -> list[Entry]:
    """The entries of one status of one service, with a sub-status and a win32 code or without."""
    if code is None:
        every = index(service).get(service, (status, substatus, None, None))
        return list(every or lookup(service, status, substatus).entries)
    found = lookup(service, status, substatus, code)
    if found.match == "combination":
        return [replace(entry, substatus=substatus) if substatus is not None else entry for entry in found.entries]
    return [*found.entries, decoder.decode(code)]


def _any_status(service: str, text: str) -> list[Entry]:
    """A sub-status without a status: ``*.501``, ``ftp:*.41``."""
    match = _SUB.fullmatch(text)
    if not match:
        return []
    substatus = int(match["sub"])
    if service == "ftp":
        return list(index("ftp").get("ftp", (None, substatus, None, None)))
    return [entry for entry in load("http") if entry.substatus == substatus]


def _of_class(service: str, text: str) -> list[Entry]:
    match = _CLASS.fullmatch(text)
    found = classes().get((service, int(match["digit"]))) if match else None
    if not found:
        return []
    return [Entry(service, f"{found.digit}xx", title=found.title, meaning=found.meaning, sources=found.sources)]


# Other codes


def _hexadecimal(text: str) -> list[Entry]:
    match = _HEX.fullmatch(text)
    if not match:
        return []
    value = int(match["digits"], 16)
    script = index("asp").get("asp", (f"{value:08X}", None, None, None))
    return [*(decoder.known(value) or (() if script else (decoder.decode(value),))), *script]


def _bare_hex(text: str, *, asp: bool = True) -> list[Entry]:
    """Eight hexadecimal digits without 0x, as classic ASP writes them into the query."""
    if not _BARE_HEX.fullmatch(text) or (text.isdecimal() and decoder.known(int(text))):
        return []
    script = index("asp").get("asp", (text.upper(), None, None, None)) if asp else ()
    value = int(text, 16)
    return [*script, *(decoder.known(value) or (() if script else (decoder.decode(value),)))]


def _win32_number(text: str) -> list[Entry]:
    negative = re.fullmatch(r"-\d{1,10}", text)
    if not text.isdecimal() and not negative:
        return []
    value = int(text) & _LARGEST if negative else int(text)
    return list(decoder.known(value)) or ([decoder.decode(value)] if value <= _LARGEST else [])


def _asp_entries(status: str) -> list[Entry]:
    found = index("asp").get("asp", (status, None, None, None))
    if found:
        return list(found)
    if not status.startswith("ASP "):
        return [replace(decoder.decode(int(status, 16)), known=False)]
    title = {"en": f"{status}: not in the catalogue", "zh": f"{status}：未收录"}
    meaning = {
        "en": f"An error of the classic ASP engine ({status}); the catalogue has no text for it. The page and the line"
        " stand in cs-uri-query.",
        "zh": f"经典 ASP 引擎的错误（{status}），未收录其说明。页面和行号见 cs-uri-query。",
    }
    return [Entry("asp", status, title=title, meaning=meaning, sources=("logan",), known=False)]


def _events(text: str) -> list[Entry]:
    return [entry for entry in load("ftp") if entry.event and entry.event.lower() == text.lower()]


def _named(text: str) -> list[Entry]:
    """A reason of the HTTPERR log, an event of the FTP log, or the symbol of a win32 code."""
    return _by_name("httperr", text) or _by_name("win32", text) or _events(text)


def _by_name(service: str, text: str) -> list[Entry]:
    return list(_names(service).get(_plain(text), ()))


@remembered
def _names(service: str) -> dict[str, tuple[Entry, ...]]:
    """Entries by their name, without regard to case, blanks and underscores."""
    found: dict[str, tuple[Entry, ...]] = {}
    for entry in load(service):
        name = str(entry.status) if service == "httperr" else entry.name
        for part in re.split(r"\s*/\s+|\s+or\s+|,\s*", name or ""):
            if part:
                found[_plain(part)] = (*found.get(_plain(part), ()), entry)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\s_]", "", name).lower()


# Hints


def _no_code(typed: str, rest: str) -> OptionError:
    from difflib import get_close_matches

    wanted = unicodedata.normalize("NFKC", typed).strip()
    spelt = {label.lower(): label for label in _labels()}
    near: dict[str, None] = {}
    for text in (wanted.translate(str.maketrans("oOlI", "0011")), wanted, rest):
        near |= dict.fromkeys(spelt[label] for label in get_close_matches(text.lower(), spelt, 3, 0.6))
    examples = "Codes look like 403.14, ftp:530, win32:5, httperr:QueueFull."
    hint = f"Nearest: {', '.join(list(near)[:4])}." if near else examples
    return OptionError(f"{typed!r} is no code that logan knows.\n    {hint} Words are found with --search.")


def _labels() -> Iterator[str]:
    for service in ("http", "ftp", "httperr", "asp", "win32"):
        for entry in load(service):
            yield entry.code
            yield from (name for name in (entry.name, entry.event) if name)
            if service in ("httperr", "asp"):
                yield str(entry.status)
