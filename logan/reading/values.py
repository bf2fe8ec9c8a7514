"""What a date, a time and a number look like, and what they stand for, value by value and column by column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from logan.arrays import Bytes, Integers, Mask, Texts
from logan.numbering import coded

#: The largest status and sub-status; IIS writes both as 16 or 32 bit numbers.
LIMITS = {"integer32": 2**31 - 1, "integer": 2**63 - 1}
#: A clock without a battery begins in 1980. A torn year such as 9026 is no time, and would stretch each timeline.
YEARS = range(1980, 2200)
MICROSECONDS = 1_000_000
DAY = 86_400 * MICROSECONDS


def are_digits(texts: Texts) -> bool:
    """Whether all values are short numbers without a sign: by far the most frequent case, and quickly told."""
    data = _bytes_of(texts)
    return not len(data) or bool(data.min() >= 48 and data.max() <= 57 and texts.lengths.max() <= _SHORT)


def integers(texts: Texts, type_: str) -> tuple[Integers, Mask]:
    """The numbers in a column (0 where missing or none), and which values are missing or numbers of its width."""
    good = np.ones(len(texts), np.bool_)
    if are_digits(texts):
        return _digits(texts), good
    offsets, data = texts.offsets - texts.offsets[0], _bytes_of(texts)
    odd = np.flatnonzero((data < 48) | (data > 57))
    usual = texts.lengths <= _SHORT
    usual[np.searchsorted(offsets, odd, "right") - 1] = False
    values, limit = np.zeros(len(texts), np.int64), LIMITS[type_]
    values[usual] = _digits(texts.take(np.flatnonzero(usual)))
    suspects = np.flatnonzero(~usual)
    for row, value in zip(suspects.tolist(), texts.at(suspects), strict=True):
        number = integer(value, limit)
        good[row], values[row] = number is not None, number or 0
    return values, good


#: Digits of the longest numbers that are surely of 32 bits.
_SHORT = 9


def _digits(texts: Texts) -> Integers:
    """The numbers that short texts of digits are, digit by digit; 0 where there is none."""
    lengths, starts, data = texts.lengths, texts.offsets[:-1] - texts.offsets[0], _bytes_of(texts)
    values = np.zeros(len(texts), np.int64)
    for place in range(int(lengths.max(initial=0))):
        rows = slice(None) if int(lengths.min()) > place else np.flatnonzero(lengths > place)
        values[rows] = values[rows] * 10 + (data[starts[rows] + place] - 48)
    return values


_INTEGER = re.compile(rb"-?\d{1,19}")


def integer(text: bytes, limit: int = 2**63 - 1) -> int | None:
    """The number that a value stands for, or None where it is none or too large."""
    if not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    lowest = 0 if limit < 2**32 else -limit  # a status is never negative; a duration is, where a clock was set back
    return number if lowest <= number <= limit else None


def _bytes_of(texts: Texts) -> Bytes:
    return np.frombuffer(texts.joined, np.uint8)


_DATE = re.compile(rb"(\d{4})-(\d\d)-(\d\d)")
_CLOCK = re.compile(rb"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,6})\d*)?)?")


def days(texts: Texts) -> tuple[Integers, Mask | None]:
    """Microseconds since 1970 of each date, and which values are dates (None: all of them)."""
    data, count = _bytes_of(texts), len(texts)
    if count and texts.there is None and len(data) == 10 * count and bool((texts.lengths == 10).all()):
        grid = np.frombuffer(data, np.uint16).reshape(count, 5)
        if bool((grid == grid[0]).all()):  # most often a stretch of a log is of one day
            day = _day(data[:10].tobytes())
            return np.full(count, day or 0, np.int64), None if day is not None else np.zeros(count, np.bool_)
    return _by_value(texts, _day)


def clocks(texts: Texts) -> tuple[Integers, Mask | None]:
    """Microseconds since midnight of each time, and which values are times (None: all of them)."""
    data, count = _bytes_of(texts), len(texts)
    if count and texts.there is None and len(data) == 8 * count and bool((texts.lengths == 8).all()):
        pairs = np.frombuffer(data, np.uint16).reshape(count, 4)
        hours, *others = _clock_tables()
        seconds = hours[pairs[:, 0]]
        for column, table in enumerate(others, 1):
            seconds += table[pairs[:, column]]
        if int(seconds.min()) >= 0:
            return seconds.astype(np.int64) * MICROSECONDS, None
    return _by_value(texts, _clock)


def _by_value(texts: Texts, read: Callable[[bytes], int | None]) -> tuple[Integers, Mask | None]:
    """Each distinct value read once, by a function that gives None for what is none."""
    column = coded(texts)
    found = [None if value is None else read(value) for value in [*column.names.values(), None]]
    good = np.array([value is not None for value in found], np.bool_)
    return np.array([value or 0 for value in found], np.int64)[column.codes], good[column.codes]


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
