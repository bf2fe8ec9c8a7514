"""What a file is told by: its size, its time, and the hashes of its head and of what stands where reading stopped."""

from __future__ import annotations

import hashlib
import os
from time import gmtime, strftime, time
from typing import Any, NamedTuple

from logan.files import READ_ERRORS, LogFile

#: How much of the head, and of the part before the place where reading stopped, tells whether a file is the same.
_SAMPLE = 4096
#: A file that was last written so many seconds ago most probably lies still; IIS keeps buffers for a minute.
_STILL = 3600


class State(NamedTuple):
    """Size and time (in ns) of a file, and of what was read of it, up to `stop`, the hashes of both ends."""

    size: int
    time: int
    head: str
    tail: str
    stop: int

    @classmethod
    def of(cls, log: LogFile, status: os.stat_result, stop: int) -> State:
        """The state of a file that was read up to `stop`. Raises one of `READ_ERRORS`."""
        return cls(status.st_size, status.st_mtime_ns, *_samples(log, stop), stop)

    @classmethod
    def known(cls, plain: Any) -> State:
        """A state as it was kept. Raises ValueError or TypeError where it is none."""
        state = cls(*plain)
        if [*map(type, state)] != [int, int, str, str, int] or not 0 <= state.stop < 1 << 62:
            raise ValueError("a state is none")
        return state

    @property
    def is_whole(self) -> bool:
        """Whether no unfinished line stands behind what was read."""
        return self.stop >= self.size

    @property
    def is_old(self) -> bool:
        """Whether the file most probably lies still."""
        return self.time < (time() - _STILL) * 1e9

    @property
    def month(self) -> str:
        return month(self.time)

    def holds(self, log: LogFile, status: os.stat_result) -> bool:
        """Whether the file is still as it was."""
        return (status.st_size, status.st_mtime_ns) == (self.size, self.time) and self.begins(log)

    def begins(self, log: LogFile) -> bool:
        """Whether what was read of the file is still in it."""
        try:
            return _samples(log, self.stop) == (self.head, self.tail)
        except READ_ERRORS:
            return False


def month(written: int) -> str:
    """The month of a time in ns."""
    return strftime("%Y-%m", gmtime(written // 10**9))


def _samples(log: LogFile, stop: int) -> tuple[str, str]:
    with open(log.path, "rb") as stream:
        head = stream.read(min(_SAMPLE, stop))
        stream.seek(max(stop - _SAMPLE, 0))
        tail = stream.read(min(_SAMPLE, stop))
    return hashlib.sha256(head).hexdigest(), hashlib.sha256(tail).hexdigest()
