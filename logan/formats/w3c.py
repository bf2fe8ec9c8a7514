"""W3C extended logs: IIS 4 to 10, FTP, HTTPERR, Azure App Service and Advanced Logging.

Where the draft (WD-logfile-960221) and practice part, practice wins: the header comes again and changes at any place,
`#Version` may be missing, `#Fields:` may end in a blank, a `#` inside a row is data, and HTTP.sys never quotes, so a
double quote is data too, except in Advanced Logging.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from logan.formats.layout import Layout, Tokens

_DIRECTIVE = re.compile(
    rb"^#(Software|Version|Fields|Date|Start-Date|End-Date|Remark|Filter)[^\S\r\n]*:", re.IGNORECASE
)
_DATE_LINE = re.compile(rb"\0*#(Start-)?Date\s*(:|\Z)", re.IGNORECASE)
_DATE = re.compile(rb"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")
_QUOTED = re.compile(rb'\s*(?:"((?:[^"]|"")*)"(?=\s|$)|(\S+))')
_GLUED = re.compile(rb"#(Software|Fields|Version): ")
#: Spellings that mean the same; TimeTakenMS and cs(Host) are Advanced Logging's.
_LOCAL = {"date-local": "date", "time-local": "time"}
_FTP_VERBS = re.compile(
    rb"^(\[\d+\]\w+|USER|PASS|ControlChannel(Opened|Closed)|DataChannel(Opened|Closed)|RETR|STOR|PASV|EPSV|PORT|EPRT)$"
)
_INSTANCE = {b"W3SVC": "http", b"MSFTPSVC": "ftp", b"FTPSVC": "ftp", b"SMTPSVC": "smtp"}


def is_directive(line: bytes) -> bool:
    """Whether a line is one of the directives of the W3C draft.

    >>> is_directive(b"#Fields: date time"), is_directive(b"# a heading")
    (True, False)
    """
    return bool(_DIRECTIVE.match(line.lstrip(b"\0")))


def apply(layout: Layout, line: bytes) -> Layout:
    """The layout in force below a directive line.

    >>> apply(Layout("w3c", None, None), b"#Fields: date time cs-uri-stem ").fields
    ('date', 'time', 'cs-uri-stem')
    """
    # headers come again in every file; what is kept of them shall not grow with what stands in them
    return _applied(layout, line) if len(line) < 1024 else _applied.__wrapped__(layout, line)


@lru_cache(512)
def _applied(layout: Layout, line: bytes) -> Layout:
    name, _, value = line.decode("utf-8", "backslashreplace").strip("\r\n\0").partition(":")
    key = name.strip().lower()
    if key == "#fields":
        return _with_fields(layout, tuple(value.split()))
    if key == "#software":
        return layout.changed(quoted="advanced logging" in value.lower())
    return layout


def is_date(line: bytes) -> bool:
    """Whether a directive line tells the day of the rows below, or would if it was not torn.

    >>> is_date(b"#Date: 2026-11-16 08:00:00"), is_date(b"#End-Date: 2026-11-16 08:00:00")
    (True, False)
    """
    return bool(_DATE_LINE.match(line))


def day_of(line: bytes) -> str | None:
    """The day, with the time behind it if there is one, of a ``#Date`` line; None where it is torn.

    Below a torn date nobody knows the day: better no row than one on the wrong day.

    >>> day_of(b"#Date: 2026-11-16 08:00:00"), day_of(b"#Date: 2026-11-31")
    ('2026-11-16 08:00:00', None)
    """
    day = _DATE.search(line)
    return day[0].decode() if day and _exists(day[0][:10].decode()) else None


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _with_fields(layout: Layout, fields: tuple[str, ...]) -> Layout:
    local = "date" not in fields and "date-local" in fields
    if local:
        fields = tuple(_LOCAL.get(field, field) for field in fields)
    service = "httperr" if "s-reason" in fields else "ftp" if {"x-session", "x-fullpath"} & set(fields) else None
    return layout.changed(
        format="w3c",
        fields=fields,
        local=local,
        service=service or layout.service,
        certain=service is not None,
        quoted=layout.quoted or "TimeTakenMS" in fields,
    )


def settle(layout: Layout, row: bytes) -> Layout:
    """The layout with its service told from the first row below ``#Fields``; content goes before the folder's name."""
    if layout.certain:
        return layout
    values = dict(zip(layout.fields, row.split(), strict=False))
    instance = re.match(rb"[A-Za-z]+[0-9]*[A-Za-z]+(?=\d*$)", values.get("s-sitename", b""))
    service = _INSTANCE.get(instance[0].upper()) if instance else None
    version = values.get("cs-version", b"").upper()
    if version in (b"FTP", b"SMTP"):
        service = version.decode().lower()
    elif _FTP_VERBS.match(values.get("cs-method", b"")):
        service = "ftp"
    elif service is None and version.startswith(b"HTTP/") and layout.service != "httperr":
        service = "http"
    return layout.changed(service=service or layout.service or "http", certain=True)


def tokens(line: bytes, layout: Layout) -> Tokens:
    """The values of one line that single spaces do not cut cleanly, or why it cannot be read.

    Tabs separate as blanks do; quotes hold values together where Advanced Logging wrote them, or where nothing else
    makes the count come out; runs of blanks count as one, as Exchange writes them before a user name.

    >>> tokens(b'GET  /a  200', Layout("w3c", "http", None, ("cs-method", "cs-uri-stem", "sc-status")))
    [b'GET', b'/a', b'200']
    """
    wanted = len(layout.fields)
    if not wanted:
        return "no #Fields line above this row says what its values are"
    if not layout.quoted:
        for separator in (b" ", b"\t"):
            values = line.split(separator)
            if len(values) == wanted:
                return values
    if b'"' in line:
        quoted = [_unquote(match) for match in _QUOTED.finditer(line)]
        if len(quoted) == wanted:
            return quoted
    collapsed = line.split()
    if len(collapsed) == wanted:
        return collapsed
    if _GLUED.search(line):
        return "a header begins in the middle of this line"
    return f"{len(collapsed)} values for {wanted} fields"


def _unquote(match: re.Match[bytes]) -> bytes:
    inner = match[1]
    return match[2] if inner is None else inner.replace(b'""', b'"').strip()
