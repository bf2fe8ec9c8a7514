"""The generator tells the truth, and the runner measures and checks: on small folders, with what is always there."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from logan.summarizing import summarize

ROOT = Path(__file__).parent.parent
BENCHMARKS = ROOT / "benchmarks"
pytestmark = pytest.mark.skipif(not hasattr(os, "wait4"), reason="the runner needs a POSIX system")


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=ROOT)


def module(name: str) -> ModuleType:
    """A module of the benchmarks, which are no package."""
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


SHAPES = {
    "changing-fields": ["--files", "3", "--change-fields", "0.5"],
    "dirt": ["--files", "3", "--change-fields", "0.3", "--dirt", "0.02"],
    "all-services": ["--files", "2", "--ftp", "3000", "--httperr", "3000", "--gz", "1"],
    "unique": ["--files", "2", "--cardinality", "unique"],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_logan_finds_what_was_generated(shape: str, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    done = run("generate.py", str(folder), "--size", "2MB", *SHAPES[shape])
    assert done.returncode == 0, done.stderr
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    told = summarize([path for path in folder.iterdir() if path.is_dir()]).to_dict()
    assert {name: told["lines"][name] for name in ("rows", "directives", "blank", "rejected")} == {
        name: truth[name] for name in ("rows", "directives", "blank", "rejected")
    }
    assert told["lines"]["read"] == truth["lines"]
    assert told["services"] == truth["services"]
    assert told["sources"]["files"] == truth["files"]
    assert told["period"] == {"first": truth["first"], "last": truth["last"]}
    assert statuses(told["statuses"]) == statuses(truth["statuses"])


def statuses(rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    counts: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        counts[tuple(row[name] for name in ("service", "status", "substatus", "win32_status", "reason_phrase"))] += row[
            "hits"
        ]
    return counts


@pytest.mark.skipif(not shutil.which("mawk"), reason="mawk is not installed")
def test_the_runner_measures_checks_and_writes(tmp_path: Path) -> None:
    generated = run("generate.py", str(tmp_path / "logs"), "--size", "1MB", "--files", "3", "--change-fields", "0.5")
    assert generated.returncode == 0, generated.stderr
    output = tmp_path / "RESULTS.md"
    done = run("run.py", str(tmp_path / "logs"), "--repeat", "2", "--tools", "logan,mawk", "--output", str(output))
    assert done.returncode == 0, done.stderr
    (section,) = json.loads(output.with_suffix(".json").read_text("utf-8"))["sections"]
    assert [row[0] for row in section["tables"][0]["rows"]] == ["logan", "mawk"]
    rows = {row[0]: row for row in section["tables"][1]["rows"]}
    assert set(rows) == {"logan", "mawk"}
    assert [row[-1] for row in rows.values()] == ["exact", "exact"]
    assert "| mawk " in done.stdout
    assert "| mawk " in output.read_text("utf-8")
    assert str(tmp_path) not in output.read_text("utf-8")


def test_a_wrong_answer_is_told_by_how_many_rows() -> None:
    candidates = module("candidates")
    truth = {
        "rejected": 1,
        "time_taken_sum": 200,
        "statuses": [{"status": s, "substatus": 0, "win32_status": 0, "hits": n} for s, n in ((200, 10), (404, 3))],
    }
    right = Counter({(200, 0, 0): 10, (404, 0, 0): 3})
    assert candidates.verdict(candidates.Answer(right, 1, 200), truth) == "exact"
    assert candidates.verdict(candidates.Answer(Counter({(200,): 10, (404,): 3})), truth) == "exact (status only)"
    shifted = candidates.Answer(Counter({(200, 0, 0): 8, (404, 0, 0): 3, (0, 0, 15): 1}), 2, 100)
    told = candidates.verdict(shifted, truth)
    assert told == "**wrong**: 2 rows missing, 1 rows under a wrong status, +1 rejected lines, time-taken off by -50.0%"


def test_a_child_is_measured_and_stopped_in_time() -> None:
    measuring = module("measuring")
    large = measuring.run([sys.executable, "-c", "x = bytearray(80_000_000); print(len(x))"])
    assert large.output.strip() == "80000000"
    assert large.trouble is None
    assert large.peak > 80e6
    assert measuring.run([sys.executable, "-c", "import time; time.sleep(60)"], limit=0.5).trouble.startswith(
        "stopped after"
    )
    assert measuring.run([sys.executable, "-c", "raise SystemExit('no luck')"]).trouble == "failed: no luck"


def test_the_peak_is_the_child_s_own() -> None:
    """Asked from a small process, as the runner is one: Linux counts what the parent held at the fork as well."""
    code = f"import sys; sys.path.insert(0, {str(BENCHMARKS)!r}); import measuring; "
    code += "print(measuring.run([sys.executable, '-c', 'x = bytearray(80_000_000)']).peak)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 80e6 < int(done.stdout) < 200e6


def test_python_runs_as_after_an_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    told = module("measuring").run([sys.executable, "-c", "import sys; print(sys.dont_write_bytecode)"])
    assert told.output.strip() == "False"


def test_a_slow_one_runs_in_the_first_round_only() -> None:
    measuring = module("measuring")
    made = [measuring.Run(n, 2 * n, 10, 0, f"answer {n}", "") for n in (1.0, 2.0, 3.0)]
    figures = measuring.interleave(
        {"a": lambda: made[0], "slow": lambda: made[2], "b": lambda: made[1]}, 2, once=["slow"]
    )
    assert [len(figures[name].runs) for name in ("a", "slow", "b")] == [2, 1, 2]
    assert figures["slow"].ratios(figures["a"]) == [3.0]
    assert figures["b"].busy == 2
    assert [run.output for run in figures["a"].runs] == ["", "answer 1.0"]


def test_troubles_name_no_folders() -> None:
    measuring = module("measuring")
    assert measuring.without_folders("error: /home/me/logs/x.log: gone") == "error: x.log: gone"
    assert measuring.without_folders("can't open /tmp/x/u_ex1.log, 1/2 read") == "can't open u_ex1.log, 1/2 read"


def test_results_of_other_sections_stay(tmp_path: Path) -> None:
    results = module("results")
    path = tmp_path / "RESULTS.md"
    table = results.Table("Small:", ["tool", "time s"], [["logan", "0.2"]])
    one = results.Section("startup", "Start", "Text.", [table], [results.Aim("fast", "0.2 s", True)], "Measured once.")
    results.save(path, {"startup": one}, ["dirt"])
    assert "not measured: dirt" in path.read_text("utf-8")
    kept = results.load(path.with_suffix(".json"))
    other = results.Section(
        "dirt", "Dirt", "Text.", [], [results.Aim("no slower", "2 times", False)], "Measured again."
    )
    results.save(path, {**kept, "dirt": other})
    text = path.read_text("utf-8")
    assert "| logan | 0.2    |" in text
    assert "| no slower | 2 times  | **falls short** |" in text
    assert "Reached: 1 of 2." in text
    assert text.count("Measured once.") == 1
    assert "This section was measured apart. Measured again." in text
    assert "not measured" not in text
    assert list(results.load(path.with_suffix(".json"))) == ["startup", "dirt"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["RESULTS.json", "RESULTS.md"]
