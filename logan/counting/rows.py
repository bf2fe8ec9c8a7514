"""The rows of a batch as counters need them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from logan.arrays import Codes, Integers
from logan.counting.combos import Marked
from logan.reading.parsing import Batch
from logan.reading.values import MICROSECONDS

#: Time is kept in quarters of an hour of UTC: days and weeks of every time zone on earth cut exactly there.
BUCKET = 900 * MICROSECONDS
#: The columns that are counted; others are not read.
WANTED = frozenset(
    "s_sitename cs_method cs_uri_stem cs_uri_query cs_uri cs_username c_ip cs_referer sc_status sc_substatus "
    "sc_win32_status sc_bytes cs_bytes time_taken s_siteid s_reason s_queuename".split()
)


#: Which client a row came from, as codes and the names they stand for.
ClientOf = Callable[[Batch], tuple[Codes, list[bytes | None]]]


def client_address(batch: Batch) -> tuple[Codes, list[bytes | None]]:
    """The address of the connection, `c-ip`."""
    column = batch.coded("c_ip")
    if column is None:
        return np.zeros(len(batch), np.int32), [None]
    names = column.names.values()
    return np.where(column.is_there, column.codes, len(names)).astype(np.int32), [*names, None]


class Rows(NamedTuple):
    """What the counters need of one batch, by row. `bucket` is the quarter of an hour, `low` the earliest of them."""

    batch: Batch
    time: Integers
    bucket: Integers
    low: int
    buckets: int
    combo: Integers
    marked: Marked
    uri: Integers
    client: Integers
    sent: Integers | None
    received: Integers | None
    #: the rows that count for latency (None: all), and the duration in ms of those
    timed: Integers | None
    taken: Integers
