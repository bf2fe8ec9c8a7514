"""Weeks add up, in columns or not, and cost a Summary only where somebody looks."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from logan import worker
from logan.caching import summarize_cached
from logan.columns import Columns
from logan.reading import memory
from logan.selection import Selection, iso_week, week_span
from logan.summarizing import summarize, summarize_weeks, weeks_of
from logan.summary import Lines, Summary, total
from logan.weeks import Weeks
from logan.worker import Worker
from tests.builders import http_log, http_row

#: The weeks of 2026 that each site has logs of.
SITES = {"W3SVC1": range(10, 17), "W3SVC2": range(13, 20)}
NAMES = [f"2026-W{week}" for week in range(10, 20)]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sites of seven weeks each, of which they share four; one file a week, with a bad line in it."""
    root = tmp_path_factory.mktemp("logs")
    for site, weeks in SITES.items():
        (root / site).mkdir()
        for week in weeks:
            monday = date.fromisocalendar(2026, week, 1)
            rows = [
                _row(monday + timedelta(n % 7), f"/{week}/{n}", "404 0 2" if n % 3 else "200 0 0") for n in range(20)
            ]
            (root / site / f"u_ex{monday:%y%m%d}.log").write_text(http_log(*rows, "a line that is none"))
    return root


def _row(day: date, uri: str, status: str) -> str:
    return http_row(date=str(day), uri=uri, status=status)


@pytest.mark.parametrize("number", [1, 2, 100])
def test_however_many_are_open_weeks_are_the_same(logs: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """The second site begins with weeks that were closed when the first one was read."""
    monkeypatch.setattr(worker, "_OPEN", number)
    monkeypatch.setattr(worker, "ROWS", 1)  # each batch is counted by itself
    weeks = summarize_weeks(str(logs))
    assert list(weeks) == NAMES
    for name, summary in weeks.items():
        since, until = week_span(name)
        alone = summarize(str(logs), selection=Selection(since=since, until=until))
        assert {table: getattr(summary, table) for table in _TABLES} == {
            table: getattr(alone, table) for table in _TABLES
        }
    assert total(weeks.values()) == summarize(str(logs))
    assert weeks[NAMES[-1]].lines == Lines(20 + 14 * (4 + 1), 20, 14 * 4, 0, 14, 0)


_TABLES = [name for name in Summary.__dataclass_fields__ if name not in ("files", "bytes", "lines", "rejects")]


def test_weeks_that_come_together_stay_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To close and open them again for each batch would take longer than all else."""
    monkeypatch.setattr(worker, "ROWS", 1)
    closed = []

    def summary(period: Any) -> Summary:
        closed.append(period)
        return make(period)

    make = worker._summary
    monkeypatch.setattr(worker, "_summary", summary)
    monkeypatch.setattr(memory, "CHUNK", 2000)
    days = [date.fromisocalendar(2026, week, 1) for week in range(10, 20)]
    mixed = http_log(*[_row(day, "/", "200 0 0") for day in days])
    for n in range(5):
        (tmp_path / f"u_ex26010{n}.log").write_text(mixed)
    weeks = summarize_weeks(str(tmp_path), workers=1)
    assert len(closed) == len(NAMES)
    assert [weeks[name].lines.rows for name in NAMES] == [5] * 10


def test_the_weeks_of_the_last_rows_stay_open(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "ROWS", 1)
    monkeypatch.setattr(worker, "_OPEN", 1)
    monkeypatch.setattr(memory, "CHUNK", 3000)
    seen = []

    def add(self: Worker, batch: Any) -> None:
        count(self, batch)
        seen.append((list(self.periods), {iso_week(int(t) // 900_000_000, "UTC") for t in batch.time}))

    count = Worker.add
    monkeypatch.setattr(Worker, "add", add)
    summarize_weeks(str(logs), workers=1)
    assert all(set(periods) == last for periods, last in seen)


def test_what_is_known_of_the_reading_is_counted_once(tmp_path: Path) -> None:
    days = [date.fromisocalendar(2026, week, 1) for week in range(10, 20)]
    text = "".join(
        http_log(_row(day, "/", "200 0 0")).replace("#Date: 2026-11-16", f"#Date: {day}") for day in days[::-1]
    )
    (tmp_path / "u_ex260101.log").write_text(text + "torn\n")
    (tmp_path / "u_ex260102.log").write_bytes(b"%PDF")
    whole = summarize_weeks(str(tmp_path))[NAMES[-1]]
    assert (whole.files, whole.bytes) == (1, len(text) + 5)
    assert len(whole.backwards) == 9
    assert [reason for _, reason in whole.skipped] == ["is a PDF document"]
    assert [reject.text for reject in whole.rejects] == ["torn"]


def test_few_weeks_are_open_at_a_time(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "ROWS", 1)
    monkeypatch.setattr(memory, "CHUNK", 3000)  # so that files are batches of their own
    seen = []

    def add(self: Worker, batch: Any) -> None:
        count(self, batch)
        seen.append(len(self.periods))

    count = Worker.add
    monkeypatch.setattr(Worker, "add", add)
    summarize_weeks(str(logs), workers=1)
    assert max(seen) == worker._OPEN < len(NAMES)


@pytest.mark.parametrize("cached", [False, True])
def test_a_week_becomes_a_summary_when_it_is_asked_for(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cached: bool
) -> None:
    made = []

    def summary(self: Columns) -> Summary:
        made.append(self)
        return make(self)

    make = Columns.summary
    monkeypatch.setattr(Columns, "summary", summary)
    monkeypatch.setattr(worker, "ROWS", 1)
    monkeypatch.setattr(memory, "CHUNK", 3000)
    for _ in range(1 + cached):  # the second time everything comes from the cache
        made.clear()
        if cached:
            weeks = summarize_cached(str(logs), str(tmp_path), selection=Selection(week_zone="UTC")).named()
        else:
            weeks = weeks_of(str(logs), "UTC", Selection())
        assert list(weeks) == NAMES and not made
        assert weeks["2026-W14"].lines.rows == 40
        assert weeks["2026-W14"] is weeks["2026-W14"]
        assert len(made) == 1


def test_up_to_a_week() -> None:
    parts = {name: Summary(files=n, lines=Lines(n, n)) for n, name in enumerate(NAMES, 1)}
    weeks = Weeks({name: Columns.of(part) if part.files % 2 else part for name, part in reversed(parts.items())})
    assert list(weeks) == NAMES
    assert weeks.total() == total(parts.values())
    assert weeks.total(until="2026-W12").files == 1 + 2 + 3
    assert {name: head.lines for name, head in weeks.heads().items()} == {name: p.lines for name, p in parts.items()}


@pytest.mark.parametrize(
    ("sums", "named"),
    [
        ({"": 4, "2026-W10": 1, "2026-W11": 2}, {"2026-W10": 1, "2026-W11": 6}),
        ({"2026-W10": 1}, {"2026-W10": 1}),
        ({"": 4}, {"": 4}),  # logs without a row
        ({}, {}),
    ],
)
def test_what_belongs_to_no_week_is_counted_with_the_newest(sums: dict[str, int], named: dict[str, int]) -> None:
    weeks = Weeks({week: Summary(files=files) for week, files in sums.items()})
    assert {week: summary.files for week, summary in weeks.named().items()} == named
