"""Traps of real logs, one small file each: ``cases/NAME.log`` and what must come out of it in ``cases/NAME.toml``.

A new case is two new files. Keys of the TOML file: `about` (one sentence), `rows`, `directives`, `blank`, `rejected` (line
number and reason), `service` (http if left out), `file` (a name that tells the format, where the content alone does not),
and `columns` with the values of each row in order (``-`` is null, timestamps are in UTC).
"""

from __future__ import annotations

import shutil
import tomllib
import warnings
from pathlib import Path
from typing import Any

import pytest

import logan
from logan.summarizing import summarize
from tests.builders import WAYS, batches

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.stem for path in CASES.glob("*.toml"))


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """A copy of the log under a name that IIS would give it, and what is expected."""
    expected = tomllib.loads((CASES / f"{request.param}.toml").read_text(encoding="utf-8"))
    log = tmp_path / expected.get("file", "u_ex261116.log")
    shutil.copyfile(CASES / f"{request.param}.log", log)
    return log, expected


def test_lines(case: tuple[Path, dict[str, Any]]) -> None:
    log, expected = case
    summary = summarize(log)
    lines = summary.lines
    assert (lines.rows, lines.directives, lines.blank) == (expected["rows"], expected["directives"], expected["blank"])
    assert [(r.line, r.reason) for r in summary.rejects] == [(r["line"], r["reason"]) for r in expected["rejected"]]
    assert lines.read == lines.rows + lines.directives + lines.blank + lines.rejected
    assert summary.hits == lines.rows
    services = {service for (service,) in summary.spans.group("service").rows}
    assert services == ({expected.get("service", "http")} if lines.rows else set())


def test_columns(case: tuple[Path, dict[str, Any]]) -> None:
    log, expected = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logan.LogWarning)
        frame = logan.read(log)
    assert len(frame) == expected["rows"]
    for name, values in expected.get("columns", {}).items():
        assert [_shown(value) for value in frame[name]] == values, name


@pytest.mark.parametrize("way", WAYS)
def test_every_way(case: tuple[Path, dict[str, Any]], way: str) -> None:
    log, expected = case
    found, tally = batches(log, way)
    assert sum(len(batch) for batch in found) == expected["rows"]
    assert sum(batch.blank for batch in found) == expected["blank"]
    rejected = [(line.line, line.reason) for batch in found for line in batch.rejected]
    assert sorted(rejected) == [(r["line"], r["reason"]) for r in expected["rejected"]]
    assert tally.lines == sum(len(b) + b.blank + len(b.rejected) for b in found) + tally.directives


def test_every_log_has_its_expectations() -> None:
    assert sorted(path.stem for path in CASES.glob("*.log")) == NAMES
    assert len(NAMES) >= 60


def _shown(value: Any) -> Any:
    if value is None or str(value) in ("<NA>", "nan", "NaT"):
        return "-"
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    return value if isinstance(value, str) else int(value)
