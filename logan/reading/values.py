"""What a date, a time and a number look like, and what they stand for, value by value and column by column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pyarrow as pa

from logan.arrays import Integers, Mask, arrow_mask, codes_of, index_array, there_of

#: The largest status and sub-status; IIS writes both as 16 or 32 bit numbers.
LIMITS = {"integer32": 2**31 - 1, "integer": 2**63 - 1}
#: A clock without a battery begins in 1980. A torn year such as 9026 is no time, and would stretch each timeline.
YEARS = range(1980, 2200)
MICROSECONDS = 1_000_000
DAY = 86_400 * MICROSECONDS


_FEW = 100


def are_digits(array: pa.Array) -> bool:
    """Whether all values are short numbers without a sign: by far the most frequent case, and quickly told."""
    text = _bytes_of(array)
    return not len(text) or bool(text.min() >= 48 and text.max() <= 57 and _lengths(array).max() <= 9)


def integers(array: pa.Array, type_: str) -> tuple[Integers, Mask]:
    """The numbers in a column (0 where null or none), and which values are null or numbers of its width."""
    good = np.ones(len(array), np.bool_)
    if len(array) <= _FEW:  # Arrow's cast imports its compute module, which takes longer than a small log
        found = [0 if value is None else integer(value, LIMITS[type_]) for value in array.to_pylist()]
        return np.array([number or 0 for number in found], np.int64), np.array([n is not None for n in found], np.bool_)
    if are_digits(array):
        numbers = array.cast(pa.string()).cast(pa.int64())
        values = np.frombuffer(numbers.buffers()[1], np.int64, len(numbers), numbers.offset * 8)
        return values if not array.null_count else np.where(there_of(array), values, 0), good
    offsets, text = _offsets(array), _bytes_of(array)
    odd = np.flatnonzero((text < 48) | (text > 57)) + offsets[0]
    usual = _lengths(array) <= 9
    usual[np.searchsorted(offsets, odd, "right") - 1] = False
    suspects = np.flatnonzero(~usual)  # (union1d would import numpy.ma)
    values, limit = np.zeros(len(array), np.int64), LIMITS[type_]
    values[usual] = integers(array.filter(arrow_mask(usual)), type_)[0] if usual.any() else 0
    for row, value in zip(suspects.tolist(), array.take(index_array(suspects)).to_pylist(), strict=True):
        number = integer(value, limit)
        good[row], values[row] = number is not None, number or 0
    return values, good


_INTEGER = re.compile(rb"-?\d{1,19}")


def integer(text: bytes, limit: int = 2**63 - 1) -> int | None:
    """The number that a value stands for, or None where it is none or too large."""
    if not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    lowest = 0 if limit < 2**32 else -limit  # a status is never negative; a duration is, where a clock was set back
    return number if lowest <= number <= limit else None


def _offsets(array: pa.Array) -> Integers:
    return np.frombuffer(array.buffers()[1], np.int32, len(array) + 1, array.offset * 4).astype(np.int64)


def _lengths(array: pa.Array) -> Integers:
    return np.diff(_offsets(array))


def _bytes_of(array: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    buffer = array.buffers()[2]
    offsets = _offsets(array)
    if buffer is None or not len(array):
        return np.zeros(0, np.uint8)
    return np.frombuffer(buffer, np.uint8)[offsets[0] : offsets[-1]]


_DATE = re.compile(rb"(\d{4})-(\d\d)-(\d\d)")
_CLOCK = re.compile(rb"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,6})\d*)?)?")


def days(array: pa.Array) -> tuple[Integers, Mask | None]:
    """Microseconds since 1970 of each date, and which values are dates (None: all of them)."""
    text, count = _bytes_of(array), len(array)
    if count and not array.null_count and len(text) == 10 * count and bool((_lengths(array) == 10).all()):
        grid = np.frombuffer(text, np.uint16).reshape(count, 5)
        if bool((grid == grid[0]).all()):  # most often a stretch of a log is of one day
            day = _day(text[:10].tobytes())
            return np.full(count, day or 0, np.int64), None if day is not None else np.zeros(count, np.bool_)
    return _by_value(array, _day)


def clocks(array: pa.Array) -> tuple[Integers, Mask | None]:
    """Microseconds since midnight of each time, and which values are times (None: all of them)."""
    text, count = _bytes_of(array), len(array)
    if count and not array.null_count and len(text) == 8 * count and bool((_lengths(array) == 8).all()):
        pairs = np.frombuffer(text, np.uint16).reshape(count, 4)
        hours, *others = _clock_tables()
        seconds = hours[pairs[:, 0]]
        for column, table in enumerate(others, 1):
            seconds += table[pairs[:, column]]
        if int(seconds.min()) >= 0:
            return seconds.astype(np.int64) * MICROSECONDS, None
    return _by_value(array, _clock)


def _by_value(array: pa.Array, read: Callable[[bytes], int | None]) -> tuple[Integers, Mask | None]:
    """Each distinct value read once, by a function that gives None for what is none."""
    encoded = array.dictionary_encode()
    found = [read(value) for value in encoded.dictionary.to_pylist()]
    codes, there = codes_of(encoded)
    if not found:
        return np.zeros(len(array), np.int64), there
    good = np.array([value is not None for value in found], np.bool_)
    return np.array([value or 0 for value in found], np.int64)[codes], there & good[codes]


def _pairs(texts: Sequence[str], step: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """The seconds that two characters stand for, by those characters as a 16-bit number; far below 0 for others."""
    table = np.full(1 << 16, -(1 << 28), np.int32)
    table[np.frombuffer("".join(texts).encode(), np.uint16)] = np.arange(len(texts)) * step
    return table


@cache
def _clock_tables() -> tuple[np.ndarray[tuple[int], np.dtype[np.int32]], ...]:
    """A time is read as four pairs of characters: ``12``, ``:3``, ``4:``, ``56``."""
    return (
        _pairs([f"{n:02}" for n in range(24)], 3600),
        _pairs([f":{n}" for n in range(6)], 600),
        _pairs([f"{n}:" for n in range(10)], 60),
        _pairs([f"{n:02}" for n in range(60)], 1),
    )


def _day(text: bytes) -> int | None:
    if not _DATE.fullmatch(text) or int(text[:4]) not in YEARS:
        return None
    try:
        return int(np.datetime64(text.decode(), "D").astype(np.int64)) * DAY
    except ValueError:
        return None


def _clock(text: bytes) -> int | None:
    match = _CLOCK.fullmatch(text)
    if not match:
        return None
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or 0)
    fraction = int((match[4] or b"").ljust(6, b"0"))
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return (hours * 3600 + minutes * 60 + seconds) * MICROSECONDS + fraction


def complaint(name: str, column: str, type_: str, value: bytes) -> str | None:
    """What is wrong with a value where a date, a time or a number belongs, in words; None where nothing is."""
    shown = value[:40].decode("utf-8", "backslashreplace")
    if column == "date" and value == b"-":
        return "no date: neither in the row nor in a #Date line above it"
    if column in ("date", "time"):
        good = _DATE.fullmatch(value) if column == "date" else _CLOCK.fullmatch(value)
        if not good or (column == "time" and _clock(value) is None):
            return f"{name} is no {column}: {shown!r}"
        if column == "date" and int(value[:4]) not in YEARS:
            return f"the year is not between {YEARS.start} and {YEARS.stop - 1}: {shown!r}"
    elif type_ in LIMITS and value != b"-" and integer(value, LIMITS[type_]) is None:
        return f"{name} is no number: {shown!r}"
    return None
