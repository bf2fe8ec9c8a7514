"""Blocks → batches on several threads.

Reading and parsing release Python's lock, so threads share out this work. Counting, which is a fifth of it, stays
with the caller: one set of sums needs no merging, and holds each name once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from logan.blocks import Block, Segment, Tally, segments
from logan.lexicon import Lexicons
from logan.parsing import Batch, parse

#: Seconds that a thread is given to come to the end of its segment; one that waits for a network is left behind.
_PATIENCE = 2.0


@dataclass(slots=True)
class Parsed:
    """A batch, or the tally of a block that was read to its end; and the bytes that were read for it."""

    batch: Batch | None
    tally: Tally | None
    bytes: int


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


class Crew:
    """Threads that read and parse; iterating gives what they parsed, in no particular order.

    An error in a thread is raised where the batches are taken. Closing the iteration stops the threads.
    """

    def __init__(
        self,
        work: Iterator[Block],
        columns: frozenset[str],
        lexicons: bool,
        encoding: str | None,
        threads: int,
    ) -> None:
        self._work, self._columns, self._lexicons = work, columns, lexicons
        self._encoding, self._number = encoding, threads
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._feeds: list[_Feed] = []
        self._done: queue.Queue[Parsed | BaseException | None] = queue.Queue(threads + 8)

    def __iter__(self) -> Generator[Parsed, None, None]:
        crew = [threading.Thread(target=self._run, daemon=True) for _ in range(self._number)]
        for thread in crew:
            thread.start()
        busy = self._number
        try:
            while busy:
                try:
                    item = self._done.get(timeout=0.5)  # a time-out, so that Ctrl-C is seen on Windows too
                except queue.Empty:
                    continue
                if isinstance(item, BaseException):
                    raise item
                if item is None:
                    busy -= 1
                else:
                    yield item
        finally:
            self._stop.set()
            for thread in crew:  # Arrow ends the process with an abort if it is at work when Python leaves
                thread.join(_PATIENCE)

    def _run(self) -> None:
        try:
            lexicons = Lexicons() if self._lexicons else None
            while not self._stop.is_set() and (feed := self._feed()) is not None:
                self._drain(feed, lexicons)
            self._put(None)
        except BaseException as error:
            self._put(error)

    def _feed(self) -> _Feed | None:
        """A block of one's own while there are any, then the block that another thread is at."""
        with self._lock:
            block = next(self._work, None)
            self._feeds = [feed for feed in self._feeds if not feed.ended]
            if block is not None:
                self._feeds.append(_Feed(block, self._encoding))
                return self._feeds[-1]
            return self._feeds[0] if self._feeds else None

    def _drain(self, feed: _Feed, lexicons: Lexicons | None) -> None:
        while not self._stop.is_set():
            with feed.lock:
                if feed.ended:
                    return
                segment, read = feed.take()
            if segment is None:
                self._put(Parsed(None, feed.tally, read))
                return
            self._put(Parsed(parse(segment, self._columns, lexicons), None, read))

    def _put(self, item: Parsed | BaseException | None) -> None:
        while not self._stop.is_set():
            try:
                self._done.put(item, timeout=0.5)
                return
            except queue.Full:
                continue
