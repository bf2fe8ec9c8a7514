"""Which files are found behind a source, and what is said of those that cannot be read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path, PureWindowsPath

import pytest

import logan
from logan.exceptions import SourceError
from logan.exporting import export
from logan.files import LogFile
from logan.finding import find_files, hints, natural
from logan.summarizing import summarize
from tests.builders import http_log, http_row, write

LOG = http_log(http_row())


def names(source: object) -> list[str]:
    return [Path(log.path).name for log in find_files(source).files]  # type: ignore[arg-type]


def test_folder_is_searched_through_in_natural_order(tmp_path: Path) -> None:
    for name in ("W3SVC1/u_ex261116.log", "HTTPERR/httperr10.log", "HTTPERR/httperr9.log"):
        write(tmp_path, name, LOG)
    assert names(tmp_path) == ["httperr9.log", "httperr10.log", "u_ex261116.log"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path, "W3SVC1/u_ex261116.log", LOG)
    assert summarize([tmp_path, path, str(tmp_path / "W3SVC1" / "*.log")]).hits == 1


def test_glob_and_backslashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "W3SVC1/u_ex261116.log", LOG)
    write(tmp_path, "W3SVC1/notes.txt", "hello")
    monkeypatch.chdir(tmp_path)
    assert names("W3SVC1/u_ex*.log") == ["u_ex261116.log"]
    assert names("**/*.log") == ["u_ex261116.log"]
    assert names("W3SVC1\\u_ex261116.log") == ["u_ex261116.log"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"C:\inetpub\logs\LogFiles\W3SVC1\u_ex261116.log", ("http", "W3SVC1")),
        (r"\\server\share\LogFiles\MSFTPSVC12\ex070412.log", ("ftp", "MSFTPSVC12")),
        ("C:/Windows/System32/LogFiles/HTTPERR/httperr1.log", ("httperr", None)),
        ("logs/ftpsvc2/u_ex1.log", ("ftp", "FTPSVC2")),
        ("W3SVC1/old/copy/u_ex1.log", ("http", "W3SVC1")),
        ("W3SVC1x/u_ex1.log", (None, None)),
        ("W3SVC1", (None, None)),
    ],
)
def test_service_and_site_of_a_path(path: str, expected: tuple[str | None, str | None]) -> None:
    assert hints(path) == expected
    assert hints(str(PureWindowsPath(path))) == expected


@pytest.mark.parametrize(
    ("name", "is_log"),
    [("u_ex261116.log", True), ("ex070412.log", True), ("u_ex261116_x.log", True), ("httperr12.log", True),
     ("extend1.log", True), ("in070412.log", True), ("nc0704.log", True), ("EX070412.LOG", True),
     ("example.log", False), ("install.log", False), ("index.log", False)],
)  # fmt: skip
def test_names_that_iis_gives(name: str, is_log: bool) -> None:
    assert LogFile(name).looks_like_log is is_log


def test_archives_are_read_as_they_are(tmp_path: Path) -> None:
    write(tmp_path, "a/u_ex261116.log.gz", gzip.compress(LOG.encode()))
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        archive.writestr("W3SVC7/u_ex261115.log", LOG)
        archive.writestr("../../evil.log", LOG)
        archive.writestr("readme.txt", "no log")
    summary = summarize(tmp_path)
    assert (summary.hits, summary.files) == (3, 3)
    assert ("http", "W3SVC7") in summary.spans.group("service", "site").rows
    assert [path.rpartition("!")[2] for path, _ in summary.skipped] == ["readme.txt"]


def test_encrypted_zip_member_is_listed_with_a_reason(tmp_path: Path) -> None:
    good = write(tmp_path, "u_ex1.log", LOG)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("u_ex261115.log", LOG)
    data = bytearray((tmp_path / "x.zip").read_bytes())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):  # the flag that says "encrypted"
        data[data.index(mark) + (6 if mark == b"PK\x03\x04" else 8)] |= 1
    (tmp_path / "x.zip").write_bytes(data)
    summary = summarize(tmp_path)
    assert summary.hits == 1 and "encrypted" in summary.skipped[0][1], good


@pytest.mark.parametrize(
    ("damage", "reason"),
    [(lambda data: data[: len(data) // 2], "ends too early"), (lambda data: data + b"trailing garbage", "damaged")],
)
def test_damaged_gzip_gives_its_good_lines_and_a_reason(tmp_path: Path, damage, reason: str) -> None:  # type: ignore[no-untyped-def]
    rows = "".join(http_row(uri=f"/{n}-{n * 7919 % 1000}") for n in range(20_000))
    write(tmp_path, "u_ex261116.log.gz", damage(gzip.compress(http_log(rows).encode())))
    summary = summarize(tmp_path)
    assert summary.hits > 5_000
    assert reason in summary.skipped[0][1]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("photo.jpg", b"\xff\xd8\xff\xe0rest", "JPEG"),
        ("raw.ibl", b"\x00\x01\x02", "binary log (.ibl)"),
        ("notes.txt", b"hello\nworld\n", "no log that logan knows"),
        ("x.bin", bytes(range(256)), "binary data"),
        ("out.log", "#Fields: date".encode("utf-16"), "UTF-16"),
        ("empty.txt", b"", "empty"),
    ],
)
def test_what_is_no_log_is_refused_with_a_sentence(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(SourceError, match=r"^[^\n]{20,300}$") as raised:
        summarize(path)
    assert reason in str(raised.value)


PACKED = gzip.compress(LOG.encode(), mtime=0)  # a time in the name of a test would make it another one each second
SAVED = gzip.compress(b'{"schema":"logan.saved/1","files":1}', mtime=0)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("u_ex261116.log.bz2", bz2.compress(LOG.encode()), "is bzip2 data; unpack it first"),
        ("u_ex261116.log", bz2.compress(LOG.encode(), 1), "is bzip2 data; unpack it first"),
        ("u_ex261116.log.xz", lzma.compress(LOG.encode()), "is xz data; unpack it first"),
        ("u_ex261116.log.zst", b"\x28\xb5\x2f\xfd\x04\x58\n", "is zstd data; unpack it first"),
        ("u_ex261116.log.7z", b"7z\xbc\xaf\x27\x1c\0\x04", "is a 7z archive; unpack it first"),
        ("u_ex261116.log.rar", b"Rar!\x1a\x07\x01\0", "is a RAR archive; unpack it first"),
        ("u_ex261116.log", PACKED, "is gzip data without the ending .gz; rename it"),
        ("u_ex261116.log.gz", gzip.compress(PACKED, mtime=0), "is gzip data within gzip data; unpack it first"),
        ("week.bak", SAVED, "is a saved summary without the ending .logan; rename it"),
    ],
)
@pytest.mark.parametrize("way", ["plain", "zip"])
def test_what_is_packed_otherwise_is_left_out_with_advice(
    tmp_path: Path, name: str, content: bytes, reason: str, way: str
) -> None:
    """A name that IIS gives does not make a log of it; and nothing is unpacked twice."""
    path = write(tmp_path, name, content)
    if way == "zip":
        path = tmp_path / "old.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, gzip.decompress(content) if name.endswith(".gz") else content)
        reason = re.sub(" with(in gzip data|out).*", " within a zip; unpack it first", reason)
    with pytest.raises(SourceError) as raised:
        summarize(path)
    assert str(raised.value) == f"{path}{'!' + name if way == 'zip' else ''}: {reason}."


@pytest.mark.parametrize("call", [logan.read, lambda path: export(path, f"{path}.csv")], ids=["read", "export"])
def test_a_saved_summary_holds_no_rows_to_read(tmp_path: Path, call: Callable[[Path], object]) -> None:
    path = tmp_path / "week46.logan"
    summarize(write(tmp_path, "u_ex261116.log", LOG)).save(str(path))
    with pytest.raises(SourceError, match="is a saved summary, which holds no rows; give the logs"):
        call(path)


def test_a_log_may_begin_like_packed_data(tmp_path: Path) -> None:
    row = b'BZh1-web - ann [16/Nov/2026:09:00:00 +0200] "GET /a HTTP/1.1" 200 512\n'
    assert summarize(write(tmp_path, "nc261116.log", row)).hits == 1


@pytest.mark.parametrize(
    ("source", "words"), [("missing.log", "no such file or folder"), ("*.nothing", "no file matches")]
)
def test_missing_sources_are_named(source: str, words: str) -> None:
    with pytest.raises(SourceError) as raised:
        summarize(source)
    assert source in str(raised.value) and words in str(raised.value)


def test_folder_without_logs_says_what_was_looked_at(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "x")
    write(tmp_path, "b.txt", "y")
    with pytest.raises(SourceError, match="2 files were looked at"):
        summarize(tmp_path)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_loops_of_links_end(tmp_path: Path) -> None:
    write(tmp_path, "W3SVC1/u_ex261116.log", LOG)
    os.symlink(tmp_path, tmp_path / "W3SVC1" / "again", target_is_directory=True)
    assert summarize(tmp_path).hits == 1


def test_header_only_and_empty_logs_are_logs(tmp_path: Path) -> None:
    write(tmp_path, "u_ex261116.log", http_log())
    write(tmp_path, "u_ex261117.log", "")
    summary = summarize(tmp_path)
    assert (summary.files, summary.hits, summary.lines.directives) == (2, 0, 4)


def test_log_without_header_is_accounted_for(tmp_path: Path) -> None:
    write(tmp_path, "u_ex261116.log", http_row() + http_row())
    summary = summarize(tmp_path)
    assert (summary.lines.read, summary.lines.rejected) == (2, 2)
    assert "no #Fields line" in summary.rejects[0].reason


def test_natural_order() -> None:
    assert sorted(["x10", "x9", "x1a", "y"], key=natural) == ["x1a", "x9", "x10", "y"]


def test_standard_input_stays_open_for_whoever_reads_it_next(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(LOG.encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert summarize("-").hits == 1
    assert not stream.closed
    with pytest.raises(SourceError, match="is empty"):  # and it has come to its end
        summarize("-")
    for none in (None, io.StringIO("text")):  # a service has none, a notebook's holds no bytes
        monkeypatch.setattr(sys, "stdin", none)
        with pytest.raises(SourceError, match="no standard input"):
            summarize("-")


@pytest.mark.parametrize(
    ("log", "size"),
    [
        (LogFile("u_ex1.log", "plain", 100), 100),
        (LogFile("u_ex1.log.gz", "gzip", 100), 1000),
        (LogFile("logs.zip", "zip", 100, "u_ex1.log"), 1000),
        (LogFile("https://web01/u_ex1.log?sig=x", "url", 100), 100),
        (LogFile("https://web01/u_ex1.log.gz?sig=x", "url", 100), 1000),
        (LogFile("https://web01/logs.zip", "url", 100, "u_ex1.log"), 1000),
    ],
)
def test_what_is_packed_counts_tenfold_wherever_it_lies(log: LogFile, size: int) -> None:
    assert log.unpacked == size
