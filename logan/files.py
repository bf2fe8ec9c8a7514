"""Paths, globs, folders, archives and standard input, as a list of files to be read.

Nothing is opened here but archives, whose members have to be listed. Whether a file is a log is told from its
content when it is read. This module never follows a name found inside a log or an archive to a path on disk.
"""

from __future__ import annotations

import glob
import gzip
import os
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Literal, cast

from logan.exceptions import SourceError

Source = str | os.PathLike[str]

#: Gzip reaches 1 : 1032 on zeros, logs stay below 1 : 200. Past both limits a file is a bomb, not a log.
BOMB_RATIO = 400
BOMB_BYTES = 1 << 30
_STEP = 1 << 20

_FOLDER = re.compile(r"^(W3SVC|MSFTPSVC|FTPSVC|SMTPSVC)(\d+)$", re.IGNORECASE)
_SERVICES = {"W3SVC": "http", "MSFTPSVC": "ftp", "FTPSVC": "ftp", "SMTPSVC": "smtp"}
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
        """The path as shown to a person, with the member of a zip behind a ``!``."""
        return f"{self.path}!{self.member}" if self.member else self.path

    @property
    def looks_like_log(self) -> bool:
        """Whether IIS would give a log this name."""
        return bool(_LOG_NAME.match(re.split(r"[\\/]", self.member or self.path)[-1]))

    def open(self) -> IO[bytes]:
        """The decompressed bytes as a stream that the caller closes. Raises one of `READ_ERRORS`."""
        if self.kind == "stdin":
            return cast(IO[bytes], sys.stdin.buffer)
        if self.kind == "gzip":
            return cast(IO[bytes], _Bounded(cast(IO[bytes], gzip.open(self.path, "rb")), self.size))
        if self.kind == "zip":
            archive = zipfile.ZipFile(self.path)
            return cast(IO[bytes], _Bounded(archive.open(self.member or ""), self.size, archive))
        if self.kind == "url":
            import fsspec

            opened = fsspec.open(self.path, "rb", compression="infer").open()
            return cast(IO[bytes], _Bounded(opened, self.size) if self.path.endswith(".gz") else opened)
        return open(self.path, "rb", buffering=0)


class _Bounded:
    """A decompressing stream that stops when it turns out to be a decompression bomb."""

    def __init__(self, stream: IO[bytes], packed: int, owner: zipfile.ZipFile | None = None) -> None:
        self._stream, self._owner, self._read = stream, owner, 0
        self._limit = max(BOMB_BYTES, packed * BOMB_RATIO)

    def readinto(self, buffer: memoryview) -> int:
        # one step at a time: when the data turns out to be damaged, all that came before has been handed out
        step = getattr(self._stream, "read1", self._stream.read)
        data = step(min(len(buffer), _STEP))
        count = len(data)
        buffer[:count] = data
        self._read += count
        if self._read > self._limit:
            raise OSError(f"expands more than {BOMB_RATIO}-fold: looks like a decompression bomb")
        return count

    def close(self) -> None:
        self._stream.close()
        if self._owner is not None:
            self._owner.close()


@dataclass(slots=True)
class Found:
    """What a search gave: the files to read in order, and (path, reason) of what could not even be listed."""

    files: list[LogFile] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def find_files(sources: Source | Iterable[Source]) -> Found:
    """The files behind `sources`: files, folders (searched through), globs, URLs and ``-`` for standard input.

    A file named twice is read once. Raises SourceError where a path does not exist or a glob matches nothing.

    >>> [f.site for f in find_files("samples/W3SVC1").files][:1]
    ['W3SVC1']
    """
    found = Found()
    seen: set[str] = set()
    for source in [sources] if isinstance(sources, str | os.PathLike) else sources:
        for log in _expand(os.fspath(source), found):
            identity = log.name if log.kind in ("stdin", "url") else os.path.realpath(log.path) + f"!{log.member}"
            if identity not in seen:
                seen.add(identity)
                found.files.append(log)
    return found


def _expand(source: str, found: Found) -> Iterator[LogFile]:
    if source == "-":
        yield LogFile("<stdin>", "stdin")
    elif re.match(r"^[a-z][a-z0-9+]+://", source):
        yield from _remote(source)
    elif os.path.isdir(source):
        yield from _walk(source, found)
    elif os.path.exists(source):
        yield from _one(source, found)
    elif "\\" in source and os.sep == "/" and os.path.exists(source.replace("\\", "/")):
        yield from _expand(source.replace("\\", "/"), found)
    elif glob.has_magic(source):
        matches = sorted(glob.glob(source, recursive=True), key=natural)
        if not matches:
            raise SourceError(f"{source}: no file matches this pattern. Check the folder and the quotes around it.")
        for match in matches:
            yield from _expand(match, found)
    else:
        raise SourceError(f"{source}: there is no such file or folder. Check the path.")


def _walk(folder: str, found: Found) -> Iterator[LogFile]:
    visited: set[tuple[int, int]] = set()

    def refuse(error: OSError) -> None:
        found.skipped.append((str(error.filename), f"cannot be listed: {error.strerror}"))

    for parent, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        try:
            status = os.stat(parent)
        except OSError as error:
            refuse(error)
            continue
        if (status.st_dev, status.st_ino) in visited and status.st_ino:
            folders.clear()  # a link back to a folder that was searched already
            continue
        visited.add((status.st_dev, status.st_ino))
        folders.sort(key=natural)
        for name in sorted(names, key=natural):
            yield from _one(os.path.join(parent, name), found)


def _one(path: str, found: Found) -> Iterator[LogFile]:
    service, site = hints(path)
    try:
        size = os.stat(path).st_size
        if not os.path.isfile(path):
            found.skipped.append((path, "is not a regular file"))
        elif path.lower().endswith(".zip"):
            yield from _members(path, found)
        else:
            kind: Literal["gzip", "plain"] = "gzip" if path.lower().endswith(".gz") else "plain"
            yield LogFile(path, kind, size, None, service, site)
    except READ_ERRORS as error:
        found.skipped.append((path, why(error)))


def _members(path: str, found: Found) -> Iterator[LogFile]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            service, site = hints(path + "/" + info.filename)
            yield LogFile(path, "zip", info.compress_size, info.filename, service, site)


def _remote(url: str) -> Iterator[LogFile]:
    """The files behind an fsspec URL such as ``abfs://logs/site/`` (needs the extra ``dask``, which brings fsspec)."""
    try:
        import fsspec
    except ImportError:
        raise SourceError(f'{url}: reading URLs needs fsspec. Install it with: pip install "logan-iis[dask]"') from None
    try:
        system, path = fsspec.core.url_to_fs(url)
        protocol = url.split("://", 1)[0]
        entries = system.find(path, detail=True)
        matches = {path: system.info(path)} if not entries and system.exists(path) else entries
        if "*" in path:
            matches = {match: system.info(match) for match in system.glob(path)}
    except LoganUrlErrors as error:
        raise SourceError(f"{url}: cannot be listed: {why(error)}. Check the URL and the credentials.") from None
    if not matches:
        raise SourceError(f"{url}: there is no such file or folder. Check the URL.")
    for name, info in sorted(matches.items()):
        service, site = hints(name)
        yield LogFile(f"{protocol}://{name.lstrip('/')}", "url", int(info.get("size") or 0), None, service, site)


LoganUrlErrors = (OSError, ValueError, ImportError)


def hints(path: str) -> tuple[str | None, str | None]:
    """Service and site as the folders of a path tell them, the innermost first.

    >>> hints("C:\\\\inetpub\\\\logs\\\\LogFiles\\\\FTPSVC2\\\\u_ex261116.log"), hints("HTTPERR/httperr1.log")
    (('ftp', 'FTPSVC2'), ('httperr', None))
    """
    for part in reversed(re.split(r"[\\/]", path)[:-1]):
        match = _FOLDER.match(part)
        if match:
            return _SERVICES[match[1].upper()], match[1].upper() + match[2]
        if part.upper() == "HTTPERR":
            return "httperr", None
    return None, None


def natural(name: str) -> list[tuple[int, int | str]]:
    """A sort key under which ``httperr9.log`` comes before ``httperr10.log``."""
    return [(0, int(part)) if part.isdecimal() and part.isascii() else (1, part) for part in re.split(r"(\d+)", name)]


def why(error: BaseException) -> str:
    """The reason for an error in words that fit behind a path."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read: {error.strerror}"
    if isinstance(error, EOFError):
        return "the compressed data ends too early"
    if isinstance(error, gzip.BadGzipFile | zipfile.BadZipFile | zlib.error):
        return f"the compressed data is damaged: {error}"
    return str(error) or type(error).__name__
