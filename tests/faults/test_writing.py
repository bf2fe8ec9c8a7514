"""Full disks, killed runs and Ctrl-C: what was to be written is there whole, or not at all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from logan.exceptions import SourceError
from logan.summarizing import summarize
from logan.writing import written_beside
from tests.builders import http_log, http_row, write
from tests.faults.running import environment, interrupted, logan, posix_only

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@pytest.fixture(scope="module")
def full_disk() -> Iterator[Path]:
    """A disk of 64 KiB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can make a small disk")
    folder = Path(tempfile.mkdtemp())
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no disk may be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["export", "samples/FTPSVC2", "-o"], "x.csv"),
        (["export", "samples/FTPSVC2", "-o"], "x.parquet"),
        (["export", "samples/FTPSVC2", "-o"], "x.jsonl"),
        (["summarize", "samples/FTPSVC2", "--save"], "x.logan"),
        (["report", "samples/W3SVC1", "-o"], "x.html"),
        (["chart", "errors", "samples/W3SVC1", "-o"], "x.png"),
    ],
)
def test_a_full_disk_leaves_nothing_half_written(full_disk: Path, command: list[str], name: str) -> None:
    _clear(full_disk)
    (full_disk / "other").write_bytes(b"x" * 60_000)
    (full_disk / name).write_text("the one of last week")
    run = logan(*command, full_disk / name, "--quiet", cwd=SAMPLES.parent)
    assert run.returncode == 1
    assert "cannot be written: " in run.stderr
    assert "No space left on device" in run.stderr
    assert len(run.stderr.strip().splitlines()) <= 2
    assert (full_disk / name).read_text() == "the one of last week"
    assert sorted(path.name for path in full_disk.iterdir()) == ["other", name]


def test_a_full_disk_for_the_cache_says_so_and_keeps_no_half_entry(full_disk: Path) -> None:
    _clear(full_disk)
    (full_disk / "other").write_bytes(b"x" * 60_000)
    run = logan("summarize", SAMPLES / "W3SVC1", "--cache", full_disk / "c", "--quiet")
    assert run.returncode == 1
    assert "No space left on device" in run.stderr
    assert not list((full_disk / "c").glob(".*"))


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _fails_half_way(target: Path) -> None:
    with written_beside(target) as beside:
        Path(beside).write_text("half")
        raise OSError(28, "No space left on device")


def test_an_error_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    target = write(tmp_path, "x.csv", "old")
    with pytest.raises(SourceError, match="No space left"):
        _fails_half_way(target)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.csv", "old")]


def test_an_error_of_reading_is_not_told_as_one_of_writing(tmp_path: Path) -> None:
    run = logan("summarize", tmp_path / "missing.log", "--rejects", tmp_path / "r.csv")
    assert "missing.log: there is no such file" in run.stderr
    assert "cannot be written" not in run.stderr
    assert not list(tmp_path.iterdir())


@posix_only
def test_links_and_devices_as_targets(tmp_path: Path) -> None:
    """A link stays a link; a device is written to and never replaced by a file."""
    real = write(tmp_path, "real.csv", "old")
    os.symlink(real, tmp_path / "link.csv")
    with written_beside(tmp_path / "link.csv") as beside:
        Path(beside).write_text("new")
    assert (tmp_path / "link.csv").is_symlink()
    assert real.read_text() == "new"
    with written_beside("/dev/null") as beside:
        Path(beside).write_text("x")
    assert not Path("/dev/null").is_file()
    with pytest.raises(SourceError, match="No space left"), written_beside("/dev/full") as beside:
        Path(beside).write_text("x")


def test_long_names_are_no_trouble(tmp_path: Path) -> None:
    target = tmp_path / ("x" * 250 + ".csv")
    with written_beside(target) as beside:
        Path(beside).write_text("x")
    assert target.read_text() == "x"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs of some MB: work for a second or two."""
    folder = tmp_path_factory.mktemp("many")
    text = http_log(*(http_row(uri=f"/{n % 50}", client=f"10.0.{n % 200}.{n % 250}") for n in range(10_000)))
    for number in range(24):
        write(folder, f"W3SVC1/u_ex26{number:04}.log", text)
    return folder


@posix_only
def test_a_killed_run_is_taken_up_again_with_the_same_numbers(many: Path, tmp_path: Path) -> None:
    for delay in (1.2, 0.8, 0.5, 0.3, 0.1):  # a quick machine is done before a late kill
        cache = tmp_path / f"cache-{delay}"
        code, _, _ = interrupted(delay, "summarize", many, "--cache", cache, "--format", "json", sign=signal.SIGKILL)
        if code:
            break
    assert code == -signal.SIGKILL
    again = logan("summarize", many, "--cache", cache, "--format", "json", "--quiet")
    plain = logan("summarize", many, "--format", "json", "--quiet")
    assert json.loads(again.stdout) == json.loads(plain.stdout)
    assert json.loads(again.stdout)["lines"]["rows"] == 240_000


@posix_only
@pytest.mark.parametrize("delay", [0.3, 0.8, 1.5])
@pytest.mark.parametrize("command", ["summarize", "cache", "export"])
def test_ctrl_c(many: Path, tmp_path: Path, delay: float, command: str) -> None:
    """130, at once, without a word too many and without anything half-written."""
    out = tmp_path / "x.csv"
    arguments: list[str | Path] = {
        "summarize": ["summarize", many, "--rejects", out],
        "cache": ["summarize", many, "--cache", tmp_path / "c"],
        "export": ["export", many, "-o", out],
    }[command]  # type: ignore[assignment]
    code, err, seconds = interrupted(delay, *arguments)
    if code != 0:  # it was faster
        assert code in (130, -signal.SIGINT)  # the latter: before Python had begun with us; a shell shows 130 for it
        assert code != 130 or "Traceback" not in err
        if out.exists():  # it came after that was written
            assert len(out.read_text().splitlines()) == (240_001 if command == "export" else 1)
    assert seconds < 15
    assert not list(tmp_path.rglob("*.part"))


@posix_only
def test_ctrl_c_while_a_huge_file_is_cached(tmp_path: Path) -> None:
    """One file that takes long: it is not waited for, and what is kept of it is whole."""
    path = tmp_path / "logs" / "u_ex261116.log"
    text = http_log(*(http_row(uri=f"/{n}") for n in range(200_000))).encode()
    path.parent.mkdir()
    with path.open("wb") as stream:
        for _ in range(5):
            stream.write(text)
    code, _, seconds = interrupted(1.5, "summarize", path, "--cache", tmp_path / "c")
    assert code in (0, 130)
    assert seconds < 10
    again = logan("summarize", path, "--cache", tmp_path / "c", "--format", "json", "--quiet")
    assert json.loads(again.stdout)["lines"]["rows"] == 1_000_000


@posix_only
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """``logan ... | head -1``"""
    command = f'"{sys.executable}" -m logan summarize "{SAMPLES}" --format json --quiet | head -c 10'
    run = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, env=environment(), check=False
    )
    assert run.stdout == '{\n "schema'
    assert "Traceback" not in run.stderr
    assert "Broken pipe" not in run.stderr


@posix_only
@pytest.mark.parametrize(
    "arguments",
    [["summarize", str(SAMPLES / "FTPSVC2"), "--format", "json", "--quiet"], ["explain", "404"], ["--version"]],
)
def test_output_that_cannot_be_written_is_told(arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "logan", *arguments]
        run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), check=False)
    assert run.returncode == 1
    assert "No space left" in run.stderr
    assert "Traceback" not in run.stderr


def test_two_runs_on_one_cache_do_not_hurt_each_other(many: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "logan",
        "summarize",
        str(many),
        "--cache",
        str(tmp_path / "c"),
        "--format",
        "json",
        "--quiet",
    ]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) for _ in range(2)]
    outputs = [json.loads(run.communicate(timeout=100)[0]) for run in runs]
    assert outputs[0] == outputs[1]
    assert outputs[0]["lines"]["rows"] == 240_000
    assert summarize(many).hits == 240_000
