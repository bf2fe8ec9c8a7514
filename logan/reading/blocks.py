"""Files → blocks → segments.

A block is the address of a piece of work: whole files, or a part of a large one cut at a line end, with the layout in
force at its start. Blocks are small and picklable, so that a thread, a process or another machine can take one.
`segments` reads a block and yields its rows, directives cut out, under one layout each.

Files are read and never mapped into memory: a log that is truncated on a share while it is mapped kills the process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from logan.files import READ_ERRORS, LogFile, why
from logan.formats import Layout, NotALog
from logan.reading import memory
from logan.reading.chunks import chunks, chunks_of, read_ahead, whole
from logan.reading.lines import Data
from logan.reading.scanning import Piece, Run, Scan, Tally

#: A large file is cut into parts of this size, small ones are gathered up to it.
PART = 32 << 20


class Block(NamedTuple):
    """A piece of work: one or more pieces, read one after the other. `size` is in bytes on disk."""

    pieces: tuple[Piece, ...]
    size: int


class Segment(NamedTuple):
    """Rows under one layout, each line ended by a line feed (the last one perhaps not).

    `lines` is their number. `runs` holds (index of the first line, path, number of that line in its file), for naming a line in a remark.
    """

    data: Data
    layout: Layout
    runs: list[tuple[int, str, int]]
    lines: int


def blocks(logs: Sequence[LogFile], *, part: int = PART, cut: bool = True) -> Iterator[Block]:
    """Cut `logs` into blocks of about `part` bytes, in order; large plain files are scanned for their headers.

    A file that cannot be opened still gives a block, so that whoever reads it reports it. Without `cut` a file stays
    whole, which saves that scan where threads can share a file.
    """
    waiting: list[Piece] = []
    size = 0
    for log in logs:
        # an archive of this size is work enough for one worker
        alone = log.size > (2 * part if log.kind == "plain" else part // 16)
        if waiting and (alone or size >= part // 4 or len(waiting) >= 200):
            yield Block(tuple(waiting), size)
            waiting, size = [], 0
        if not alone:
            waiting.append(Piece(log))
            size += log.unpacked
        elif log.kind == "plain":
            yield from (Block((piece,), _length(piece)) for piece in (_cut(log, part) if cut else [Piece(log)]))
        else:
            yield Block((Piece(log),), log.size)
    if waiting:
        yield Block(tuple(waiting), size)


def _length(piece: Piece) -> int:
    return max((piece.stop or piece.log.size) - piece.start, 0)


def _cut(log: LogFile, part: int) -> Iterator[Piece]:
    """Parts of a large file. Rows without a date need all rows before them, so from there on the file stays whole."""
    piece = Piece(log)
    tally = Tally()
    try:
        with log.open() as stream:
            scan = Scan(piece, tally)
            offset = 0
            for chunk in chunks(stream, None, scan):
                offset += chunk.consumed
                for _ in scan.runs(chunk.data, skim=True):
                    pass
                if scan.dateless:
                    break
                if offset - piece.start >= part and chunk.at_line_end:
                    yield piece._replace(stop=offset)
                    piece = scan.at(offset)
    except (NotALog, *READ_ERRORS):
        pass  # the reader of the piece meets the same trouble and reports it
    yield piece


def finished_part(
    log: LogFile, start: Piece | None = None, stop: threading.Event | None = None
) -> tuple[Piece, Piece] | None:
    """A plain file cut behind its last finished line: what is finished, and the open rest.

    None where the file cannot be read or is no log, where nothing that is finished tells what its rows are, or where it
    holds rows without a date, which cannot be read in parts.
    """
    piece = start or Piece(log)
    try:
        with log.open() as stream:
            stream.seek(piece.start)
            scan, offset = Scan(piece, Tally()), piece.start
            layout, rest = piece.layout, piece
            for chunk in chunks(stream, None, scan):
                layout = layout or scan.layout  # as the whole file tells it: what is finished may be blank
                data = bytes(chunk.data)
                cut = len(data) if chunk.at_line_end else data.rfind(b"\n") + 1
                for _ in scan.runs(data[:cut], skim=True):
                    pass
                if scan.dateless or (stop is not None and stop.is_set()):
                    return None
                if cut or chunk.at_line_end:
                    rest = scan.at(offset + (cut or chunk.consumed))
                offset += chunk.consumed
    except (NotALog, *READ_ERRORS):
        return None
    if rest.layout is None or not rest.layout.fields:
        return None
    return piece._replace(stop=rest.start, layout=layout), rest


def segments(block: Block, tally: Tally, *, encoding: str | None = None, ordered: bool = True) -> Iterator[Segment]:
    """The rows of a block as segments of up to about `memory.CHUNK` bytes; counts go to `tally`.

    Runs of rows under the same layout are joined, over headers in between and over files: quiet sites write a header
    every few rows, and reading each run by itself would cost more than the rows. Unless rows shall come in the order
    of the files, they are joined over runs of another layout too.
    """
    held: dict[Layout, _Held] = {}
    for piece, data in read_ahead(block.pieces):
        for run in _runs(piece, data, tally, encoding):
            if run is None:
                for mine in held.values():
                    yield from mine.secure()
                continue
            if run.layout not in held:
                if held and (ordered or len(held) >= _LAYOUTS):
                    yield from _flushed(held)
                held[run.layout] = _Held(run.layout)
            yield from held[run.layout].add(run)
    yield from _flushed(held)


#: Layouts whose rows wait at the same time to be joined.
_LAYOUTS = 4


def _flushed(held: dict[Layout, _Held]) -> Iterator[Segment]:
    for mine in held.values():
        yield from mine.flush()
    held.clear()


class _Held:
    """Runs of one layout, waiting to be joined into one segment. One that fills a chunk is never copied."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._start()

    def _start(self) -> None:
        self.runs: list[tuple[int, str, int]] = []
        self.size = self.lines = 0
        self._last: Data = b""  # the run that came last
        self._memory: memoryview | None = None  # where those before it are
        self._filled = 0

    def add(self, run: Run) -> Iterator[Segment]:
        if self.size + len(run.data) >= memory.CHUNK:
            yield from self.flush()
        self._copy()
        self.runs.append((self.lines, run.path, run.line))
        self._last = run.data
        self.size += len(run.data) + 1
        self.lines += run.lines

    def secure(self) -> Iterator[Segment]:
        """To be called at the end of a chunk: a few rows shall not keep all of its memory."""
        if self.size > memory.CHUNK // 2:
            yield from self.flush()
        self._copy()

    def flush(self) -> Iterator[Segment]:
        if self._memory is not None:
            self._copy()
            self._last = self._memory[: self._filled]
        if len(self._last):
            yield Segment(self._last, self.layout, self.runs, self.lines)
        self._start()

    def _copy(self) -> None:
        """Put the last run to those before it, each ended by a line feed."""
        if not len(self._last):
            return
        if self._memory is None:
            self._memory = memory.lend()
        end = self._filled + len(self._last)
        self._memory[self._filled : end] = self._last
        if self._last[-1] != 10:
            self._memory[end] = 10
            end += 1
        self._filled, self._last = end, b""


def _runs(piece: Piece, data: Data | None, tally: Tally, encoding: str | None) -> Iterator[Run | None]:
    """The runs of rows of one piece, whatever happens to its file while it is read; None at the end of each chunk.

    `data` is what the whole file holds, where that has been read already.
    """
    log = piece.log
    try:
        stream = log.open() if data is None else None
    except READ_ERRORS as error:
        tally.skipped.append((log.name, why(error)))
        return
    scan = Scan(piece, tally)
    known = True  # an empty file counts as read; one that cannot be read at all does not
    try:
        for chunk in chunks_of(piece, stream, scan) if stream is not None else whole(data or b"", scan):
            tally.bytes += chunk.consumed
            yield from scan.runs(chunk.data, skim=False, encoding=encoding)
            yield None
    except NotALog as error:
        tally.skipped.append((log.name, str(error)))
        return
    except READ_ERRORS as error:
        known = scan.line > 1
        tally.skipped.append((log.name, f"{why(error)}; read up to line {scan.line - 1}" if known else why(error)))
    finally:
        if stream is not None:
            stream.close()
    if piece.start == 0:
        tally.files += known
