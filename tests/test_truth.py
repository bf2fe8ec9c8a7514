"""What is counted is what is there: the samples and a generated folder against the truth that was written with them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from logan.summarizing import summarize
from logan.summary import Summary

ROOT = Path(__file__).parent.parent
TRUTH = json.loads((ROOT / "samples/truth.json").read_text("utf-8"))
Statuses = Counter[tuple[Any, ...]]


def statuses_of(summary: Summary, *names: str) -> Statuses:
    return Counter({key: values[0] for key, values in summary.events.group(*names).rows.items()})


def statuses_in(truth: list[dict[str, Any]], *names: str) -> Statuses:
    found: Statuses = Counter()
    for row in truth:
        found[tuple(row[name] for name in names)] += row["hits"]
    return found


def iso(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("site", TRUTH["sites"], ids=lambda site: site["folder"])
def test_samples(site: dict[str, Any]) -> None:
    summary = summarize(str(ROOT / "samples" / site["folder"]))
    lines = summary.lines
    assert {name: getattr(lines, name) for name in ("read", "rows", "directives", "blank", "rejected")} == {
        name: site[name] for name in ("read", "rows", "directives", "blank", "rejected")
    }
    assert summary.files == site["files"]
    assert summary.hits == lines.rows
    keys = ("status", "substatus", "win32_status", "reason_phrase")
    assert statuses_of(summary, *keys) == statuses_in(site["statuses"], *keys)
    assert summary.period is not None
    assert [iso(moment) for moment in summary.period] == [site["first"], site["last"]]


def test_all_samples_together() -> None:
    summary = summarize(str(ROOT / "samples"))
    assert summary.hits == TRUTH["totals"]["hits"]
    kinds = summary.events.group("kind")
    assert kinds.rows[("handshake",)][0] == TRUTH["totals"]["handshakes"]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("generated") / "logs"
    command = [sys.executable, str(ROOT / "benchmarks/generate.py"), str(folder), "--size", "2MB", "--files", "3"]
    options = ["--dirt", "0.01", "--change-fields", "0.4", "--httperr", "500", "--ftp", "500", "--gz", "1"]
    subprocess.run([*command, *options], check=True, capture_output=True)
    return folder, json.loads((folder / "truth.json").read_text("utf-8"))


@pytest.mark.parametrize("workers", [1, 2])
def test_generated(generated: tuple[Path, dict[str, Any]], workers: int) -> None:
    folder, truth = generated
    summary = summarize(str(folder), workers=workers)
    lines = summary.lines
    assert (lines.rows, lines.rejected, lines.directives) == (truth["rows"], truth["rejected"], truth["directives"])
    keys = ("service", "status", "substatus", "win32_status", "reason_phrase")
    assert statuses_of(summary, *keys) == +statuses_in(truth["statuses"], *keys)
    http = summary.uris.only(service="http")
    assert http.total("taken") <= truth["time_taken_sum"]  # connections that stay open on purpose do not count
    assert len(http) == truth["distinct_uris"]
    hits = {key[2]: values[0] for key, values in http}
    assert [hits[row["uri_stem"]] for row in truth["top_uris"]] == [row["hits"] for row in truth["top_uris"]]


def test_small_logs_do_not_import_pandas() -> None:
    code = (
        "import sys; from logan.summarizing import summarize; s = summarize(sys.argv[1]); "
        "assert s.hits; print('pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "samples")], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout.strip() == "False"
