"""The walk over a stretch of a file: which layout and which line there is at each place, and the runs of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from logan.files import LogFile
from logan.formats import Layout, detect, w3c
from logan.reading.lines import MAX_LINE, Data, line_end, tidied


class Piece(NamedTuple):
    """A stretch of one file: from `start` to `stop` (None: to its end), with what is in force at `start`.

    `line` is the number of its first line, from 1. `layout` is None at the start of a file, where it has to be told.
    `day` is what the last ``#Date`` line says (YYYY-MM-DD, with a time behind it), or None.
    """

    log: LogFile
    start: int = 0
    stop: int | None = None
    layout: Layout | None = None
    line: int = 1
    day: str | None = None


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


class Run(NamedTuple):
    """Rows under one layout, and where in which file they are."""

    data: Data
    layout: Layout
    path: str
    line: int
    lines: int


class Scan:
    """Walks over the chunks of one piece and knows the layout and the line number at each place."""

    def __init__(self, piece: Piece, tally: Tally) -> None:
        self.log, self.tally = piece.log, tally
        self._name, self._day = piece.log.name, piece.day
        self.layout: Layout | None = piece.layout
        self.line = piece.line
        self._settled = piece.layout is not None and piece.layout.certain
        self._clock: tuple[str | None, bytes] = (None, b"")
        #: Whether rows without a date came by: from there on the file cannot be cut.
        self.dateless = self.layout is not None and bool(self.layout.fields) and not self.layout.dated

    def at(self, offset: int) -> Piece:
        """The rest of the file, from where the scan has come to."""
        return Piece(self.log, offset, None, self.layout, self.line, self._day)

    def begin(self, head: bytes) -> None:
        """Tell the layout from the first bytes of a file. Raises NotALog."""
        if self.layout is None:
            log = self.log
            self.layout = detect(
                head,
                name=self._name,
                looks_like_log=log.looks_like_log,
                service=log.service,
                site=log.site,
                zipped=log.member is not None,
            )
            self._settled = self.layout.certain

    def overlong(self, head: bytes) -> None:
        """Set a line aside that does not fit into the buffer."""
        self.tally.lines += 1
        self.tally.rejected.append((self._name, self.line, _TOO_LONG, head.decode("utf-8", "backslashreplace")))

    def runs(self, data: Data, *, skim: bool, encoding: str | None = None) -> Iterator[Run]:
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
                yield from self._run(data[position:], found.total - seen)
            self.line += found.total - seen

    def _directive(self, line: bytes, number: int, skim: bool) -> None:
        assert self.layout is not None
        if w3c.is_date(line):
            self._date_line(w3c.day_of(line), number, skim)
            return
        before = self.layout
        self.layout = w3c.apply(before, line)
        if self.layout.fields != before.fields or not self.layout.certain:
            self.layout = self.layout.changed(service=self.layout.service or self.log.service)
            self._settled = self.layout.certain
        self.dateless |= bool(self.layout.fields) and not self.layout.dated

    def _date_line(self, day: str | None, number: int, skim: bool) -> None:
        before, self._day, self._clock = self._day, day, (None, b"")
        if not skim and before and day and day < before:
            self.tally.backwards.append((self._name, number, before, day))

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

    def _run(self, data: Data, lines: int) -> Iterator[Run]:
        assert self.layout is not None
        self._settle(data)
        self.tally.lines += lines
        layout = self.layout
        if layout.fields and not layout.dated:
            data, layout = self._date(bytes(data)), layout.changed(fields=("date", *layout.fields))
        yield Run(data, layout, self._name, self.line, lines)

    def _date(self, data: bytes) -> bytes:
        """Rows with the date of the ``#Date`` line put before them; past midnight the next day's.

        Requests that end in the same second come slightly out of order, so only a fall of half a day is a midnight.
        """
        assert self.layout is not None
        day, clock = self._clock
        day = day or (self._day or "")[:10]
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
