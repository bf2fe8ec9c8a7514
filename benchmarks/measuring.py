"""Whole processes measured: wall time, CPU time and peak memory, as the kernel counts them for a child.

This module and those who run it stay small on purpose: until a child has loaded its own program it is a copy of its
parent, so the parent's memory is the least that can be measured (`FLOOR`).
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

KIB = 1024 if sys.platform == "linux" else 1
#: Not handed on: whoever sets them would measure Python programs as they never run after an installation.
UNUSUAL = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")


def floor() -> int:
    """The least peak memory that can be told from this process's own, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB


@dataclass(frozen=True, slots=True)
class Run:
    """One process, run to its end. `seconds` of wall time, `cpu` seconds of user and system, `peak` bytes of memory."""

    seconds: float
    cpu: float
    peak: int
    code: int
    output: str
    errors: str
    timed_out: bool = False

    @property
    def trouble(self) -> str | None:
        """Why there is no figure, in a few words; None if all went well."""
        if self.timed_out:
            return f"stopped after {self.seconds:.0f} s"
        if self.code:
            lines = self.errors.strip().splitlines()
            return f"failed: {without_folders(lines[-1])[:100] if lines else f'exit code {self.code}'}"
        return None


def without_folders(text: str) -> str:
    """Paths shortened to their last part.

    >>> without_folders("error: /home/me/logs/u_ex1.log: no such file")
    'error: u_ex1.log: no such file'
    """
    return re.sub(r"(?<![\w.])(?:/[\w.@+-]+)+/(?=[\w.@+-])", "", text)


def run(
    command: Sequence[str], *, limit: float = 900, cwd: Path | None = None, env: dict[str, str] | None = None
) -> Run:
    """Run a command, its output kept; it is stopped after `limit` seconds."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        usual = {name: value for name, value in os.environ.items() if name not in UNUSUAL}
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd, env={**usual, **(env or {})}
        )
        late = threading.Event()

        def stop() -> None:
            late.set()
            child.kill()

        timer = threading.Timer(limit, stop)
        timer.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:  # the runner was interrupted
            child.kill()
            raise
        finally:
            timer.cancel()
        seconds = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    cpu = usage.ru_utime + usage.ru_stime
    return Run(seconds, cpu, usage.ru_maxrss * KIB, child.returncode, texts[0], texts[1], late.is_set())


@dataclass(slots=True)
class Figures:
    """The runs of one candidate, in the order in which they were made, or why there are none."""

    name: str
    runs: list[Run] = field(default_factory=list)
    trouble: str | None = None
    verdict: str = ""

    def add(self, result: Run) -> None:
        """One run more."""
        if self.runs:
            self.runs[-1] = replace(self.runs[-1], output="", errors="")
        self.runs.append(result)
        self.trouble = self.trouble or result.trouble

    @property
    def seconds(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    @property
    def cpu(self) -> float:
        return statistics.median(run.cpu for run in self.runs)

    @property
    def busy(self) -> float:
        """How many cores it kept busy: CPU time for each second."""
        return statistics.median(run.cpu / run.seconds for run in self.runs)

    @property
    def peak(self) -> int:
        return max(run.peak for run in self.runs)

    def ratios(self, other: Figures) -> list[float]:
        """How many times as long as `other` this took, in each round."""
        return [mine.seconds / its.seconds for mine, its in zip(self.runs, other.runs, strict=False)]


Job = Callable[[], Run]


def interleave(
    jobs: dict[str, Job], repeat: int, say: Callable[[str], None] = lambda text: None, once: Collection[str] = ()
) -> dict[str, Figures]:
    """Every job once a round, `repeat` rounds, each round beginning with another one; those of `once` in the first alone.

    Slow spells of a shared machine meet all of them so. A job that fails is not run again. Only the last output is kept,
    or this process would grow, and with it the least memory that can be told.
    """
    figures = {name: Figures(name) for name in jobs}
    names = list(jobs)
    for turn in range(repeat):
        begin = turn % max(len(names), 1)
        for name in names[begin:] + names[:begin]:
            mine = figures[name]
            if mine.trouble or (turn and name in once):
                continue
            mine.add(jobs[name]())
            say(f"  {name}: {mine.trouble or f'{mine.runs[-1].seconds:.2f} s, {mine.runs[-1].peak / 1e6:.0f} MB'}")
    return figures


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median, with least and greatest behind it where there are several: ``1.52 (1.41-1.60)``."""
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f}-{max(values):.{digits}f})"
