"""Who is measured: logan and the tools that do such work, each with its command and how its answer is read.

Every answer is brought into the same form and held against the generator's truth, so a fast answer that is wrong shows.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
Status = tuple[int | None, ...]


@dataclass(slots=True)
class Answer:
    """Hits by (status, sub-status, win32 status), by status alone from a tool that keeps no more; None where not told."""

    statuses: Counter[Status]
    rejected: int | None = None
    time_taken_sum: int | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """A folder that the generator wrote."""

    folder: Path
    truth: dict[str, Any] = field(hash=False)

    @property
    def logs(self) -> list[str]:
        """The files of its web site, in order."""
        return sorted(str(path) for path in (self.folder / "W3SVC1").iterdir())

    @property
    def bytes(self) -> int:
        return int(self.truth["bytes"])


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tool. `asks` says what it is asked; `absent` why it cannot be run here."""

    name: str
    asks: str
    command: Callable[[Data], list[str]]
    answer: Callable[[str], Answer]
    version: str = ""
    absent: str | None = None
    env: dict[str, str] = field(default_factory=dict, hash=False)
    slow: bool = False  # large logs are given to it once only


NARROW = "statuses, hits by hour, top URLs and clients on errors, percentiles"
FULL = "everything `logan summarize` says"


def verdict(answer: Answer, truth: dict[str, Any]) -> str:
    """By how many rows the answer is wrong: "exact", or what is missing and what does not belong where it stands."""
    depth = max((len(key) for key in answer.statuses), default=3)
    expected: Counter[Status] = Counter()
    for status in truth["statuses"]:
        expected[(status["status"], status["substatus"], status["win32_status"])[:depth]] += status["hits"]
    missing = (expected - answer.statuses).total()
    extra = (answer.statuses - expected).total()
    parts = []
    if missing:
        parts.append(f"{missing:,} rows missing")
    if extra:
        parts.append(f"{extra:,} rows under a wrong status" if depth > 1 else f"{extra:,} rows too many")
    if answer.rejected is not None and answer.rejected != truth["rejected"]:
        parts.append(f"{answer.rejected - truth['rejected']:+,} rejected lines")
    if answer.time_taken_sum is not None and answer.time_taken_sum != truth["time_taken_sum"]:
        off = answer.time_taken_sum / truth["time_taken_sum"] - 1 if truth["time_taken_sum"] else 0
        parts.append(f"time-taken off by {off:+.1%}")
    return ("**wrong**: " + ", ".join(parts)) if parts else "exact" + (" (status only)" if depth == 1 else "")


# --- how answers are read ---------------------------------------------------------------------------------------------


def read_logan(text: str) -> Answer:
    """From `logan summarize --format json`."""
    told = json.loads(text)
    counts: Counter[Status] = Counter()
    for s in told["statuses"]:
        counts[s["status"], s["substatus"], s["win32_status"]] += s["hits"]
    return Answer(counts, told["lines"]["rejected"])


def read_query(text: str) -> Answer:
    """From the Python peers."""
    told = json.loads(text)
    counts: Counter[Status] = Counter()
    for *key, hits in told["statuses"]:
        counts[tuple(key)] += hits
    return Answer(counts, None, told["time_taken_sum"])


def read_awk(text: str) -> Answer:
    """From count.awk."""
    answer = Answer(Counter())
    for line in text.splitlines():
        kind, *values = line.split()
        if kind == "status":
            answer.statuses[tuple(_number(v) for v in values[:3])] += int(values[3])
        elif kind == "time_taken_sum":
            answer.time_taken_sum = int(values[0])
        elif kind == "bad":
            answer.rejected = int(values[0])
    return answer


def read_lnav(text: str) -> Answer:
    """From lnav.sql."""
    counts: Counter[Status] = Counter()
    for row in csv.DictReader(text.splitlines()):
        counts[tuple(_number(row[name]) for name in ("sc_status", "sc_substatus", "win32"))] += int(row["hits"])
    return Answer(counts)


def read_goaccess(text: str) -> Answer:
    """From its JSON: statuses without sub-statuses."""
    told = json.loads(text)
    counts: Counter[Status] = Counter()
    for group in told["status_codes"]["data"]:
        for item in group.get("items", []):
            counts[(int(item["data"][:3]),)] += item["hits"]["count"]
    return Answer(counts, told["general"]["failed_requests"])


def _number(text: str | None) -> int | None:
    if text is None or not text.isdigit():
        return None if text in (None, "", "-", "<NULL>") else -1
    return int(text)


# --- how they are run -------------------------------------------------------------------------------------------------


@cache
def logan_command() -> tuple[str, ...]:
    """The installed command where there is one, else the module in this checkout."""
    script = Path(sys.executable).with_name("logan")
    return (str(script),) if script.exists() else (sys.executable, "-m", "logan")


@cache
def python_with(module: str, also: str | None) -> str | None:
    """The Python that has a module: this one, or the one given with --python."""
    for python in filter(None, (sys.executable, also)):
        if _output([python, "-c", f"import importlib.util as u; print(u.find_spec({module!r}) is not None)"]) == "True":
            return python
    return None


def _output(command: Iterable[str]) -> str:
    try:
        done = subprocess.run(list(command), capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else (done.stdout + done.stderr).strip()


def version_of(module: str, python: str) -> str:
    """The version of a package."""
    return _output([python, "-c", f"from importlib.metadata import version; print(version({module!r}))"])


def query(module: str, name: str, also: str | None) -> Candidate:
    """A peer that is a Python package."""
    python = python_with(module, also)
    script = str(HERE / "peers" / f"{module}_query.py")
    return Candidate(
        name, NARROW, lambda data: [python or "", script, *data.logs], read_query,
        version_of(module, python) if python else "", None if python else "not installed",
    )  # fmt: skip


def tool(name: str, program: str, version: list[str], **more: Any) -> Candidate:
    """A peer that is a program."""
    found = shutil.which(program)
    number = re.search(r"\d+(\.\d+)+", _output(version)) if found else None
    return Candidate(name, version=number[0] if number else "", absent=None if found else "not installed", **more)


def everyone(also: str | None) -> list[Candidate]:
    """logan first, then its peers; `also` is a second Python to look for packages in."""
    home = Path(tempfile.gettempdir()) / "logan-benchmark-lnav"
    home.mkdir(exist_ok=True)  # lnav keeps notes on what it has read; a home of its own, not the user's
    awk, sql = str(HERE / "peers" / "count.awk"), str(HERE / "peers" / "lnav.sql")
    return [
        Candidate("logan", FULL, lambda d: [*logan_command(), "summarize", "--format", "json", "--quiet", *d.logs], read_logan,
                  _logan_version()),
        query("duckdb", "DuckDB", also),
        query("polars", "polars", also),
        query("pandas", "pandas", also),
        tool("mawk", "mawk", ["mawk", "-W", "version"], asks=NARROW, command=lambda d: ["mawk", "-f", awk, *d.logs], answer=read_awk),
        tool("lnav", "lnav", ["lnav", "-V"], asks="statuses and hits by hour in one scan", answer=read_lnav,
             command=lambda d: ["lnav", "-n", "-q", "-f", sql, *d.logs], env={"HOME": str(home), "XDG_CONFIG_HOME": str(home)}),
        tool("GoAccess", "goaccess", ["goaccess", "--version"], asks="its panels, unique visitors among them", answer=read_goaccess,
             command=_goaccess, slow=True),
    ]  # fmt: skip


def _goaccess(data: Data) -> list[str]:
    # without --num-tests=0 it stops at a file whose first ten rows are not in the order it expects
    return [
        "goaccess",
        *data.logs,
        "--no-global-config",
        "--log-format=W3C",
        "--no-progress",
        "--num-tests=0",
        "-o",
        "json",
    ]


def _logan_version() -> str:
    """The version, and whether logan's compiled part is there, which bears on every figure."""
    code = (
        "import logan, logan.native as n; print(logan.__version__, '' if n.kernel else '(without its compiled part)')"
    )
    return _output([sys.executable, "-c", code]).strip()


def versions(candidates: Iterable[Candidate], also: str | None) -> dict[str, str]:
    """Every version that bears on the figures."""
    found = {c.name: c.version for c in candidates if not c.absent}
    found["Python"] = ".".join(map(str, sys.version_info[:3]))
    for module in ("pyarrow", "numpy", "pandas"):
        found.setdefault(module, version_of(module, sys.executable))
    return {name: version for name, version in found.items() if version}


def machine() -> str:
    """Cores, memory, model of the CPU, system."""
    model, memory = "", 0
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        model = found[1] if found else ""
    if hasattr(os, "sysconf"):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{cores} cores, {memory / 2**30:.0f} GiB, {model or 'unknown CPU'}, {platform.system()}"
