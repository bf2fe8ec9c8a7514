"""A segment → columns, and the lines that could not be read.

Nearly all lines are cut into columns at once (`logan.reading.cutting`). A line for which that is not enough goes down the
careful path by itself: the tokenizer of its format cuts it or gives a reason, and what it cuts joins the rows again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from logan import native
from logan.arrays import Coded, Column, Integers, Mask, Numbers, Texts
from logan.fields import column_names, field_type
from logan.formats import Layout, tokenizer
from logan.numbering import coded, joined_columns
from logan.reading.blocks import Segment
from logan.reading.cutting import Plan, Rows, Table, cut, plan, read_values, set_aside
from logan.reading.lexicon import NO_LEXICONS, Lexicon, Lexicons
from logan.reading.lines import MAX_LINE
from logan.reading.values import complaint, integers

_DASH = b"-"


class Rejected(NamedTuple):
    """A line that could not be read: where it stands (line number from 1), why, and its text."""

    path: str
    line: int
    reason: str
    text: str


@dataclass(slots=True, eq=False)
class Batch:
    """Rows of one layout as columns.

    `time` is in microseconds since 1970 UTC. `columns` holds codes, texts or numbers of `len(time)` rows by column
    name; ``-`` is missing. `blank` and `rejected` account for the other lines.
    `lexicons` tells which codes are those of other batches too.
    """

    layout: Layout
    time: Integers
    columns: dict[str, Column]
    blank: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    lexicons: Mapping[str, Lexicon] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.time)

    def coded(self, name: str) -> Coded | None:
        """A column whose values come again and again, or None where the field is not logged."""
        column = self.columns.get(name)
        assert column is None or isinstance(column, Coded)
        return column

    def integers(self, name: str) -> tuple[Integers, Mask] | None:
        """The values of a numeric column and where they are there, or None where the field is not logged."""
        column = self.columns.get(name)
        if column is None:
            return None
        if isinstance(column, Numbers):
            return column.values, column.is_there
        texts = column.names if isinstance(column, Coded) else column
        values, good = integers(texts, field_type(name))
        if not isinstance(column, Coded):
            return values, good & column.is_there
        return np.append(values, 0)[column.codes], np.append(good, False)[column.codes]

    def take(self, rows: Mask) -> Batch:
        """The batch with only the rows where the mask is true."""
        if rows.all():
            return self
        chosen = np.flatnonzero(rows)
        columns = {name: column.take(chosen) for name, column in self.columns.items()}
        if 2 * len(chosen) < len(rows):  # do not carry along the names of all the other rows
            columns = {
                name: column.compact() if isinstance(column, Coded) and name not in self.lexicons else column
                for name, column in columns.items()
            }
        return Batch(self.layout, self.time[chosen], columns, self.blank, self.rejected, self.lexicons)


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches of the same fields as one; what was rejected and blank is not carried over."""
    if len(batches) == 1:
        return batches[0]
    first = batches[0]
    lexicons = {
        name: lexicon
        for name, lexicon in first.lexicons.items()
        if all(batch.lexicons.get(name) is lexicon for batch in batches)
    }
    columns = {
        name: joined_columns([b.columns[name] for b in batches], type(column), same_names=name in lexicons)
        for name, column in first.columns.items()
    }
    return Batch(first.layout, np.concatenate([batch.time for batch in batches]), columns, lexicons=lexicons)


def parse(
    segment: Segment,
    wanted: frozenset[str] | None = None,
    lexicons: Lexicons | None = None,
    *,
    ordered: bool = True,
    careful: bool = False,
) -> Batch:
    """The rows of a segment, with the columns in `wanted` (None: all), in codes of `lexicons` where they are given.

    Unless they shall be `ordered`, rows that had to be read with care come last, which is quicker.
    `careful` sends every line down the careful path: slower, and the same result, as a property test holds.
    """
    layout, chosen = segment.layout, plan(segment.layout.fields, wanted)
    fast = layout.fast and not careful
    known = NO_LEXICONS
    if lexicons is not None and layout.service != "ftp":  # what passwords stand among shall not be kept
        known = lexicons.of(chosen.kept, segment.lines, len(segment.data))
    rows = cut(segment.data, segment.lines, chosen, known) if fast else set_aside(segment.data)
    return _Reader(segment, chosen, known, careful).batch(rows, ordered)


class _Reader:
    """One segment on its way to a batch."""

    def __init__(self, segment: Segment, wanted: Plan, lexicons: Mapping[str, Lexicon], careful: bool) -> None:
        self.segment, self.layout, self.plan, self.lexicons = segment, segment.layout, wanted, lexicons
        self.careful = careful
        self.starts = [run[0] for run in segment.runs]
        self.rejected: list[Rejected] = []

    def batch(self, rows: Rows, ordered: bool) -> Batch:
        """The rows, with those of the odd lines that can be read put among them, in the order of the file, or last."""
        blank, parts, time = rows.blank, [rows], rows.time
        order = None
        if len(rows.odd):
            mended, before, more = self._read(rows.odd)
            blank += more
            if len(mended):
                parts, time = [rows, mended], np.concatenate([time, mended.time])
            if len(mended) and ordered:
                order = np.argsort(np.concatenate([2 * np.arange(len(rows)) + 1, 2 * before]), kind="stable")
        columns = {}
        for name in self.plan.kept:
            found = [part.columns[name] for part in parts if len(part)]
            columns[name] = joined_columns(found, self.plan.types[name], same_names=name in self.lexicons)
        if self.layout.service == "ftp":
            mask_passwords(columns)
        if order is not None:
            time = time[order]
            columns = {name: column.take(order) for name, column in columns.items()}
        return Batch(self.layout, time, columns, blank, self.rejected, self.lexicons)

    def _read(self, odd: Table) -> tuple[Rows, Integers, int]:
        """The odd lines one by one: those that can be read, how many rows stand before each, and the blank ones."""
        tokens = tokenizer(self.layout)
        lines, places, blank = [], [], 0
        for number, start, stop, before in odd.tolist():
            line = bytes(self.segment.data[start:stop]).removesuffix(b"\r")
            values = _cut(line, self.layout, tokens)
            if values is None:
                blank += 1
            elif isinstance(values, str):
                self._reject(number, values, line)
            else:
                lines.append(values)
                places.append((number, line, before))
        if not lines:
            return Rows(np.zeros(0, np.int64), {}, 0, odd[:0]), np.zeros(0, np.int64), blank
        rows, bad = self._values(lines)
        for index, reason in bad.items():
            number, line, _ = places[index]
            self._reject(number, reason, line)
        return rows, np.array([place[2] for n, place in enumerate(places) if n not in bad], np.int64), blank

    def _values(self, lines: list[list[bytes]]) -> tuple[Rows, dict[int, str]]:
        """Lines that are cut already as rows, and why some of them are none, by their place."""
        text = b"\n".join(map(b" ".join, lines)) + b"\n"
        whole = text.count(b" ") == len(lines) * (len(self.plan.names) - 1) and text.count(b"\n") == len(lines)
        if native.kernel and not self.careful and whole:  # so there is no blank within a value
            rows = cut(text, len(lines), self.plan, self.lexicons)
            reasons = {index: _bad_value(lines[index], self.layout) for index in rows.odd[:, 0].tolist()}
            bad = {index: reason for index, reason in reasons.items() if reason}
            if len(bad) == len(reasons):
                return rows, bad
        rows, good = read_values(lines, self.plan)
        for name, lexicon in self.lexicons.items() if len(rows) else ():
            column = rows.columns[name]
            assert isinstance(column, Coded)
            rows.columns[name] = lexicon.coded(column)
        wrong = np.flatnonzero(~good).tolist()
        return rows, {index: _bad_value(lines[index], self.layout) or "the date does not exist" for index in wrong}

    def _reject(self, number: int, reason: str, line: bytes) -> None:
        run = bisect_right(self.starts, number) - 1
        first, path, at = self.segment.runs[run]
        text = line.decode("utf-8", "backslashreplace")
        if self.layout.service == "ftp":
            text = _PASSWORD.sub(r"\1 ***", text)  # who knows where it ends: it may hold blanks, or be torn
        self.rejected.append(Rejected(path, at + number - first, reason, text))


_PASSWORD = re.compile(r"(PASS)[ \t].*", re.IGNORECASE | re.DOTALL)
#: Whatever stands before it: torn lines have two sessions, and what is counted as PASS has to be masked as PASS.
_PASS = re.compile(rb"^(.*\])?PASS$", re.IGNORECASE | re.DOTALL)
_MASK = b"***"


def mask_passwords(columns: dict[str, Column]) -> None:
    """Put ``***`` for what stood after PASS: a password, or the e-mail address of an anonymous user."""
    methods = columns.get("cs_method")
    if not isinstance(methods, Coded):
        return
    marked = np.array([*(bool(_PASS.match(value)) for value in methods.names.values()), False], np.bool_)
    rows = np.flatnonzero(marked[methods.codes]).tolist()
    if not rows:
        return
    for name in ("cs_uri_stem", "cs_uri_query", "x_fullpath", "x_debug"):
        if name in columns:
            values: list[Any] = columns[name].to_pylist()
            for row in rows:
                values[row] = values[row] and _MASK
            texts = Texts.of(values)
            columns[name] = coded(texts) if isinstance(columns[name], Coded) else texts


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


def _bad_value(values: Sequence[bytes], layout: Layout) -> str | None:
    """Which value of a line is not what belongs there, in words; None where each by itself is."""
    columns = column_names(layout.fields)
    if not {"date", "time"} <= set(columns):
        return "the field list has no date and time"
    found = (complaint(n, c, field_type(c), v) for c, n, v in zip(columns, layout.fields, values, strict=True))
    return next((reason for reason in found if reason), None)
