"""Files → chunks: what is read at a time, in memory of its own, and ends where a line ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple

from logan import native
from logan.files import READ_ERRORS
from logan.reading import memory
from logan.reading.lines import Data
from logan.reading.scanning import Piece, Scan

#: Files up to this size are read many at a time.
_SMALL = 1 << 18


def read_ahead(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, Data | None]]:
    """Each piece, and what is in its file where that could be read together with other small ones, else None.

    Of a file of 50 kB it is the six calls to the system that take the time, with Python's lock given back and asked
    for again around each. Whatever is unusual about a file, it is left to be read by itself.
    """
    few: list[Piece] = []
    size = 0
    for piece in pieces:
        small = piece.log.kind == "plain" and piece.log.size <= _SMALL and piece.start == 0 and piece.stop is None
        if few and (not small or size + piece.log.size >= memory.CHUNK):
            yield from _read_together(few)
            few, size = [], 0
        if small:
            few.append(piece)
            size += piece.log.size
        else:
            yield piece, None
    yield from _read_together(few)


def _read_together(pieces: list[Piece]) -> Iterator[tuple[Piece, Data | None]]:
    if not native.kernel or len(pieces) < 2:
        yield from ((piece, None) for piece in pieces)
        return
    view = memory.lend()
    paths, sizes = [piece.log.path for piece in pieces], [piece.log.size for piece in pieces]
    start = 0
    for piece, length in zip(pieces, native.kernel.read(paths, sizes, view), strict=True):
        yield piece, None if length < 0 else view[start : start + length]
        start += max(length, 0)


class Chunk(NamedTuple):
    """A stretch of a file; `data` looks into the memory of the chunk.

    `at_line_end` says whether a line surely ends where it does: a CR at the end of a file may be half a CRLF.
    """

    data: Data
    consumed: int
    at_line_end: bool


def whole(data: Data, scan: Scan) -> Iterator[Chunk]:
    """The chunk that a small file is, if there is anything in it."""
    scan.begin(bytes(data[:65536]))
    if len(data):
        yield Chunk(data, len(data), data[-1] == 10)


def chunks_of(piece: Piece, stream: IO[bytes], scan: Scan) -> Iterator[Chunk]:
    if piece.start:
        stream.seek(piece.start)
    return chunks(stream, None if piece.stop is None else piece.stop - piece.start, scan)


def chunks(stream: IO[bytes], length: int | None, scan: Scan) -> Iterator[Chunk]:
    """Read up to `length` bytes as chunks that end at a line end. A line longer than a chunk is counted, set aside
    and skipped.

    Each chunk has memory of its own, which its rows look into until they have been parsed.
    """
    view = memory.lend()
    kept, left, first = 0, length, True
    trouble: BaseException | None = None
    dropped = 0  # bytes of an overlong line that have been passed over
    while True:
        room = memory.CHUNK - kept if left is None else min(memory.CHUNK - kept, left)
        count, ended, trouble = _fill(stream, view[kept : kept + room], trouble)
        if left is not None:
            left -= count
        total = kept + count
        if first and not total and trouble is not None:
            raise trouble  # and not a word of an empty file
        if first and (total >= min(65536, memory.CHUNK) or ended):
            scan.begin(bytes(view[: min(total, 65536)]))
            first = False
        if first and not ended:
            kept = total
            continue
        end = total if ended else _last_line_end(view, total)
        if dropped:
            start = _first_line_end(view, total)
            if start < 0 and not ended:
                kept = _half(view, total)
                dropped += total - kept
                continue
            found, start = start >= 0, total if start < 0 else start
            scan.line += 1
            yield Chunk(b"", dropped + start, found)
            dropped = 0
            kept = total - start
            view[:kept] = bytes(view[start:total])
            if ended:
                if kept:
                    yield Chunk(view[:kept], kept, False)
                break
            continue
        if end < 0:
            if total < memory.CHUNK:
                kept = total
                continue
            scan.overlong(bytes(view[:200]))
            kept = _half(view, total)
            dropped = total - kept
            continue
        if end:
            yield Chunk(view[:end], end, not ended or view[end - 1] == 10)
        if ended:
            break
        kept = total - end
        view = memory.lend(view[end:total])
    if trouble is not None:
        raise trouble


def _fill(stream: IO[bytes], view: memoryview, trouble: BaseException | None) -> tuple[int, bool, BaseException | None]:
    """Read until the view is full: how many bytes came, and whether that was all of them.

    What was read before a trouble is good, and comes first.
    """
    count = 0
    while trouble is None and count < len(view):
        try:
            more = stream.readinto(view[count:]) or 0  # type: ignore[attr-defined]
        except READ_ERRORS as error:
            trouble = error
        else:
            count += more
            if not more:
                return count, True, None
    return count, not count, trouble


def _last_line_end(view: memoryview, total: int) -> int:
    """The offset behind the last line end in the first `total` bytes, or -1. A CR at the very end may be half a CRLF."""
    end = _rfind(view, b"\n", total)
    if end < 0:
        end = _rfind(view, b"\r", max(total - 1, 0))
    return end + 1 if end >= 0 else -1


def _rfind(view: memoryview, mark: bytes, stop: int) -> int:
    """The last place of a byte before `stop`, or -1."""
    window, start = 4096, stop
    while start > 0:
        start = max(stop - window, 0)
        if (found := bytes(view[start:stop]).rfind(mark)) >= 0:
            return start + found
        window *= 16
    return -1


def _first_line_end(view: memoryview, total: int) -> int:
    """The offset behind the first line end in the first `total` bytes, or -1. A CR at the very end may be half a CRLF."""
    match = _LINE_END.search(view[:total])
    return match.end() if match else -1


_LINE_END = re.compile(rb"\n|\r\n|\r(?=.)", re.DOTALL)


def _half(view: memoryview, total: int) -> int:
    """Keep a CR at the end of the first `total` bytes, which may be half a CRLF: how many bytes that is."""
    if view[total - 1] != 13:
        return 0
    view[0] = 13
    return 1
