"""What the command line writes to: stdout for the answer, which has to arrive, and stderr for remarks, which may be lost.

Python knows neither (None) where a service or pythonw.exe runs without a console, or ``>&-`` closed it. All commands find
two streams none the less, so that nobody else has to ask.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any

from logan.exceptions import SourceError


@contextmanager
def settled() -> Iterator[None]:
    """Both streams as the commands may count on them."""
    with ExitStack() as stack:
        if None in (sys.stdin, sys.stdout, sys.stderr):
            _keep_numbers()
        remarks: Any = sys.stderr or stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
        stack.enter_context(redirect_stderr(_Remarks(remarks)))
        if sys.stdout is None:
            stack.enter_context(redirect_stdout(_Nowhere()))
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a console of code page 437 shows \\u4e2d rather than failing
                stream.reconfigure(errors="backslashreplace")
        yield


def is_heard() -> bool:
    """Whether there is anybody who could read an answer."""
    return not isinstance(sys.stdout, _Nowhere)


def _keep_numbers() -> None:
    """Open what is closed of 0, 1 and 2. A file that got such a number would hold what C libraries write to stderr."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)


class _Remarks:
    """stderr, except that what cannot be written there is dropped: the work and its exit code are none the worse."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Nowhere(io.TextIOBase):
    """A stdout that is not there: whoever wants to answer hears of it, and says so in a line."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        raise SourceError("there is no standard output for the answer. Send it to a file: > FILE.")
