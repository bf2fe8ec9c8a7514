"""Two periods: new, gone, worse, better, and what is too little to tell."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.analysis.chances import poisson_tail, rank_shifts, split_chance
from logan.analysis.compare import client_group, compare
from logan.analysis.comparison import Change, Comparison, word
from logan.summarizing import summarize
from logan.summary import Summary
from tests.analysis.logs import http_log, http_row, of, of_rows

ROOT = Path(__file__).parents[2]


def rows(number: int, status: str = "200 0 0", uri: str = "/", **values: str) -> list[str]:
    return [http_row(f"{8 + n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}", status, uri, **values) for n in range(number)]


def verdict(comparison: Comparison, section: str, what: str) -> tuple[str, bool] | None:
    for change in comparison.changes:
        if (change.section, change.what) == (section, what):
            return change.verdict, change.sure
    return None


def week(start: date) -> Summary:
    return summarize(str(ROOT / "samples"), since=start, until=start + timedelta(days=7))


@pytest.fixture(scope="module")
def attacked() -> Comparison:
    return compare(week(date(2026, 11, 9)), week(date(2026, 11, 16)))


def test_the_samples_tell_their_stories(attacked: Comparison) -> None:
    assert verdict(attacked, "statuses", "500.19") == ("new", True)
    assert verdict(attacked, "statuses", "ftp:530.41") == ("worse", True)
    assert verdict(attacked, "statuses", "httperr:AppOffline") == ("new", True)
    assert verdict(attacked, "latency", "/search") == ("worse", True)
    assert verdict(attacked, "clients", "203.0.113.0/24") == ("worse", True)
    assert verdict(attacked, "findings", "ftp-brute-force") == ("new", True)
    assert verdict(attacked, "findings", "dynamic-ip-restriction") == ("gone", True)
    assert (attacked.errors.verdict, attacked.errors.sure) == ("worse", True)


def test_the_other_way_round_all_is_turned_round(attacked: Comparison) -> None:
    turned = compare(week(date(2026, 11, 16)), week(date(2026, 11, 9)))
    opposite = {"new": "gone", "gone": "new", "worse": "better", "better": "worse", "more": "less", "less": "more"}
    there = {(c.section, c.service, c.site, c.what, c.status, c.verdict, c.sure) for c in attacked.changes}
    back = {(c.section, c.service, c.site, c.what, c.status, opposite[c.verdict], c.sure) for c in turned.changes}
    assert there == back
    assert "later period" in " ".join(turned.remarks_text())


def test_nothing_differs_from_itself() -> None:
    one = of_rows(*rows(50), *rows(40, "500 0 0", "/x"))
    assert compare(one, one).changes == ()
    assert compare(one, one).errors.verdict == "same"


def test_twice_the_traffic_is_no_news() -> None:
    before = of_rows(*rows(400), *rows(40, "500 0 0", "/x"))
    after = of_rows(*rows(800), *rows(80, "500 0 0", "/x"))
    assert compare(before, after).changes == ()


def test_rates_are_set_against_traffic() -> None:
    before = of_rows(*rows(1000), *rows(40, "500 0 0", "/x"))
    after = of_rows(*rows(100), *rows(40, "500 0 0", "/x"))
    comparison = compare(before, after)
    assert verdict(comparison, "statuses", "500.0") == ("worse", True)
    assert verdict(comparison, "urls", "/x") == ("worse", True)
    (change,) = comparison.section("statuses")
    assert change.before_rate == pytest.approx(40 / 1040)
    assert change.after_rate == pytest.approx(40 / 140)


def test_small_numbers_are_admitted() -> None:
    comparison = compare(of_rows(*rows(100)), of_rows(*rows(100), *rows(2, "500 0 0", "/x")))
    assert verdict(comparison, "statuses", "500.0") == ("new", False)
    assert verdict(comparison, "urls", "/x") is None
    assert "too few" in comparison.remarks_text()[0]
    assert "too small" in " ".join(comparison.remarks_text())
    assert "too few to be sure" in comparison._repr_html_()


def test_handshakes_are_no_traffic_and_no_errors() -> None:
    before = of_rows(*rows(100), *rows(10, "404 0 2", "/x"))
    after = of_rows(*rows(100), *rows(10, "404 0 2", "/x"), *rows(5000, "401 2 5"))
    comparison = compare(before, after)
    assert (comparison.errors.before_of, comparison.errors.after_of) == (110, 110)
    assert comparison.section("statuses") == ()


def test_a_slower_url_needs_enough_requests() -> None:
    def taken(number: int, ms: int) -> Summary:
        return of_rows(*[http_row(f"08:{n // 60:02}:{n % 60:02}", uri="/a", taken=str(ms + n)) for n in range(number)])

    assert verdict(compare(taken(100, 100), taken(100, 400)), "latency", "/a") == ("worse", True)
    assert verdict(compare(taken(100, 400), taken(100, 100)), "latency", "/a") == ("better", True)
    assert verdict(compare(taken(100, 100), taken(10, 4000)), "latency", "/a") is None
    assert verdict(compare(taken(100, 100), taken(100, 110)), "latency", "/a") is None  # sure, but nobody notices


def test_sites_come_and_go() -> None:
    before, after = of(W3SVC1=http_log(*rows(9))), of(W3SVC2=http_log(*rows(9)))
    changes = [(c.verdict, c.what) for c in compare(before, after).changes]
    assert changes == [("new", "W3SVC2"), ("gone", "W3SVC1")]


def test_clients_are_grouped() -> None:
    assert client_group("203.0.113.77") == "203.0.113.0/24"
    assert client_group("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert client_group("::ffff:192.0.2.9") == "192.0.2.0/24"
    assert client_group("fe80::1%eth0") == "fe80::/64"
    assert client_group("<script>") == "<script>"
    assert client_group(None) is None
    before = of_rows(*rows(100, client="192.0.2.1"), *rows(100, client="192.0.2.200"))
    after = of_rows(*rows(100, client="192.0.2.1"), *rows(100, client="198.51.100.7"))
    assert verdict(compare(before, after), "clients", "198.51.100.0/24") == ("new", True)
    assert verdict(compare(before, after), "clients", "192.0.2.0/24") == ("less", True)


def test_emptiness_is_said() -> None:
    some = of_rows(*rows(3))
    assert compare(Summary(), some).remarks[0][0] == "empty-before"
    assert compare(some, Summary()).remarks[0][0] == "empty-after"
    assert compare(Summary(), Summary()).changes == ()
    assert "无法比较" in compare(some, Summary()).remarks_text("zh")[0]


def test_what_a_stranger_wrote_is_escaped() -> None:
    hostile = "/<script>alert(1)</script>\x1b[2J"
    comparison = compare(of_rows(*rows(200)), of_rows(*rows(200), *rows(60, "500 0 0", hostile)))
    assert verdict(comparison, "urls", hostile) == ("new", True)
    html = comparison._repr_html_()
    assert "<script>" not in html
    assert "\x1b" not in html


def test_forms(attacked: Comparison) -> None:
    frame = attacked.to_frame()
    assert list(frame.columns) == list(attacked.errors.to_dict())
    assert len(frame) == len(attacked.changes)
    for lang in ("en", "zh"):
        told = attacked.to_dict(lang)
        json.dumps(told, allow_nan=False)
        assert told["schema"] == "logan.comparison/1"
        assert all(change["title"] for change in told["changes"])
    assert told["before"]["first"].endswith("Z")
    assert word("verdict", "gone", "zh") == "已消失"
    assert compare(Summary(), Summary()).to_frame().empty


# --- The tests behind it ----------------------------------------------------------------------------------------------
def test_split_chance_is_the_binomial_test() -> None:
    assert split_chance(0, 10, 0.5) == pytest.approx(2 / 1024)
    assert split_chance(3, 9, 0.5) == pytest.approx(0.145996, abs=1e-6)
    assert split_chance(1, 6, 0.25) == pytest.approx(0.0013428, abs=1e-6)
    assert split_chance(0, 0, 0.5) == split_chance(3, 4, 0.0) == split_chance(3, 4, 1.0) == 1.0
    assert split_chance(50_000, 60_000, 0.5) < 1e-100


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 300), st.integers(0, 300), st.floats(0.01, 0.99))
def test_a_chance_is_a_chance_and_symmetric(before: int, after: int, share: float) -> None:
    chance = split_chance(before, after, share)
    assert 0 <= chance <= 1
    assert chance == pytest.approx(split_chance(after, before, 1 - share), rel=1e-6, abs=1e-12)


def test_poisson_tail() -> None:
    assert poisson_tail(3, 3.0) == pytest.approx(0.5768099, abs=1e-6)
    assert poisson_tail(10, 2.0) == pytest.approx(4.6498e-05, rel=1e-3)
    assert poisson_tail(1, 0.0) == 0.0
    assert poisson_tail(2_000_000, 1.0) == 0.0
    assert poisson_tail(3_000, 5_000.0) == 1.0


def test_ranks_do_not_mind_an_outlier() -> None:
    quiet, loud = [1.0, 2, 3, 4, 5, 6], [1.5, 2.5, 3.5, 4.5, 5.5, 1e9]
    assert abs(rank_shifts(quiet + loud)[5]) < 1
    assert rank_shifts([0.0] * 12 + [1.0] * 12)[11] > 4.5


def test_ranks_of_equal_values_do_not_shift() -> None:
    assert rank_shifts([1.0, 1.0, 1.0]) == [0.0, 0.0]
    assert rank_shifts([1.0]) == rank_shifts([]) == []


def test_shifts_of_ranks_are_wilcoxons() -> None:
    """Against the sum of the ranks of one side, its mean and its variance, counted out over all ways to choose it."""
    values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0]
    ranks = [4, 1.5, 5, 1.5, 6, 7, 3]
    for place, shift in enumerate(rank_shifts(values), 1):
        sums = [sum(chosen) for chosen in combinations(ranks, len(ranks) - place)]
        mean = sum(sums) / len(sums)
        spread = sum((one - mean) ** 2 for one in sums) / len(sums)
        assert shift == pytest.approx((sum(ranks[place:]) - mean) / spread**0.5)


def test_a_change_without_traffic_has_no_rate() -> None:
    change = Change("statuses", "new", False, "http", "W3SVC1", "404.0", 0, 3)
    assert change.before_rate is None
    assert change.after_rate is None
