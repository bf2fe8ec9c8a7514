"""What is written about logs takes the place of none of them."""

from __future__ import annotations

import gzip
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import logan
from logan.cli import main
from logan.exceptions import OptionError
from tests.builders import http_log, http_row, write

LOG = http_log(http_row(), http_row(status="404 0 2"), "torn\n").encode()
ROW = b"2026-11-16 08:00:00 10.0.0.1 GET /\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with logs under all sorts of names."""
    monkeypatch.chdir(tmp_path)
    for name in ("u_ex261116.log", "u_ex261117.log", "a.csv", "a.png", "a.html"):
        write(tmp_path, name, LOG)
    write(tmp_path, "old.log.gz", gzip.compress(LOG))
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        archive.writestr("u_ex1.txt", LOG)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "target", "option"),
    [
        (["summarize", "--rejects", "u_ex261116.log", "u_ex261117.log"], "u_ex261116.log", "--rejects"),  # *.log
        (["summarize", "--save", "u_ex261116.log", "u_ex261117.log"], "u_ex261116.log", "--save"),
        (["summarize", "u_ex261116.log", "--save", "u_ex261116.log"], "u_ex261116.log", "--save"),
        (["summarize", "*.log", "--rejects", "./u_ex261117.log"], "./u_ex261117.log", "--rejects"),
        (["summarize", ".", "--cache", "kept", "--save", "old.log.gz"], "old.log.gz", "--save"),
        (["summarize", ".", "--rejects", "old.zip"], "old.zip", "--rejects"),
        (["export", "a.csv", "-o", "a.csv"], "a.csv", "--output"),
        (["chart", "errors", "a.png", "-o", "a.png"], "a.png", "--output"),
        (["chart", "errors", ".", "-o", "b.png", "--rejects", "a.csv"], "a.csv", "--rejects"),
        (["report", "a.html", "-o", "a.html"], "a.html", "--output"),
        (["report", ".", "-o", "b.html", "--rejects", "a.csv"], "a.csv", "--rejects"),
    ],
)
def test_a_log_is_not_overwritten(
    arguments: list[str], target: str, option: str, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(logs)
    said = f"logan: {target}: is a log, and {option} would overwrite it. Name another file.\n"
    assert run(capsys, *arguments) == (2, "", said)
    assert contents(logs) == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_log_under_another_name_is_not_overwritten(
    link: Callable[[str, str], None], logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link("u_ex261116.log", "sums.logan")
    code, _, err = run(capsys, "summarize", ".", "--save", "sums.logan")
    assert (code, err.startswith("logan: sums.logan: is a log")) == (2, True)
    assert (logs / "u_ex261116.log").read_bytes() == LOG


@pytest.mark.parametrize("content", [b"", b"\x00\x01rubbish", ROW])
def test_what_has_the_name_of_a_log_is_one(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As it is when logs are read: whatever is in it may be what somebody looks for."""
    log, target = write(tmp_path, "a/u_ex1.log", LOG), write(tmp_path, "b/u_ex261116.log", content)
    assert run(capsys, "summarize", log, "--save", target)[0] == 2
    assert target.read_bytes() == content


def test_a_saved_summary_is_not_read_and_overwritten_at_once(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("week46.logan", "all.logan"):
        assert run(capsys, "summarize", "a.csv", "--save", name, "-q")[0] == 0
    before = contents(logs)
    for sources in (["all.logan", "week46.logan"], ["*.logan"]):
        for option in ("--save", "--rejects"):
            said = f"logan: all.logan: is to be read, and {option} would overwrite it. Name another file.\n"
            assert run(capsys, "summarize", *sources, option, "all.logan") == (2, "", said)
    assert contents(logs) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["summarize", "--save", "sums.logan", "--rejects", "rejected.log"],
        ["export", "-o", "rows.csv"],
        ["export", "-o", "rows.jsonl"],
        ["export", "-o", "rows.parquet"],
        ["chart", "errors", "-o", "errors.svg"],
        ["report", "-o", "week.html"],
    ],
)
@pytest.mark.parametrize("source", [".", "*"])
def test_what_was_written_among_the_logs_is_written_again(
    arguments: list[str], source: str, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The task of every week. Its last answer lies among the logs as a file that is left out."""
    kinds = 2 if arguments[0] == "chart" else 1
    again = [*arguments[:kinds], source, *arguments[kinds:], "-q"]
    first = set(contents(logs))
    assert [run(capsys, *again)[0] for _ in range(3)] == [0, 0, 0]
    assert set(contents(logs)) - first == {name for name in arguments if "." in name}


def test_a_file_called_like_standard_input_is_looked_into(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(logs, "-", LOG)
    assert run(capsys, "summarize", "a.csv", "--rejects", "-")[0] == 2
    assert (logs / "-").read_bytes() == LOG


def test_an_empty_file_is_written_to(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As mktemp makes one."""
    write(logs, "rejected.log", b"")
    assert run(capsys, "summarize", "a.csv", "--rejects", "rejected.log", "-q")[0] == 0
    assert b"torn" in (logs / "rejected.log").read_bytes()


def test_a_report_of_a_notebook_overwrites_no_log_either(logs: Path) -> None:
    before = contents(logs)
    with pytest.raises(OptionError, match=r"^a\.html: is a log, and report would overwrite it"):
        logan.report(["u_ex261116.log"], "a.html")
    assert contents(logs) == before
