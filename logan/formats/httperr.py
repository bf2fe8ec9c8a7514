"""HTTPERR logs without a header: the layouts of HTTP.sys told by their length and their last values.

Microsoft's pages say that these files have no column headings; real ones have them since Windows Server 2003 SP1, and
are then read as any W3C log. Source: KB 820729, samples.
"""

from __future__ import annotations

import re

from logan.formats.layout import Layout

_BASE = "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri".split()
_END = "sc-status s-siteid s-reason s-queuename".split()
#: By the number of values; rows of the oldest systems end at the reason.
LAYOUTS: dict[int, tuple[str, ...]] = {
    12: (*_BASE, *_END[:-1]),
    13: (*_BASE, *_END),
    14: (*_BASE, "streamid", *_END),
    16: (*_BASE, "streamid", "streamid_ex", *_END, "transport"),
}
_ROW = re.compile(rb"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+ (\d+|-) \S+ (\d+|-) (HTTP/\S+|-) ")
_REASON = re.compile(rb"^([A-Z][A-Za-z]+_?[A-Za-z_/]*|N/A|N/I)$")


def recognize(line: bytes) -> Layout | None:
    """The layout where a line is certainly HTTPERR, else None."""
    values = line.split()
    fields = LAYOUTS.get(len(values))
    if not fields or not _ROW.match(line) or not _REASON.match(values[fields.index("s-reason")]):
        return None
    return Layout("w3c", "httperr", None, fields, certain=True)
