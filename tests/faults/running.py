"""Running the command as its users do: in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parents[2]
POSIX = os.name == "posix"
posix_only = pytest.mark.skipif(not POSIX, reason="needs signals and permissions of POSIX")


def environment(**more: str) -> dict[str, str]:
    """An environment in which the package is found from any folder, and no locale plays a part."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "LOGAN_", "PYTHONIO"))
    }
    return {**kept, "PYTHONPATH": str(HERE), "LC_ALL": "C.UTF-8", **more}


def logan(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """One run of the command line, to its end."""
    more = options.pop("env", {})
    command = [sys.executable, "-m", "logan", *map(str, arguments)]
    run: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, encoding="utf-8", env=environment(**more), timeout=120, check=False, **options
    )
    assert "Traceback" not in run.stderr, run.stderr
    assert "fault in logan itself" not in run.stderr, run.stderr
    return run


def _heard() -> None:
    """Ctrl-C is ignored by whatever is started in the background, as a whole test run may be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(delay: float, *arguments: str | Path, sign: int = signal.SIGINT) -> tuple[int, str, float]:
    """A run that gets a signal after some seconds: exit code, stderr, seconds from the signal to the end."""
    command = [sys.executable, "-m", "logan", *map(str, arguments)]
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
        preexec_fn=None if os.name == "nt" else _heard,
    ) as process:
        time.sleep(delay)
        process.send_signal(sign)
        start = time.monotonic()
        try:
            _, err = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return process.returncode, err, time.monotonic() - start
