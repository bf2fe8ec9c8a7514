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
#: So much of a file tells which log it is.
_HEAD = 1 << 16


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
    scan.begin(bytes(data[:_HEAD]))
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
    window = _Window(stream, length)
    window.read()
    while window.total < min(_HEAD, memory.CHUNK) and not window.ended:
        window.read()
    if not window.total and window.trouble is not None:
        raise window.trouble  # and not a word of an empty file
    scan.begin(bytes(window.view[: min(window.total, _HEAD)]))
    while True:
        yield from window.behind_the_overlong(scan) if window.passed else window.lines(scan)
        if window.ended:
            break
        window.read()
    if window.trouble is not None:
        raise window.trouble


class _Window:
    """What is in memory of a stream: the first `total` bytes of `view`. `passed` are bytes of an overlong line that are
    behind us, and `ended` says that nothing more will come."""

    def __init__(self, stream: IO[bytes], length: int | None) -> None:
        self._stream, self._left = stream, length
        self.view, self.total, self.passed, self.ended = memory.lend(), 0, 0, False
        self.trouble: BaseException | None = None

    def read(self) -> None:
        """Read on until memory is full."""
        room = memory.CHUNK - self.total if self._left is None else min(memory.CHUNK - self.total, self._left)
        place = self.view[self.total : self.total + room]
        count, self.ended, self.trouble = _fill(self._stream, place, self.trouble)
        self.total += count
        if self._left is not None:
            self._left -= count

    def lines(self, scan: Scan) -> Iterator[Chunk]:
        """The finished lines as a chunk; the unfinished one stays."""
        end = self.total if self.ended else _last_line_end(self.view, self.total)
        if end < 0:
            if self.total == memory.CHUNK:
                scan.overlong(bytes(self.view[:200]))
                self._pass_over()
            return
        if end:
            yield Chunk(self.view[:end], end, not self.ended or self.view[end - 1] == 10)
        if not self.ended:  # rows look into the old memory
            self.view, self.total = memory.lend(self.view[end : self.total]), self.total - end

    def behind_the_overlong(self, scan: Scan) -> Iterator[Chunk]:
        """The end of an overlong line as a chunk without data; what stands behind it stays."""
        start = _first_line_end(self.view, self.total)
        if start < 0 and not self.ended:
            self._pass_over()
            return
        found, start = start >= 0, self.total if start < 0 else start
        scan.line += 1
        yield Chunk(b"", self.passed + start, found)
        rest = bytes(self.view[start : self.total])
        self.passed, self.total = 0, len(rest)
        self.view[: self.total] = rest
        if self.ended and rest:
            yield Chunk(self.view[: self.total], self.total, False)

    def _pass_over(self) -> None:
        kept = _half(self.view, self.total)
        self.passed += self.total - kept
        self.total = kept


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
