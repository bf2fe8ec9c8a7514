"""What a line is: LF, CRLF and a lone CR end one, NULs are nothing, and its text is UTF-8."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from logan import native
from logan.arrays import Bytes

Data = bytes | memoryview
#: IIS stops at 64 KiB a line (maxLogLineLength). Longer than this is no log line, and is set aside unread.
MAX_LINE = 1 << 20


class Lines(NamedTuple):
    """Data in which every line ends in a line feed (perhaps behind a CR), but for the last, which may be unfinished.

    `total` is the number of lines. `directives` holds the offset of each ``#`` that begins a line, and the lines
    before it.
    """

    data: Data
    total: int
    directives: list[tuple[int, int]]


def tidied(data: Data, *, recode: bool, encoding: str | None = None) -> Lines:
    """The lines of some data, without NULs; with `recode` as UTF-8, from `encoding` if that is given.

    NULs come from preallocated space and torn writes. A last line of nothing but NULs is kept as a blank line.
    What is no text in `encoding` (UTF-8 if None) stays readable as ``\\xa7``.
    """
    feeds, lone, nul, high, directives = _survey(data)
    escape = high and recode and encoding is None
    if (nul or escape) and (cleaned := _cleaned(data, nul, escape)) is not data:
        data = cleaned
        feeds, lone, _, high, directives = _survey(data)
    if lone:
        data = bytes(data).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        feeds, _, _, high, directives = _survey(data)
    if high and recode and encoding is not None:
        return tidied(_mended(bytes(data), encoding), recode=False)
    return Lines(data, feeds + bool(len(data) and data[-1] != 10), directives)


def _cleaned(data: Data, nul: bool, escape: bool) -> Data:
    """The data without NULs, if there are any, and with bytes that are no UTF-8 escaped, if that is wanted; themselves
    where nothing is to be done."""
    finished = data[-1] in b"\r\n"
    cleaned: Data
    if native.kernel:
        cleaned = native.kernel.clean(data, escape)
    else:
        cleaned = bytes(data).replace(b"\0", b"") if nul else data
        if escape and not _is_utf8(cleaned):
            cleaned = b"".join(part if _is_utf8(part) else _mended(part, "utf-8") for part in _parts(bytes(cleaned)))
    if cleaned is data or finished or (len(cleaned) and cleaned[-1] not in b"\r\n"):
        return cleaned
    return bytes(cleaned) + b" "


def _mended(data: bytes, encoding: str) -> bytes:
    return data.decode(encoding, "backslashreplace").encode("utf-8", "backslashreplace")


def _parts(data: bytes) -> Iterator[bytes]:
    """Small parts that end at a line end, so that one bad byte does not have megabytes decoded."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + (1 << 15)) + 1 or len(data)
        yield data[start:end]
        start = end


def _is_utf8(data: Data) -> bool:
    try:
        str(data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True


def line_end(data: Data, start: int) -> int:
    """The offset behind the line that begins at `start`."""
    window = 4096
    while (end := bytes(data[start : start + window]).find(b"\n")) < 0 and start + window < len(data):
        window *= 16
    return start + end + 1 if end >= 0 else len(data)


_Survey = tuple[int, bool, bool, bool, list[tuple[int, int]]]


def _survey(data: Data) -> _Survey:
    """The number of line feeds; whether there is a CR without one behind it, a NUL, a byte above 127; and of each
    ``#`` that begins a line the offset and the line feeds before it."""
    if native.kernel:
        found: _Survey = native.kernel.survey(data)
        return found
    return _survey_by_numpy(np.frombuffer(data, np.uint8))


#: Bytes that are looked at together: a comparison's answers stay in the core's own cache until they are counted.
_VIEW = 1 << 20


def _survey_by_numpy(array: Bytes) -> _Survey:
    lone, feeds_seen, hashes = False, 0, []
    room = min(len(array), _VIEW)
    first, second = np.empty(room + 1, np.bool_), np.empty(room, np.bool_)
    for start in range(0, len(array), _VIEW):
        view = array[start : start + _VIEW + 1]  # and the byte behind
        size = min(len(view), _VIEW)
        feeds = np.equal(view, 10, out=first[: len(view)])
        feeds_seen += int(np.count_nonzero(feeds[:size]))
        returns = np.equal(view[:size], 13, out=second[:size])
        behind = feeds[1:]
        # true < true is false: where a CR is and no line feed behind it; and none may be the last byte of all
        lone |= bool(np.greater(returns[: len(behind)], behind, out=behind).any() or returns[len(behind) :].any())
        found = np.equal(view[:size], 35, out=second[:size])
        if found.any():
            hashes.append(np.flatnonzero(found) + start)
    offsets = np.concatenate(hashes) if hashes else np.zeros(0, np.int64)
    at_start = (offsets == 0) | (array[np.maximum(offsets, 1) - 1] == 10) if len(offsets) else offsets
    nul, high = (int(array.min()) == 0, int(array.max()) > 127) if len(array) else (False, False)
    return feeds_seen, bool(lone), nul, high, _numbered(array, offsets[at_start.astype(np.bool_)].tolist())


def _numbered(array: Bytes, offsets: list[int]) -> list[tuple[int, int]]:
    """Offsets, each with the line feeds before it."""
    found, position, feeds = [], 0, 0
    for offset in offsets:
        feeds += _count(array[position:offset])
        found.append((offset, feeds))
        position = offset
    return found


def _count(array: Bytes) -> int:
    """The line feeds in an array."""
    return sum(int(np.count_nonzero(array[at : at + _VIEW] == 10)) for at in range(0, len(array), _VIEW))
