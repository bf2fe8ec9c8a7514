"""A segment → columns, and the lines that could not be read.

The fast path is pyarrow.csv with the wanted columns as dictionaries or plain text. A line that it cannot cut, or that
holds something other than a number or a time where one belongs, goes down the careful path by itself: the tokenizer
of its format cuts it or gives a reason, and what it cuts joins the rows again. Both paths end in the same decoding of
numbers and times, so they cannot disagree.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv

from logan.blocks import MAX_LINE, Data, Segment, line_end
from logan.fields import column_names, field_type
from logan.formats import Layout, tokenizer

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
Codes = np.ndarray[tuple[int], np.dtype[np.int32]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]

#: What can stand between values on the careful path: the first that no line holds.
_SEPARATORS = (b"\x1f", b"\x1e", b"\x1d", b"\x1c", b"\x01", b"\x02")
#: The largest status and sub-status; IIS writes both as 16 or 32 bit numbers.
_LIMITS = {"integer32": 2**31 - 1, "integer": 2**63 - 1}
_DASH = b"-"
_MARK = b"\xef\xbb\xbf"
#: A clock without a battery begins in 1980. A torn year such as 9026 is no time, and would stretch each timeline.
YEARS = range(1980, 2200)
MICROSECONDS = 1_000_000
DAY = 86_400 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that could not be read: where it stands (line number from 1), why, and its text."""

    path: str
    line: int
    reason: str
    text: str


@dataclass(slots=True)
class Batch:
    """Rows of one layout as columns.

    `time` is in microseconds since 1970 UTC. `columns` holds Arrow arrays of `len(time)` values by column name:
    dictionaries of bytes, or plain bytes; ``-`` is null. `blank` and `rejected` account for the other lines.
    """

    layout: Layout
    time: Integers
    columns: dict[str, pa.Array]
    blank: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.time)

    def integers(self, column: str) -> tuple[Integers, Mask] | None:
        """The values of a numeric column and where they are there, or None where the field is not logged."""
        array = self.columns.get(column)
        if array is None:
            return None
        if not pa.types.is_dictionary(array.type):
            values, good = _integers(array, field_type(column))
            return values, good & there_of(array)
        values, good = _integers(array.dictionary, field_type(column))
        codes, there = codes_of(array)
        if not len(values):
            return np.zeros(len(codes), np.int64), np.zeros(len(codes), np.bool_)
        return values[codes], there & good[codes]

    def take(self, rows: Mask) -> Batch:
        """The batch with only the rows where the mask is true."""
        if rows.all():
            return self
        arrow = arrow_mask(rows)
        columns = {name: array.filter(arrow) for name, array in self.columns.items()}
        if 2 * int(np.count_nonzero(rows)) < len(rows):  # do not carry along the names of all the other rows
            columns = {name: _compact(array) for name, array in columns.items()}
        return Batch(self.layout, self.time[rows], columns, self.blank, self.rejected)


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches of the same fields as one; what was rejected and blank is not carried over."""
    if len(batches) == 1:
        return batches[0]
    first = batches[0]
    columns = {
        name: _joined([batch.columns[name] for batch in batches], first.columns[name].type) for name in first.columns
    }
    return Batch(first.layout, np.concatenate([batch.time for batch in batches]), columns)


def parse(segment: Segment, wanted: frozenset[str] | None = None, *, careful: bool = False) -> Batch:
    """The rows of a segment, with the columns in `wanted` (None: all).

    `careful` sends every line down the careful path: slower, and the same result, as a property test holds.
    """
    layout = segment.layout
    if not layout.fields:
        return _none_readable(segment)
    reader = _Reader(segment, _plan(layout.fields, wanted))
    if layout.fast and not careful:
        return reader.fast()
    return reader.careful()


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which columns of a layout are read, as what, and which of them are kept."""

    names: tuple[str, ...]
    read: tuple[str, ...]
    kept: tuple[str, ...]
    types: dict[str, pa.DataType]


@lru_cache(64)
def _plan(fields: tuple[str, ...], wanted: frozenset[str] | None) -> _Plan:
    """What to read. Numbers are always read, so that a line is rejected or not whatever columns are asked for."""
    names = column_names(fields)
    read = tuple(n for n in names if wanted is None or n in wanted or n in ("date", "time") or field_type(n) in _LIMITS)
    kept = tuple(n for n in read if n not in ("date", "time") and (wanted is None or n in wanted))
    return _Plan(names, read, kept, {n: _DICTIONARY if _is_repeated(n) else pa.binary() for n in read})


def _is_repeated(column: str) -> bool:
    """Whether a column is read as a dictionary: where values come again and again, and something is done with them."""
    kind = field_type(column)
    return column in _CODES or (kind not in _LIMITS and kind != "text" and column not in ("date", "time"))


_CODES = frozenset({"sc_status", "sc_substatus", "sc_win32_status"})
_DICTIONARY = pa.dictionary(pa.int32(), pa.binary())


class _Reader:
    """One segment on its way to a batch."""

    def __init__(self, segment: Segment, plan: _Plan) -> None:
        self.segment, self.layout, self.plan = segment, segment.layout, plan
        self.starts = [run[0] for run in segment.runs]
        self.rejected: list[Rejected] = []
        self.blank = 0

    def fast(self) -> Batch:
        data = self.segment.data
        if _overlong(data):
            return self.careful()
        odd: list[int] = []

        def set_aside(row: csv.InvalidRow) -> str:
            odd.append(row.number - 1)
            return "skip"

        try:
            table = _read_csv(data, self.plan, " ", set_aside)
        except pa.ArrowInvalid:  # nothing but blank lines
            return self.careful()
        if table.num_rows == self.segment.lines:  # so there are no blank lines, and none that was set aside
            time, good = _validate(table, self.plan)
            if good is None:
                return self._batch([table], time, None)
            lines = numbers = np.arange(table.num_rows)
            ends = _line_ends(data)
        else:
            ends = _line_ends(data)
            numbers = _filled_lines(data, ends)
            self.blank = len(ends) - len(numbers)
            lines = np.delete(numbers, odd) if odd else numbers
            if len(lines) != table.num_rows:  # e.g. a tab or a lone quote that the CSV reader took in its own way
                return self.careful()
            time, good = _validate(table, self.plan)
        keep = np.ones(len(lines), np.bool_) if good is None else good
        suspects = np.union1d(numbers[odd], lines[~keep]) if odd else lines[~keep]
        return self._mend(table, time, keep, lines, suspects, ends)

    def careful(self) -> Batch:
        data = self.segment.data
        ends = _line_ends(data)
        everything = np.arange(len(ends))
        self.blank = 0
        none = np.zeros(0, np.int64)
        return self._mend(None, none, np.zeros(0, np.bool_), none, everything, ends)

    def _mend(
        self, table: pa.Table | None, time: Integers, keep: Mask, lines: Integers, suspects: Integers, ends: Integers
    ) -> Batch:
        """Read the suspects one by one and put those that can be read back among the rows, in the order of the file."""
        rows: list[list[bytes]] = []
        numbers: list[int] = []
        cut = tokenizer(self.layout)
        for number in suspects.tolist():
            line = self._text(number, ends)
            result = _cut(line, self.layout, cut)
            if result is None:
                self.blank += 1
            elif isinstance(result, str):
                self._reject(number, result, line)
            else:
                rows.append(result)
                numbers.append(number)
        parts, times, orders = [], [time[keep]], [lines[keep]]
        if table is not None and table.num_rows:
            parts.append(table.filter(arrow_mask(keep)) if not keep.all() else table)
        if rows:
            mended = _read_rows(rows, self.plan)
            moments, good = _validate(mended, self.plan)
            good = np.ones(len(rows), np.bool_) if good is None else good
            for index in np.flatnonzero(~good).tolist():
                reason = _bad_value(rows[index], self.layout)
                self._reject(numbers[index], reason, self._text(numbers[index], ends))
            parts.append(mended if good.all() else mended.filter(arrow_mask(good)))
            times.append(moments[good])
            orders.append(np.array(numbers, np.int64)[good])
        order = np.concatenate(orders)
        return self._batch(parts, np.concatenate(times), None if len(times) == 1 else np.argsort(order, kind="stable"))

    def _text(self, number: int, ends: Integers) -> bytes:
        start = int(ends[number - 1]) + 1 if number else 0
        return bytes(self.segment.data[start : int(ends[number])]).removesuffix(b"\r")

    def _reject(self, number: int, reason: str, line: bytes) -> None:
        run = bisect_right(self.starts, number) - 1
        first, path, at = self.segment.runs[run]
        text = line.decode("utf-8", "backslashreplace")
        if self.layout.service == "ftp":
            text = _PASSWORD.sub(r"\1 ***", text)
        self.rejected.append(Rejected(path, at + number - first, reason, text))

    def _batch(self, tables: Sequence[pa.Table], time: Integers, order: Integers | None) -> Batch:
        columns = {}
        for name in self.plan.kept:
            columns[name] = _joined([_single(table.column(name)) for table in tables], self.plan.types[name])
        if self.layout.service == "ftp":
            mask_passwords(columns)
        if order is not None:
            index = pa.Array.from_buffers(
                pa.int64(), len(order), [None, pa.py_buffer(order.astype(np.int64).tobytes())]
            )
            time = time[order]
            columns = {name: array.take(index) for name, array in columns.items()}
        return Batch(self.layout, time, columns, self.blank, self.rejected)


_PASSWORD = re.compile(r"(PASS)[ \t]+\S+", re.IGNORECASE)
#: Whatever stands before it: torn lines have two sessions, and what is counted as PASS has to be masked as PASS.
_PASS = re.compile(rb"^(.*\])?PASS$", re.IGNORECASE | re.DOTALL)
_MASK = b"***"


def mask_passwords(columns: dict[str, pa.Array]) -> None:
    """Put ``***`` for what stood after PASS: a password, or the e-mail address of an anonymous user."""
    methods = columns.get("cs_method")
    if methods is None or not len(methods):
        return
    marked = np.array([bool(_PASS.match(value)) for value in methods.dictionary.to_pylist()], np.bool_)
    if not marked.any():
        return
    codes, there = codes_of(methods)
    rows = marked[codes] & there
    for name in ("cs_uri_stem", "cs_uri_query", "x_fullpath", "x_debug"):
        if name in columns:
            values = columns[name].to_pylist()
            for row in np.flatnonzero(rows).tolist():
                values[row] = values[row] and _MASK
            dictionary = pa.types.is_dictionary(columns[name].type)
            columns[name] = dictionary_array(values) if dictionary else binary_array(values)


def binary_array(values: Sequence[bytes | None]) -> pa.Array:
    """Bytes as an Arrow array. (``pa.array`` would import pandas, which costs more than reading a small log.)"""
    lengths = np.fromiter((len(value or b"") for value in values), np.int32, len(values))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    there = np.fromiter((value is not None for value in values), np.bool_, len(values))
    valid = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little").tobytes())
    data = b"".join(value or b"" for value in values)
    return pa.Array.from_buffers(pa.binary(), len(values), [valid, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)])


def dictionary_array(values: Sequence[bytes | None]) -> pa.DictionaryArray:
    """Bytes as an Arrow dictionary array that holds no value which no row has."""
    return binary_array(values).dictionary_encode()


def _none_readable(segment: Segment) -> Batch:
    """A batch without rows, for lines above the first ``#Fields``."""
    reader = _Reader(segment, _Plan((), (), (), {}))
    ends = _line_ends(segment.data)
    filled = _filled_lines(segment.data, ends)
    reader.blank = len(ends) - len(filled)
    for number in filled.tolist():
        line = reader._text(number, ends)
        if line.strip():
            reader._reject(number, "no #Fields line above this row says what its values are", line)
        else:
            reader.blank += 1
    return reader._batch([], np.zeros(0, np.int64), None)


def _cut(line: bytes, layout: Layout, cut: Any) -> list[bytes] | str | None:
    """The values of a line, a reason why there are none, or None for a blank line."""
    if not line.strip():
        return None
    if len(line) > MAX_LINE:
        return f"longer than {MAX_LINE >> 20} MiB, which no IIS log line is"
    result: list[bytes] | str = cut(line, layout)
    if isinstance(result, list):
        return [value or _DASH for value in result]
    return result


def _read_rows(rows: list[list[bytes]], plan: _Plan) -> pa.Table:
    """Values that have been cut already, through the same CSV reader as all others."""
    data = b"\n".join(b"\0".join(row) for row in rows)
    separator = next((mark for mark in _SEPARATORS if mark not in data), None)
    if separator is None:  # a line made to hold them all
        separator = _SEPARATORS[0]
        data = data.replace(separator, b"?")
    data = data.replace(b"\0", separator).replace(b"\r", b"?")
    return _read_csv(data, plan, separator.decode(), None)


def _line_ends(data: Data) -> Integers:
    """The offset of the end of each line; a last line without a line feed ends with the data."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
    return ends if not len(data) or data[-1] == 10 else np.append(ends, len(data))


def _overlong(data: Data) -> bool:
    """Whether a line may be longer than `MAX_LINE`: where it is not, each half of that holds a line end."""
    half = MAX_LINE // 2
    return any(line_end(data, start) > start + half for start in range(0, len(data) - half, half))


def _filled_lines(data: Data, ends: Integers) -> Integers:
    """The numbers of the lines that hold something, which the CSV reader will see."""
    lengths = np.diff(ends, prepend=-1) - 1
    short = np.flatnonzero(lengths <= 1)
    last = np.frombuffer(data, np.uint8)[ends[short] - 1]
    blank = short[(lengths[short] == 0) | (last == 13)]
    return np.delete(np.arange(len(ends)), blank) if len(blank) else np.arange(len(ends))


def _read_csv(data: Data, plan: _Plan, delimiter: str, handler: Any) -> pa.Table:
    if data[: len(_MARK)] == _MARK:  # the CSV reader takes one away, and this one belongs to a value
        data = _MARK + bytes(data)
    return csv.read_csv(
        pa.py_buffer(data),
        read_options=csv.ReadOptions(column_names=plan.names, use_threads=False, block_size=len(data) + 1),
        parse_options=csv.ParseOptions(
            delimiter=delimiter, quote_char=False, escape_char=False, invalid_row_handler=handler
        ),
        convert_options=csv.ConvertOptions(
            include_columns=plan.read,
            column_types=plan.types,
            null_values=["-", ""],
            strings_can_be_null=True,
            check_utf8=False,
        ),
    )


def _single(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _joined(arrays: list[pa.Array], type_: pa.DataType) -> pa.Array:
    if len(arrays) == 1:
        return arrays[0]
    if not arrays:
        empty = pa.Array.from_buffers(pa.binary(), 0, [None, pa.py_buffer(b"\0\0\0\0"), pa.py_buffer(b"")])
        if type_ == pa.binary():
            return empty
        indices = pa.Array.from_buffers(pa.int32(), 0, [None, pa.py_buffer(b"")])
        return pa.DictionaryArray.from_arrays(indices, empty)
    chunked = pa.chunked_array(arrays)
    return pa.concat_arrays((chunked if type_ == pa.binary() else chunked.unify_dictionaries()).chunks)


def arrow_mask(mask: Mask) -> pa.Array:
    """A mask of numpy as one of Arrow."""
    return pa.Array.from_buffers(
        pa.bool_(), len(mask), [None, pa.py_buffer(np.packbits(mask, bitorder="little").tobytes())]
    )


def codes_of(array: pa.DictionaryArray) -> tuple[Codes, Mask]:
    """The codes of a dictionary array (0 where null) and where there is a value."""
    indices = array.indices
    codes = np.frombuffer(indices.buffers()[1], np.int32, len(indices), indices.offset * 4)
    there = there_of(indices)
    return codes if not indices.null_count else codes * there, there


def there_of(array: pa.Array) -> Mask:
    """Where an array is not null."""
    if not array.null_count:
        return np.ones(len(array), np.bool_)
    bits = np.frombuffer(array.buffers()[0], np.uint8)
    return np.unpackbits(bits, count=array.offset + len(array), bitorder="little")[array.offset :].view(np.bool_)


def _compact(array: pa.Array) -> pa.Array:
    return array.dictionary_decode().dictionary_encode() if pa.types.is_dictionary(array.type) else array


def _validate(table: pa.Table, plan: _Plan) -> tuple[Integers, Mask | None]:
    """The times of the rows, and which rows hold what belongs there (None: all of them)."""
    if "date" not in plan.read or "time" not in plan.read:
        return np.zeros(table.num_rows, np.int64), np.zeros(table.num_rows, np.bool_)
    days, day_good = _days(_single(table.column("date")))
    clocks, clock_good = _clocks(_single(table.column("time")))
    masks = [day_good, clock_good]
    for name in plan.read:
        if field_type(name) in _LIMITS:
            array = _single(table.column(name))
            if not pa.types.is_dictionary(array.type):
                masks.append(None if _are_digits(array) else _integers(array, field_type(name))[1])
            else:
                _, good = _integers(array.dictionary, field_type(name))
                if not good.all():
                    codes, there = codes_of(array)
                    masks.append(good[codes] | ~there)
    bad = [mask for mask in masks if mask is not None and not mask.all()]
    return days + clocks, np.logical_and.reduce(bad) if bad else None


def _are_digits(array: pa.Array) -> bool:
    """Whether all values are short numbers without a sign: by far the most frequent case, and quickly told."""
    text = _bytes_of(array)
    return not len(text) or bool(text.min() >= 48 and text.max() <= 57 and _lengths(array).max() <= 9)


def _integers(array: pa.Array, type_: str) -> tuple[Integers, Mask]:
    """The numbers in a column (0 where null or none), and which values are null or numbers of its width."""
    good = np.ones(len(array), np.bool_)
    if _are_digits(array):
        numbers = array.cast(pa.string()).cast(pa.int64())
        values = np.frombuffer(numbers.buffers()[1], np.int64, len(numbers), numbers.offset * 8)
        return values if not array.null_count else np.where(there_of(array), values, 0), good
    offsets, text = _offsets(array), _bytes_of(array)
    odd = np.flatnonzero((text < 48) | (text > 57)) + offsets[0]
    usual = _lengths(array) <= 9
    usual[np.searchsorted(offsets, odd, "right") - 1] = False
    suspects = np.flatnonzero(~usual)  # (union1d would import numpy.ma)
    values, limit = np.zeros(len(array), np.int64), _LIMITS[type_]
    values[usual] = _integers(array.filter(arrow_mask(usual)), type_)[0] if usual.any() else 0
    index = pa.Array.from_buffers(pa.int64(), len(suspects), [None, pa.py_buffer(suspects.astype(np.int64).tobytes())])
    for row, value in zip(suspects.tolist(), array.take(index).to_pylist(), strict=True):
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


def _days(array: pa.Array) -> tuple[Integers, Mask | None]:
    """Microseconds since 1970 of each date, and which values are dates (None: all of them)."""
    text, count = _bytes_of(array), len(array)
    if count and not array.null_count and len(text) == 10 * count and bool((_lengths(array) == 10).all()):
        grid = np.frombuffer(text, np.uint16).reshape(count, 5)
        if bool((grid == grid[0]).all()):  # most often a stretch of a log is of one day
            day = _day(text[:10].tobytes())
            return np.full(count, day or 0, np.int64), None if day is not None else np.zeros(count, np.bool_)
    return _by_value(array, _day)


def _clocks(array: pa.Array) -> tuple[Integers, Mask | None]:
    """Microseconds since midnight of each time, and which values are times (None: all of them)."""
    text, count = _bytes_of(array), len(array)
    if count and not array.null_count and len(text) == 8 * count and bool((_lengths(array) == 8).all()):
        pairs = np.frombuffer(text, np.uint16).reshape(count, 4)
        seconds = _HOURS[pairs[:, 0]]
        for column, table in enumerate((_TENS, _ONES, _SECONDS), 1):
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


#: A time is read as four pairs of characters: ``12``, ``:3``, ``4:``, ``56``.
_HOURS = _pairs([f"{n:02}" for n in range(24)], 3600)
_TENS = _pairs([f":{n}" for n in range(6)], 600)
_ONES = _pairs([f"{n}:" for n in range(10)], 60)
_SECONDS = _pairs([f"{n:02}" for n in range(60)], 1)


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


def _bad_value(values: Sequence[bytes], layout: Layout) -> str:
    """Which value of a line is not what belongs there, in words."""
    columns: Iterable[tuple[str, str, bytes]] = zip(column_names(layout.fields), layout.fields, values, strict=True)
    if not {"date", "time"} <= set(column_names(layout.fields)):
        return "the field list has no date and time"
    for column, name, value in columns:
        shown = value[:40].decode("utf-8", "backslashreplace")
        if column == "date" and value == _DASH:
            return "no date: neither in the row nor in a #Date line above it"
        if column in ("date", "time"):
            good = _DATE.fullmatch(value) if column == "date" else _CLOCK.fullmatch(value)
            if not good or (column == "time" and _clock(value) is None):
                return f"{name} is no {column}: {shown!r}"
            if column == "date" and int(value[:4]) not in YEARS:
                return f"the year is not between {YEARS.start} and {YEARS.stop - 1}: {shown!r}"
        elif field_type(column) in _LIMITS and value != _DASH and integer(value, _LIMITS[field_type(column)]) is None:
            return f"{name} is no number: {shown!r}"
    return "the date does not exist"
