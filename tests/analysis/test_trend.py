"""Days, hours and weeks of every time zone, also where clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from logan.analysis.times import By, Cutter, iso, local
from logan.analysis.trend import trend
from logan.exceptions import OptionError
from logan.selection import zone
from logan.summary import Summary
from tests.analysis.logs import FTP_FIELDS, HEADER, http_log, http_row, of, of_rows

# fmt: off
CUTS: list[tuple[str, By, str, str]] = [
    # zone               by         moment (UTC)         start of its stretch
    ("UTC",              "day",     "2026-11-16T23:59",  "2026-11-16T00:00:00Z"),
    ("UTC",              "week",    "2026-11-22T23:59",  "2026-11-16T00:00:00Z"),
    ("UTC",              "hour",    "2026-11-16T08:59",  "2026-11-16T08:00:00Z"),
    ("UTC",              "quarter", "2026-11-16T08:59",  "2026-11-16T08:45:00Z"),
    ("Asia/Shanghai",    "day",     "2026-11-16T16:00",  "2026-11-17T00:00:00+08:00"),
    ("Asia/Kathmandu",   "day",     "2026-11-16T18:14",  "2026-11-16T00:00:00+05:45"),
    ("Asia/Kathmandu",   "day",     "2026-11-16T18:15",  "2026-11-17T00:00:00+05:45"),
    ("Asia/Kathmandu",   "hour",    "2026-11-16T18:20",  "2026-11-17T00:00:00+05:45"),
    ("+05:45",           "week",    "2026-11-15T18:15",  "2026-11-16T00:00:00+05:45"),
    # a day of 23 and one of 25 hours; weeks that hold them
    ("Europe/Stockholm", "day",     "2026-03-29T21:59",  "2026-03-29T00:00:00+01:00"),
    ("Europe/Stockholm", "day",     "2026-03-29T22:00",  "2026-03-30T00:00:00+02:00"),
    ("Europe/Stockholm", "day",     "2026-10-25T22:59",  "2026-10-25T00:00:00+02:00"),
    ("Europe/Stockholm", "day",     "2026-10-25T23:00",  "2026-10-26T00:00:00+01:00"),
    ("Europe/Stockholm", "week",    "2026-03-29T21:59",  "2026-03-23T00:00:00+01:00"),
    # 02:00 comes twice
    ("Europe/Stockholm", "hour",    "2026-10-25T00:30",  "2026-10-25T02:00:00+02:00"),
    ("Europe/Stockholm", "hour",    "2026-10-25T01:30",  "2026-10-25T02:00:00+01:00"),
    # midnight does not exist; clocks change by half an hour
    ("Africa/Cairo",     "day",     "2026-04-24T05:00",  "2026-04-24T01:00:00+03:00"),
    ("Australia/Lord_Howe", "hour", "2026-10-03T15:40",  "2026-10-04T02:30:00+11:00"),
    ("Australia/Lord_Howe", "day",  "2026-10-04T12:59",  "2026-10-04T00:00:00+10:30"),
]
# fmt: on


@pytest.mark.parametrize(("tz", "by", "moment", "start"), CUTS)
def test_cuts(tz: str, by: By, moment: str, start: str) -> None:
    where = zone(tz)
    seconds = datetime.fromisoformat(moment + "+00:00").timestamp()
    assert iso(Cutter(by, where).start(int(seconds) // 900), where) == start


@pytest.mark.parametrize("tz", ["Europe/Stockholm", "Africa/Cairo", "Australia/Lord_Howe", "America/Havana", "+05:45"])
@pytest.mark.parametrize("by", ["quarter", "hour", "day", "week"])
def test_stretches_of_a_year_follow_on_each_other_and_hold_every_quarter(tz: str, by: By) -> None:
    where, first = zone(tz), 1767225600 // 900
    cutter = Cutter(by, where)
    starts = list(cutter.between(first, first + 365 * 96))
    assert starts == sorted(set(starts))
    assert starts == list(dict.fromkeys(cutter.start(bucket) for bucket in range(first, first + 365 * 96 + 1)))
    if by == "day":
        days = [local(start, where).date() for start in starts]
        assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    if by == "week":
        assert {local(start, where).weekday() for start in starts} == {0}


def test_sums_of_a_day() -> None:
    summary = of_rows(
        http_row("08:00:00"),
        http_row("08:20:00", "304 0 0"),
        http_row("09:00:00", "404 0 2"),
        http_row("09:30:00", "401 2 5"),
        http_row("10:00:00", "500 0 64"),
        http_row("11:00:00", "200 0 64"),
    )
    (day,) = trend(summary).rows
    assert day.start == datetime(2026, 11, 16, tzinfo=UTC)
    assert day.to_dict() == {
        "hits": 6, "errors": 2, "handshakes": 1, "hangups": 1, "status_1xx": 0, "status_2xx": 2, "status_3xx": 1,
        "status_4xx": 2, "status_5xx": 1, "bytes_sent": 0, "bytes_received": 0,
    }  # fmt: skip
    assert day.statuses == {"200.0": 2, "304.0": 1, "404.0": 1, "401.2": 1, "500.0": 1}


def test_stretches_without_rows_are_zeros_or_left_out() -> None:
    summary = of_rows(http_row(date="2026-11-16"), http_row(date="2026-11-19"))
    assert [row.hits for row in trend(summary).rows] == [1, 0, 0, 1]
    assert [row.hits for row in trend(summary, gaps=False).rows] == [1, 1]
    assert len(trend(summary, "hour").rows) == 73


def test_a_torn_year_does_not_make_a_table_of_millennia() -> None:
    summary = of_rows(http_row(date="2026-11-16"), http_row(date="2126-11-16"))
    assert len(trend(summary, "quarter").rows) == 2


@pytest.mark.parametrize("tz", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_the_ends_of_the_calendar(tz: str) -> None:
    summary = of_rows(http_row(date="1980-01-01", time="00:00:00"), http_row(date="2199-12-31", time="23:59:59"))
    for by in ("quarter", "hour", "day", "week"):
        assert sum(row.hits for row in trend(summary, by, tz).rows) == 2
    assert summary.to_dict(tz=tz)["period"]["first"]


def test_rows_are_chosen_by_status_site_and_kind() -> None:
    log = http_log(http_row(), http_row(status="404 0 2"), http_row(status="404 7 0"))
    summary = of(W3SVC1=log, W3SVC2=log)
    assert [row.hits for row in trend(summary, status=404).rows] == [4]
    assert [row.hits for row in trend(summary, status="404.7", site="W3SVC2").rows] == [1]
    assert [row.hits for row in trend(summary, kind="ok").rows] == [2]


def test_a_class_is_that_of_http_as_in_the_columns() -> None:
    ftp = "2026-11-16 08:00:00 203.0.113.66 - 10.0.0.1 21 PASS *** 530 1326 41 s1 /\n"
    summary = of(
        W3SVC1=http_log(http_row(), http_row(status="500 0 0"), http_row(status="503 2 0")),
        FTPSVC2=f"{HEADER}#Fields: {FTP_FIELDS}\n{ftp}",
    )
    ((whole,), (chosen,), (other,)) = (trend(summary, status=status).rows for status in (None, "5xx", "ftp:5xx"))
    assert (whole.hits, whole.status_5xx) == (4, 2)
    assert (chosen.hits, chosen.status_5xx) == (2, 2)
    assert (other.hits, other.status_5xx) == (1, 0)
    assert [row.hits for row in trend(summary, site="W3SVC9").rows] == [0]


def test_frame_is_in_the_zone_with_a_column_for_each_status() -> None:
    summary = of_rows(http_row("18:14:00"), http_row("18:15:00", "404 0 2"))
    frame = trend(summary, tz="Asia/Kathmandu").to_frame()
    assert [str(start) for start in frame["start"]] == ["2026-11-16 00:00:00+05:45", "2026-11-17 00:00:00+05:45"]
    assert frame["404.0"].tolist() == [0, 1]
    assert frame["hits"].sum() == 2


def test_frame_keeps_the_two_hours_of_one_wall_clock_apart() -> None:
    rows = [http_row(time, date="2026-10-25") for time in ("00:30:00", "01:30:00", "01:45:00")]
    frame = trend(of_rows(*rows), "hour", "Europe/Stockholm").to_frame()
    assert frame["hits"].tolist() == [1, 2]
    assert frame["start"].is_unique


def test_empty_summary() -> None:
    assert trend(Summary()).rows == ()
    frame = trend(Summary(), tz="Asia/Shanghai").to_frame()
    assert frame.empty
    assert list(frame.columns)[:3] == ["start", "hits", "errors"]


@pytest.mark.parametrize(
    "arguments", [{"by": "month"}, {"tz": "Mars/Olympus"}, {"status": "four"}, {"tz": "../../etc/passwd"}]
)
def test_what_does_not_exist_is_refused(arguments: dict[str, str]) -> None:
    with pytest.raises(OptionError):
        trend(Summary(), **arguments)  # type: ignore[arg-type]


def test_day_sums_are_the_same_in_every_zone() -> None:
    rows = [
        http_row(f"{hour:02}:15:00", date=str(date(2026, 3, 27) + timedelta(days=day)))
        for day in range(5)
        for hour in range(24)
    ]
    summary = of_rows(*rows)
    for tz in ("UTC", "Europe/Stockholm", "Asia/Kathmandu", "Pacific/Chatham", "-09:30"):
        assert sum(row.hits for row in trend(summary, tz=tz).rows) == 120
    # the 29th of March has 23 hours in Stockholm
    assert [row.hits for row in trend(summary, tz="Europe/Stockholm").rows] == [23, 24, 23, 24, 24, 2]


@pytest.mark.parametrize("by", ["quarter", "hour", "day", "week"])
def test_utc_is_cut_as_any_other_zone(by: By) -> None:
    buckets = [0, -1, 383, 384, -289, -288, 1_990_000, 59_999_999, 60_000_000, -59_999_999, 10**9, -(10**9)]
    same = zone("Etc/UTC")
    assert [Cutter(by, UTC).start(b) for b in buckets] == [Cutter(by, same).start(b) for b in buckets]
