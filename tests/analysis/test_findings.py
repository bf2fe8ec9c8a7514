"""Each story of the samples is found by its finding, with its numbers; the weeks without it are silent."""

from __future__ import annotations

import json
import random
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from logan.analysis.findings import RULES, Finding, Severity, findings, to_frame
from logan.analysis.rules.facts import bare
from logan.analysis.rules.model import LANGUAGES, PARTS, _all_texts
from logan.summarizing import summarize
from logan.summary import Summary

ROOT = Path(__file__).parents[2]
TRUTH = json.loads((ROOT / "samples/truth.json").read_text("utf-8"))
STORIES: dict[str, dict[str, Any]] = {story["id"]: story for story in TRUTH["stories"]}
WEEKS: list[str] = TRUTH["weeks"]

#: Findings that are true in every week of the samples and belong to no story of one week.
STANDING = {"log-fields-off", "forwarded-clients"}
#: The site that a story's finding speaks of, where it is not the folder of its rows.
SITES = {"pool-down": "W3SVC1"}


def monday(week: str) -> date:
    return datetime.strptime(week + "-1", "%G-W%V-%u").date()


@cache
def whole() -> Summary:
    return summarize(str(ROOT / "samples"))


@cache
def of_week(week: str) -> tuple[Finding, ...]:
    start = monday(week)
    summary = summarize(str(ROOT / "samples"), since=start, until=start + timedelta(days=7))
    return tuple(findings(summary))


def finding_id(story: dict[str, Any]) -> str:
    return str(story["finding"]).partition(",")[0]


def site_of(story: dict[str, Any]) -> str:
    return SITES.get(story["id"], story["site"])


def found(story: dict[str, Any], among: list[Finding] | tuple[Finding, ...]) -> list[Finding]:
    return [one for one in among if one.id == finding_id(story) and one.site == site_of(story)]


TABLE = [
    story for story in STORIES.values() if story["id"] not in ("ftp-attack-succeeded", "getting-slower", "torn-lines")
]


@pytest.mark.parametrize("story", TABLE, ids=lambda story: story["id"])
def test_a_story_is_found_with_its_numbers(story: dict[str, Any]) -> None:
    (one,) = found(story, findings(whole()))
    told = one.to_dict()
    assert (told["hits"], told["first"], told["last"]) == (story["hits"], story["first"], story["last"])
    for name, key, of in (("urls", "uri_stem", "uris"), ("clients", "client", "clients")):
        listed = {entry[key]: entry["hits"] for entry in told["evidence"].get(of, ())}
        true = {entry[key]: entry["hits"] for entry in story[name]}
        if story["service"] == "ftp" and of == "uris":
            continue  # truth.json counts the arguments of all commands there, a summary only files
        if listed and story["id"] not in ("logon-failures",):
            assert listed.items() <= true.items(), of
            assert told["evidence"][f"distinct_{of}"] == story[f"distinct_{name}"]


@pytest.mark.parametrize("story", TABLE, ids=lambda story: story["id"])
@pytest.mark.parametrize("week", WEEKS)
def test_a_story_is_found_in_its_weeks_and_in_no_other(story: dict[str, Any], week: str) -> None:
    assert bool(found(story, of_week(week))) == (week in story["weeks"])


@pytest.mark.parametrize("week", WEEKS)
def test_what_no_story_explains_is_informational(week: str) -> None:
    stories = {(finding_id(s), site_of(s)) for s in STORIES.values() if week in s["weeks"]}
    others = [one for one in of_week(week) if (one.id, one.site) not in stories]
    assert {one.severity for one in others} <= {"info"}
    # a line that cannot be read has no time, so that a period cannot leave it out
    assert {one.id for one in others} <= STANDING | {"log-quality"}


def test_the_attack_that_succeeded_is_critical_and_names_the_account() -> None:
    (attack,) = found(STORIES["ftp-attack"], findings(whole()))
    succeeded = STORIES["ftp-attack-succeeded"]
    assert attack.severity == "critical"
    (entered,) = attack.to_dict()["evidence"]["succeeded"]
    assert entered["first"] == succeeded["first"]
    assert bare(entered["account"]) == succeeded["accounts"][0]["account"]
    assert "SUCCEEDED" in attack.explanation()
    assert attack.evidence["distinct_accounts"] == STORIES["ftp-attack"]["distinct_accounts"]
    tried = {entry["account"]: entry["hits"] for entry in STORIES["ftp-attack"]["accounts"]}
    assert {entry["account"]: entry["hits"] for entry in attack.evidence["accounts"]}.items() <= tried.items()


def test_accounts_are_named() -> None:
    (copier,) = found(STORIES["logon-failures"], findings(whole()))
    assert copier.evidence["accounts"] == [{"account": "LINDQVIST\\scan2mail", "hits": 60}]
    assert copier.evidence["uris"][0]["uri_stem"] == "/scan/upload.aspx"
    assert copier.severity == "warning"
    (lab,) = found(STORIES["ftp-passive"], findings(whole()))
    assert [bare(entry["account"]) for entry in lab.evidence["accounts"]] == ["visby"]


def test_a_url_that_gets_slower() -> None:
    story = STORIES["getting-slower"]
    (one,) = found(story, findings(whole()))
    assert one.hits == story["hits"]
    assert one.evidence["distinct_uris"] == 1
    (url,) = one.evidence["uris"]
    assert url["uri_stem"] == "/search"
    true = story["time_taken_by_week"]
    assert [week["hits"] for week in url["weeks"]] == [true[week]["hits"] for week in WEEKS]
    for told, week in zip(url["weeks"], WEEKS, strict=True):  # a geometric mean lies near the median
        assert told["typical_ms"] == pytest.approx(true[week]["median"], rel=0.15)
    told = one.to_dict()
    assert told["first"] <= story["first"]
    assert told["last"] >= story["last"]


def test_torn_lines() -> None:
    story = STORIES["torn-lines"]
    (one,) = found(story, findings(whole()))
    assert (one.hits, one.severity) == (story["hits"], "info")
    assert one.evidence["files"][0]["path"].endswith(story["file"])
    # without a period, a week has its own files: only that of the story holds lines that cannot be read
    for week in WEEKS:
        days = [monday(week) + timedelta(days=n) for n in range(7)]
        names = [str(ROOT / "samples/W3SVC2" / f"u_ex{day:%y%m%d}") for day in days]
        paths = [path for name in names for path in map(str, (ROOT / "samples/W3SVC2").glob(Path(name).name + "*"))]
        summary = summarize(paths)
        assert bool(found(story, findings(summary))) == (week in story["weeks"])


def test_the_outage_tells_the_gap_and_the_pool() -> None:
    story = STORIES["pool-down"]
    (one,) = found(story, findings(whole()))
    gap = one.to_dict()["evidence"]["gap"]
    assert story["gap"]["last_row_before"] < gap["start"] < gap["end"] < story["gap"]["first_row_after"]
    assert one.evidence["queues"] == [story["gap"]["queue"]]
    assert story["gap"]["queue"] in one.advice()
    assert one.severity == "critical"


def test_handshakes_explain_the_error_rate() -> None:
    (one,) = found(STORIES["auth-handshake"], findings(whole()))
    numbers = one.evidence
    assert numbers["error_rate"] == pytest.approx(100 * 121 / 2330, abs=0.1)
    assert numbers["error_rate_with_handshakes"] > 40
    assert f"{numbers['error_rate']}%" in one.explanation()


def test_asp_errors_have_file_line_and_message() -> None:
    (one,) = found(STORIES["asp-error"], findings(whole()))
    errors = [(e["uri_stem"], e["line"], e["code"], e["message"]) for e in one.evidence["errors"]]
    assert errors[0][:3] == ("/orders/list.asp", 22, "80040E14")
    assert errors[1] == ("/orders/list.asp", 17, "800A000D", "Type mismatch: 'CDbl'")


def test_hang_ups_have_their_wait() -> None:
    (one,) = found(STORIES["hang-ups"], findings(whole()))
    assert 20_000 <= one.evidence["waited_ms"]["p50"] <= 60_000


# --- Promises of every finding ----------------------------------------------------------------------------------------
def test_worst_first_then_by_hits() -> None:
    order = {"critical": 0, "warning": 1, "info": 2}
    keys = [(order[one.severity], -one.hits) for one in findings(whole())]
    assert keys == sorted(keys)


def test_the_same_however_the_logs_are_cut() -> None:
    files = sorted(map(str, (ROOT / "samples").glob("*/*.log")))
    random.Random(4).shuffle(files)
    parts = [summarize(files[n::5], workers=1) for n in range(5)]
    assert [one.to_dict() for one in findings(sum(parts, Summary()))] == [one.to_dict() for one in findings(whole())]


def test_every_rule_is_documented_and_has_its_texts() -> None:
    assert set(_all_texts()) == set(RULES)
    for rule in RULES.values():
        assert len(rule.doc) > 40
        for part in PARTS:
            texts = _all_texts()[rule.id][part]
            assert set(texts) == set(LANGUAGES)
            assert all(texts.values())


#: A word of these is a place to go to, or a thing to type.
CONCRETE = (
    "appcmd", "web.config", "applicationHost.config", "Event Viewer", "IIS Manager", "logan ", "certutil", "icacls", "netsh",
    "urlscan.ini", "setspn", "curl", "--", "Test-NetConnection", "Credential Manager", "session affinity", "w32tm", "zone",
    "SQL Server Management Studio", "ftp://", "dir ", "{step}", "in line", "at line", "time-taken",
)  # fmt: skip


@pytest.mark.parametrize("id", list(RULES))
def test_every_advice_names_a_concrete_step(id: str) -> None:
    assert any(word in _all_texts()[id]["advice"]["en"] for word in CONCRETE)


def test_no_finding_on_nothing() -> None:
    assert findings(Summary()) == []


def test_a_finding_is_ready_for_json_in_both_languages() -> None:
    for one in findings(whole()):
        assert one.severity in get_args(Severity)
        for lang in LANGUAGES:
            told = one.to_dict(lang, tz="Asia/Shanghai")
            json.dumps(told, allow_nan=False)
            assert "{" not in told["title"] + told["explanation"]
            if told["first"]:
                assert told["first"].endswith("+08:00")
        assert one.title("zh") != one.title("en")


def test_findings_as_a_frame() -> None:
    frame = to_frame(findings(whole()), "zh")
    assert next(iter(frame["id"])) == "ftp-brute-force"
    assert str(frame["first"].dtype).endswith("UTC]")
    assert to_frame([]).empty
