"""NCSA common logs (``ncYYMMDD.log``): local time with its offset, which is honoured. Source: win32 ncsa-logging page."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from logan.formats.layout import Layout, Tokens

FIELDS = "c-ip cs-username date time cs-method cs-uri-stem cs-uri-query cs-version sc-status sc-bytes".split()
_LINE = re.compile(
    rb"^(?P<host>\S+) \S+ (?P<user>.+?) \[(?P<time>\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    rb'"(?P<request>.*)" (?P<status>\d{3}|-) (?P<bytes>\d+|-)(?P<more>\s.*)?$'
)
_MONTHS = {
    m: n for n, m in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}  # strptime's %b follows the locale


def recognize(line: bytes) -> Layout | None:
    """The layout where a line is certainly NCSA common, else None."""
    return Layout("ncsa", "http", None, tuple(FIELDS), certain=True) if _LINE.match(line.rstrip()) else None


def tokens(line: bytes, layout: Layout) -> Tokens:
    """The values of one line with date and time in UTC, or why it cannot be read.

    >>> row = b'203.0.113.9 - ann [16/Nov/2026:09:00:00 +0200] "GET /a?b=1 HTTP/1.1" 200 512'
    >>> tokens(row, Layout("ncsa", "http", None, tuple(FIELDS)))[2:6]
    [b'2026-11-16', b'07:00:00', b'GET', b'/a']
    """
    match = _LINE.match(line.strip())
    if not match:
        return "is not in the NCSA common layout"
    moment = _utc(match["time"])
    if moment is None:
        return "date or time is out of range"
    method, _, rest = match["request"].partition(b" ")
    uri, _, version = rest.rpartition(b" ") if b" HTTP/" in rest else (rest, b"", b"")
    stem, _, query = uri.partition(b"?")
    user = match["user"].strip()
    values = [match["host"], user, *moment, method, stem, query, version, match["status"], match["bytes"]]
    return [value or b"-" for value in values]


def _utc(text: bytes) -> tuple[bytes, bytes] | None:
    try:
        day, month, year = int(text[:2]), _MONTHS[text[3:6]], int(text[7:11])
        local = datetime(year, month, day, int(text[12:14]), int(text[15:17]), int(text[18:20]), tzinfo=UTC)
        minutes = int(text[22:24]) * 60 + int(text[24:26])
        sign = -1 if text[21:22] == b"+" else 1
        stamp = datetime.fromtimestamp(local.timestamp() + sign * minutes * 60, UTC)
    except (ValueError, KeyError, OverflowError):
        return None
    return stamp.strftime("%Y-%m-%d").encode(), stamp.strftime("%H:%M:%S").encode()
