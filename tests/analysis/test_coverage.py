"""How much of a site's log a field is in."""

from __future__ import annotations

from logan.analysis.coverage import coverage
from tests.analysis.logs import FTP_FIELDS, HEADER, http_log, http_row, of


def test_the_share_of_a_site_s_rows_that_have_a_field() -> None:
    short = http_log("2026-11-16 08:00:00 /a 200\n", fields="date time cs-uri-stem sc-status")
    ftp = f"{HEADER}#Fields: {FTP_FIELDS}\n2026-11-16 08:00:00 203.0.113.66 - 10.0.0.1 21 PASS *** 530 1326 41 s1 /\n"
    found = coverage(of(W3SVC1=short + http_log(http_row() * 3), W3SVC2=http_log(http_row()), FTPSVC2=ftp))
    assert found.rows == {("http", "W3SVC1"): 4, ("http", "W3SVC2"): 1, ("ftp", "FTPSVC2"): 1}
    first, second = ("http", "W3SVC1"), ("http", "W3SVC2")
    assert [found.share(first, name) for name in ("sc-substatus", "sc-status", "cs(Cookie)")] == [0.75, 1, 0]
    assert (found.share(second, "sc-substatus"), found.share(("ftp", "FTPSVC2"), "sc-win32-status")) == (1, 1)
    assert [found.without(first, name) for name in ("sc-substatus", "sc-status", "cs(Cookie)")] == [1, 0, 4]
    assert found.without(("ftp", "MSFTPSVC9"), "c-ip") == 0


def test_a_field_of_bytes_that_is_always_a_dash_is_logged_but_holds_nothing() -> None:
    fields = "date time cs-uri-stem sc-status cs-username sc-bytes cs-bytes"
    rows = ["2026-11-16 08:00:00 /a 200 - - 7\n", "2026-11-16 08:00:00 /a 200 - - -\n"]
    found, who = coverage(of(W3SVC1=http_log(*rows, fields=fields))), ("http", "W3SVC1")
    assert [found.without(who, name) for name in ("cs-username", "sc-bytes", "cs-bytes")] == [0, 0, 0]
    assert found.filled == {who: {"cs_bytes"}}
    assert not any(" " in column for column in found.having[who])
