"""Explanations beside the rows of a frame.

A log holds few distinct combinations of service, status, sub-status, win32 code and reason: each is explained once, and
the new columns are dictionaries that point to those texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from logan.catalogue.kinds import kind_of
from logan.catalogue.lookup import Explanation, lookup

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Integers = npt.NDArray[np.int64]

#: The columns that `annotate` adds.
ADDED = ("title", "meaning", "causes", "remedies", "kind")
_KEY = ("service", "sc_status", "sc_substatus", "sc_win32_status", "s_reason", "cs_username", "cs_method")
_KINDS = {"error": "failure", "hangup": "noise", "routine": "noise"}
_EVENTS = frozenset({"ControlChannelOpened", "ControlChannelClosed", "DataChannelOpened", "DataChannelClosed"})


class _Row(NamedTuple):
    """What a row is explained by; None for what it has not."""

    service: str
    status: int | None
    substatus: int | None
    win32: int | None
    reason: str | None
    user: bool


def annotate(frame: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """A copy of `frame` with title, meaning, causes, remedies and kind beside each row.

    `causes` and `remedies` are one text each, their parts separated by " | ". `kind` is "ok", "failure", "handshake"
    (a normal step of an authentication) or "noise" (nobody was refused anything). The new columns are Arrow
    dictionaries; `lang` is "en" or "zh". Columns that the frame lacks are taken as not logged.
    """
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    numbers, rows = _distinct(frame)
    # A column that is empty for a whole service comes from joining files with different fields: not logged there.
    logged = {row.service for row in rows if row.substatus is not None}
    told = [_told(row, lang, substatus_logged=row.service in logged) for row in rows]
    columns: dict[str, Any] = {}
    for position, name in enumerate(ADDED):
        codes, texts = pd.factorize(np.array([texts[position] for texts in told], dtype=object))
        indices = codes.astype(np.int32)[numbers] if len(codes) else np.zeros(0, np.int32)
        dictionary = pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(list(texts), pa.string()))
        dtype = pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
        columns[name] = pd.Series(pd.array(dictionary, dtype=dtype), index=frame.index)
    return frame.assign(**columns)


def _told(row: _Row, lang: str, *, substatus_logged: bool) -> tuple[str, str, str, str, str]:
    found: Explanation = lookup(
        row.service, row.status, row.substatus, row.win32, row.reason, substatus_logged=substatus_logged
    )
    text = found.text(lang)
    kind = kind_of(row.service, row.status, row.substatus, row.win32, row.reason, user=row.user)
    return text.title, text.meaning, " | ".join(text.causes), " | ".join(text.remedies), _KINDS.get(kind, kind)


def _distinct(frame: pd.DataFrame) -> tuple[Integers, list[_Row]]:
    """The distinct combinations of a frame, and for each row the number of its combination."""
    import numpy as np
    import pandas as pd

    keys = np.zeros(len(frame), np.int64)
    values: list[Sequence[Any]] = []
    for name in _KEY:
        codes, uniques = _codes(frame, name)
        keys = keys * (len(uniques) + 1) + codes + 1  # 0 stands for "not there"
        keys, seen = pd.factorize(keys)  # keeps the numbers small, so that no product of columns overflows
        values = [
            *([column[old] for old in (seen // (len(uniques) + 1)).tolist()] for column in values),
            [None if code == 0 else uniques[code - 1] for code in (seen % (len(uniques) + 1)).tolist()],
        ]
    return keys, [_row(*parts) for parts in zip(*values, strict=True)]


def _codes(frame: pd.DataFrame, name: str) -> tuple[Integers, Sequence[Any]]:
    """A column as numbers of its distinct values; -1 where there is none."""
    import numpy as np
    import pandas as pd

    if name not in frame.columns:
        return np.full(len(frame), -1, np.int64), []
    column = frame[name]
    if name == "cs_username":
        return np.where(column.isna().to_numpy(bool), -1, 0).astype(np.int64), [True]
    codes, uniques = pd.factorize(column)
    if name != "cs_method":
        return codes.astype(np.int64), list(uniques)
    # Of the methods only the channel events of FTP matter here: they stand for the status that such rows lack.
    number = np.array([value if str(value) in _EVENTS else -1 for value in uniques], dtype=object)
    events = [value for value in number if isinstance(value, str)]
    places = np.array([events.index(value) if isinstance(value, str) else -1 for value in number] + [-1], np.int64)
    return places[codes], events


def _row(service: Any, status: Any, substatus: Any, win32: Any, reason: Any, user: Any, event: Any) -> _Row:
    reason = None if reason is None else str(reason)
    service = str(service) if service is not None else "httperr" if reason else "http"
    return _Row(service, _number(status), _number(substatus), _number(win32), reason or event, bool(user))


def _number(value: Any) -> int | None:
    return None if value is None else int(value)
