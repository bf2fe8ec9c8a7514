"""`summarize_cached`: files that were read before are not read again.

For each file the cache keeps the summary of what was read, and how far that was. A file is the same if its path, size
and time are, and the hashes of its head and tail; one that has only grown goes on where it stopped; any other is read
anew. What stands behind the last finished line is counted but not kept, since IIS may still be writing it.
An entry that is damaged or of another version is thrown away with a remark. Nothing is ever counted twice, because the
summary of a file is always the sum of disjoint stretches of it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import threading
import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from typing import Any

from logan import __version__
from logan.blocks import Block, Piece, blocks, finished_part
from logan.exceptions import SourceError
from logan.files import READ_ERRORS, LogFile, Source, find_files
from logan.formats import Layout
from logan.saving import SCHEMA, from_json, to_json
from logan.selection import Selection
from logan.summarizing import Progress, RejectSink, Worker, demand_logs
from logan.summary import Summary, total
from logan.writing import written_beside

Remark = Callable[[str], None]
#: How much of the head, and of the part before the place where reading stopped, tells whether a file is the same.
_SAMPLE = 4096


def summarize_cached(
    source: Source | Iterable[Source],
    folder: str,
    *,
    selection: Selection | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    rejects: RejectSink | None = None,
    remark: Remark = lambda text: None,
) -> dict[str, Summary]:
    """The summaries of `source` by week ("" where the selection does not cut weeks), with a cache in `folder`.

    `remark` is told about entries that were thrown away. Raises SourceError where there is no log, or where the folder
    cannot be written.
    """
    chosen = selection or Selection()
    found = find_files(source)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise SourceError(
            f"{folder}: cannot be made: {error.strerror}. Give --cache a folder that can be written."
        ) from None
    cache = _Cache(folder, chosen, remark)

    def one(log: LogFile) -> dict[str, Summary]:
        if cache.stop.is_set():
            raise _Stopped
        parts = cache.summaries(log, rejects)
        if progress:
            progress(log.size)
        return parts

    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        results = _results(lambda log: pool.submit(one, log), found.files, cache.stop)
    weeks: dict[str, list[Summary]] = {"": [Summary(skipped=tuple(found.skipped))]}
    for parts in results:
        for week, summary in parts.items():
            weeks.setdefault(week, []).append(summary)
    merged = {week: total(summaries) for week, summaries in weeks.items()}
    demand_logs(merged, [source] if isinstance(source, str | os.PathLike) else list(source), False)
    return merged


def _results(
    submit: Callable[[LogFile], Future[dict[str, Summary]]], logs: Sequence[LogFile], stop: threading.Event
) -> list[dict[str, Summary]]:
    """What the workers gave, in order. Whatever comes up, Ctrl-C too, ends the others at their next stretch."""
    futures: list[Future[dict[str, Summary]]] = []
    results = []
    try:
        futures.extend(map(submit, logs))  # one by one: at a Ctrl-C those that were begun are known
        for future in futures:
            while not future.done():
                wait([future], 0.5)  # with a time-out, so that Ctrl-C is seen on Windows too
            results.append(future.result())
    except BaseException:
        stop.set()
        for future in futures:
            future.cancel()
        raise
    return results


class _Stopped(Exception):
    """What a worker ends with that was told to stop: half a file must not be kept as a whole one."""


@dataclass(slots=True)
class _Entry:
    """What is known of a file: up to `stop` (line `line`, layout in force there) it was read, with these sums."""

    size: int
    time: int
    head: str
    tail: str
    stop: int
    line: int
    layout: Layout | None
    weeks: dict[str, Summary]


class _Cache:
    """A folder with one entry for each file and selection."""

    def __init__(self, folder: str, selection: Selection, remark: Remark) -> None:
        self.folder, self.selection, self.remark = folder, selection, remark
        self.version = f"{SCHEMA} {__version__}"
        self.stop = threading.Event()

    def summaries(self, log: LogFile, rejects: RejectSink | None) -> dict[str, Summary]:
        """What `log` holds, read only as far as the cache does not know it."""
        if log.kind in ("stdin", "url"):
            return self._read(list(blocks([log])), rejects)
        try:
            status = os.stat(log.path)
        except OSError:
            return self._read(list(blocks([log])), rejects)
        entry = self._load(log)
        if entry and (entry.size, entry.time) == (status.st_size, status.st_mtime_ns) and self._same(log, entry):
            return self._with_tail(log, entry, rejects)
        if log.kind != "plain":
            return self._archive(log, status, rejects)
        start = None
        if entry and status.st_size >= entry.size and entry.layout is not None and self._same(log, entry):
            start = Piece(log, entry.stop, None, entry.layout, entry.line)
        return self._grown(log, status, start, entry if start else None, rejects)

    def _grown(
        self,
        log: LogFile,
        status: os.stat_result,
        start: Piece | None,
        entry: _Entry | None,
        rejects: RejectSink | None,
    ) -> dict[str, Summary]:
        """Read from `start` to the last finished line, keep that, and count what follows without keeping it."""
        end = finished_part(log, start, self.stop)
        if end is None:  # rows without a date need all rows before them, and a file that cannot be read has no end
            return self._read(list(blocks([log])), rejects)
        begin = start or Piece(log)
        weeks = dict(entry.weeks) if entry else {}
        if end.start > begin.start:
            fresh = self._read([Block((replace(begin, stop=end.start),), end.start - begin.start)], rejects)
            weeks = _added(weeks, fresh)
        elif not entry:
            return self._read(list(blocks([log])), rejects)
        kept = _Entry(
            status.st_size, status.st_mtime_ns, *self._samples(log, end.start), end.start, end.line, end.layout, weeks
        )
        self._save(log, kept)
        return self._with_tail(log, kept, rejects)

    def _with_tail(self, log: LogFile, entry: _Entry, rejects: RejectSink | None) -> dict[str, Summary]:
        if log.kind != "plain" or entry.stop >= os.stat(log.path).st_size:
            return entry.weeks
        tail = Piece(log, entry.stop, None, entry.layout, entry.line)
        return _added(entry.weeks, self._read([Block((tail,), 0)], rejects))

    def _archive(self, log: LogFile, status: os.stat_result, rejects: RejectSink | None) -> dict[str, Summary]:
        weeks = self._read(list(blocks([log])), rejects)
        samples = self._samples(log, status.st_size)
        self._save(log, _Entry(status.st_size, status.st_mtime_ns, *samples, status.st_size, 0, None, weeks))
        return weeks

    def _read(self, work: Sequence[Block], rejects: RejectSink | None) -> dict[str, Summary]:
        worker = Worker(self.selection, None, rejects)
        for block in work:
            worker.take(block, self.stop)
        if self.stop.is_set():
            raise _Stopped
        return worker.summaries()

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

    def _path(self, log: LogFile) -> str:
        what = f"{os.path.realpath(log.path)}\n{log.member}\n{self.selection!r}"
        return os.path.join(
            self.folder, hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:32] + ".logan-cache"
        )

    def _load(self, log: LogFile) -> _Entry | None:
        path = self._path(log)
        try:
            with gzip.open(path, "rb") as stream:
                data: dict[str, Any] = json.loads(stream.read())
            if data["version"] != self.version:
                raise ValueError("of another version")
            layout = data["layout"] and Layout(**{**data["layout"], "fields": tuple(data["layout"]["fields"])})
            weeks = {week: from_json(state) for week, state in data["weeks"].items()}
            known = {n: data[n] for n in ("size", "time", "head", "tail", "stop", "line")}
            return _Entry(**known, layout=layout, weeks=weeks)
        except FileNotFoundError:
            return None
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
            self.remark(f"{path}: this cache entry is thrown away ({error}); {log.name} is read anew.")
            return None

    def _save(self, log: LogFile, entry: _Entry) -> None:
        data = {n: getattr(entry, n) for n in ("size", "time", "head", "tail", "stop", "line")}
        data["version"], data["path"] = self.version, log.name
        data["layout"] = asdict(entry.layout) if entry.layout else None
        data["weeks"] = {week: to_json(summary) for week, summary in entry.weeks.items()}
        text = json.dumps(data, separators=(",", ":"))
        with written_beside(self._path(log)) as beside, gzip.open(beside, "wb", compresslevel=1) as stream:
            stream.write(text.encode("utf-8", "surrogatepass"))


def _added(one: dict[str, Summary], other: dict[str, Summary]) -> dict[str, Summary]:
    return {week: one.get(week, Summary()) + other.get(week, Summary()) for week in {**one, **other}}
