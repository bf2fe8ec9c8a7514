"""A service, a full disk behind stderr, ``>&-``: files are written, and the exit code is what the work deserves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from logan.cli import main
from logan.summary import Summary
from tests.builders import http_log, http_row, write
from tests.faults.running import environment, posix_only

NO_ANSWER = "logan: there is no standard output for the answer. Send it to a file: > FILE.\n"
WRITING = [
    ["summarize", ".", "--save", "out.logan", "--rejects", "out.csv"],
    ["summarize", ".", "--format", "json", "--save", "out.logan"],
    ["export", ".", "-o", "out.jsonl"],
    ["chart", "errors", ".", "-o", "out.png"],
    ["report", ".", "-o", "out.html"],
]
ANSWERING = [
    ["summarize", "."],
    ["summarize", ".", "--format", "json"],
    ["summarize", ".", "--format", "csv"],
    ["compare", ".", "."],
    ["compare", ".", ".", "--format", "csv"],
    ["explain", "404"],
    ["explain", "--search", "time"],
    ["--version"],
    ["--help"],
]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A log with a line that calls for a remark, and a file that does."""
    write(tmp_path, "u_ex1.log", http_log(http_row(), "torn\n", http_row(status="500 0 0")))
    write(tmp_path, "notes.txt", "nothing of interest\n")
    return tmp_path


def shell(folder: Path, arguments: list[str], streams: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a run whose streams a shell has closed or sent elsewhere."""
    command = ["bash", "-c", f'exec "$0" -m logan "$@" {streams}', sys.executable, *arguments]
    run = subprocess.run(
        command, capture_output=True, encoding="utf-8", env=environment(), cwd=folder, timeout=120, check=False
    )
    return run.returncode, run.stdout, run.stderr


@posix_only
@pytest.mark.parametrize("arguments", WRITING, ids=" ".join)
@pytest.mark.parametrize("streams", ["2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_files_are_written_whoever_listens(logs: Path, arguments: list[str], streams: str) -> None:
    code, out, err = shell(logs, arguments, streams)
    assert code == 0, err
    assert "fault in logan" not in out + err
    for name in arguments:
        if name.startswith("out."):
            assert (logs / name).stat().st_size > 30
    if ">&-" in streams.split():
        assert out == ""
    if "out.jsonl" in arguments:  # whose number could be that of stderr
        assert [line[:1] for line in (logs / "out.jsonl").read_text().splitlines()] == ["{", "{"]


@posix_only
@pytest.mark.parametrize("arguments", ANSWERING, ids=" ".join)
def test_an_answer_needs_no_stderr(logs: Path, arguments: list[str]) -> None:
    whole = shell(logs, arguments, "")
    for streams in ("2>&-", "2>/dev/full"):
        assert shell(logs, arguments, streams)[:2] == (0, whole[1])


@posix_only
@pytest.mark.parametrize("arguments", ANSWERING, ids=" ".join)
def test_an_answer_that_nobody_can_read_is_told(logs: Path, arguments: list[str]) -> None:
    """As on a full disk: an answer that was all that was asked for has not been given."""
    assert shell(logs, arguments, ">&-") == (1, "", NO_ANSWER)
    assert shell(logs, arguments, ">&- 2>&-") == (1, "", "")


@posix_only
@pytest.mark.parametrize("streams", [">&- 2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["summarize", ".", "--fail-on", "error_rate>1%"], 3),
        (["summarize", ".", "--fail-on", "error_rate>90%"], 0),
        (["summarize", "missing"], 1),
        (["summarize", ".", "--tz", "Mars"], 2),
        (["summarize", ".", "--top", "none"], 2),
        (["frobnicate"], 2),
    ],
)
def test_the_exit_code_is_that_of_the_work(logs: Path, arguments: list[str], code: int, streams: str) -> None:
    assert shell(logs, arguments, streams)[0] == code


def test_pythonw_has_no_streams_at_all(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(logs)
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    for arguments in WRITING:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 0
    assert (sys.stdout, sys.stderr) == (None, None)
    assert Summary.load("out.logan").hits == 2
    assert {name for name in os.listdir() if name.startswith("out.")} == {
        name for arguments in WRITING for name in arguments if name.startswith("out.")
    }
