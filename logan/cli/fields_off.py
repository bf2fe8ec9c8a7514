"""Which useful fields a site does not log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logan.analysis.coverage import Who, coverage
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
    logged = coverage(summary)
    sites = sorted(filter(_counts, logged.rows), key=lambda who: -logged.rows[who])
    found = []
    for name in USEFUL:
        asked = (who for who in sites if who[0] == "http" or name in _FTP)
        lacking = tuple((who[1], share) for who in asked if (share := logged.share(who, name)) < 1)
        if lacking:
            found.append(FieldOff(name, column_name(name), lacking))
    return found


def _counts(who: Who) -> bool:
    service, site = who
    return service == "http" or (service == "ftp" and (site or "").upper().startswith("FTPSVC"))
