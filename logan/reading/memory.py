"""Memory of chunks, which is used again when nobody looks into it any more."""

from __future__ import annotations

import weakref
from collections import deque

import numpy as np

from logan.arrays import Bytes
from logan.reading.lines import Data

#: Bytes read at a time. Twice as many save 7 % of the time and take 80 MB more; see docs/speed.md.
CHUNK = 4 << 20


def lend(head: Data = b"") -> memoryview:
    """Memory for a chunk that begins with `head`.

    It is used again when nobody looks into it any more: asking the system for fresh memory, page by page, takes longer
    than reading a log into it.
    """
    base = _NONE
    while len(base) != CHUNK:
        try:
            base = _spare.pop()
        except IndexError:  # by trying, since another thread may have taken the last
            base = np.empty(CHUNK, np.uint8)  # a bytearray would be filled with zeros first
    array = base.view()  # which lives as long as a view of it
    lent = _Lent(array, _returned)
    lent.base = base
    _lent[id(lent)] = lent
    view = array.data
    view[: len(head)] = head
    return view


class _Lent(weakref.ref[Bytes]):
    """Memory that somebody looks into. (``weakref.finalize`` would take longer than reading a small file.)"""

    base: Bytes


def _returned(lent: weakref.ref[Bytes]) -> None:
    assert isinstance(lent, _Lent)
    _spare.append(lent.base)
    del _lent[id(lent)]


_lent: dict[int, _Lent] = {}
#: Memory of chunks that are done with; no more than some cores need at a time.
_spare: deque[Bytes] = deque(maxlen=16)
_NONE: Bytes = np.empty(0, np.uint8)
