"""The JSON that programs rely on, and the HTML of notebooks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from logan.summary import Summary
from logan.tables.counts import Counts
from tests.analysis.logs import FTP_FIELDS, HEADER, HTTPERR_FIELDS, http_log, http_row, of, of_rows

HOSTILE = "/<script>alert(1)</script>\x1b[2J[red]\u202e"


def keys(given: dict[str, Any], names: str) -> None:
    assert set(names.split()) <= set(given), set(names.split()) - set(given)


@pytest.mark.parametrize(
    "summary", [Summary(), of_rows(http_row(), http_row(status="404 0 2"))], ids=["empty", "small"]
)
def test_all_promised_keys_are_there(summary: Summary) -> None:
    given = summary.to_dict()
    keys(given, "schema sources lines period totals services sites statuses trend time_taken findings")
    assert given["schema"] == "logan.summary/1"
    keys(given["sources"], "files bytes skipped")
    keys(given["lines"], "read rows directives blank rejected rejected_examples")
    keys(given["period"], "first last")
    keys(given["totals"], "hits errors client_errors server_errors handshakes bytes_sent bytes_received")
    keys(given["time_taken"], "p50 p90 p95 p99 max slowest")
    for site in given["sites"]:
        keys(site, "service site hits errors")
    for status in given["statuses"]:
        keys(status, "service status substatus win32_status reason_phrase hits")
        keys(status, "title meaning causes remedies top_uris top_clients")
    for day in given["trend"]:
        keys(day, "start hits errors status_2xx status_3xx status_4xx status_5xx")
    for page in given["time_taken"]["slowest"]:
        keys(page, "uri_stem hits p50 p95 max")
    for found in given["findings"]:
        keys(found, "id severity title evidence advice")
    json.dumps(given)


def test_empty_summary_has_nulls_and_no_zeros_for_what_is_not_known() -> None:
    given = Summary().to_dict()
    assert given["period"] == {"first": None, "last": None}
    assert (given["totals"]["hits"], given["totals"]["bytes_sent"], given["totals"]["error_rate"]) == (0, None, None)
    assert {given["time_taken"][name] for name in ("p50", "p90", "p95", "p99", "max")} == {None}
    assert given["statuses"] == given["trend"] == given["sites"] == given["findings"] == []


def test_numbers() -> None:
    given = of_rows(
        http_row("08:00:00"),
        http_row("08:00:01", uri="/b", client="203.0.113.1"),
        http_row("08:00:02", "404 0 2", uri="/gone", client="203.0.113.2"),
        http_row("08:00:03", "500 19 183", uri="/app"),
        http_row("08:00:04", "401 2 5"),
        "cut off\n",
        "\n",
    ).to_dict()
    assert given["lines"] | {"rejected_examples": []} == {
        "read": 11, "rows": 5, "directives": 4, "blank": 1, "rejected": 1, "rejected_examples": [], "filtered": 0,
    }  # fmt: skip
    (example,) = given["lines"]["rejected_examples"]
    assert (example["line"], example["text"]) == (10, "cut off")
    assert given["totals"] == {
        "hits": 5, "errors": 2, "client_errors": 1, "server_errors": 1, "handshakes": 1, "bytes_sent": None,
        "bytes_received": None, "hangups": 0, "routine": 0, "requests": 4, "error_rate": 0.5,
    }  # fmt: skip
    assert given["services"] == {"http": 5}
    assert given["sites"][0] | {"site": "W3SVC1", "hits": 5, "errors": 2} == given["sites"][0]
    assert given["period"] == {"first": "2026-11-16T08:00:00Z", "last": "2026-11-16T08:00:04Z"}
    assert [status["hits"] for status in given["statuses"]] == [2, 1, 1, 1]
    assert sum(status["hits"] for status in given["statuses"]) == given["lines"]["rows"]


def test_statuses_are_sorted_by_hits_with_their_urls_and_clients() -> None:
    rows = [http_row(status="404 0 2", uri=f"/{n % 3}", client=f"203.0.113.{n % 2}") for n in range(6)]
    given = of_rows(http_row(), *rows, http_row(status="404 0 2", uri="/0")).to_dict(top=2)
    missing, fine = given["statuses"]
    assert (missing["status"], missing["substatus"], missing["win32_status"], missing["hits"]) == (404, 0, 2, 7)
    assert missing["top_uris"] == [{"uri_stem": "/0", "hits": 3}, {"uri_stem": "/1", "hits": 2}]
    assert [client["hits"] for client in missing["top_clients"]] == [3, 3]
    assert (fine["top_uris"], fine["top_clients"]) == ([{"uri_stem": "/a", "hits": 1}], [])
    assert missing["title"]
    assert missing["causes"]
    assert missing["remedies"]


def test_what_a_log_does_not_hold_is_null() -> None:
    ftp = "2026-11-16 08:00:00 - - 10.0.0.1 21 ControlChannelOpened - - 0 0 s1 -\n"
    sys = "2026-11-16 08:00:00 203.0.113.9 4711 10.0.0.1 443 - - - - - Timer_ConnectionIdle -\n"
    given = of(
        FTPSVC2=f"{HEADER}#Fields: {FTP_FIELDS}\n{ftp}",
        HTTPERR=f"{HEADER}#Fields: {HTTPERR_FIELDS}\n{sys}",
        W3SVC1=http_log("2026-11-16 08:00:00 404\n", fields="date time sc-status"),
    ).to_dict()
    by_service = {status["service"]: status for status in given["statuses"]}
    old = by_service["http"]
    assert (old["substatus"], old["win32_status"], old["reason_phrase"]) == (None, None, None)
    assert (old["top_uris"], old["top_clients"]) == ([{"uri_stem": None, "hits": 1}], [{"client": None, "hits": 1}])
    assert by_service["ftp"]["status"] is None
    idle = by_service["httperr"]
    assert (idle["status"], idle["reason_phrase"]) == (None, "Timer_ConnectionIdle")
    assert {site["site"] for site in given["sites"]} == {"W3SVC1", "FTPSVC2", None}
    assert given["totals"]["errors"] == 1  # an idle connection and a channel event are none


def test_bytes_are_null_where_not_logged_and_zero_where_logged() -> None:
    fields = "date time cs-uri-stem sc-status sc-bytes"
    assert of(W3SVC1=http_log("2026-11-16 08:00:00 /a 200 0\n", fields=fields)).to_dict()["totals"]["bytes_sent"] == 0
    both = of(W3SVC1=http_log("2026-11-16 08:00:00 /a 200 70\n", fields=fields), W3SVC2=http_log(http_row())).to_dict()
    assert both["totals"]["bytes_sent"] == 70
    assert {site["site"]: site["bytes_sent"] for site in both["sites"]} == {"W3SVC1": 70, "W3SVC2": None}


def test_bytes_that_are_a_dash_in_every_row_are_null() -> None:
    def log(*values: str) -> str:
        rows = (f"2026-11-16 08:00:00 /a 200 {value} 5\n" for value in values)
        return http_log(*rows, fields="date time cs-uri-stem sc-status sc-bytes cs-bytes")

    def sent(summary: Summary) -> Any:
        return summary.to_dict()["totals"]["bytes_sent"]

    empty, zero, both = of(W3SVC1=log("-", "-")), of(W3SVC1=log("0")), of(W3SVC1=log("-", "0", "-"), W3SVC2=log("-"))
    assert (sent(empty), sent(zero), sent(both), sent(empty + zero)) == (None, 0, 0, 0)
    assert {site["site"]: site["bytes_sent"] for site in both.to_dict()["sites"]} == {"W3SVC1": 0, "W3SVC2": None}
    assert empty.to_dict()["totals"]["bytes_received"] == 10


def test_a_frame_of_events_has_null_where_no_row_of_the_site_holds_bytes() -> None:
    fields = "date time cs-uri-stem sc-status sc-bytes"
    some = http_log(*(f"2026-11-16 08:{n}:00 /a 200 {value}\n" for n, value in ((10, 70), (20, 0))), fields=fields)
    dash = http_log("2026-11-16 08:00:00 /a 200 -\n", fields=fields)
    frame = of(W3SVC1=some, W3SVC2=dash, W3SVC3=http_log(http_row())).to_frame()
    sent = {(row.site, row.start.minute): row.bytes_sent for row in frame.itertuples()}
    assert {key: None if value is pd.NA else value for key, value in sent.items()} == {
        ("W3SVC1", 0): 70, ("W3SVC1", 15): 0, ("W3SVC2", 0): None, ("W3SVC3", 0): None
    }  # fmt: skip
    assert (str(frame.bytes_sent.dtype), str(Summary().to_frame().bytes_sent.dtype)) == ("Int64", "Int64")
    assert frame.bytes_received.isna().all()


def test_a_frame_of_events_holds_bytes_beyond_64_bits() -> None:
    rows = [f"2026-11-16 08:00:00 /a 200 {2**63 - 1}\n"] * 3
    frame = of(W3SVC1=http_log(*rows, fields="date time cs-uri-stem sc-status sc-bytes")).to_frame()
    assert frame.bytes_sent.tolist() == [3 * (2**63 - 1)]


# fmt: off
ZONES = [
    ("UTC",              "2026-10-25T00:30:00Z",      "2026-10-25T00:00:00Z"),
    ("Europe/Stockholm", "2026-10-25T02:30:00+02:00", "2026-10-25T00:00:00+02:00"),
    ("Asia/Kathmandu",   "2026-10-25T06:15:00+05:45", "2026-10-25T00:00:00+05:45"),
    ("America/New_York", "2026-10-24T20:30:00-04:00", "2026-10-24T00:00:00-04:00"),
    ("+05:45",           "2026-10-25T06:15:00+05:45", "2026-10-25T00:00:00+05:45"),
]
# fmt: on


@pytest.mark.parametrize(("tz", "first", "day"), ZONES)
def test_times_carry_the_offset_of_the_zone(tz: str, first: str, day: str) -> None:
    given = of_rows(http_row("00:30:00", date="2026-10-25")).to_dict(tz=tz)
    assert given["period"]["first"] == first
    assert given["trend"][0]["start"] == day


def test_fractions_of_a_second_are_kept() -> None:
    fields = "date time cs-uri-stem sc-status"
    given = of(W3SVC1=http_log("2026-11-16 08:00:00.250 /a 200\n", fields=fields)).to_dict()
    assert given["period"]["first"] == "2026-11-16T08:00:00.250000Z"


def test_texts_come_in_both_languages() -> None:
    summary = of_rows(http_row(status="404 0 2"))
    english, chinese = (summary.to_dict(lang=lang)["statuses"][0] for lang in ("en", "zh"))
    assert english["title"] != chinese["title"]
    assert any("\u4e00" <= char <= "\u9fff" for char in chinese["meaning"])


def test_approximations_say_so() -> None:
    summary = of_rows(http_row(taken="123457", status="404 0 2"))
    given = summary.to_dict()
    assert given["time_taken"]["relative_error"] > 0
    assert given["time_taken"]["slowest"][0]["relative_error"] > 0
    assert "undercount" not in given["time_taken"]
    assert "undercount" not in given["statuses"][0]
    short = replace(summary, uris=Counts(summary.uris.shape, summary.uris.rows, 5))
    given = short.to_dict()
    assert given["time_taken"]["undercount"] == 5
    assert given["statuses"][0]["undercount"]["top_uris"] == 5


def test_exact_percentiles_stand_alone() -> None:
    assert "relative_error" not in of_rows(http_row(taken="65535")).to_dict()["time_taken"]


def test_secrets_in_rejected_lines_are_masked_and_long_ones_cut() -> None:
    given = of_rows("/login?password=hunter2&x=1 " + "y" * 9000 + "\n", http_row()).to_dict()
    (example,) = given["lines"]["rejected_examples"]
    assert "hunter2" not in example["text"]
    assert len(example["text"]) <= 2000


def test_html_is_escaped() -> None:
    html = of_rows(http_row(status="404 0 2", uri=HOSTILE.replace(" ", "+")))._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_html_of_an_empty_summary() -> None:
    assert "0 rows" in Summary()._repr_html_()
