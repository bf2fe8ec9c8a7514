"""Where files are cut, what is in force there, and the memory that chunks are read into."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from logan import native
from logan.caching import summarize_cached
from logan.files import LogFile
from logan.finding import find_files
from logan.reading import chunks, memory
from logan.reading.blocks import Block, blocks, finished_part, segments
from logan.reading.parsing import parse
from logan.reading.scanning import Piece, Tally
from logan.summarizing import summarize
from tests.builders import http_log, http_row, write

FIELDS = "date time cs-method cs-uri-stem sc-status"


def stems(work: list[Block]) -> list[str]:
    """The URLs in the order in which they are read."""
    found = [parse(segment).columns["cs_uri_stem"] for block in work for segment in segments(block, Tally())]
    return [value.decode() for column in found for value in column.to_pylist()]


def rejected(path: Path) -> tuple[list[str], list[int]]:
    """The URLs of a file, and the lines that could not be read."""
    tally, uris, lines = Tally(), [], []
    for block in blocks(find_files(str(path)).files):
        for segment in segments(block, tally):
            batch = parse(segment)
            uris += [value.decode() for value in batch.columns["cs_uri_stem"].to_pylist()]
            lines += [line.line for line in batch.rejected]
    return uris, sorted([*lines, *(line[1] for line in tally.rejected)])


def test_a_large_file_does_not_come_before_the_small_ones_above_it(tmp_path: Path) -> None:
    write(tmp_path, "u_ex261101.log", http_log(http_row(uri="/first")))
    write(tmp_path, "u_ex261102.log", http_log(*(http_row(uri="/second") for _ in range(90))))
    write(tmp_path, "u_ex261103.log", http_log(http_row(uri="/third")))
    work = list(blocks(find_files(str(tmp_path)).files, part=2000))
    assert len(work) > 2
    assert stems(work) == ["/first", *["/second"] * 90, "/third"]


def test_a_part_knows_the_service_that_a_row_between_two_headers_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = f"#Fields: {FIELDS}\n"
    rows = [f"2026-11-16 08:00:{n:02} GET /{n} 200\n" for n in range(40)]
    log = f"{header}2026-11-16 08:00:00 USER anna 331\n{header}{''.join(rows)}"
    monkeypatch.setattr(memory, "CHUNK", 200)
    files = find_files(str(write(tmp_path, "ex261116.log", log))).files
    for part in (300, 1 << 20):
        work = list(blocks(files, part=part))
        assert {segment.layout.service for block in work for segment in segments(block, Tally())} == {"ftp"}
    assert len(list(blocks(files, part=300))) > 2


@pytest.mark.parametrize("over", [-1, 0, 1, 30, 64])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("last", ["\n", "\r"], ids=["LF", "CR"])
def test_only_the_line_that_is_too_long_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: int, end: str, last: str
) -> None:
    """Whatever ends it, and wherever in a chunk that is."""
    monkeypatch.setattr(memory, "CHUNK", 64)
    row = "2026-11-16 08:00:00 GET {} 200"
    long = row.format("/" + "a" * (64 + over - len(row) + 1))
    lines = [f"#Fields: {FIELDS}", long, *(row.format(f"/{n}") for n in range(3)), ""]
    log = end.join(lines[:4]) + last + last.join(lines[4:])
    uris, numbers = rejected(write(tmp_path, "u_ex261116.log", log))
    assert [uri for uri in uris if uri < "/a"] == ["/0", "/1", "/2"]
    assert numbers == ([2] if len(uris) == 3 else [])


def test_an_unfinished_line_that_is_too_long_is_no_finished_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "CHUNK", 512)
    log = write(tmp_path, "logs/u_ex261116.log", http_log(http_row()))
    finished = log.stat().st_size
    with log.open("a") as stream:
        stream.write("x" * 2000)
    parts = finished_part(LogFile(str(log), size=log.stat().st_size))
    assert parts is not None
    _, end = parts
    assert (end.start, end.line) == (finished, http_log(http_row()).count("\n") + 1)
    summarize_cached(str(log), str(tmp_path / "cache"))
    with log.open("a") as stream:
        stream.write("y" * 300 + "\n" + http_row())
    grown = summarize_cached(str(log), str(tmp_path / "cache"))[""]
    assert grown == summarize(str(log))
    assert (grown.lines.rows, grown.lines.rejected) == (2, 1)


def test_lines_behind_one_that_is_too_long_keep_their_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a part, or what a file has grown by, begins right behind it."""
    monkeypatch.setattr(memory, "CHUNK", 512)
    long, torn = "x" * 2000 + "\n", "torn\n"
    path = write(tmp_path, "u_ex261116.log", http_log(http_row(), long))
    parts = finished_part(LogFile(str(path), size=path.stat().st_size))
    assert parts is not None
    _, end = parts
    with path.open("a") as stream:
        stream.write(torn * 300)
    line = http_log(http_row(), long).count("\n") + 1
    assert (end.start, end.line) == (path.stat().st_size - 300 * len(torn), line)
    log = LogFile(str(path), size=path.stat().st_size)
    tally = Tally()
    for block in blocks([log], part=600):
        found = [rejected for segment in segments(block, tally) for rejected in parse(segment).rejected]
        assert all(reject.text == "torn" for reject in found)
        assert [reject.line for reject in found] == list(range(line, line + len(found)))
        line += len(found)
    assert line == http_log(http_row(), long).count("\n") + 301


def test_memory_that_another_thread_takes_first_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Emptied(list[bytearray]):
        """Not empty when it is looked at, and empty when something is taken."""

        def __bool__(self) -> bool:
            return True

    monkeypatch.setattr(memory, "_spare", Emptied())
    assert len(memory.lend(b"head")) == memory.CHUNK


def test_memory_is_used_again_but_not_while_somebody_looks_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "CHUNK", 4096)
    row = "2026-11-16 08:00:00 GET /{} 200\n"
    log = f"#Fields: {FIELDS}\n" + "".join(row.format(n) for n in range(2000))
    block = Block((Piece(LogFile(str(write(tmp_path, "u_ex261116.log", log)))),), 0)
    held = [(segment, bytes(segment.data)) for segment in segments(block, Tally())]
    assert len(held) > 10
    for _ in segments(block, Tally()):  # with other memory than that of the first
        pass
    assert all(segment.data == data for segment, data in held)
    batches = [parse(segment) for segment in segments(block, Tally())]  # which copy what they keep
    assert [v for batch in batches for v in batch.columns["cs_uri_stem"].to_pylist()] == [
        b"/%d" % n for n in range(2000)
    ]


def test_no_more_memory_is_kept_than_is_used_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "CHUNK", 1024)
    views = [memory.lend() for _ in range(100)]
    views.clear()
    gc.collect()
    assert 0 < len(memory._spare) <= 16


def _tallied(work: list[Block]) -> tuple[list[str], Tally]:
    tally = Tally()
    found = [parse(segment).columns["cs_uri_stem"] for block in work for segment in segments(block, tally)]
    return [value.decode() for column in found for value in column.to_pylist()], tally


@pytest.mark.skipif(not native.kernel, reason="small files are read together by the compiled part")
def test_small_files_that_are_read_together_give_what_each_gives_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever happened to them since they were listed: all that is unusual is read, or reported, as ever."""
    names = [f"u_ex2611{day:02}.log" for day in range(1, 12)]
    for n, name in enumerate(names):
        write(tmp_path, name, http_log(*(http_row(uri=f"/{n}/{row}") for row in range(n % 3 + 1))))
    write(tmp_path, "empty.log", "")
    write(tmp_path, "u_ex261112.log", http_log(http_row(uri="/torn")).rstrip("\n"))
    write(tmp_path, "notes.txt", "no log at all\n")
    write(tmp_path, "u_ex261114.log", http_log(*(http_row(uri="/large") for _ in range(4000))))
    (tmp_path / "a\udcff.log").write_bytes(http_log(http_row(uri="/odd-name")).encode())
    work = list(blocks(find_files(str(tmp_path)).files))
    with (tmp_path / names[1]).open("a") as stream:  # grown
        stream.write(http_row(uri="/later") + "\n")
    write(tmp_path, names[2], http_log(http_row(uri="/shorter")))
    (tmp_path / names[3]).unlink()
    (tmp_path / names[4]).unlink()
    (tmp_path / names[4]).mkdir()
    read: list[int] = []
    assert native.kernel
    plain = native.kernel.read

    def spied(paths: list[str], sizes: list[int], memory: memoryview) -> list[int]:
        found: list[int] = plain(paths, sizes, memory)
        read.extend(found)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(native.kernel, "read", spied)
        together = _tallied(work)
    assert read.count(-1) == 3, "grown, gone, and a folder now"
    assert len(read) == len(names) + 4, "all but the large one"
    monkeypatch.setattr(chunks, "_SMALL", -1)
    by_themselves = _tallied(work)
    assert together == by_themselves
    assert {"/torn", "/odd-name", "/shorter", "/later", "/large", "/0/0", "/10/1"} <= set(together[0])
    assert [Path(path).name for path, _ in together[1].skipped] == ["notes.txt", names[3], names[4]]
