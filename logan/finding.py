"""Paths, globs, folders, archives, URLs and standard input, as a list of files to be read.

Nothing is opened here but archives, whose members have to be listed. Whether a file is a log is told from its
content when it is read. This module never follows a name found inside a log or an archive to a path on disk.
"""

from __future__ import annotations

import glob
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from logan.exceptions import SourceError
from logan.files import READ_ERRORS, LogFile, Source, as_os_errors, is_named, shown, why

_FOLDER = re.compile(r"^(W3SVC|MSFTPSVC|FTPSVC|SMTPSVC)(\d+)$", re.IGNORECASE)
_SERVICES = {"W3SVC": "http", "MSFTPSVC": "ftp", "FTPSVC": "ftp", "SMTPSVC": "smtp"}
_URL = re.compile(r"^[a-z][a-z0-9+]+://", re.IGNORECASE)
#: What is left of a URL that was made a path.
_ONE_SLASH = re.compile(r"^(https?|ftps?|sftp|ssh|s3a?|gcs?|gs|abfss?|az|adl|wasbs?|hdfs|smb):[/\\]", re.IGNORECASE)


@dataclass(slots=True, eq=False)
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
        for log, path in _expand(os.fspath(source), found):
            identity = f"{path}!{log.member}"
            if identity not in seen:
                seen.add(identity)
                found.files.append(log)
    return found


def _expand(source: str, found: Found) -> Iterator[tuple[LogFile, str]]:
    """The files behind one source, each with the path that it has without links."""
    if source == "-":
        yield LogFile("<stdin>", "stdin"), "<stdin>"
    elif url := _URL.match(source):
        yield from ((log, log.path) for log in _remote(url[0].lower() + source[url.end() :], found))
    elif os.path.isdir(source):
        yield from _walk(source, found)
    elif os.path.exists(source):
        real = os.path.realpath(source)
        yield from ((log, real) for log in _one(source, found))
    elif "\\" in source and os.sep == "/" and os.path.exists(source.replace("\\", "/")):
        yield from _expand(source.replace("\\", "/"), found)
    elif _ONE_SLASH.match(source):
        raise SourceError(
            f"{shown(source)}: there is no such file or folder.\n"
            "Give a URL as text with two slashes; a pathlib.Path keeps only one of them."
        )
    elif glob.has_magic(source):
        matches = sorted(_matches(source) or _matches(source.replace("\\", "/")), key=natural)
        if not matches:
            raise SourceError(
                f"{shown(source)}: no file matches this pattern. Check the folder and the quotes around it."
            )
        for match in matches:
            if os.path.exists(match):
                yield from _expand(match, found)
            else:
                found.skipped.append((match, "is a link that leads nowhere"))
    else:
        raise SourceError(f"{shown(source)}: there is no such file or folder. Check the path.")


def _matches(pattern: str) -> set[str]:
    """The files and folders that match a glob. ``**`` goes through each folder once: glob's own walks in circles
    where two links lead back, for longer than anybody waits."""
    head, mark, tail = re.split(r"[\\/]" if os.sep == "\\" else "/", pattern), "", ""
    if "**" in head:
        at = head.index("**")
        head, mark, tail = head[:at], "**", os.sep.join(head[at + 1 :])
    if not mark:
        return set(glob.glob(pattern))
    start = os.sep.join(head) or (os.sep if pattern.startswith(("/", os.sep)) else os.curdir)
    roots = glob.glob(start) if glob.has_magic(start) else [start]
    if not tail:
        return set(roots)
    found: set[str] = set()
    for root in roots:
        for folder, _ in _folders(root, lambda error: None):
            found |= _matches(os.path.join(glob.escape(os.path.normpath(folder)), tail))
    return found


def _walk(folder: str, found: Found) -> Iterator[tuple[LogFile, str]]:
    def refuse(error: OSError) -> None:
        found.skipped.append((str(error.filename), f"cannot be listed: {error.strerror}"))

    for parent, names in _folders(folder, refuse):
        real = os.path.realpath(parent)
        for name in sorted(names, key=natural):
            if name.endswith(".logan-cache"):  # which `--cache` keeps in there
                continue
            path = os.path.join(parent, name)
            # as it is listed, a name is its own, so only a link has to be looked up, folder by folder
            own = os.path.realpath(path) if os.path.islink(path) else os.path.join(real, name)
            for log in _one(path, found):
                yield log, own


def _folders(folder: str, refuse: Callable[[OSError], None]) -> Iterator[tuple[str, list[str]]]:
    """Each folder below `folder` once, links followed, with the names of its files."""
    visited: set[tuple[int, int]] = set()
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
        yield parent, names


def _one(path: str, found: Found) -> Iterator[LogFile]:
    service, site = hints(path)
    try:
        status = os.stat(path)
        size = status.st_size
        if not stat.S_ISREG(status.st_mode):
            found.skipped.append((path, "is not a regular file"))
        elif path.lower().endswith(".zip"):
            yield from _members(path, found)
        else:
            kind: Literal["gzip", "plain"] = "gzip" if path.lower().endswith(".gz") else "plain"
            yield LogFile(path, kind, size, None, service, site)
    except READ_ERRORS as error:
        found.skipped.append((path, why(error)))


def _members(path: str, found: Found) -> Iterator[LogFile]:
    with as_os_errors(), zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
    for info in infos:
        if not info.filename.endswith("/"):  # is_dir() stumbles over a name of nothing
            yield LogFile(path, "zip", info.compress_size, info.filename, *hints(path + "/" + info.filename))


def _remote(url: str, found: Found) -> Iterator[LogFile]:
    """The files behind an fsspec URL such as ``abfs://logs/site/`` (needs the extra ``dask``, which brings fsspec)."""
    try:
        import fsspec
    except ImportError:
        raise SourceError(
            f'{shown(url)}: reading URLs needs fsspec. Install it with: pip install "logan-iis[dask]"'
        ) from None
    try:
        with as_os_errors():
            system, path = fsspec.core.url_to_fs(url)
            matches = _listed(system, path)
    except FileNotFoundError:
        matches = {}
    except READ_ERRORS as error:
        reason = why(error).removeprefix("cannot be read: ")
        raise SourceError(f"{shown(url)}: cannot be listed: {reason}. Check the URL and the credentials.") from None
    if not matches:
        raise SourceError(f"{shown(url)}: there is no such file or folder. Check the URL.")
    for name, info in sorted(matches.items(), key=lambda item: [natural(part) for part in item[0].split("/")]):
        yield from _one_remote(_address(url, path, name), int(info.get("size") or 0), found)


def _listed(system: Any, path: str) -> dict[str, Any]:
    """The files of an fsspec file system at a path, below it or matching it, with what is known of each."""
    if "*" in path:
        return {match: info for match, info in system.glob(path, detail=True).items() if info["type"] == "file"}
    return cast(dict[str, Any], system.find(path, detail=True)) or _file_at(system, path)


def _file_at(system: Any, path: str) -> dict[str, Any]:
    """The file at a path, if it is one. Raises what kept the file system from asking.

    HTTP's calls whatever went wrong "not found", with the reason behind it: a host that does not answer, too.
    """
    try:
        info = system.info(path)
    except FileNotFoundError as error:
        reason = error.__cause__
        if "http" not in system.protocol or reason is None or getattr(reason, "status", None) in (404, 410):
            raise
        raise reason from None
    return {path: info} if info["type"] == "file" else {}


def _one_remote(url: str, size: int, found: Found) -> Iterator[LogFile]:
    if not is_named(url, ".zip"):
        yield LogFile(url, "url", size, None, *hints(url))
        return
    try:
        import fsspec

        with as_os_errors(), fsspec.open(url, "rb").open() as opened, zipfile.ZipFile(opened) as archive:
            infos = archive.infolist()
    except READ_ERRORS as error:
        found.skipped.append((shown(url), why(error)))
        return
    for info in infos:
        if not info.filename.endswith("/"):  # is_dir() stumbles over a name of nothing
            yield LogFile(url, "url", info.compress_size, info.filename, *hints(f"{url}/{info.filename}"))


def _address(url: str, path: str, name: str) -> str:
    """The URL of a file that was listed as `name`, where `url` is listed as `path`; it keeps host and account.

    >>> _address("abfs://logs/site/", "logs/site", "logs/site/u_ex1.log")
    'abfs://logs/site/u_ex1.log'
    >>> _address("abfss://logs@account.dfs.core.windows.net/site", "logs/site", "logs/site/u_ex1.log")
    'abfss://logs@account.dfs.core.windows.net/site/u_ex1.log'
    >>> _address("sftp://web01/logs", "/logs", "/logs/u_ex1.log")
    'sftp://web01/logs/u_ex1.log'
    >>> _address("sftp://anna:geheim@web01/", "/", "/u_ex1.log")
    'sftp://anna:geheim@web01/u_ex1.log'
    """
    protocol, rest = url.split("://", 1)
    authority = rest.split("/", 1)[0]
    container = authority.split("@")[0]
    if "://" in name:
        return name
    if "@" in authority and path.split("/", 1)[0] == container:
        return f"{protocol}://{authority}{name[len(container) :]}"
    if path.startswith("/") and rest.rstrip("/").endswith(path.rstrip("/")) and path.strip("/"):
        return url.rstrip("/").removesuffix(path.rstrip("/")) + name
    if path == "/" or (authority and not path):  # the root, of which the host is no part
        return f"{protocol}://{authority}/{name.lstrip('/')}"
    return f"{protocol}://{name.lstrip('/')}"


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
