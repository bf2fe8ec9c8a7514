"""Blocks → batches on several threads.

Reading and parsing release Python's lock, so threads share out this work. The caller counts what comes, and reads and
parses too while nothing is there to be counted, so that there are no more threads than workers and none waits for
another. One set of sums needs no merging, and holds each name once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from typing import NamedTuple

from logan.reading.blocks import Block, Segment, segments
from logan.reading.lexicon import Lexicons
from logan.reading.memory import CHUNK
from logan.reading.parsing import Batch, parse
from logan.reading.scanning import Tally

#: Seconds that a thread is given to come to the end of its segment; one that waits for a network is left behind.
_PATIENCE = 2.0


class Parsed(NamedTuple):
    """A batch, or the tally of a block that was read to its end; and the bytes that were read for it."""

    batch: Batch | None
    tally: Tally | None
    bytes: int


#: What a thread brings at its end.
_ENDED = Parsed(None, None, 0)


class _Feed:
    """The segments of one block. Threads that have run out of blocks take some of those that another has begun."""

    def __init__(self, block: Block, encoding: str | None) -> None:
        self.lock = threading.Lock()
        self.tally = Tally()
        self.ended = False
        self._segments = segments(block, self.tally, encoding=encoding, ordered=False)
        self._seen = 0

    def take(self) -> tuple[Segment | None, int]:
        """The next segment, and the bytes read since the last one; no segment at the end. To be called locked."""
        segment = next(self._segments, None)
        self.ended = segment is None
        read, self._seen = self.tally.bytes - self._seen, self.tally.bytes
        return segment, read


class _Room:
    """Bytes that may be parsed and not yet counted. Batches of a few rows would fill a queue of a fixed length while
    the counting thread is at a single one."""

    def __init__(self, size: int) -> None:
        self._free, self._given = size, threading.Condition()

    def take(self, size: int) -> bool:
        """Take so much as soon as there is anything left; False if there is still nothing after half a second."""
        with self._given:
            if not self._given.wait_for(lambda: self._free > 0, 0.5):
                return False
            self._free -= size
            return True

    def give(self, size: int) -> None:
        with self._given:
            self._free += size
            self._given.notify()


class Crew:
    """The caller and the threads that help it; iterating gives what they parsed, in no particular order.

    An error in a thread is raised where the batches are taken. Closing the iteration stops the threads.
    """

    def __init__(
        self,
        work: Iterator[Block],
        columns: frozenset[str],
        lexicons: bool,
        encoding: str | None,
        workers: int,
    ) -> None:
        self._work, self._columns, self._lexicons = work, columns, lexicons
        self._encoding, self._threads = encoding, workers - 1
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._feeds: list[_Feed] = []
        self._done: queue.SimpleQueue[Parsed | BaseException] = queue.SimpleQueue()
        self._room = _Room((workers + 8) * CHUNK)

    def __iter__(self) -> Generator[Parsed, None, None]:
        threads = [threading.Thread(target=self._run, daemon=True) for _ in range(self._threads)]
        for thread in threads:
            thread.start()
        busy = self._threads
        own: Iterator[Parsed | None] | None = self._parsed(patient=False)
        try:
            while busy or own is not None:
                parsed = self._brought(0)
                if parsed is None and own is not None:
                    try:
                        parsed = next(own)
                    except StopIteration:
                        own = None
                if parsed is None and busy:
                    parsed = self._brought(0.5)  # a time-out, so that Ctrl-C is seen on Windows too
                if parsed is _ENDED:
                    busy -= 1
                elif parsed is not None:
                    yield parsed
        finally:
            self._stop.set()
            for thread in threads:  # Arrow ends the process with an abort if it is at work when Python leaves
                thread.join(_PATIENCE)

    def _brought(self, seconds: float) -> Parsed | None:
        """What a thread has parsed, or None if nothing comes within some seconds. Raises what a thread raised."""
        try:
            item = self._done.get(seconds > 0, seconds)
        except queue.Empty:
            return None
        if isinstance(item, BaseException):
            raise item
        self._room.give(item.bytes)
        return item

    def _run(self) -> None:
        try:
            for parsed in self._parsed(patient=True):
                if parsed is not None:
                    while not self._room.take(parsed.bytes) and not self._stop.is_set():
                        pass
                    self._done.put(parsed)
            self._done.put(_ENDED)
        except BaseException as error:
            self._done.put(error)

    def _parsed(self, *, patient: bool) -> Iterator[Parsed | None]:
        """What one thread parses, to the end of all work; None where it is not `patient` and would have to wait until
        another one has read a segment."""
        lexicons = Lexicons() if self._lexicons else None
        while not self._stop.is_set() and (feed := self._feed()) is not None:
            while not self._stop.is_set():
                if not feed.lock.acquire(blocking=patient):
                    yield None
                    continue
                try:
                    if feed.ended:
                        break
                    segment, read = feed.take()
                finally:
                    feed.lock.release()
                if segment is None:
                    yield Parsed(None, feed.tally, read)
                    break
                yield Parsed(parse(segment, self._columns, lexicons, ordered=False), None, read)

    def _feed(self) -> _Feed | None:
        """A block of one's own while there are any, then the block that another thread is at."""
        with self._lock:
            block = next(self._work, None)
            self._feeds = [feed for feed in self._feeds if not feed.ended]
            if block is not None:
                self._feeds.append(_Feed(block, self._encoding))
                return self._feeds[-1]
            return self._feeds[0] if self._feeds else None
