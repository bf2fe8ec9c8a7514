"""The folder of a cache: files with sums in them, each of which says what it stands for.

A file that is damaged, of another version, or stands for something else is thrown away with a remark.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from logan import __version__
from logan.columns import SCHEMA, Columns, Part
from logan.files import LogFile
from logan.selection import Selection, zone
from logan.writing import written_beside

Remark = Callable[[str], None]
#: Sums in columns, by week.
ByWeek = Mapping[str, Columns]
#: What is packed tighter than this, and larger, was not written here.
_RATIO, _LEAST_ROOM = 200, 64 << 20
#: What reading a damaged file of the cache can raise.
DAMAGE = (OSError, EOFError, zlib.error, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError)


@dataclass(slots=True)
class Stored:
    """A file of the cache: a line of JSON, which says how long the sums of each week are, and these."""

    head: dict[str, Any]
    body: bytes

    def weeks(self) -> ByWeek:
        """The sums. Raises one of `DAMAGE` where they are none."""
        weeks, place = dict[str, Columns](), 0
        for week, length in self.head["weeks"].items():
            weeks[week] = Columns.from_bytes(self.body[place : place + length])
            place += length
        if not weeks:
            raise ValueError("it stands for nothing")
        return weeks


class Store:
    """What a folder holds for one selection, by name; `remark` is told of what is thrown away."""

    def __init__(self, folder: str, selection: Selection, remark: Remark) -> None:
        self._folder, self._remark = folder, remark
        self._version = f"{SCHEMA} {__version__}"
        zones = [zone(name) for name in (selection.local_zone, selection.week_zone) if name and name.lower() == "local"]
        # "local" is another zone elsewhere, and in winter
        self._told = f"{selection!r}{[str(found) for found in zones]}"

    def name(self, log: LogFile) -> str:
        """What a file is known by, whatever is in it."""
        told = (log.member, log.path, log.service, log.site, self._told)  # the path as given names the site
        return _digest(f"{os.path.realpath(log.path)}\n{told!r}")

    def common_name(self, *parts: str) -> str:
        """What files together are known by."""
        return _digest("\n".join([*parts, self._told]))

    def read(self, name: str, instead: str) -> Stored | None:
        """What is kept under a name; None, with a remark if there is something, where it cannot be used.

        `instead` says what is done then.
        """
        path = self._path(name)
        try:
            with gzip.open(path, "rb") as stream:
                most = max(_LEAST_ROOM, os.path.getsize(path) * _RATIO)
                head = stream.readline(most)
                stored = Stored(json.loads(head), stream.read(most))
                if stream.read(1):
                    raise ValueError(f"expands more than {_RATIO}-fold")
            if stored.head["version"] != self._version:
                raise ValueError("of another version")
            if stored.head["entry"] != os.path.basename(path):
                raise ValueError("it stands for another file")
            return stored
        except FileNotFoundError:
            return None
        except DAMAGE as error:
            self.throw_away(name, error, instead)
            return None

    def throw_away(self, name: str, why: BaseException, instead: str) -> None:
        """Say that what is kept under a name is not used: it is written over the next time."""
        self._remark(f"{self._path(name)}: this cache entry is thrown away ({why}); {instead}.")

    def write(self, name: str, head: Mapping[str, Any], weeks: ByWeek) -> None:
        """Keep sums under a name, with a head of plain values."""
        path = self._path(name)
        parts = {week: columns.to_bytes() for week, columns in weeks.items()}
        whole = {
            **head,
            "version": self._version,
            "entry": os.path.basename(path),
            "weeks": {week: len(part) for week, part in parts.items()},
        }
        data = b"".join([json.dumps(whole).encode(), b"\n", *parts.values()])
        with written_beside(path) as beside, gzip.open(beside, "wb", compresslevel=1) as stream:
            stream.write(data)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, f"{name}.logan-cache")


def in_columns(parts: Mapping[str, Part]) -> ByWeek:
    """Sums by week, all of them in columns."""
    return {week: Columns.of(part) for week, part in parts.items()}


def is_lacking(weeks: ByWeek) -> bool:
    """Whether something could not be read: it may be next time, so these sums must not be kept."""
    return any(columns.head.skipped for columns in weeks.values())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
