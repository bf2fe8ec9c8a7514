"""Entries: what is known of each large file or archive, which goes on where it stopped, or is read anew."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from logan.caching.states import State
from logan.caching.store import DAMAGE, ByWeek, Store, in_columns, is_lacking
from logan.files import READ_ERRORS, LogFile
from logan.formats import Layout, tokenizer
from logan.reading.blocks import Block, blocks, finished_part
from logan.reading.scanning import Piece
from logan.selection import Selection
from logan.totals import RunningTotals
from logan.worker import Worker, no_collection


class Stopped(Exception):
    """What a worker ends with that was told to stop: half a file must not be kept as a whole one."""


@dataclass(slots=True)
class _Entry:
    """The sums of a file up to where its state says, and what is in force there: line number, day and layout."""

    state: State
    line: int
    day: str | None
    layout: Layout | None
    weeks: ByWeek

    def rest(self, log: LogFile) -> Piece:
        """What stands behind the part that was read."""
        return Piece(log, self.state.stop, None, self.layout, self.line, self.day)


class Entries:
    """The sums of single files, for one selection. What `stop` says ends all reading."""

    def __init__(self, store: Store, selection: Selection) -> None:
        self._store, self._selection = store, selection
        self.stop = threading.Event()
        #: The files that lie still, by name, of those that were asked for.
        self.still: dict[str, State] = {}

    def sums(self, log: LogFile) -> ByWeek:
        """What `log` holds, read only as far as the cache does not know it. Raises Stopped."""
        if self.stop.is_set():
            raise Stopped
        if log.kind in ("stdin", "url"):
            return self._read(list(blocks([log])))
        try:
            status = os.stat(log.path)
        except OSError:
            return self._read(list(blocks([log])))
        entry = self._load(log)
        if entry and entry.state.holds(log, status):
            self._note_still(log, entry.state, seen_before=True)
            return self._with_tail(log, entry)
        if log.kind != "plain":
            return self._archive(log, status)
        grown = entry and status.st_size > entry.state.size and entry.layout is not None and entry.state.begins(log)
        return self._grown(log, status, entry if grown else None)

    def _grown(self, log: LogFile, status: os.stat_result, entry: _Entry | None) -> ByWeek:
        """Read on to the last finished line, keep that, and count what follows without keeping it."""
        parts = finished_part(log, entry.rest(log) if entry else None, self.stop)
        if parts is None:  # rows without a date need all rows before them, and a file that cannot be read has no end
            return self._read(list(blocks([log])))
        finished, rest = parts
        weeks = entry.weeks if entry else {}
        if rest.start > finished.start:
            fresh = self._read([Block((finished,), rest.start - finished.start)])
            weeks = _added(weeks, fresh)
            if is_lacking(fresh):
                return weeks
        elif not entry:
            return self._read(list(blocks([log])))
        try:
            state = State.of(log, status, rest.start)
        except READ_ERRORS:  # it is gone, or locked since; what was read of it counts
            return weeks
        kept = _Entry(state, rest.line, rest.day, rest.layout, weeks)
        self._save(log, kept)
        self._note_still(log, state, seen_before=False)
        return self._with_tail(log, kept)

    def _with_tail(self, log: LogFile, entry: _Entry) -> ByWeek:
        if log.kind != "plain" or entry.state.stop >= os.stat(log.path).st_size:
            return entry.weeks
        return _added(entry.weeks, self._read([Block((entry.rest(log),), 0)]))

    def _archive(self, log: LogFile, status: os.stat_result) -> ByWeek:
        weeks = self._read(list(blocks([log])))
        if is_lacking(weeks):
            return weeks
        try:
            state = State.of(log, status, status.st_size)
        except READ_ERRORS:
            return weeks
        self._save(log, _Entry(state, 0, None, None, weeks))
        self._note_still(log, state, seen_before=False)
        return weeks

    def _note_still(self, log: LogFile, state: State, *, seen_before: bool) -> None:
        """A file lies still if it was the same before, or was last written an hour ago, and has no unfinished end."""
        if (seen_before or state.is_old) and state.is_whole:
            self.still[self._store.name(log)] = state

    def _read(self, work: Sequence[Block]) -> ByWeek:
        worker = Worker(self._selection)
        worker.take(work, stop=self.stop)
        if self.stop.is_set():
            raise Stopped
        with no_collection():
            return in_columns(worker.sums())

    def _load(self, log: LogFile) -> _Entry | None:
        name, instead = self._store.name(log), f"{log.name} is read anew"
        stored = self._store.read(name, instead)
        if stored is None:
            return None
        try:
            head = stored.head
            state, line, day = State.known(head["state"]), head["line"], head["day"]
            if type(line) is not int or line < 0 or not isinstance(day, str | None):
                raise ValueError("a place is none")
            return _Entry(state, line, day, _layout(head["layout"]), stored.weeks())
        except DAMAGE as error:
            self._store.throw_away(name, error, instead)
            return None

    def _save(self, log: LogFile, entry: _Entry) -> None:
        layout = entry.layout._asdict() if entry.layout else None
        head = {"state": entry.state, "line": entry.line, "day": entry.day, "layout": layout, "path": log.name}
        self._store.write(self._store.name(log), head, entry.weeks)


def _layout(plain: Any) -> Layout | None:
    """A layout as it was kept. Raises one of `DAMAGE` where it is none."""
    if plain is None:
        return None
    layout = Layout(**{**plain, "fields": tuple(plain["fields"])})
    tokenizer(layout)  # of a format that is known
    texts = all(isinstance(text, str) for text in (layout.format, *layout.fields)) and isinstance(plain["fields"], list)
    flags = all(type(flag) is bool for flag in (layout.quoted, layout.local, layout.certain))
    if not (texts and flags and isinstance(layout.service, str | None) and isinstance(layout.site, str | None)):
        raise ValueError("a layout is none")
    return layout


def _added(one: ByWeek, other: ByWeek) -> ByWeek:
    if not one:
        return other
    sums = RunningTotals()
    sums.add(one)
    sums.add(other)
    return in_columns(sums.sums())
