"""A segment → rows: lines cut at single blanks into columns, and the lines for which that is not enough.

There are two ways to the same rows, held to each other by tests: the compiled `logan._kernel`, and pyarrow.csv where
that could not be compiled. Neither guesses: a line that they cannot cut, or that holds something other than a number
or a time where one belongs, is named as odd, and `logan.reading.parsing` reads it with care.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from logan import native
from logan.arrays import Coded, Column, Integers, Mask, Numbers, Texts
from logan.fields import column_names, field_type
from logan.numbering import coded
from logan.reading.lexicon import NO_LEXICONS, Lexicon
from logan.reading.lines import MAX_LINE, Data, line_end
from logan.reading.values import LIMITS, are_digits, clocks, days, integers

_MARK = b"\xef\xbb\xbf"
_CODES = frozenset({"sc_status", "sc_substatus", "sc_win32_status"})
#: How `logan._kernel` calls what is made of a field.
_SKIP, _DATE, _TIME, _DICTIONARY, _TEXT, _NUMBER, _CHECKED, _CODE = range(8)
_NARROW = 16


class Plan(NamedTuple):
    """Which columns of a layout are read, as what, and which of them are kept; `kinds` is the same for the kernel."""

    names: tuple[str, ...]
    read: tuple[str, ...]
    kept: tuple[str, ...]
    types: dict[str, type[Column]]
    kinds: bytes

    @property
    def timed(self) -> bool:
        """Whether the rows say when they happened; without, none of them can be read."""
        return "date" in self.read and "time" in self.read


@lru_cache(64)
def plan(fields: tuple[str, ...], wanted: frozenset[str] | None) -> Plan:
    """What to read. Numbers are always read, so that a line is rejected or not whatever columns are asked for."""
    names = column_names(fields)
    read = tuple(n for n in names if wanted is None or n in wanted or n in ("date", "time") or field_type(n) in LIMITS)
    kept = tuple(n for n in read if n not in ("date", "time") and (wanted is None or n in wanted))
    types = {n: Coded if is_repeated(n) else Numbers if field_type(n) in LIMITS else Texts for n in read}
    return Plan(names, read, kept, types, bytes(_kind(n, n in read, n in kept) for n in names))


def is_repeated(column: str) -> bool:
    """Whether a column is read as codes: where values come again and again, and something is done with them."""
    kind = field_type(column)
    return column in _CODES or (kind not in LIMITS and kind != "text" and column not in ("date", "time"))


def _kind(column: str, read: bool, kept: bool) -> int:
    type_ = field_type(column)
    if column in ("date", "time"):
        return _DATE if column == "date" else _TIME
    if type_ in LIMITS:
        number = _CODE if column in _CODES else _NUMBER
        return (number if kept else _CHECKED) | (_NARROW if LIMITS[type_] < 2**32 else 0)
    return _SKIP if not read else _DICTIONARY if is_repeated(column) else _TEXT


@dataclass(slots=True, eq=False)
class Rows:
    """What came of a segment: rows as columns, and odd lines.

    `odd` has a row for each of these: its number from 0, where it starts and ends in the data, and how many of the
    rows stand before it.
    """

    time: Integers
    columns: dict[str, Column]
    blank: int
    odd: Table

    def __len__(self) -> int:
        return len(self.time)


Table = np.ndarray[tuple[int, int], np.dtype[np.int64]]


def cut(data: Data, lines: int, wanted: Plan, lexicons: Mapping[str, Lexicon] = NO_LEXICONS) -> Rows:
    """The rows of `lines` lines, each of which ends in a line feed, perhaps with a CR before it.

    Columns of which there are `lexicons`, with room for as many lines and bytes, are in codes of these.
    """
    if not wanted.timed:
        return set_aside(data)
    return _by_kernel(data, lines, wanted, lexicons) if native.kernel else _by_arrow(data, lines, wanted)


def set_aside(data: Data) -> Rows:
    """No rows: all lines are odd."""
    ends = _line_ends(data)
    starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
    odd = np.stack([np.arange(len(ends)), starts, ends, np.zeros(len(ends), np.int64)], axis=1)
    return Rows(np.zeros(0, np.int64), {}, 0, odd)


def _by_kernel(data: Data, lines: int, wanted: Plan, lexicons: Mapping[str, Lexicon]) -> Rows:
    assert native.kernel
    names = tuple([lexicons[name].names if name in lexicons else None for name in wanted.names])
    try:
        _, rows, blank, time, odd, columns = native.kernel.cut(data, lines, wanted.kinds, names)
    except ValueError:  # more than 512 fields or 2 GiB
        return set_aside(data)
    found = {
        name: _column(wanted.types[name], rows, lexicons.get(name), *column)
        for name, column in zip(wanted.kept, columns, strict=True)
    }
    return Rows(np.frombuffer(time, np.int64, rows), found, blank, np.frombuffer(odd, np.int64).reshape(-1, 4))


def _column(
    kind: type[Column],
    rows: int,
    lexicon: Lexicon | None,
    present: bytes | None,
    numbers: bytes | None,
    values: tuple[bytes, bytes] | None,
) -> Column:
    """A column that looks into the memory which the kernel filled."""
    there = None if present is None else np.frombuffer(present, np.bool_, rows)
    if kind is Texts:
        assert values
        return Texts.from_parts(values, there)
    assert numbers is not None
    if kind is Numbers:
        return Numbers(np.frombuffer(numbers, np.int64, rows), there)
    codes = np.frombuffer(numbers, np.int32, rows)
    if lexicon is not None:
        return Coded(codes, lexicon.texts())
    assert values
    return Coded(codes, Texts.from_parts(values))


def _by_arrow(data: Data, lines: int, wanted: Plan) -> Rows:
    import pyarrow as pa

    if _overlong(data):
        return set_aside(data)
    skipped: list[int] = []

    def skip(row: Any) -> str:
        skipped.append(row.number - 1)
        return "skip"

    try:
        found = _read_csv(data, wanted, skip)
    except pa.ArrowInvalid:  # nothing but blank lines
        return set_aside(data)
    count = len(found["date"])
    if count == lines:  # so there are no blank lines, and none that was skipped
        rows, good = _decoded(found, count, wanted)
        if good is None:
            return rows
        ends, filled = _line_ends(data), np.arange(lines)
    else:
        ends = _line_ends(data)
        filled = _filled_lines(data, ends)
        if len(filled) - len(skipped) != count:
            return set_aside(data)  # e.g. a tab or a lone quote that the CSV reader took in its own way
        rows, good = _decoded(found, count, wanted)
    there = np.delete(filled, skipped) if skipped else filled
    bad = np.zeros(0, np.int64) if good is None else there[~good]
    odd = np.sort(np.concatenate([filled[skipped], bad]))
    rows = rows if good is None else _chosen(rows, good)
    before = np.searchsorted(there if good is None else there[good], odd)
    starts = np.where(odd > 0, ends[odd - 1] + 1, 0)
    return Rows(rows.time, rows.columns, len(ends) - len(filled), np.stack([odd, starts, ends[odd], before], axis=1))


def _chosen(rows: Rows, mask: Mask) -> Rows:
    chosen = np.flatnonzero(mask)
    columns = {name: column.take(chosen) for name, column in rows.columns.items()}
    # nothing of a line that was rejected stays among names: it may be a password
    columns = {name: column.compact() if isinstance(column, Coded) else column for name, column in columns.items()}
    return Rows(rows.time[mask], columns, rows.blank, rows.odd)


def read_values(lines: list[list[bytes]], wanted: Plan) -> tuple[Rows, Mask]:
    """Values that have been cut already as rows, and which lines these are: those that hold what belongs there."""
    columns = dict(zip(wanted.names, zip(*lines, strict=True), strict=True))
    found: dict[str, Texts | Coded] = {}
    for name in wanted.read:
        texts = Texts.of([None if value in (b"-", b"") else value for value in columns[name]])
        found[name] = coded(texts) if wanted.types[name] is Coded else texts
    rows, good = _decoded(found, len(lines), wanted)
    return (rows, np.ones(len(lines), np.bool_)) if good is None else (_chosen(rows, good), good)


def _read_csv(data: Data, wanted: Plan, handler: Callable[[Any], str]) -> dict[str, Texts | Coded]:
    import pyarrow as pa  # which the compiled part does without
    from pyarrow import csv

    from logan.arrow import DICTIONARY, from_arrow

    if data[: len(_MARK)] == _MARK:  # the CSV reader takes one away, and this one belongs to a value
        data = _MARK + bytes(data)
    table = csv.read_csv(
        pa.py_buffer(data),
        read_options=csv.ReadOptions(column_names=wanted.names, use_threads=False, block_size=len(data) + 1),
        parse_options=csv.ParseOptions(delimiter=" ", quote_char=False, escape_char=False, invalid_row_handler=handler),
        convert_options=csv.ConvertOptions(
            include_columns=wanted.read,
            column_types={n: DICTIONARY if wanted.types[n] is Coded else pa.binary() for n in wanted.read},
            null_values=["-", ""],
            strings_can_be_null=True,
            check_utf8=False,
        ),
    )
    return {name: from_arrow(table.column(name)) for name in wanted.read}


def _decoded(found: dict[str, Texts | Coded], count: int, wanted: Plan) -> tuple[Rows, Mask | None]:
    """Rows with times and numbers, and which of them hold what belongs there (None: all of them)."""
    if not wanted.timed:
        return Rows(np.zeros(count, np.int64), {}, 0, _NONE), np.zeros(count, np.bool_)
    columns: dict[str, Column] = {**found}
    day, day_good = days(_texts(found["date"]))
    clock, clock_good = clocks(_texts(found["time"]))
    masks = [day_good, clock_good]
    for name in wanted.read:
        column, type_ = found[name], field_type(name)
        if type_ not in LIMITS:
            continue
        if isinstance(column, Coded):
            _, good = integers(column.names, type_)
            if not good.all():
                masks.append(np.append(good, True)[column.codes])  # and what is missing is well
        elif name in wanted.kept:
            values, good = integers(column, type_)
            masks.append(good)
            there = column.is_there & good
            columns[name] = Numbers(values, None if there.all() else there)
        elif not are_digits(column):
            masks.append(integers(column, type_)[1])
    bad = [mask for mask in masks if mask is not None and not mask.all()]
    rows = Rows(day + clock, {name: columns[name] for name in wanted.kept}, 0, _NONE)
    return rows, np.logical_and.reduce(bad) if bad else None


def _texts(column: Texts | Coded) -> Texts:
    assert isinstance(column, Texts)
    return column


_NONE = np.zeros((0, 4), np.int64)


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
