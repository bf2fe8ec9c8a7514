"""Which useful fields a site does not log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logan.fields import column_name

if TYPE_CHECKING:
    from logan.summary import Summary

#: The fields that answer questions, the most telling first.
USEFUL = ("sc-substatus", "sc-win32-status", "time-taken", "cs(Referer)", "sc-bytes", "cs-host", "X-Forwarded-For")
#: Those of them that FTP 7 and later can log and that a finding rests on.
_FTP = frozenset({"sc-substatus", "sc-win32-status"})
#: The default fields of IIS 10 with bytes and host name; appcmd replaces the whole list.
FLAGS_COMMAND = (
    r"%windir%\system32\inetsrv\appcmd set config -section:system.applicationHost/sites "
    '/siteDefaults.logFile.logExtFileFlags:"Date,Time,ClientIP,UserName,ServerIP,Method,UriStem,UriQuery,'
    'HttpStatus,HttpSubStatus,Win32Status,TimeTaken,ServerPort,UserAgent,Referer,BytesSent,BytesRecv,Host" '
    "/commit:apphost"
)


@dataclass(frozen=True, slots=True)
class FieldOff:
    """A field that some sites do not log: (site, share of its rows that have it, 0 to 1) of each of them."""

    name: str
    column: str
    sites: tuple[tuple[str | None, float], ...]


def fields_off(summary: Summary) -> list[FieldOff]:
    """The useful fields that a site does not log, or not in all of its rows."""
    hits: dict[tuple[str, str | None], int] = {}
    for key, values in summary.spans:
        if key[0] == "http" or (key[0] == "ftp" and (key[1] or "").upper().startswith("FTPSVC")):
            hits[key[:2]] = hits.get(key[:2], 0) + values[0]
    logged: dict[tuple[str, str | None, str], int] = {}
    for (service, site, name), (rows,) in summary.fields:
        place = (service, site, column_name(name))
        logged[place] = max(logged.get(place, 0), rows)
    found = []
    for name in USEFUL:
        column = column_name(name)
        sites = [
            (site, logged.get((service, site, column), 0) / rows)
            for (service, site), rows in sorted(hits.items(), key=lambda item: -item[1])
            if (service == "http" or name in _FTP) and logged.get((service, site, column), 0) < rows
        ]
        if sites:
            found.append(FieldOff(name, column, tuple(sites)))
    return found
