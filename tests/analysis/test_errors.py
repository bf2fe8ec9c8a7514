"""What failed, since when, where and for whom."""

from __future__ import annotations

import pytest

from logan.analysis.errors import errors, order, statuses
from logan.analysis.statuses import Status
from logan.exceptions import OptionError
from logan.status import StatusFilter
from logan.summary import Summary
from logan.tables.counts import Groups
from tests.analysis.logs import FTP_FIELDS, HEADER, HTTPERR_FIELDS, http_log, http_row, of, of_rows


def test_only_failures_are_listed_the_most_hits_first() -> None:
    summary = of_rows(
        http_row("08:00:00"),
        http_row("08:00:01", "404 0 2", uri="/gone", client="203.0.113.1"),
        http_row("08:00:02", "500 19 183", uri="/app", client="203.0.113.2"),
        http_row("08:00:03", "500 19 183", uri="/app/b", client="203.0.113.2"),
        http_row("08:00:04", "500 19 183", uri="/app", client="203.0.113.3"),
        http_row("08:00:05", "401 2 5"),  # a handshake
        http_row("08:00:06", "200 0 64"),  # a hang-up
    )
    table = errors(summary)
    assert [(row.status.code, row.hits) for row in table.rows] == [("500.19", 3), ("404.0", 1)]
    worst = table.rows[0]
    assert worst.status == Status("http", 500, 19, 183, None)
    assert worst.uris == (("/app", 2), ("/app/b", 1))
    assert worst.clients == (("203.0.113.2", 2), ("203.0.113.3", 1))
    assert worst.last - worst.first == 2_000_000
    assert (worst.sites, worst.distinct_uris, table.hits) == (("W3SVC1",), 2, 4)


def test_frame_has_titles_and_times_in_utc() -> None:
    frame = errors(of_rows(http_row(status="404 0 2", uri="/gone"))).to_frame()
    (row,) = frame.to_dict("records")
    assert (row["status"], row["substatus"], row["win32_status"], row["hits"]) == (404, 0, 2, 1)
    assert row["title"]
    assert row["uris"] == ["/gone"]
    assert str(row["first"]) == "2026-11-16 08:00:00+00:00"
    assert row["reason_phrase"] is None or row["reason_phrase"] != row["reason_phrase"]


def test_empty_summary_gives_an_empty_table_with_all_columns() -> None:
    frame = errors(Summary()).to_frame()
    assert frame.empty
    assert {"status", "title", "hits", "first", "uris", "clients"} <= set(frame.columns)


def test_one_status_of_two_sites_is_one_row_and_can_be_asked_for_one_site() -> None:
    log = http_log(http_row(status="404 0 2", uri="/x"))
    summary = of(W3SVC1=log, W3SVC2=log)
    (row,) = errors(summary).rows
    assert (row.hits, row.sites, row.uris) == (2, ("W3SVC1", "W3SVC2"), (("/x", 2),))
    (row,) = errors(summary, site="W3SVC2").rows
    assert (row.hits, row.sites, row.uris) == (1, ("W3SVC2",), (("/x", 1),))


def test_clients_of_successes_are_not_kept() -> None:
    (row,) = statuses(of_rows(http_row()))
    assert (row.clients, row.uris) == ((), (("/a", 1),))


def test_what_was_let_go_is_told() -> None:
    summary = of_rows(http_row(status="404 0 2"))
    key = ("http", "W3SVC1", 404, 0, 2, None)
    groups = summary.status_uris
    short = Groups(groups.keys, groups.label, groups.rows, groups.limit, {key: 7})
    (row,) = errors(Summary(spans=summary.spans, status_uris=short)).rows
    assert (row.uris_undercount, row.clients_undercount) == (7, 0)


def test_ftp_and_httperr_have_their_own_codes() -> None:
    ftp = "2026-11-16 08:00:00 203.0.113.66 - 10.0.0.1 21 PASS *** 530 1326 41 s1 /\n"
    sys = "2026-11-16 08:00:00 203.0.113.9 4711 10.0.0.1 443 HTTP/1.1 GET /a?b=1 503 1 QueueFull Pool\n"
    summary = of(FTPSVC2=f"{HEADER}#Fields: {FTP_FIELDS}\n{ftp}", HTTPERR=f"{HEADER}#Fields: {HTTPERR_FIELDS}\n{sys}")
    assert sorted(row.status.code for row in errors(summary).rows) == ["ftp:530.41", "httperr:QueueFull"]


# fmt: off
CODES = [
    # code          service    status substatus reason       matches
    ("404",         "http",    404,   0,        None,        True),
    (404,           "httperr", 404,   None,     "NotFound",  True),
    ("404",         "http",    403,   4,        None,        False),
    ("500.19",      "http",    500,   19,       None,        True),
    ("500-19",      "http",    500,   19,       None,        True),
    ("500.19",      "http",    500,   None,     None,        False),
    ("5xx",         "http",    503,   2,        None,        True),
    ("5xx",         "ftp",     530,   41,       None,        False),
    ("5XX",         "httperr", 503,   None,     "QueueFull", False),
    ("ftp:5xx",     "ftp",     530,   41,       None,        True),
    ("ftp:5xx",     "http",    503,   2,        None,        False),
    ("httperr:5xx", "httperr", 503,   None,     "QueueFull", True),
    ("530",         "ftp",     530,   41,       None,        True),
    ("ftp:530",     "http",    530,   0,        None,        False),
    ("ftp:530.41",  "ftp",     530,   41,       None,        True),
    ("httperr:queuefull", "httperr", 503, None, "QueueFull", True),
    ("QueueFull",   "httperr", 503,   None,     "QueueFull", True),
    ("QueueFull",   "http",    503,   None,     None,        False),
]
# fmt: on


@pytest.mark.parametrize(("code", "service", "status", "substatus", "reason", "matches"), CODES)
def test_what_a_code_means(
    code: str | int, service: str, status: int, substatus: int | None, reason: str | None, matches: bool
) -> None:
    assert StatusFilter.of(code).matches(service, status, substatus, reason) is matches


@pytest.mark.parametrize("code", ["", "40", "404.", "4044", "http:", "404.0.2", "x" * 3 + "!"])
def test_what_is_no_code_is_refused_with_a_hint(code: str) -> None:
    with pytest.raises(OptionError, match=r"500\.19"):
        StatusFilter.of(code)


def test_statuses_of_as_many_hits_have_one_order_whatever_came_first() -> None:
    """A status of 0 is another one than none, and so is an empty reason."""
    rows = [Status("httperr", status, None, None, reason) for status in (None, 0) for reason in (None, "")]
    backwards = rows[::-1]
    assert sorted(rows, key=order) == sorted(backwards, key=order) == rows
