"""Logs from public repositories, read through the command line's JSON, against independent counts.

`lnav-logfile_w3c.3` has no counts: one of its rows holds text where the sub-status belongs. That row is rejected and
shown, since a sub-status that is no number would otherwise have to be dropped or invented.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

LOGS = Path(__file__).parents[2] / "shared" / "real-logs"
TRUTH = json.loads((LOGS / "truth.json").read_text()) if (LOGS / "truth.json").exists() else {}

pytestmark = pytest.mark.skipif(not TRUTH, reason="the folder of real logs is not here")


def summary_of(name: str) -> dict:
    command = [
        sys.executable,
        "-m",
        "logan",
        "summarize",
        str(LOGS / name),
        "--format",
        "json",
        "--top",
        "1000",
        "--quiet",
    ]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8").stdout)


def counted(statuses: list[dict], *names: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row in statuses:
        counts[".".join("-" if row[name] is None else str(row[name]) for name in names)] += row["hits"]
    return dict(counts)


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_counts_are_those_of_plain_splitting(name: str) -> None:
    truth, found = TRUTH[name], summary_of(name)
    assert found["lines"]["read"] == truth["lines_total"]
    assert (found["lines"]["rows"], found["lines"]["rejected"]) == (truth["data_rows"], 0)
    assert found["lines"]["blank"] == truth["blank_lines"]
    statuses = found["statuses"]
    assert counted(statuses, "status") == truth["by_status"]
    if truth["by_status_substatus"]:
        expected: Counter[str] = Counter()
        for key, hits in truth["by_status_substatus"].items():
            expected[key.replace("?", "-")] += hits
        assert counted(statuses, "status", "substatus") == dict(expected)
    if truth["by_win32"]:
        assert counted(statuses, "win32_status") == truth["by_win32"]
    if truth["by_reason"]:
        assert counted(statuses, "reason_phrase") == truth["by_reason"]
    service = {"w3c-ftp6": "ftp", "httperr": "httperr"}.get(truth["format"], "http")
    assert found["services"] == {service: truth["data_rows"]}


@pytest.mark.parametrize("name", sorted(name for name in TRUTH if TRUTH[name]["format"] != "iis-native"))
def test_period_is_that_of_the_rows(name: str) -> None:
    truth, period = TRUTH[name], summary_of(name)["period"]
    seconds = [re.sub(r"\.\d+", "", truth[key]).replace(" ", "T") + "Z" for key in ("min_ts", "max_ts")]
    assert [re.sub(r"\.\d+", "", period[key]) for key in ("first", "last")] == seconds


def test_text_in_a_number_is_rejected_and_shown() -> None:
    lines = summary_of("lnav-logfile_w3c.3")["lines"]
    assert (lines["rows"], lines["rejected"]) == (2, 1)
    assert "sc-substatus is no number" in lines["rejected_examples"][0]["reason"]
    assert lines["read"] == lines["rows"] + lines["directives"] + lines["blank"] + lines["rejected"]
