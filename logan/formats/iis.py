"""IIS native logs (``inYYMMDD.log``): fixed columns between commas, no header, server-local time.

The client's bytes come before the server's, the reverse of W3C logs. Dates are M/D/YYYY or MM/DD/YY; Microsoft calls
the order locale-dependent, so a first number over 12 is taken as the day. Source: win32 iis-logging page, samples.
"""

from __future__ import annotations

import re

from logan.formats.layout import Layout, Tokens

FIELDS = (
    "c-ip cs-username date time s-sitename s-computername s-ip time-taken cs-bytes sc-bytes "
    "sc-status sc-win32-status cs-method cs-uri-stem cs-uri-query"
).split()
_DATE = re.compile(rb"^(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})$")
_TIME = re.compile(rb"^(\d{1,2}):(\d\d):(\d\d)$")


def recognize(line: bytes) -> Layout | None:
    """The layout where a line is certainly IIS native, else None."""
    values = line.rstrip(b", \r").split(b", ")
    if len(values) < 13 or not _DATE.match(values[2]) or not _TIME.match(values[3]):
        return None
    site = values[4].upper()
    service = "ftp" if b"FTP" in site else "smtp" if site.startswith(b"SMTP") else "http"
    return Layout("iis", service, None, tuple(FIELDS), local=True, certain=True)


def tokens(line: bytes, layout: Layout) -> Tokens:
    """The values of one line with date and time as W3C writes them, or why it cannot be read.

    >>> row = b"10.0.0.9, -, 6/1/2009, 9:05:00, W3SVC1, WEB, 10.0.0.1, 15, 300, 900, 200, 0, GET, /a, b=1, 2, -,"
    >>> tokens(row, Layout("iis", "http", None, tuple(FIELDS)))[2:4]
    [b'2009-06-01', b'09:05:00']
    """
    body = line.strip()
    head = body.removesuffix(b",").split(b", ", 14)
    if len(head) == 14:
        head.append(b"-")
    if len(head) != 15:
        return f"{len(head)} values for 15 fields of an IIS native log"
    # the last value is a query or argument and may hold ", " itself
    date, time = _DATE.match(head[2]), _TIME.match(head[3])
    if not date or not time:
        return "date or time is not as IIS native logs write it"
    first, second, year = int(date[1]), int(date[2]), int(date[3])
    month, day = (second, first) if first > 12 else (first, second)
    year += (2000 if year < 70 else 1900) if year < 100 else 0
    head[2] = b"%04d-%02d-%02d" % (year, month, day)
    head[3] = b"%02d:%02d:%02d" % (int(time[1]), int(time[2]), int(time[3]))
    head[14] = head[14].removesuffix(b", -").strip() or b"-"
    return [value.strip() or b"-" for value in head]
