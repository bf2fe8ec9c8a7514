"""Clocks and zones: days of 23 and 25 hours, odd offsets, leap days, week 53, and times beyond 2038."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from logan.analysis import trend
from logan.exceptions import OptionError
from logan.selection import Selection, iso_week, moment, week_span, zone
from logan.summarizing import summarize, summarize_weeks
from tests.builders import http_log, http_row, write


def around(tmp_path: Path, start: str, hours: int) -> Path:
    """A log with one row at each full hour, from `start` on."""
    first = datetime.fromisoformat(start)
    rows = [
        http_row(date=f"{t:%Y-%m-%d}", time=f"{t:%H:%M:%S}") for t in (first + timedelta(hours=n) for n in range(hours))
    ]
    return write(tmp_path, "u_ex261116.log", http_log(*rows))


@pytest.mark.parametrize(
    ("tz", "start", "counts"),
    [
        ("Europe/Berlin", "2026-03-28T23:00", [23, 24, 1]),  # clocks go forward
        ("Europe/Berlin", "2026-10-24T22:00", [25, 23]),  # and back
        ("America/New_York", "2026-03-08T05:00", [23, 24, 1]),
        ("America/New_York", "2026-11-01T04:00", [25, 23]),
        ("Australia/Lord_Howe", "2026-04-04T13:00", [25, 23]),  # half an hour back
        ("UTC", "2026-03-29T00:00", [24, 24]),
        ("Asia/Kathmandu", "2026-03-28T18:15", [24, 24]),  # +05:45
        ("Pacific/Chatham", "2026-06-14T11:15", [24, 24]),  # +12:45
        ("-09:30", "2026-06-14T09:30", [24, 24]),
        ("Pacific/Apia", "2011-12-29T10:00", [24, 24]),  # a day that did not exist lies between
    ],
)
def test_days_are_those_of_the_zone(tmp_path: Path, tz: str, start: str, counts: list[int]) -> None:
    summary = summarize(around(tmp_path, start, 48))
    rows = trend(summary, "day", tz, gaps=False).rows
    assert [row.hits for row in rows if row.hits] == counts
    assert sum(row.hits for row in rows) == 48


def test_since_and_until_in_the_hour_that_comes_twice(tmp_path: Path) -> None:
    log = around(tmp_path, "2026-10-24T22:00", 48)
    assert summarize(log, since="2026-10-25", until="2026-10-26", tz="Europe/Berlin").hits == 25
    assert summarize(log, since="2026-10-25T02:30+02:00", until="2026-10-25T02:30+01:00").hits == 1


@pytest.mark.parametrize(
    ("day", "week"),
    [("2026-12-31", "2026-W53"), ("2027-01-03", "2026-W53"), ("2027-01-04", "2027-W01"), ("2021-01-01", "2020-W53"),
     ("2024-12-30", "2025-W01"), ("2038-01-19", "2038-W03"), ("2100-03-01", "2100-W09")],
)  # fmt: skip
def test_weeks_of_the_turn_of_the_year(tmp_path: Path, day: str, week: str) -> None:
    log = write(tmp_path, "u_ex261116.log", http_log(http_row(date=day)))
    assert list(summarize_weeks(log)) == [week]
    start, end = week_span(week)
    assert start <= (moment(day) or 0) < end


def test_a_week_with_a_change_of_clocks_has_its_hours(tmp_path: Path) -> None:
    log = around(tmp_path, "2026-10-18T22:00", 169 + 5)
    weeks = summarize_weeks(log, tz="Europe/Berlin")
    assert [summary.hits for summary in weeks.values()] == [169, 5]
    start, end = week_span("2026-W43", "Europe/Berlin")
    assert (end - start) == 169 * 3600 * 1_000_000


def test_local_logs_over_a_change_of_clocks(tmp_path: Path) -> None:
    """IIS native logs tell local time: 03:00 in summer is 01:00 UTC, and 02:00 in winter is that too."""
    row = "10.0.0.9, -, {}, W3SVC1, WEB, 10.0.0.1, 15, 300, 900, 200, 0, GET, /a, -,\n"
    days = [
        "10/24/2026, 3:00:00",
        "10/25/2026, 0:30:00",
        "10/25/2026, 4:00:00",
        "3/29/2026, 1:59:59",
        "3/29/2026, 3:00:00",
    ]
    log = write(tmp_path, "in261116.log", "".join(row.format(day) for day in days))
    from logan import read

    frame = read(log, selection=Selection(local_zone="Europe/Berlin"))
    assert [f"{t:%m-%d %H:%M}" for t in frame.timestamp] == [
        "10-24 01:00",
        "10-24 22:30",
        "10-25 03:00",
        "03-29 00:59",
        "03-29 01:00",
    ]


def test_beyond_2038(tmp_path: Path) -> None:
    log = write(
        tmp_path,
        "u_ex261116.log",
        http_log(http_row(date="2038-01-19", time="03:14:08"), http_row(date="2106-02-07", time="06:28:16")),
    )
    record = summarize(log).to_dict()
    assert record["period"] == {"first": "2038-01-19T03:14:08Z", "last": "2106-02-07T06:28:16Z"}


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "+25:00", "-23:99", "../../etc/passwd", "/etc/localtime", "", "UTC+", "\x00", "A" * 5000]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match="no time zone"):
        zone(name)


def test_iso_week_agrees_with_the_calendar() -> None:
    for tz in ("UTC", "Asia/Tokyo", "America/St_Johns"):
        for quarter in range(1_990_000, 2_100_000, 997):
            local = datetime.fromtimestamp(quarter * 900, ZoneInfo(tz))
            year, week, _ = local.isocalendar()
            assert iso_week(quarter, tz) == f"{year}-W{week:02}"


@pytest.mark.parametrize("tz", ["UTC", "+14:00", "-12:00", "Asia/Shanghai", "America/New_York"])
def test_the_first_and_the_last_week_of_the_calendar(tz: str) -> None:
    """They begin or end where no datetime of UTC can be."""
    for week in ("0001-W01", "9999-W52"):
        start, end = week_span(week, tz)
        assert end - start == 7 * 86_400_000_000
        assert iso_week(start // 900_000_000, tz) == week
