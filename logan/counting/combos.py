"""Combinations of method, status, sub-status, win32 code, reason and kind: a log has some fifty, which are numbered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from logan.arrays import Bytes, Integers, Mask, looked_up
from logan.catalogue.kinds import HANGUPS, kind_of
from logan.reading.parsing import Batch
from logan.reading.values import integer
from logan.tables.series import Key

_VERBS = frozenset(
    b"GET POST HEAD PUT DELETE OPTIONS TRACE CONNECT PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH REPORT "
    b"RPC_IN_DATA RPC_OUT_DATA M-POST DEBUG SUBSCRIBE UNSUBSCRIBE POLL NOTIFY BPROPPATCH MERGE TRACK "
    b"USER PASS QUIT CWD CDUP PWD XPWD TYPE SYST FEAT OPTS NOOP PASV EPSV PORT EPRT LIST NLST MLSD MLST STAT SIZE MDTM "
    b"RETR STOR STOU APPE DELE MKD RMD RNFR RNTO REST ABOR AUTH PBSZ PROT CCC HOST LANG SITE ACCT REIN ALLO HELP STRU MODE "
    b"XMKD XRMD XCWD XCUP MODE CLNT MFMT SENT CREATED APPENDED "
    b"CONTROLCHANNELOPENED CONTROLCHANNELCLOSED DATACHANNELOPENED DATACHANNELCLOSED".split()
)


#: What a combination is known for, a bit for each: it is an error; its clients and durations are kept apart; its status
#: is 400 or more; it asks in vain for what the client has no business with, or for what is not there; a script failed;
#: the connection became another protocol's; it was cut off.
ERROR, NOTABLE, BAD, VAIN, MISSING, FAILED, UPGRADED, HUNG_UP = (1 << bit for bit in range(8))


class Marked(NamedTuple):
    """The rows of a batch whose combination is known for anything, and for what. Most rows are not among them."""

    rows: Integers
    marks: Bytes

    def having(self, mark: int) -> Integers:
        """The rows with one of the marks."""
        found: Integers = self.rows[self.marks & mark != 0]
        return found


class Combos:
    """The combinations of one service, in the order of their coming.

    `keys` holds (method, status, substatus, win32_status, reason_phrase, kind) of each, `marks` what it is known for.
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self.keys: list[Key] = []
        self.marks: list[int] = []
        self._place: dict[Key, int] = {}
        self._known_rows: dict[Key, int] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def numbers(self, batch: Batch) -> Integers:
        """The number of each row's combination."""
        packed, size = np.zeros(len(batch), np.int64), 1
        parts: list[tuple[int, list[Any]]] = []
        for name in ("cs_method", "sc_status", "sc_substatus", "sc_win32_status", "s_reason"):
            table, values = meanings(batch, name)
            if (column := batch.coded(name)) is not None and table is not None:
                looked_up(table * size, column, into=packed)
            parts.append((size, values))
            size *= len(values)
        if self.service == "http" and (named := _named_users(batch)) is not None:
            packed += named * size
        parts.append((size, [False, True]))
        size *= 2
        if size <= 1 << 18:
            present = np.flatnonzero(np.bincount(packed, minlength=size))
            table = np.zeros(size, np.int64)
            table[present] = self._numbers(parts, present)
            return table[packed]
        present, inverse = np.unique(packed, return_inverse=True)
        return self._numbers(parts, present)[inverse]

    def _numbers(self, parts: list[tuple[int, list[Any]]], codes: Integers) -> Integers:
        """The numbers of combinations that are given as codes of `parts`."""
        columns = [[values[n] for n in (codes // size % len(values)).tolist()] for size, values in parts]
        known = self._known_rows
        numbers = [
            self._number(*row) if (number := known.get(row)) is None else number for row in zip(*columns, strict=True)
        ]
        return np.array(numbers, np.int64)

    def _number(
        self, method: Any, status: int | None, substatus: int | None, win32: int | None, reason: str | None, user: bool
    ) -> int:
        kind = kind_of(self.service, status, substatus, win32, reason, user=user)
        key = (method, status, substatus, win32, reason, kind)
        number = self._place.get(key)
        if number is None:
            number = self._place[key] = len(self.keys)
            self.keys.append(key)
            self.marks.append(self._marks(status, substatus, win32, kind))
        self._known_rows[method, status, substatus, win32, reason, user] = number
        return number

    def _marks(self, status: int | None, substatus: int | None, win32: int | None, kind: str) -> int:
        limited = substatus in (501, 502) and self.service == "http"
        number = status or 0
        facts = {
            ERROR: kind == "error",
            NOTABLE: kind not in ("ok", "routine") or limited or self.service == "httperr",
            BAD: number >= 400,
            VAIN: 400 <= number < 500 and kind == "error",
            MISSING: status == 404,
            FAILED: status == 500,
            UPGRADED: status == 101,
            HUNG_UP: win32 in HANGUPS,
        }
        return sum(mark for mark, true in facts.items() if true)

    def marked(self, numbers: Integers) -> Marked:
        """Which of the rows, whose combinations have these numbers, are known for anything."""
        marks = np.array(self.marks, np.uint8)[numbers]
        rows = np.flatnonzero(marks != 0)  # a mask is searched five times as fast as numbers
        return Marked(rows, marks[rows])

    def those(self, wanted: Callable[[Key], bool]) -> Mask:
        """Which combinations are wanted, by number."""
        return np.array([wanted(key) for key in self.keys], np.bool_)


def meanings(batch: Batch, name: str) -> tuple[Integers | None, list[Any]]:
    """The values of a column, null first: numbers, methods without session, or text; and which of them each code of
    the column stands for (None: all are null)."""
    column = batch.coded(name)
    if column is None or column.is_empty:
        return None, [None]
    raw = column.names.values()
    if name == "cs_method":
        values: list[Any] = [_verb(value) for value in raw]
    elif name.startswith("sc_"):
        values = [integer(value) for value in raw]  # names of rows that were set aside may be among them
    else:
        values = [text(value) for value in raw]
    distinct = list(dict.fromkeys(values))
    place = {value: number + 1 for number, value in enumerate(distinct)}
    return np.array([place[value] for value in values], np.int64), [None, *distinct]


def text(value: bytes | None) -> str | None:
    """What a log holds as text; what is no UTF-8 as ``\\xa7``."""
    return None if value is None else value.decode("utf-8", "backslashreplace")


def _verb(method: bytes) -> str:
    """The method or FTP command without ``[session]``; what is none of the known ones is "other"."""
    verb = method.rpartition(b"]")[2] if method.startswith(b"[") else method
    upper = verb.upper()
    if upper not in _VERBS:
        return "other"
    return upper.decode()


def _named_users(batch: Batch) -> Mask | None:
    """Which rows carry a user name; None: none of them."""
    column = batch.coded("cs_username")
    return None if column is None or column.is_empty else column.is_there
