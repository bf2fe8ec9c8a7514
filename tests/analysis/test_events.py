"""Events in columns give the sums that one gets by going through them one by one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.analysis import events as module
from logan.analysis.events import events
from logan.analysis.once import once
from logan.analysis.traffic import totals, traffic
from logan.analysis.trend import trend
from logan.summarizing import summarize
from logan.summary import Summary
from logan.tables import TABLES
from logan.tables.counts import Counts
from tests.builders import http_log, write

GET = ("http", "W3SVC1", "GET", 200, 0, 0, None, "ok")
MISSING = ("http", "W3SVC1", "GET", 404, 0, 2, None, "error")
OTHER = ("http", "W3SVC2", "GET", 200, 0, 0, None, "ok")
QUARTER = 1_994_208

ROWS = st.dictionaries(
    st.tuples(st.sampled_from([GET, MISSING, OTHER]), st.integers(-100, 100)),
    st.tuples(st.integers(1, 9), st.integers(-(2**65), 2**65), st.integers(0, 99)),
)


def of_events(rows: dict[tuple[Any, int], tuple[int, ...]]) -> Summary:
    return Summary(events=Counts(TABLES["events"], {(*key, bucket): values for (key, bucket), values in rows.items()}))


@given(ROWS)
def test_events_come_back_as_they_are(rows: dict[tuple[Any, int], tuple[int, ...]]) -> None:
    assert {(key, time): values for key, time, values in events(of_events(rows))} == rows


@given(ROWS)
def test_groups_hold_the_sums_of_the_rows_that_are_wanted(rows: dict[tuple[Any, int], tuple[int, ...]]) -> None:
    grouped = events(of_events(rows)).group(lambda key: key[1] if key[3] == 200 else None, lambda time: time // 7)
    expected: dict[tuple[str, int], tuple[int, ...]] = {}
    for (key, bucket), values in rows.items():
        if key[3] == 200:
            before = expected.get((key[1], bucket // 7), (0, 0, 0))
            expected[key[1], bucket // 7] = tuple(a + b for a, b in zip(before, values, strict=True))
    assert {(key, time): values for key, time, values in grouped} == expected
    hits = {(key, time): hits for key, counts in grouped.hits().items() for time, hits in counts.items()}
    assert hits == {key: values[0] for key, values in expected.items()}


@given(ROWS)
def test_tables_and_sorting_come_to_the_same(rows: dict[tuple[Any, int], tuple[int, ...]]) -> None:
    """Which of them is used hangs on how many cells there are; an answer shall not."""

    def answer() -> Any:
        summary = of_events(rows)
        found = events(Summary(events=Counts(TABLES["events"], summary.events.series())))
        grouped = found.group(lambda key: key[1], lambda time: time // 7)
        return found.times, [*found], grouped.times, [*grouped], grouped.hits()

    tables = answer()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_DENSE", 0)
        assert answer() == tables


def test_bytes_beyond_64_bits_are_added_up_exactly() -> None:
    most = 2**63 - 1
    summary = of_events({(GET, QUARTER): (1, most, 0), (GET, QUARTER + 1): (1, most, 0), (MISSING, QUARTER): (1, 1, 0)})
    (day,) = trend(summary).rows
    assert (day.hits, day.bytes_sent) == (3, 2 * most + 1)
    for frame in (trend(summary).to_frame(), trend(summary, by="hour").to_frame(), summary.to_frame()):
        assert sum(frame["bytes_sent"].tolist()) == 2 * most + 1


def test_traffic_beyond_64_bits_is_in_its_frame(tmp_path: Path) -> None:
    most = 2**63 - 1
    row = "2026-11-16 08:00:00 /a 200 {} -\n"
    log = http_log(
        row.format(most), row.format(most), row.format(-5), fields="date time cs-uri-stem sc-status sc-bytes cs-bytes"
    )
    frame = traffic(summarize(write(tmp_path, "u_ex261116.log", log))).to_frame()
    assert frame["bytes_sent"].tolist() == [2 * most - 5] and frame["bytes_received"].isna().all()


def test_a_summary_without_events_has_no_traffic() -> None:
    assert list(events(Summary())) == []
    assert totals(Summary()).hits == 0


def test_a_fact_is_worked_out_once_for_each_summary_and_argument() -> None:
    asked: Counter[tuple[int, str]] = Counter()

    @once
    def fact(summary: Summary, name: str) -> tuple[int, str]:
        asked[summary.files, name] += 1
        return summary.files, name

    one, other = Summary(files=1), Summary(files=2)
    assert [fact(one, "a"), fact(one, "b"), fact(one, "a")] == [(1, "a"), (1, "b"), (1, "a")]
    assert set(asked.values()) == {1}
    assert [fact(other, "a"), fact(one, "a")] == [(2, "a"), (1, "a")]


def test_a_fact_does_not_keep_its_summary_alive() -> None:
    calls = []

    @once
    def fact(summary: Summary) -> None:
        calls.append(summary.files)

    for files in range(3):  # each may get the address of the one before
        fact(Summary(files=files))
    assert calls == [0, 1, 2]
