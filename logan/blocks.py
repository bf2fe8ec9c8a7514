"""Files → blocks → segments.

A block is the address of a piece of work: whole files, or a part of a large one cut at a line end, with the layout in
force at its start. Blocks are small and picklable, so that a thread, a process or another machine can take one.
`segments` reads a block and yields its rows, directives cut out, under one layout each.

Files are read and never mapped into memory: a log that is truncated on a share while it is mapped kills the process.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, NamedTuple

import numpy as np

from logan import native
from logan.arrays import Bytes
from logan.files import READ_ERRORS, LogFile, why
from logan.formats import Layout, NotALog, dayless, detect, w3c
from logan.lines import MAX_LINE, Data, line_end, tidied

#: Bytes read at a time. Twice as many save 7 % of the time and take 80 MB more; see docs/speed.md.
CHUNK = 4 << 20
#: A large file is cut into parts of this size, small ones are gathered up to it.
PART = 32 << 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one file: from `start` to `stop` (None: to its end), with what is in force at `start`.

    `line` is the number of its first line, from 1. `layout` is None at the start of a file, where it has to be told.
    """

    log: LogFile
    start: int = 0
    stop: int | None = None
    layout: Layout | None = None
    line: int = 1


@dataclass(frozen=True, slots=True)
class Block:
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


@dataclass(slots=True)
class Tally:
    """What happened while a block was read: counts of files, bytes and lines, and what had to be left out.

    `rejected` lists (path, line, reason, text) of lines that never became part of a segment. `backwards` lists
    (path, line, time before, time there) of headers that are dated before the header above them.
    """

    files: int = 0
    bytes: int = 0
    lines: int = 0
    directives: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    rejected: list[tuple[str, int, str, str]] = field(default_factory=list)
    backwards: list[tuple[str, int, str, str]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add what happened elsewhere."""
        self.files += other.files
        self.bytes += other.bytes
        self.lines += other.lines
        self.directives += other.directives
        self.skipped += other.skipped
        self.rejected += other.rejected
        self.backwards += other.backwards


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
            scan = _Scan(piece, tally)
            offset = 0
            for chunk in _chunks(stream, None, scan):
                offset += chunk.consumed
                for _ in scan.runs(chunk.data, skim=True):
                    pass
                if scan.dateless:
                    break
                if offset - piece.start >= part and chunk.at_line_end:
                    yield replace(piece, stop=offset)
                    piece = Piece(log, offset, None, scan.layout, scan.line)
    except (NotALog, *READ_ERRORS):
        pass  # the reader of the piece meets the same trouble and reports it
    yield piece


def finished_part(log: LogFile, start: Piece | None = None, stop: threading.Event | None = None) -> Piece | None:
    """Where the last finished line of a plain file ends, as an open piece with what is in force there.

    None where the file cannot be read or is no log, or holds rows without a date, which cannot be read in parts.
    """
    piece, tally = start or Piece(log), Tally()
    try:
        with log.open() as stream:
            stream.seek(piece.start)
            scan, offset = _Scan(piece, tally), piece.start
            end = piece
            for chunk in _chunks(stream, None, scan):
                data = bytes(chunk.data)
                cut = len(data) if chunk.at_line_end else data.rfind(b"\n") + 1
                for _ in scan.runs(data[:cut], skim=True):
                    pass
                if scan.dateless or (stop is not None and stop.is_set()):
                    return None
                if cut or chunk.at_line_end:
                    end = Piece(log, offset + (cut or chunk.consumed), None, scan.layout, scan.line)
                offset += chunk.consumed
            return end
    except (NotALog, *READ_ERRORS):
        return None


def segments(block: Block, tally: Tally, *, encoding: str | None = None, ordered: bool = True) -> Iterator[Segment]:
    """The rows of a block as segments of up to about `CHUNK` bytes; counts go to `tally`.

    Runs of rows under the same layout are joined, over headers in between and over files: quiet sites write a header
    every few rows, and reading each run by itself would cost more than the rows. Unless rows shall come in the order
    of the files, they are joined over runs of another layout too.
    """
    held: dict[Layout, _Held] = {}
    for piece, data in _read_ahead(block.pieces):
        for run in _runs(piece, data, tally, encoding):
            if run is None:
                for mine in held.values():
                    yield from mine.secure()
                continue
            layout = dayless(run.layout) if run.layout.dated else run.layout
            if layout not in held and held and (ordered or len(held) >= _LAYOUTS):
                yield from _flushed(held)
            yield from held.setdefault(layout, _Held(run.layout)).add(run)
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

    def add(self, run: _Run) -> Iterator[Segment]:
        if self.size + len(run.data) >= CHUNK:
            yield from self.flush()
        self._copy()
        self.runs.append((self.lines, run.path, run.line))
        self._last = run.data
        self.size += len(run.data) + 1
        self.lines += run.lines

    def secure(self) -> Iterator[Segment]:
        """To be called at the end of a chunk: a few rows shall not keep all of its memory."""
        if self.size > CHUNK // 2:
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
            self._memory = _memory()
        end = self._filled + len(self._last)
        self._memory[self._filled : end] = self._last
        if self._last[-1] != 10:
            self._memory[end] = 10
            end += 1
        self._filled, self._last = end, b""


class _Run(NamedTuple):
    data: Data
    layout: Layout
    path: str
    line: int
    lines: int


#: Files up to this size are read many at a time.
_SMALL = 1 << 18


def _read_ahead(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, Data | None]]:
    """Each piece, and what is in its file where that could be read together with other small ones, else None.

    Of a file of 50 kB it is the six calls to the system that take the time, with Python's lock given back and asked
    for again around each. Whatever is unusual about a file, it is left to be read by itself.
    """
    few: list[Piece] = []
    size = 0
    for piece in pieces:
        small = piece.log.kind == "plain" and piece.log.size <= _SMALL and piece.start == 0 and piece.stop is None
        if few and (not small or size + piece.log.size >= CHUNK):
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
    view = _memory()
    paths, sizes = [piece.log.path for piece in pieces], [piece.log.size for piece in pieces]
    start = 0
    for piece, length in zip(pieces, native.kernel.read(paths, sizes, view), strict=True):
        yield piece, None if length < 0 else view[start : start + length]
        start += max(length, 0)


def _runs(piece: Piece, data: Data | None, tally: Tally, encoding: str | None) -> Iterator[_Run | None]:
    """The runs of rows of one piece, whatever happens to its file while it is read; None at the end of each chunk.

    `data` is what the whole file holds, where that has been read already.
    """
    log = piece.log
    try:
        stream = log.open() if data is None else None
    except READ_ERRORS as error:
        tally.skipped.append((log.name, why(error)))
        return
    scan = _Scan(piece, tally)
    known = True  # an empty file counts as read; one that cannot be read at all does not
    try:
        for chunk in _chunks_of(piece, stream, scan) if stream is not None else _whole(data or b"", scan):
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


class _Chunk(NamedTuple):
    """A stretch of a file; `data` looks into the memory of the chunk.

    `at_line_end` says whether a line surely ends where it does: a CR at the end of a file may be half a CRLF.
    """

    data: Data
    consumed: int
    at_line_end: bool


def _whole(data: Data, scan: _Scan) -> Iterator[_Chunk]:
    """The chunk that a small file is, if there is anything in it."""
    scan.begin(bytes(data[:65536]))
    if len(data):
        yield _Chunk(data, len(data), data[-1] == 10)


def _chunks_of(piece: Piece, stream: IO[bytes], scan: _Scan) -> Iterator[_Chunk]:
    if piece.start:
        stream.seek(piece.start)
    return _chunks(stream, None if piece.stop is None else piece.stop - piece.start, scan)


def _chunks(stream: IO[bytes], length: int | None, scan: _Scan) -> Iterator[_Chunk]:
    """Read up to `length` bytes as chunks that end at a line end. A line longer than a chunk is counted, set aside
    and skipped.

    Each chunk has memory of its own, which its rows look into until they have been parsed.
    """
    view = _memory()
    kept, left, first = 0, length, True
    trouble: BaseException | None = None
    dropped = 0  # bytes of an overlong line that have been passed over
    while True:
        room = CHUNK - kept if left is None else min(CHUNK - kept, left)
        count, ended, trouble = _fill(stream, view[kept : kept + room], trouble)
        if left is not None:
            left -= count
        total = kept + count
        if first and not total and trouble is not None:
            raise trouble  # and not a word of an empty file
        if first and (total >= min(65536, CHUNK) or ended):
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
            yield _Chunk(b"", dropped + start, found)
            dropped = 0
            kept = total - start
            view[:kept] = bytes(view[start:total])
            if ended:
                if kept:
                    yield _Chunk(view[:kept], kept, False)
                break
            continue
        if end < 0:
            if total < CHUNK:
                kept = total
                continue
            scan.overlong(bytes(view[:200]))
            kept = _half(view, total)
            dropped = total - kept
            continue
        if end:
            yield _Chunk(view[:end], end, not ended or view[end - 1] == 10)
        if ended:
            break
        kept = total - end
        view = _memory(view[end:total])
    if trouble is not None:
        raise trouble


def _memory(head: Data = b"") -> memoryview:
    """Memory for a chunk that begins with `head`.

    It is used again when nobody looks into it any more: asking the system for fresh memory, page by page, takes longer
    than reading a log into it.
    """
    base = _NONE
    while len(base) != CHUNK:
        try:
            base = _spare.pop()
        except IndexError:  # by trying, since another thread may have taken the last
            base = np.empty(CHUNK, np.uint8)  # a bytearray would be filled with zeros first
    array = base.view()  # which lives as long as a view of it
    lent = _Lent(array, _returned)
    lent.base = base
    _lent[id(lent)] = lent
    view = array.data
    view[: len(head)] = head
    return view


class _Lent(weakref.ref[Bytes]):
    """Memory that somebody looks into. (``weakref.finalize`` would take longer than reading a small file.)"""

    base: Bytes


def _returned(lent: weakref.ref[Bytes]) -> None:
    assert isinstance(lent, _Lent)
    _spare.append(lent.base)
    del _lent[id(lent)]


_lent: dict[int, _Lent] = {}
#: Memory of chunks that are done with; no more than some cores need at a time.
_spare: deque[Bytes] = deque(maxlen=16)
_NONE: Bytes = np.empty(0, np.uint8)


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


class _Scan:
    """Walks over the chunks of one piece and knows the layout and the line number at each place."""

    def __init__(self, piece: Piece, tally: Tally) -> None:
        self.log, self.tally = piece.log, tally
        self.layout: Layout | None = piece.layout
        self.line = piece.line
        self._settled = piece.layout is not None and piece.layout.certain
        self._clock: tuple[str | None, bytes] = (None, b"")
        #: Whether rows without a date came by: from there on the file cannot be cut.
        self.dateless = self.layout is not None and bool(self.layout.fields) and not self.layout.dated

    def begin(self, head: bytes) -> None:
        """Tell the layout from the first bytes of a file. Raises NotALog."""
        if self.layout is None:
            log = self.log
            self.layout = detect(
                head, name=log.name, looks_like_log=log.looks_like_log, service=log.service, site=log.site
            )
            self._settled = self.layout.certain

    def overlong(self, head: bytes) -> None:
        """Set a line aside that does not fit into the buffer."""
        self.tally.lines += 1
        self.tally.rejected.append((self.log.name, self.line, _TOO_LONG, head.decode("utf-8", "backslashreplace")))

    def runs(self, data: Data, *, skim: bool, encoding: str | None = None) -> Iterator[_Run]:
        """The runs of rows in a chunk; with `skim` nothing is yielded and only the state moves on."""
        if self.layout is None or not data:
            return
        if self.line == 1 and data[:3] == b"\xef\xbb\xbf":
            data = data[3:]
            if not data:
                return
        found = tidied(data, recode=not skim, encoding=encoding)
        data, position, seen = found.data, 0, 0
        for start, above in found.directives:
            if start > position:
                lines = above - seen
                if skim:
                    self._settle(data[position:start])
                else:
                    yield from self._run(data[position:start], lines)
                self.line += lines
            end = line_end(data, start)
            self._directive(bytes(data[start:end]), self.line, skim)
            if not skim:
                self.tally.lines += 1
                self.tally.directives += 1
            self.line += 1
            position, seen = end, above + 1
        if position < len(data):
            if skim:
                self._settle(data[position:])
            else:
                yield from self._run(data[position:], found.count - seen)
            self.line += found.count - seen

    def _directive(self, line: bytes, number: int, skim: bool) -> None:
        assert self.layout is not None
        before = self.layout
        self.layout = w3c.apply(before, line)
        if self.layout.fields != before.fields or not self.layout.certain:
            self.layout = self.layout.changed(service=self.layout.service or self.log.service)
            self._settled = self.layout.certain
        self.dateless |= bool(self.layout.fields) and not self.layout.dated
        if line.lstrip(b"\0")[:6].lower() == b"#date:":
            self._clock = (None, b"")
            if not skim and before.day and self.layout.day and self.layout.day < before.day:
                self.tally.backwards.append((self.log.name, number, before.day, self.layout.day))

    def _settle(self, data: Data) -> None:
        if self._settled or self.layout is None or not self.layout.fields:
            return
        end = 0
        while end < len(data) and not self._settled:
            start, end = end, line_end(data, end)
            row = bytes(data[start:end]).strip(b"\r\n")
            if row.strip():
                self.layout = w3c.settle(self.layout, row)
                self._settled = True

    def _run(self, data: Data, lines: int) -> Iterator[_Run]:
        assert self.layout is not None
        self._settle(data)
        self.tally.lines += lines
        layout = self.layout
        if layout.fields and not layout.dated:
            data, layout = self._date(bytes(data)), layout.changed(fields=("date", *layout.fields))
        yield _Run(data, layout, self.log.name, self.line, lines)

    def _date(self, data: bytes) -> bytes:
        """Rows with the date of the ``#Date`` line put before them; past midnight the next day's.

        Requests that end in the same second come slightly out of order, so only a fall of half a day is a midnight.
        """
        assert self.layout is not None
        day, clock = self._clock
        day = day or (self.layout.day or "")[:10]
        index = self.layout.fields.index("time") if "time" in self.layout.fields else -1
        out = []
        for line in data.split(b"\n"):
            body = line.rstrip(b"\r")
            values = body.split(None, index + 1) if index >= 0 else []
            time = values[index] if len(values) > index >= 0 else b""
            if len(time) >= 5 and time[2:3] == b":" and time[:2].isdigit():
                if day and clock and int(clock[:2]) - int(time[:2]) >= 12:
                    day = str(np.datetime64(day) + np.timedelta64(1, "D"))
                clock = time
            out.append((day or "-").encode() + b" " + body if body else body)
        self._clock = (day, clock)
        return b"\n".join(out)


_TOO_LONG = f"longer than {MAX_LINE >> 20} MiB, which no IIS log line is"
