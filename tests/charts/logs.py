"""Summaries whose numbers a person can count."""

from __future__ import annotations

from functools import cache
from typing import Any

from logan.analysis.findings import Finding
from logan.selection import moment
from logan.summary import Summary
from tests.analysis.logs import FTP_FIELDS, HEADER, HTTPERR_FIELDS, http_log, http_row, of


def ftp_row(time: str, method: str, target: str, status: str, date: str = "2026-11-17") -> str:
    """One row under `FTP_FIELDS`; `status` is "status win32 sub-status"."""
    return f"{date} {time} 192.0.2.7 - 10.0.0.2 21 {method} {target} {status} s1 -\n"


def httperr_row(time: str, reason: str, status: str = "503", date: str = "2026-11-17") -> str:
    return f"{date} {time} 192.0.2.8 5000 10.0.0.1 443 HTTP/1.1 GET /pool {status} 1 {reason} Pool\n"


@cache
def week() -> Summary:
    """Monday 2026-11-16 to Sunday 2026-11-22: three 404, two 500 and a 401.2 in HTTP, FTP and HTTPERR on Tuesday."""
    http = [http_row("00:05:00"), http_row("23:50:00", date="2026-11-22")]
    http += [http_row(f"08:{m:02d}:00", "404 0 2", "/gone", taken="5") for m in (1, 20, 50)]
    http += [http_row(f"14:{m:02d}:00", "500 19 183", "/app", "198.51.100.4", "900", date="2026-11-18") for m in (0, 1)]
    http += [http_row("09:00:00", "401 2 5", "/intranet")]
    http += [http_row(f"10:00:{s:02d}", uri="/fast", taken=str(10 + s), date="2026-11-19") for s in range(20)]
    http += [http_row(f"11:00:{s:02d}", uri="/slow", taken=str(2000 + s), date="2026-11-19") for s in range(20)]
    ftp = [
        ftp_row("12:00:00", "USER", "anna", "331 0 0"), ftp_row("12:00:01", "PASS", "***", "230 0 0"),
        ftp_row("12:00:02", "PASS", "***", "530 1326 41"), ftp_row("12:00:03", "PASS", "***", "530 1326 41"),
        ftp_row("12:00:04", "PASS", "***", "530 1326 42"), ftp_row("12:01:00", "RETR", "/a.zip", "226 0 0"),
        ftp_row("12:02:00", "STOR", "/b.zip", "226 0 0"), ftp_row("12:03:00", "STOR", "/b.zip", "226 0 0"),
        ftp_row("12:04:00", "STOR", "/c.zip", "425 10060 0"),
    ]  # fmt: skip
    httperr = [httperr_row("06:00:00", "AppOffline"), httperr_row("06:00:09", "Timer_ConnectionIdle", "-")]
    return of(
        W3SVC1=http_log(*http) + "torn\n",
        FTPSVC2=f"{HEADER}#Fields: {FTP_FIELDS}\n" + "".join(ftp),
        HTTPERR=f"#Fields: {HTTPERR_FIELDS}\n" + "".join(httperr),
    )


@cache
def two_weeks() -> Summary:
    """The week, and the one before with four 404 on its Friday."""
    rows = [http_row(f"08:0{m}:00", "404 0 2", date="2026-11-13") for m in range(4)]
    return week() + of(W3SVC1=http_log(http_row(date="2026-11-09"), *rows))


def finding(id: str, severity: Any, first: str, last: str, title: str = "Something is off") -> Finding:
    texts = {lang: {"title": title, "explanation": "", "advice": ""} for lang in ("en", "zh")}
    return Finding(id, severity, "http", "W3SVC1", 3, moment(first), moment(last), {}, texts)
