"""One file to be read: a path, a member of an archive, standard input, or what is behind a URL, as a stream of bytes.

What goes wrong with any of them becomes one of `READ_ERRORS`.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Any, Literal, Protocol, cast

from logan.display import visible, without_credentials

Source = str | os.PathLike[str]

#: Gzip reaches 1 : 1032 on zeros, logs stay below 1 : 200. Past both limits a file is a bomb, not a log.
BOMB_RATIO = 400
BOMB_BYTES = 1 << 30
_STEP = 1 << 20

#: Names that IIS gives its logs: whatever is in such a file counts as log, even if it cannot be read.
_LOG_NAME = re.compile(
    r"^(u_)?(ex|in|nc)\d{4,8}(_x)?\.log|^(u_)?(extend|inetsv|ncsa)\d*(_x)?\.log|^httperr\d*\.log", re.IGNORECASE
)
#: What reading a damaged archive or a file that goes away can raise.
READ_ERRORS = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file, archive member or stream to be read; small and picklable.

    `size` is the number of bytes on disk (0 for standard input). `service` and `site` are what the folder says
    ("http" and "W3SVC1" below ``W3SVC1/``), None where it says nothing; what the content says goes before them.
    """

    path: str
    kind: Literal["plain", "gzip", "zip", "stdin", "url"] = "plain"
    size: int = 0
    member: str | None = None
    service: str | None = field(default=None, compare=False)
    site: str | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The path as shown to a person, with the member of a zip behind a ``!``; nothing in it acts or opens."""
        path = shown(self.path)
        return path if self.member is None else f"{path}!{visible(self.member)}"

    def __repr__(self) -> str:  # schedulers write the arguments of a task that failed into their logs
        return f"<LogFile {self.name}>"

    @property
    def unpacked(self) -> int:
        """About how many bytes come out of it: logs in archives take a tenth."""
        packed = self.kind in ("gzip", "zip") or self.member is not None or is_named(self.path, ".gz")
        return self.size * (10 if packed else 1)

    @property
    def looks_like_log(self) -> bool:
        """Whether IIS would give a log this name."""
        return bool(_LOG_NAME.match(re.split(r"[\\/]", self.member or self.path)[-1]))

    def open(self) -> IO[bytes]:
        """The decompressed bytes as a stream that the caller closes. Raises one of `READ_ERRORS`."""
        if self.kind == "stdin":
            return cast(IO[bytes], _StandardInput())
        if self.kind == "gzip":
            return cast(IO[bytes], _Bounded(cast(IO[bytes], gzip.open(self.path, "rb")), self.size))
        if self.kind == "zip":
            with as_os_errors():
                archive = zipfile.ZipFile(self.path)
                return cast(IO[bytes], _Bounded(archive.open(self.member or ""), self.size, archive))
        if self.kind == "url":
            return cast(IO[bytes], _Remote(self))
        return open(self.path, "rb", buffering=0)


class SupportsClose(Protocol):
    """What can be closed."""

    def close(self) -> None: ...


class _Bounded:
    """A decompressing stream that stops when it turns out to be a decompression bomb."""

    def __init__(self, stream: IO[bytes], packed: int, *owners: SupportsClose) -> None:
        self._stream, self._owners, self._read = stream, owners, 0
        self._limit = max(BOMB_BYTES, packed * BOMB_RATIO)

    def readinto(self, buffer: memoryview) -> int:
        # one step at a time: when the data turns out to be damaged, all that came before has been handed out
        step = getattr(self._stream, "read1", self._stream.read)
        with as_os_errors():
            data = step(min(len(buffer), _STEP))
        count = len(data)
        buffer[:count] = data
        self._read += count
        if self._read > self._limit:
            raise OSError(f"expands more than {BOMB_RATIO}-fold: looks like a decompression bomb")
        return count

    def close(self) -> None:
        for opened in (self._stream, *self._owners):
            opened.close()


class _StandardInput(io.RawIOBase):
    """Standard input, which stays open for whoever reads it next."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        stream: Any = getattr(sys.stdin, "buffer", None)
        if not hasattr(stream, "readinto1") or stream.closed:  # a service has none, a notebook's holds no bytes
            raise OSError("there is no standard input")
        return int(stream.readinto1(buffer) or 0)  # not all that fits: in between, Ctrl-C is heard


class _Remote:
    """A file behind an fsspec URL, unpacked. Every kind of storage has errors of its own; here they become OSError."""

    def __init__(self, log: LogFile) -> None:
        import fsspec

        with as_os_errors():
            opened: IO[bytes] = fsspec.open(log.path, "rb").open()
            self._stream: Any = opened
            if log.member is not None:
                archive = zipfile.ZipFile(opened)
                self._stream = _Bounded(archive.open(log.member), log.size, archive, opened)
            elif is_named(log.path, ".gz"):
                self._stream = _Bounded(cast(IO[bytes], gzip.GzipFile(fileobj=opened)), log.size, opened)

    def readinto(self, buffer: memoryview) -> int:
        with as_os_errors():
            return self._stream.readinto(buffer) or 0

    def seek(self, offset: int) -> None:
        with as_os_errors():
            self._stream.seek(offset)

    def close(self) -> None:
        with suppress(Exception):  # all that was wanted has been read
            self._stream.close()


@contextmanager
def as_os_errors() -> Iterator[None]:
    """An error of whatever kind as one of `READ_ERRORS`, with the first line of what it says."""
    try:
        yield
    except READ_ERRORS:
        raise
    except Exception as error:
        said = str(error).strip().partition("\n")[0].strip()
        raise OSError(f"{type(error).__name__}: {said}" if said else type(error).__name__) from error


def is_named(url: str, ending: str) -> bool:
    """Whether a URL is that of a file with this ending, with or without a query (a signature, mostly) behind it.

    >>> is_named("https://web01/u_ex1.log.gz?sig=geheim", ".gz"), is_named("https://web01/load?name=u_ex1.log.gz", ".gz")
    (True, True)
    """
    return any(part.lower().endswith(ending) for part in (url, re.split("[?#]", url)[0]))


def shown(source: Source) -> str:
    """A path or URL as its reader may see it: nothing in it acts, and nothing in it opens what it names."""
    return visible(without_credentials(os.fspath(source)))


def why(error: BaseException) -> str:
    """The reason for an error in words that fit behind a path."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    if isinstance(error, EOFError):
        return "the compressed data ends too early"
    if isinstance(error, gzip.BadGzipFile | zipfile.BadZipFile | zlib.error):
        return f"the compressed data is damaged: {error}"
    return without_credentials(str(error)) or type(error).__name__
