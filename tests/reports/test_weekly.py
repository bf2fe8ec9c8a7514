"""The model's numbers against those that the samples were made with."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import logan
from logan.exceptions import OptionError, SourceError
from logan.reports.model import Weekly
from logan.reports.periods import Wanted, choose
from logan.reports.weekly import weekly
from tests.reports.conftest import SAMPLES

Make = Callable[..., Weekly]


def rows(truth: dict[str, Any], week: str) -> int:
    return sum(site["rows_by_week"][week] for site in truth["sites"])


def story(truth: dict[str, Any], name: str) -> dict[str, Any]:
    return next(dict(story) for story in truth["stories"] if story["id"] == name)


def test_the_figures_are_those_of_the_samples(make: Make, truth: dict[str, Any]) -> None:
    report = make("2026-W47")
    assert report.totals.hits == rows(truth, "2026-W47")
    assert report.totals_before is not None
    assert report.totals_before.hits == rows(truth, "2026-W46")
    assert [figure.key for figure in report.figures] == ["requests", "errors", "server", "slowest"]
    errors = report.figures[1]
    assert (errors.now, errors.then, errors.direction) == (report.totals.errors, report.totals_before.errors, "worse")
    # 48 of the bad deployment, 49 of the ASP page and the usual one
    assert report.figures[2].now == 48 + 49 + 1


def test_the_weeks_add_up_to_the_totals(make: Make, truth: dict[str, Any]) -> None:
    weeks = [make(week).totals for week in truth["weeks"]]
    assert sum(week.hits for week in weeks) == truth["totals"]["hits"]
    assert sum(week.handshakes for week in weeks) == truth["totals"]["handshakes"]
    assert sum(week.client_errors for week in weeks) == truth["totals"]["http_client_errors"]
    assert sum(week.server_errors for week in weeks) == truth["totals"]["http_server_errors"]


def test_every_story_of_the_week_is_found(make: Make, truth: dict[str, Any]) -> None:
    for week in truth["weeks"]:
        found = {card.id for card in make(week).findings}
        told = {
            story["finding"].split(",")[0]
            for story in truth["stories"]
            if week in story["weeks"] and story["finding"] not in ("slower-url", "long-lived", "log-quality")
        }
        assert told <= found, week


def test_a_page_that_gets_slower_is_found_against_the_weeks_before(make: Make) -> None:
    assert "slower-url" in {card.id for card in make("2026-W47").findings}
    search = next(page for page in make("2026-W47").slow if page.uri == "/search")
    assert search.p50_before is not None
    assert search.p50 > 1.8 * search.p50_before


def test_the_worst_comes_first_and_new_findings_are_marked(make: Make) -> None:
    cards = make("2026-W47").findings
    order = [("critical", "warning", "info").index(card.severity) for card in cards]
    assert order == sorted(order)
    new = {card.id for card in cards if card.new}
    assert {"config-error", "outage", "ftp-brute-force"} <= new
    assert not {"auth-handshake", "broken-link"} & new


def test_a_status_knows_its_explanation_urls_clients_and_last_week(make: Make, truth: dict[str, Any]) -> None:
    told = story(truth, "bad-deployment")
    card = next(card for card in make("2026-W47").statuses if card.code == "500.19")
    assert (card.hits, card.before, card.win32) == (told["hits"], 0, 183)
    assert {name.name for name in card.uris} == {url["uri_stem"] for url in told["urls"]}
    assert card.distinct_clients == told["distinct_clients"]
    assert card.causes
    assert card.remedies


def test_failures_come_before_everything_else(make: Make) -> None:
    kinds = [card.kind for card in make("2026-W46").statuses]
    assert kinds == sorted(kinds, key=["error", "hangup", "handshake", "routine", "ok"].index)


def test_ftp_counts_logons_and_names_who_was_refused(make: Make, truth: dict[str, Any]) -> None:
    ftp = make("2026-W47").ftp
    assert ftp is not None
    assert {row.key: row.hits for row in ftp.logons}["failed"] == story(truth, "ftp-attack")["hits"] + 1
    worst = ftp.refused[0]
    assert (worst.client, worst.hits, worst.distinct_accounts, worst.succeeded) == ("203.0.113.66", 420, 60, True)


def test_httperr_says_which_pool_was_down(make: Make, truth: dict[str, Any]) -> None:
    card = make("2026-W47").httperr[0]
    assert (card.code, card.hits) == ("AppOffline", story(truth, "pool-down")["hits"])
    assert [queue.name for queue in card.queues] == ["LindqvistIntranet"]


def test_the_tally_adds_up_over_all_lines(make: Make, truth: dict[str, Any]) -> None:
    for week in truth["weeks"]:
        lines = make(week).lines
        assert lines.read + lines.filtered == truth["lines"]["read"]
        assert lines.read == lines.rows + lines.directives + lines.blank + lines.rejected
        assert lines.rows == rows(truth, week)
        assert lines.rejected == truth["lines"]["rejected"]


def test_httperr_has_no_rate(make: Make) -> None:
    """It holds failures and routine only: three failures among 283 rows once read 100.0%."""
    rates = {(row.service, row.site): row.rate for row in make("2026-W44").sites}
    assert {rate for (service, _), rate in rates.items() if service == "HTTPERR"} == {None}
    assert all(rate is not None for (service, _), rate in rates.items() if service != "HTTPERR")


def test_the_days_add_up_to_the_totals(make: Make) -> None:
    """Handshakes were once among the 4xx of a day: 86 of them stood beside five failures."""
    for week in ("2026-W44", "2026-W45", "2026-W46"):
        report = make(week)
        assert sum(day.status_4xx for day in report.days) == report.totals.client_errors
        assert sum(day.status_5xx for day in report.days) == report.totals.server_errors
        assert sum(day.handshakes for day in report.days) == report.totals.handshakes


def test_a_day_is_written_as_its_language_writes_it(make: Make) -> None:
    assert make("2026-W45").days[3].full == "Thu 5 Nov"
    assert make("2026-W45", lang="zh").days[3].full == "11月5日（周四）"


def test_gaps_name_the_sites_and_what_they_do_not_log(make: Make) -> None:
    gaps = make("2026-W44").gaps
    assert any(gap.startswith("time-taken is not logged by W3SVC3") for gap in gaps)
    assert not any("MSFTPSVC1" in gap for gap in gaps)


def test_the_first_week_has_nothing_to_compare_with(make: Make) -> None:
    report = make("2026-W44")
    assert report.before is None
    assert report.compared == "nothing before it to compare with"
    assert all(figure.change == "" for figure in report.figures)
    assert not any(card.new for card in report.findings)


@pytest.mark.parametrize(
    ("week", "level", "start"),
    [
        ("2026-W44", "calm", "This week was calm: 27 of "),
        ("2026-W45", "warning", "This week is worth a look: "),
        ("2026-W47", "critical", "This week needs action: "),
    ],
)
def test_the_verdict_says_what_kind_of_week_it_was(make: Make, week: str, level: str, start: str) -> None:
    report = make(week)
    assert report.level == level
    assert report.verdict.startswith(start)


def test_chinese_says_the_same_numbers(make: Make) -> None:
    english, chinese = make("2026-W47"), make("2026-W47", lang="zh")
    assert chinese.heading == "2026 年第 47 周"
    assert [figure.now for figure in chinese.figures] == [figure.now for figure in english.figures]
    assert [card.hits for card in chinese.statuses] == [card.hits for card in english.statuses]
    assert "669" in chinese.verdict


def test_names_are_masked_alike_throughout(make: Make) -> None:
    report = make("2026-W47", anonymize=True)
    assert report.ftp is not None
    attacker = report.ftp.refused[0].client
    assert attacker.startswith("client-")
    attack = next(card for card in report.findings if card.id == "ftp-brute-force")
    clients = next(rows for heading, rows, _ in attack.lists if heading == "Clients")
    assert [row.name for row in clients] == [attacker]
    assert attacker in {place.name for place in report.clients}
    plain = make("2026-W47")
    assert [card.id for card in report.findings] == [card.id for card in plain.findings]
    assert [card.hits for card in report.statuses] == [card.hits for card in plain.statuses]


# --- periods ----------------------------------------------------------------------------------------------------------
def test_the_newest_whole_week_is_taken() -> None:
    assert choose(str(SAMPLES / "W3SVC2"), Wanted()).week == "2026-W47"
    # an intranet that is quiet on Sunday evening
    assert choose(str(SAMPLES / "W3SVC1"), Wanted()).week == "2026-W47"


def test_a_week_that_has_only_begun_is_passed_over(tmp_path: Path) -> None:
    for name in ("u_ex261113.log", "u_ex261114.log", "u_ex261115.log", "u_ex261116.log", "u_ex261117.log"):
        shutil.copy(SAMPLES / "W3SVC2" / name.replace(".log", "_x.log"), tmp_path)
    assert choose(str(tmp_path), Wanted()).week == "2026-W46"


def test_where_no_week_is_whole_the_report_says_so(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "W3SVC2" / "u_ex261117_x.log", tmp_path)
    period = choose(str(tmp_path), Wanted())
    assert (period.week, period.notes) == ("2026-W47", ("note-not-whole",))


def test_a_stretch_is_compared_with_the_one_before() -> None:
    period = choose(str(SAMPLES / "W3SVC2"), Wanted(since="2026-11-16", until="2026-11-23"))
    week = choose(str(SAMPLES / "W3SVC2"), Wanted(week="2026-W47"))
    assert period.week == "2026-W47"
    assert period.before is not None
    assert week.before is not None
    assert (period.summary.hits, period.before.hits) == (week.summary.hits, week.before.hits)


def test_saved_weeks_make_the_same_report(tmp_path: Path) -> None:
    weeks = logan.summarize_weeks(str(SAMPLES / "W3SVC2"))
    for name in ("2026-W46", "2026-W47"):
        weeks[name].save(str(tmp_path / f"{name}.logan"))
    saved = weekly(choose([str(tmp_path / "*.logan")], Wanted()))
    read = weekly(choose(str(SAMPLES / "W3SVC2"), Wanted(week="2026-W47")))
    assert saved.heading == read.heading == "Week 47 of 2026"
    assert saved.verdict == read.verdict
    assert saved.figures == read.figures
    assert saved.statuses == read.statuses


def test_saved_files_of_one_week_add_up(tmp_path: Path) -> None:
    for site in ("W3SVC1", "W3SVC2"):
        logan.summarize_weeks(str(SAMPLES / site))["2026-W47"].save(str(tmp_path / f"{site}.logan"))
    period = choose([str(tmp_path / "W3SVC1.logan"), str(tmp_path / "W3SVC2.logan")], Wanted())
    assert (period.week, period.before) == ("2026-W47", None)
    assert {key[1] for key, _ in period.summary.spans} == {"W3SVC1", "W3SVC2"}


def test_a_frame_has_weeks_too() -> None:
    frame = logan.read(str(SAMPLES / "W3SVC2"), on_bad_lines="skip")
    assert choose(frame, Wanted()).week == "2026-W47"


@pytest.mark.parametrize(
    ("wanted", "error", "words"),
    [
        (Wanted(week="2026-W30"), SourceError, "2026-W44"),
        (Wanted(week="47"), OptionError, "no ISO week"),
        (Wanted(week="2026-W47", since="2026-11-16"), OptionError, "either"),
        (Wanted(since="2026-11-16", until="2026-11-16"), OptionError, "after"),
        (Wanted(since="2031-01-01", until="2031-01-02"), SourceError, "no rows"),
        (Wanted(tz="Mars/Olympus"), OptionError, "time zone"),
    ],
)
def test_what_cannot_be_reported_is_said(wanted: Wanted, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        choose(str(SAMPLES / "W3SVC2"), wanted)


def test_a_summary_is_not_cut() -> None:
    summary = logan.summarize(str(SAMPLES / "W3SVC2"))
    with pytest.raises(OptionError, match="cannot be cut"):
        choose(summary, Wanted(week="2026-W47"))
    with pytest.raises(SourceError, match="no rows"):
        choose(logan.Summary(), Wanted())


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"\.html or \.png"):
        logan.report(logan.Summary(), str(tmp_path / "weekly.pdf"))
