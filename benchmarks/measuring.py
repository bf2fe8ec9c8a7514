"""Whole processes measured: wall time, CPU time and peak memory, as the kernel counts them for a child.

This module and those who run it stay small on purpose: until a child has loaded its own program it is a copy of its
parent, so the parent's memory is the least that can be measured (`FLOOR`).
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

KIB = 1024 if sys.platform == "linux" else 1


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
            return f"failed: {lines[-1][:100] if lines else f'exit code {self.code}'}"
        return None


def run(
    command: Sequence[str], *, limit: float = 900, cwd: Path | None = None, env: dict[str, str] | None = None
) -> Run:
    """Run a command, its output kept; it is stopped after `limit` seconds."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd, env={**os.environ, **(env or {})}
        )
        late = threading.Event()

        def stop() -> None:
            late.set()
            child.kill()

        timer = threading.Timer(limit, stop)
        timer.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
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

    @property
    def seconds(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    @property
    def cpu(self) -> float:
        return statistics.median(run.cpu for run in self.runs)

    @property
    def peak(self) -> int:
        return max(run.peak for run in self.runs)

    def ratios(self, other: Figures) -> list[float]:
        """How many times as long as `other` this took, in each round."""
        return [mine.seconds / its.seconds for mine, its in zip(self.runs, other.runs, strict=False)]


Job = Callable[[], Run]


def interleave(jobs: dict[str, Job], repeat: int, say: Callable[[str], None] = lambda text: None) -> dict[str, Figures]:
    """Every job once a round, `repeat` rounds, each round beginning with another one.

    Slow spells of a shared machine meet all of them so. A job that fails is not run again.
    """
    figures = {name: Figures(name) for name in jobs}
    names = list(jobs)
    for turn in range(repeat):
        begin = turn % max(len(names), 1)
        for name in names[begin:] + names[:begin]:
            mine = figures[name]
            if mine.trouble:
                continue
            result = jobs[name]()
            mine.trouble = result.trouble
            mine.runs.append(result)
            say(f"  {name}: {result.trouble or f'{result.seconds:.2f} s, {result.peak / 1e6:.0f} MB'}")
    return figures


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median, with least and greatest behind it where there are several: ``1.52 (1.41-1.60)``."""
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f}-{max(values):.{digits}f})"
