"""`summarize_cached`: files that were read before are not read again.

For each file the cache keeps the summary of what was read, and how far that was. A file is the same if its path, size
and time are, and the hashes of its head and tail; one that has only grown goes on where it stopped; any other is read
anew. What stands behind the last finished line is counted but not kept, since IIS may still be writing it.
An entry that is damaged or of another version is thrown away with a remark. Nothing is ever counted twice, because the
summary of a file is always the sum of disjoint stretches of it.

The sums of the files of a month that lie still are also kept together (`_Group`), which are loaded sooner. A group
counts only as a whole: where one of its files is another, or is gone, it is made anew of those of the single files.
A small file has no sums of its own: it is read in less time than they are made, written and loaded. Those that do not
lie still yet are in a group of their own.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import threading
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from time import gmtime, strftime, time
from typing import Any

from logan import __version__
from logan.columns import SCHEMA, Columns, Part
from logan.exceptions import SourceError
from logan.files import READ_ERRORS, Found, LogFile, Source, find_files
from logan.formats import Layout, NotALog, detect
from logan.reading.blocks import Block, blocks, finished_part
from logan.reading.scanning import Piece
from logan.selection import Selection, zone
from logan.summarizing import Progress, Worker, demand_logs, no_collection, on_threads, split_saved
from logan.summary import Summary
from logan.totals import RunningTotals
from logan.weeks import Weeks
from logan.writing import written_beside

Remark = Callable[[str], None]
#: Sums in columns, by week.
ByWeek = Mapping[str, Columns]
#: How much of the head, and of the part before the place where reading stopped, tells whether a file is the same.
_SAMPLE = 4096
#: A smaller file is read in less time than its sums are made, written and loaded.
_SMALL = 8 << 20
#: So much of a file tells whether it is a log.
_HEAD = 1 << 16
#: A file that was last written so many seconds ago most probably lies still; IIS keeps buffers for a minute.
_STILL = 3600


def summarize_cached(
    source: Source | Iterable[Source],
    folder: str,
    *,
    selection: Selection | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    remark: Remark = lambda text: None,
) -> Weeks:
    """The summaries of `source` by week ("" where the selection does not cut weeks), with a cache in `folder`.

    `remark` is told about entries that were thrown away. Raises SourceError where there is no log, or where the folder
    cannot be written.
    """
    chosen = selection or Selection()
    saved, paths = split_saved(source, chosen)
    found = find_files(paths) if paths or not saved else Found()
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise SourceError(
            f"{folder}: cannot be made: {error.strerror}. Give --cache a folder that can be written."
        ) from None
    cache = _Cache(folder, chosen, remark)
    kept = cache.groups(found.files)
    known = {key for group in kept.values() for key in group.members}
    unknown = [log for log in found.files if cache.key(log) not in known]
    if progress:
        progress(sum(log.size for log in found.files) - sum(log.size for log in unknown))
    sums = _Sums(cache, kept)
    small, large = cache.sorted_out(unknown)
    for place, states in small.items():
        weeks = _read_together(list(states), chosen, workers, progress)
        sums.join(place, {cache.key(log): state for log, state in states.items()}, weeks)
    with closing(_read_apart(large, cache, workers, progress)) as results:
        for log, weeks in zip(large, results, strict=True):
            state = cache.still.get(cache.key(log))
            if state:
                sums.join((_month(state[1]), True), {cache.key(log): state}, weeks)
            else:
                sums.add(weeks)
    sums.add({"": Columns.of(Summary(skipped=tuple(found.skipped)))})
    for summary in saved:
        sums.add({"": Columns.of(summary)})
    merged = Weeks(sums.sums())
    demand_logs(merged, paths, bool(saved))
    return merged


def _read_together(
    logs: Sequence[LogFile],
    selection: Selection,
    workers: int | None,
    progress: Progress | None,
) -> ByWeek:
    """The sums of files, each read as far as it went when it was found: what comes after is not what was noted of it."""
    work = (
        Block(tuple(replace(piece, stop=piece.log.size) for piece in block.pieces), block.size)
        for block in blocks(logs, cut=False)
    )
    with no_collection():
        parts = on_threads(work, sum(log.unpacked for log in logs), selection, workers, progress, None)
        return {week: Columns.of(part) for week, part in parts.items()}


def _read_apart(
    logs: Sequence[LogFile],
    cache: _Cache,
    workers: int | None,
    progress: Progress | None,
) -> Generator[ByWeek, None, None]:
    """The sums of each file, in order. Whatever comes up, Ctrl-C too, ends the others at their next stretch.

    No more than two a worker are begun at a time: the sums of all files at once would not fit into memory.
    """

    def one(log: LogFile) -> ByWeek:
        if cache.stop.is_set():
            raise _Stopped
        weeks = cache.sums(log)
        if progress:
            progress(log.size)
        return weeks

    number = workers or os.cpu_count() or 1
    waiting = iter(logs)
    futures: deque[Future[ByWeek]] = deque()
    with ThreadPoolExecutor(number) as pool:
        try:
            # one by one: at a Ctrl-C those that were begun are known
            futures.extend(pool.submit(one, log) for log in islice(waiting, 2 * number))
            while futures:
                while not futures[0].done():
                    wait([futures[0]], 0.5)  # with a time-out, so that Ctrl-C is seen on Windows too
                weeks = futures.popleft().result()
                futures.extend(pool.submit(one, log) for log in islice(waiting, 1))
                yield weeks
        except BaseException:
            cache.stop.set()
            for future in futures:
                future.cancel()
            raise


class _Stopped(Exception):
    """What a worker ends with that was told to stop: half a file must not be kept as a whole one."""


@dataclass(slots=True)
class _Entry:
    """What is known of a file: up to `stop` (line `line`, layout and day in force there) it was read, with these sums."""

    size: int
    time: int
    head: str
    tail: str
    stop: int
    line: int
    day: str | None
    layout: Layout | None
    weeks: ByWeek

    def rest(self, log: LogFile) -> Piece:
        """What stands behind the part that was read."""
        return Piece(log, self.stop, None, self.layout, self.line, self.day)


#: Size, time, head, tail and stop of an entry: what a file is told by.
_State = tuple[int, int, str, str, int]


def _aged() -> float:
    """A file that was last written before this time, in ns, most probably lies still."""
    return (time() - _STILL) * 1e9


def _month(written: int) -> str:
    """The month of a time in ns."""
    return strftime("%Y-%m", gmtime(written // 10**9))


#: Where a group belongs: the month its files were last written in, and whether they lie still.
_Place = tuple[str, bool]


@dataclass(slots=True)
class _Group:
    """The sums of files together: which they are, by key, and their sums by week."""

    members: dict[str, _State]
    weeks: ByWeek


@dataclass(slots=True)
class _Joining:
    """A group that files are joining."""

    members: dict[str, _State] = field(default_factory=dict)
    sums: RunningTotals = field(default_factory=RunningTotals)

    def add(self, members: Mapping[str, _State], weeks: ByWeek) -> None:
        self.members.update(members)
        self.sums.add(weeks)


class _Sums:
    """The sums of all files: of those that join a group, which is kept when it is whole, and of the others."""

    def __init__(self, cache: _Cache, kept: dict[_Place, _Group]) -> None:
        self._cache, self._kept = cache, kept
        self._joining: dict[_Place, _Joining] = {}
        self._rest = RunningTotals()
        for (month, still), group in list(kept.items()):
            if not still:  # they are the same twice, so they lie still now
                self.join((month, True), group.members, group.weeks)
                del kept[month, still]

    def join(self, place: _Place, members: Mapping[str, _State], weeks: ByWeek) -> None:
        if _lacking(weeks):  # a file could not be read, and may be next time
            self.add(weeks)
            return
        self._joining.setdefault(place, _Joining()).add(members, weeks)

    def add(self, weeks: ByWeek) -> None:
        self._rest.add(weeks)

    def sums(self) -> dict[str, Part]:
        for place, joining in self._joining.items():
            if place in self._kept:
                joining.add(self._kept[place].members, self._kept[place].weeks)
            self._kept[place] = _Group(joining.members, _in_columns(joining.sums))
            self._cache.keep(place, self._kept[place])
        self._joining.clear()
        for group in self._kept.values():
            self.add(group.weeks)
        return self._rest.sums()


class _Cache:
    """A folder with an entry for each large file and selection, and groups for the files of each month."""

    def __init__(self, folder: str, selection: Selection, remark: Remark) -> None:
        self.folder, self.selection, self.remark = folder, selection, remark
        self.version = f"{SCHEMA} {__version__}"
        self.stop = threading.Event()
        zones = [zone(name) for name in (selection.local_zone, selection.week_zone) if name and name.lower() == "local"]
        self.told = (
            f"{selection!r}{[str(found) for found in zones]}"  # "local" is another zone elsewhere, and in winter
        )
        #: The files that lie still, of those that were asked for one by one.
        self.still: dict[str, _State] = {}
        self._seen: dict[str, _State] = {}  # what groups say of their files, also of those that are not whole
        self._folders: list[str] = []

    def groups(self, logs: Sequence[LogFile]) -> dict[_Place, _Group]:
        """The groups whose files are all among `logs` and as they were."""
        files = [log for log in logs if log.kind not in ("stdin", "url")]
        self._folders = sorted({os.path.dirname(os.path.realpath(log.path)) for log in files})
        found = {self.key(log): log for log in files}
        months = set()
        for log in files:
            with suppress(OSError):
                months.add(_month(os.stat(log.path).st_mtime_ns))
        groups: dict[_Place, _Group] = {}
        for month in sorted(months):
            still, fresh = self._group((month, True), found), self._group((month, False), found)
            if still:
                groups[month, True] = still
            # an interrupt can leave files in both, and none may be counted twice
            if fresh and not (still and fresh.members.keys() & still.members.keys()):
                groups[month, False] = fresh
        return groups

    def _group(self, place: _Place, found: dict[str, LogFile]) -> _Group | None:
        path = self._group_path(place)
        known = self._read_file(path)
        if known is None:
            return None
        try:
            members: dict[str, _State] = {key: tuple(state) for key, state in known.head["members"]}
            self._seen.update(members)
            if all(key in found and self._holds(found[key], members[key]) for key in members):
                return _Group(members, known.weeks())
        except _DAMAGE as error:
            self.remark(f"{path}: this cache entry is thrown away ({error}); the sums of single files are taken.")
        return None

    def keep(self, place: _Place, group: _Group) -> None:
        """Keep the sums of files together. Of those that lie still, none is among those that do not."""
        self._write_file(self._group_path(place), {"members": list(group.members.items())}, group.weeks)

    def _group_path(self, place: _Place) -> str:
        what = "\n".join([*self._folders, repr(place), self.told])
        return os.path.join(self.folder, _digest(what) + ".logan-cache")

    def sorted_out(self, logs: Sequence[LogFile]) -> tuple[dict[_Place, dict[LogFile, _State]], list[LogFile]]:
        """The small files by the group that they join, with what they are told by; and the large ones.

        What is not plain, is no log, or cannot be read is among the large ones: it is looked into by itself.
        """
        small: dict[_Place, dict[LogFile, _State]] = {}
        large = []
        for log in logs:
            state = self._small(log)
            if state:
                still = self._seen.get(self.key(log)) == state or state[1] < _aged()
                small.setdefault((_month(state[1]), still), {})[log] = state
            else:
                large.append(log)
        return small, large

    def _small(self, log: LogFile) -> _State | None:
        """What a small file is told by before it is read."""
        if log.kind != "plain" or not 0 < log.size < _SMALL:
            return None
        try:
            status = os.stat(log.path)
            with log.open() as stream:
                detect(stream.read(_HEAD), name=log.name, looks_like_log=log.looks_like_log, service=None, site=None)
                stream.seek(-1, os.SEEK_END)
                if stream.read(1) != b"\n":  # what stands behind the last finished line counts, and is not kept
                    return None
            head, tail = self._samples(log, log.size)
        except (NotALog, *READ_ERRORS):
            return None
        return (log.size, status.st_mtime_ns, head, tail, log.size) if status.st_size == log.size else None

    def _holds(self, log: LogFile, state: _State) -> bool:
        size, written, head, tail, stop = state
        try:
            status = os.stat(log.path)
            return (status.st_size, status.st_mtime_ns) == (size, written) and self._samples(log, stop) == (head, tail)
        except READ_ERRORS:
            return False

    def _note_still(self, log: LogFile, entry: _Entry, *, seen_before: bool) -> None:
        """A file lies still if it was the same before, or was last written an hour ago, and has no unfinished end."""
        if (seen_before or entry.time < _aged()) and entry.stop >= entry.size:
            self.still[self.key(log)] = (entry.size, entry.time, entry.head, entry.tail, entry.stop)

    def sums(self, log: LogFile) -> ByWeek:
        """What `log` holds, read only as far as the cache does not know it."""
        if log.kind in ("stdin", "url"):
            return self._read(list(blocks([log])))
        try:
            status = os.stat(log.path)
        except OSError:
            return self._read(list(blocks([log])))
        entry = self._load(log)
        if entry and (entry.size, entry.time) == (status.st_size, status.st_mtime_ns) and self._same(log, entry):
            self._note_still(log, entry, seen_before=True)
            return self._with_tail(log, entry)
        if log.kind != "plain":
            return self._archive(log, status)
        start = None
        if entry and status.st_size > entry.size and entry.layout is not None and self._same(log, entry):
            start = entry.rest(log)
        return self._grown(log, status, start, entry if start else None)

    def _grown(
        self,
        log: LogFile,
        status: os.stat_result,
        start: Piece | None,
        entry: _Entry | None,
    ) -> ByWeek:
        """Read from `start` to the last finished line, keep that, and count what follows without keeping it."""
        end = finished_part(log, start, self.stop)
        if end is None:  # rows without a date need all rows before them, and a file that cannot be read has no end
            return self._read(list(blocks([log])))
        begin = start or Piece(log)
        weeks = entry.weeks if entry else {}
        if end.start > begin.start:
            fresh = self._read([Block((replace(begin, stop=end.start),), end.start - begin.start)])
            weeks = _added(weeks, fresh)
            if _lacking(fresh):
                return weeks
        elif not entry:
            return self._read(list(blocks([log])))
        try:
            samples = self._samples(log, end.start)
        except READ_ERRORS:  # it is gone, or locked since; what was read of it counts
            return weeks
        kept = _Entry(status.st_size, status.st_mtime_ns, *samples, end.start, end.line, end.day, end.layout, weeks)
        self._save(log, kept)
        self._note_still(log, kept, seen_before=False)
        return self._with_tail(log, kept)

    def _with_tail(self, log: LogFile, entry: _Entry) -> ByWeek:
        if log.kind != "plain" or entry.stop >= os.stat(log.path).st_size:
            return entry.weeks
        return _added(entry.weeks, self._read([Block((entry.rest(log),), 0)]))

    def _archive(self, log: LogFile, status: os.stat_result) -> ByWeek:
        weeks = self._read(list(blocks([log])))
        if _lacking(weeks):
            return weeks
        try:
            samples = self._samples(log, status.st_size)
        except READ_ERRORS:
            return weeks
        kept = _Entry(status.st_size, status.st_mtime_ns, *samples, status.st_size, 0, None, None, weeks)
        self._save(log, kept)
        self._note_still(log, kept, seen_before=False)
        return weeks

    def _read(self, work: Sequence[Block]) -> dict[str, Columns]:
        worker = Worker(self.selection)
        worker.take(work, stop=self.stop)
        if self.stop.is_set():
            raise _Stopped
        with no_collection():
            return {week: Columns.of(part) for week, part in worker.sums().items()}

    def _samples(self, log: LogFile, stop: int) -> tuple[str, str]:
        with open(log.path, "rb") as stream:
            head = stream.read(min(_SAMPLE, stop))
            stream.seek(max(stop - _SAMPLE, 0))
            tail = stream.read(min(_SAMPLE, stop))
        return hashlib.sha256(head).hexdigest(), hashlib.sha256(tail).hexdigest()

    def _same(self, log: LogFile, entry: _Entry) -> bool:
        try:
            return self._samples(log, entry.stop) == (entry.head, entry.tail)
        except READ_ERRORS:
            return False

    def key(self, log: LogFile) -> str:
        """What a file is known by, whatever is in it."""
        told = (log.member, log.path, log.service, log.site, self.told)  # the path as given names the site
        return _digest(f"{os.path.realpath(log.path)}\n{told!r}")

    def _path(self, log: LogFile) -> str:
        return os.path.join(self.folder, self.key(log) + ".logan-cache")

    def _load(self, log: LogFile) -> _Entry | None:
        path = self._path(log)
        known = self._read_file(path)
        if known is None:
            return None
        try:
            layout = known.head["layout"]
            layout = layout and Layout(**{**layout, "fields": tuple(layout["fields"])})
            return _Entry(**{n: known.head[n] for n in _TOLD}, layout=layout, weeks=known.weeks())
        except _DAMAGE as error:
            self.remark(f"{path}: this cache entry is thrown away ({error}); {log.name} is read anew.")
            return None

    def _save(self, log: LogFile, entry: _Entry) -> None:
        head = {n: getattr(entry, n) for n in _TOLD}
        layout = entry.layout._asdict() if entry.layout else None
        self._write_file(self._path(log), {**head, "path": log.name, "layout": layout}, entry.weeks)

    def _read_file(self, path: str) -> _File | None:
        """What a file of the cache holds; None, with a remark if there is one, where it cannot be used."""
        try:
            with gzip.open(path, "rb") as stream:
                most = max(_LEAST_ROOM, os.path.getsize(path) * _RATIO)
                head = stream.readline(most)
                file = _File(json.loads(head), stream.read(most))
                if stream.read(1):
                    raise ValueError(f"expands more than {_RATIO}-fold")
            if file.head["version"] != self.version:
                raise ValueError("of another version")
            if file.head["entry"] != os.path.basename(path):
                raise ValueError("it stands for another file")
            return file
        except FileNotFoundError:
            return None
        except _DAMAGE as error:
            self.remark(f"{path}: this cache entry is thrown away ({error}); what it stands for is read anew.")
            return None

    def _write_file(self, path: str, head: dict[str, Any], weeks: ByWeek) -> None:
        parts = {week: columns.to_bytes() for week, columns in weeks.items()}
        head = {
            **head,
            "version": self.version,
            "entry": os.path.basename(path),
            "weeks": {week: len(part) for week, part in parts.items()},
        }
        data = b"".join([json.dumps(head).encode(), b"\n", *parts.values()])
        with written_beside(path) as beside, gzip.open(beside, "wb", compresslevel=1) as stream:
            stream.write(data)


@dataclass(slots=True)
class _File:
    """A file of the cache: a line of JSON, which says how long the sums of each week are, and these."""

    head: dict[str, Any]
    body: bytes

    def weeks(self) -> ByWeek:
        weeks, place = dict[str, Columns](), 0
        for week, length in self.head["weeks"].items():
            weeks[week] = Columns.from_bytes(self.body[place : place + length])
            place += length
        return weeks


#: What a file of the cache tells about the log.
_TOLD = ("size", "time", "head", "tail", "stop", "line", "day")
#: What is packed tighter than this, and larger, was not written here.
_RATIO, _LEAST_ROOM = 200, 64 << 20
#: What reading a damaged file of the cache can raise.
_DAMAGE = (OSError, EOFError, zlib.error, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _lacking(weeks: ByWeek) -> bool:
    """Whether something could not be read: it may be next time, so these sums must not be kept."""
    return any(columns.head.skipped for columns in weeks.values())


def _added(one: ByWeek, other: ByWeek) -> ByWeek:
    if not one:
        return other
    sums = RunningTotals()
    sums.add(one)
    sums.add(other)
    return _in_columns(sums)


def _in_columns(sums: RunningTotals) -> ByWeek:
    return {week: Columns.of(part) for week, part in sums.sums().items()}
