"""Files that change, vanish, lie, or are too large while they are read."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from logan import files
from logan.exceptions import SourceError
from logan.files import LogFile
from logan.finding import find_files
from logan.reading import blocks
from logan.reading.scanning import Tally
from logan.summarizing import summarize
from tests.builders import http_log, http_row, write
from tests.faults.running import HERE, environment, logan, posix_only

LOG = http_log(http_row())


def adds_up(lines: object) -> bool:
    return lines.read == lines.rows + lines.directives + lines.blank + lines.rejected  # type: ignore[attr-defined]


class Meddled:
    """A stream that does something to its file after the first read."""

    def __init__(self, path: str, meddle: object) -> None:
        self._stream, self._meddle, self._reads = open(path, "rb", buffering=0), meddle, 0  # noqa: SIM115

    def readinto(self, buffer: memoryview) -> int:
        self._reads += 1
        if self._reads == 2:
            self._meddle()  # type: ignore[operator]
        return self._stream.readinto(buffer[:100_000]) or 0

    def seek(self, offset: int) -> None:
        self._stream.seek(offset)

    def close(self) -> None:
        self._stream.close()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    return write(tmp_path, "W3SVC1/u_ex261116.log", http_log(*(http_row(uri=f"/{n}") for n in range(10_000))))


def meddling(monkeypatch: pytest.MonkeyPatch, meddle: object) -> None:
    monkeypatch.setattr(LogFile, "open", lambda self: Meddled(self.path, meddle))


def test_a_file_that_grows_is_read_to_its_end_at_that_time(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def grow() -> None:
        with large.open("a") as stream:
            stream.write(http_row(uri="/new"))

    meddling(monkeypatch, grow)
    summary = summarize(large)
    assert summary.hits == 10_001
    assert adds_up(summary.lines)


def test_a_file_that_is_truncated_gives_what_was_there(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meddling(monkeypatch, lambda: os.truncate(large, 250_000))
    summary = summarize(large)
    assert 1_000 < summary.hits < 10_000
    assert adds_up(summary.lines)


@posix_only
@pytest.mark.parametrize("change", ["renamed", "deleted", "replaced"])
def test_a_file_that_is_moved_away_is_read_to_its_end(
    large: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    actions = {
        "renamed": lambda: large.rename(large.with_suffix(".old")),
        "deleted": lambda: large.unlink(),
        "replaced": lambda: write(large.parent, "new", LOG).replace(large),
    }
    meddling(monkeypatch, actions[change])
    assert summarize(large).hits == 10_000


@pytest.mark.parametrize("kind", ["plain", "gzip", "zip"])
def test_a_file_that_goes_between_listing_and_reading_is_named(tmp_path: Path, kind: str) -> None:
    gone = LogFile(str(tmp_path / "u_ex261115.log"), kind, 10, "a.log" if kind == "zip" else None)  # type: ignore[arg-type]
    tally = Tally()
    for block in blocks.blocks([gone]):
        assert not list(blocks.segments(block, tally))
    [(name, reason)] = tally.skipped
    assert name.startswith(str(tmp_path))
    assert "No such file" in reason


def test_a_large_file_that_goes_away_is_named_once(
    tmp_path: Path, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "W3SVC1/u_ex261117.log", LOG)
    found = find_files(tmp_path)
    large.unlink()
    monkeypatch.setattr("logan.summarizing.find_files", lambda source: found)
    summary = summarize(tmp_path)
    assert summary.hits == 1
    assert [path for path, _ in summary.skipped] == [str(large)]


def test_a_read_error_in_the_middle_keeps_what_was_read(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError(5, "Input/output error")

    meddling(monkeypatch, fail)
    summary = summarize(large)
    assert 500 < summary.hits < 10_000
    assert "Input/output error; read up to line" in summary.skipped[0][1]
    assert adds_up(summary.lines)


@posix_only
def test_without_permission() -> None:
    """As somebody who may not: a folder and a file that cannot be opened are named, all others are read."""
    with tempfile.TemporaryDirectory() as folder:
        _without_permission(Path(folder))


def _without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    write(tmp_path, "W3SVC1/u_ex261116.log", LOG)
    locked = write(tmp_path, "W3SVC1/u_ex261117.log", LOG)
    write(tmp_path, "W3SVC2/u_ex261116.log", LOG)
    locked.chmod(0)
    (tmp_path / "W3SVC2").chmod(0)
    root = os.getuid() == 0
    try:
        if root:  # who may read anything
            os.setegid(65534)
            os.seteuid(65534)
        summary = summarize(tmp_path)
    finally:
        if root:
            os.seteuid(0)
            os.setegid(0)
        (tmp_path / "W3SVC2").chmod(0o755)
    assert summary.hits == 1
    reasons = {Path(path).name: reason for path, reason in summary.skipped}
    assert reasons == {
        "W3SVC2": "cannot be listed: Permission denied",
        "u_ex261117.log": "cannot be read: Permission denied",
    }


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.99])
def test_half_a_gzip_gives_its_good_lines(tmp_path: Path, cut: float) -> None:
    rows = "".join(http_row(uri=f"/{n}-{n * 7919 % 1000}") for n in range(20_000))
    data = gzip.compress(http_log(rows).encode())
    write(tmp_path, "u_ex261116.log.gz", data[: int(len(data) * cut)])
    summary = summarize(tmp_path)
    assert summary.hits > 20_000 * cut * 0.5
    assert "ends too early; read up to line" in summary.skipped[0][1]
    assert adds_up(summary.lines)


@pytest.mark.parametrize("rubbish", [b"trailing rubbish", b"\x1f\x8b\x08\x00rubbish", b"\x1f\x8b\xff"])
def test_rubbish_behind_a_gzip_costs_no_line(tmp_path: Path, rubbish: bytes) -> None:
    write(tmp_path, "u_ex261116.log.gz", gzip.compress(http_log(http_row(), http_row()).encode()) + rubbish)
    summary = summarize(tmp_path)
    assert summary.hits == 2
    assert summary.skipped


def test_zeros_behind_a_gzip_and_several_members_are_fine(tmp_path: Path) -> None:
    write(tmp_path, "u_ex261116.log.gz", gzip.compress(LOG.encode()) + gzip.compress(http_row().encode()) + b"\0" * 512)
    summary = summarize(tmp_path)
    assert (summary.hits, summary.skipped) == (2, ())


def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(b"\n" * size) + packer.flush()


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_bomb_is_stopped_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(files, "BOMB_BYTES", 4 << 20)  # 1 GiB takes too long here
    good = write(tmp_path, "W3SVC1/u_ex261116.log", LOG)
    if kind == "gz":
        write(tmp_path, "u_ex261115.log.gz", _bomb(32 << 20))
    else:
        with zipfile.ZipFile(tmp_path / "old.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("u_ex261115.log", b"\n" * (32 << 20))
    summary = summarize(tmp_path)
    assert summary.hits == 1, good
    [(_, reason)] = summary.skipped
    assert "looks like a decompression bomb" in reason
    assert summary.bytes < 20 << 20


def test_names_in_a_zip_never_become_paths(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    with zipfile.ZipFile(inside / "x.zip", "w") as archive:
        for name in (
            "../../evil.log",
            "/etc/evil.log",
            "C:\\evil.log",
            "..\\..\\evil2.log",
            "a\x1b[2J.log",
            "W3SVC1/" + "x" * 300 + ".log",
        ):
            archive.writestr(name, LOG)
    before = sorted(path for path in tmp_path.rglob("*"))
    assert summarize(inside).hits == 6
    assert sorted(path for path in tmp_path.rglob("*")) == before
    assert not Path("/etc/evil.log").exists()


def test_a_zip_within_a_zip_is_named_and_not_opened(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("u_ex261116.log", LOG)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("u_ex261116.log", LOG)
    summary = summarize(tmp_path)
    assert (summary.hits, [path.rpartition("!")[2] for path, _ in summary.skipped]) == (1, ["inner.zip"])


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_damaged_members_are_named(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", method) as archive:
        archive.writestr("u_ex261116.log", http_log(*(http_row(uri=f"/{n}") for n in range(500))))
    data = bytearray((tmp_path / "x.zip").read_bytes())
    data[60:90] = b"\xff" * 30
    write(tmp_path, "x.zip", bytes(data))
    write(tmp_path, "u_ex261117.log", LOG)
    summary = summarize(tmp_path)
    assert summary.skipped
    assert adds_up(summary.lines)


@posix_only
def test_links_in_circles_end(tmp_path: Path) -> None:
    write(tmp_path, "a/W3SVC1/u_ex261116.log", LOG)
    (tmp_path / "b").mkdir()
    for name in ("a/x", "a/y", "b/x", "b/y"):
        os.symlink(tmp_path, tmp_path / name, target_is_directory=True)
    os.symlink(tmp_path / "self", tmp_path / "self")
    os.symlink(tmp_path / "nowhere", tmp_path / "broken.log")
    start = time.monotonic()
    summary = summarize(tmp_path)
    assert summary.hits == 1
    assert len(summary.skipped) == 2
    for pattern in ("**/*.log", "**/W3SVC1/**/*.log", "**/W3SVC?/*", "**"):
        assert (
            len([log for log in find_files(f"{tmp_path}/{pattern}").files if log.path.endswith("u_ex261116.log")]) == 1
        ), pattern
    assert time.monotonic() - start < 10


@posix_only
def test_pipes_and_devices_are_no_logs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "u_ex261115.log")
    write(tmp_path, "u_ex261116.log", LOG)
    summary = summarize(tmp_path)
    assert summary.hits == 1
    assert summary.skipped[0][1] == "is not a regular file"
    with pytest.raises(SourceError, match="not a regular file"):
        summarize("/dev/zero")


@pytest.mark.slow
def test_a_hundred_thousand_files(tmp_path: Path) -> None:
    log = LOG.encode()
    for folder in range(100):
        parent = tmp_path / f"W3SVC{folder}"
        parent.mkdir()
        for number in range(1000):
            (parent / f"u_ex{number:06}.log").write_bytes(log)
    start = time.monotonic()
    summary = summarize(tmp_path)
    assert (summary.hits, summary.files) == (100_000, 100_000)
    assert time.monotonic() - start < 300


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the peak of the memory")
def test_a_line_of_a_hundred_megabytes(tmp_path: Path) -> None:
    """Set aside by its number, in memory that does not grow with it."""
    path = tmp_path / "u_ex261116.log"
    with path.open("wb") as stream:
        stream.write(http_log(http_row()).encode())
        for _ in range(100):
            stream.write(b"x" * (1 << 20))
        stream.write(b"\n" + http_row(uri="/behind").encode())
    code = (
        "import re, sys; from logan.summarizing import summarize; s = summarize(sys.argv[1])\n"
        # ru_maxrss would hold what the parent had at the fork as well
        "peak = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]\n"
        "print(s.lines, [(r.line, r.reason) for r in s.rejects], peak)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, env=environment(), check=True
    )
    assert "rows=2, directives=4, blank=0, rejected=1" in run.stdout
    assert "[(6, 'longer than 1 MiB" in run.stdout
    assert int(run.stdout.split()[-1]) < 300_000  # KiB


def test_standard_input_that_is_closed_or_empty(tmp_path: Path) -> None:
    run = logan("summarize", "-", stdin=subprocess.DEVNULL)
    assert run.returncode in (0, 1)
    assert len(run.stderr.strip().splitlines()) <= 2
    assert HERE.exists()


def test_threads_end_when_one_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that dies: its error comes out, no sum without its part does, and no thread stays."""
    from logan import summarizing
    from logan.reading import threads

    for n in range(40):
        write(tmp_path, f"u_ex2611{n:02}.log", http_log(*(http_row(uri=f"/{k}") for k in range(1500))))
    original, calls = threads.parse, []

    def parse(*arguments: object, **options: object) -> object:
        calls.append(1)
        if len(calls) == 1:
            raise MemoryError
        return original(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(threads, "parse", parse)
    monkeypatch.setattr(summarizing, "FEW_BYTES", 1)
    before = threading.active_count()
    with pytest.raises(MemoryError):
        summarize(tmp_path, workers=3)
    deadline = time.monotonic() + 20
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() == before


@posix_only
def test_a_process_that_is_killed_is_an_error_and_not_a_smaller_sum(tmp_path: Path) -> None:
    """With processes for `map`: one is killed in the middle."""
    for n in range(3):
        write(tmp_path, f"u_ex2611{n:02}.log", LOG)
    code = """
import os, sys, multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from logan import summarizing
def die(*arguments, **options):
    os.kill(os.getpid(), 9)
if __name__ == "__main__":
    sys.modules["logan.summarizing"].summarize_blocks = die
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        try:
            print(summarizing.summarize(sys.argv[1], map=pool.map).hits)
        except BrokenProcessPool:
            print("broken")
"""
    script = write(tmp_path, "run.py", code)
    run = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
        timeout=100,
    )
    assert run.stdout.strip() == "broken", run.stderr
