"""Percentiles over all and by URL."""

from __future__ import annotations

import pytest

from logan.analysis.latency import overall, slow
from logan.summary import Summary
from tests.analysis.logs import FTP_FIELDS, HEADER, http_log, http_row, of, of_rows


def timed(uri: str, *milliseconds: int) -> list[str]:
    return [http_row(uri=uri, taken=str(taken)) for taken in milliseconds]


# fmt: off
HISTOGRAMS = [
    # durations in ms            p50    p95    p99    max
    ([7],                        7,     7,     7,     7),
    (list(range(1, 101)),        50,    95,    99,    100),
    ([10] * 95 + [60_000] * 5,   10,    10,    60_000, 60_000),
    ([0, 0, 0, 4_321],           0,     4_321, 4_321, 4_321),
]
# fmt: on


@pytest.mark.parametrize(("durations", "p50", "p95", "p99", "most"), HISTOGRAMS)
def test_overall_percentiles_are_exact(durations: list[int], p50: int, p95: int, p99: int, most: int) -> None:
    found = overall(of_rows(*timed("/a", *durations)))
    assert (found.p50, found.p95, found.p99, found.max) == (p50, p95, p99, most)
    assert found.relative_error == 0


def test_durations_over_a_minute_say_how_far_off_they_are() -> None:
    found = overall(of_rows(*timed("/a", 123_457)))
    assert found.max is not None
    assert abs(found.max - 123_457) <= found.relative_error * 123_457


@pytest.mark.parametrize(("durations", "p50", "p95", "p99", "most"), HISTOGRAMS)
def test_percentiles_of_a_url_are_within_the_error_they_tell(
    durations: list[int], p50: int, p95: int, p99: int, most: int
) -> None:
    table = slow(of_rows(*timed("/a", *durations)))
    (row,) = table.rows
    for value, truth in ((row.p50, p50), (row.p95, p95), (row.p99, p99), (row.max, most)):
        assert abs(value - truth) <= table.relative_error * truth
    assert (row.hits, row.share) == (len(durations), 1.0 if sum(durations) else 0.0)


def test_urls_with_enough_hits_come_first_then_by_p95() -> None:
    rows = [*timed("/once", 9000), *timed("/page", *[100] * 20), *timed("/search", *[200] * 20), *timed("/rare", 20)]
    table = slow(of_rows(*rows))
    assert [row.uri for row in table.rows] == ["/search", "/page", "/once", "/rare"]
    assert [row.uri for row in slow(of_rows(*rows), by="share", top=2).rows] == ["/once", "/search"]
    assert [row.uri for row in slow(of_rows(*rows), by="hits", top=1).rows] == ["/search"]
    assert sum(row.share for row in table.rows) == pytest.approx(1)


def test_the_first_of_many_are_those_of_all() -> None:
    """With ties, with some of too few hits, and with fewer than are asked for."""
    rows = [row for n in range(30) for row in timed(f"/{n}", *[100 * (n % 7)] * (20 if n % 3 else 5))]
    summary = of_rows(*rows)
    every = [row.uri for row in slow(summary).rows]
    assert len(every) == 30
    for number in (1, 2, 5, 19, 20, 21, 30, 40):
        assert [row.uri for row in slow(summary, top=number).rows] == every[:number]


def test_an_ftp_transfer_is_no_slow_page() -> None:
    fields = f"{FTP_FIELDS} time-taken"
    ftp = "2026-11-16 08:00:00 203.0.113.66 anna 10.0.0.1 21 RETR /big.zip 226 0 0 s1 /big.zip 600000\n"
    log = f"{HEADER}#Fields: {fields}\n{ftp}"
    both = slow(of(W3SVC1=http_log(http_row(taken="15")), FTPSVC2=log))
    assert (both.service, both.overall.max, [row.uri for row in both.rows]) == ("http", 15, ["/a"])
    alone = slow(of(FTPSVC2=log))
    assert (alone.service, [row.uri for row in alone.rows]) == ("ftp", ["/big.zip"])


def test_connections_that_stay_open_are_left_out() -> None:
    table = slow(of_rows(http_row(uri="/signalr/connect", taken="29411203"), *timed("/a", 5)))
    assert (table.overall.max, [row.uri for row in table.rows]) == (5, ["/a"])


def test_one_site() -> None:
    summary = of(W3SVC1=http_log(http_row(taken="10")), W3SVC2=http_log(http_row(taken="30")))
    assert [(row.site, row.max) for row in slow(summary).rows] == [("W3SVC2", 30), ("W3SVC1", 10)]
    table = slow(summary, site="W3SVC1")
    assert (table.overall.max, table.rows[0].share) == (10, 1.0)


def test_without_durations_there_is_none() -> None:
    log = http_log("2026-11-16 08:00:00 /a 200\n", fields="date time cs-uri-stem sc-status")
    for summary in (Summary(), of(W3SVC1=log)):
        table = slow(summary)
        assert (table.overall.p50, table.overall.max, table.rows) == (None, None, ())
        assert table.to_frame().empty


def test_frame() -> None:
    frame = slow(of_rows(*timed("/a", 5, 6))).to_frame()
    assert list(frame.columns) == ["service", "site", "uri", "hits", "p50", "p95", "p99", "max", "share"]
    assert frame.loc[0, "max"] == 6
