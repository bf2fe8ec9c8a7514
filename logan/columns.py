"""`Columns`: a summary in numpy arrays, in which it is quick to keep in a file and to add up with many others.

Each name stands there once, keys are columns of their numbers, sums are columns of integers. What a `Summary` keeps as
labels under keys (`Groups`) is flat in here: the label is one more key.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from logan.arrays import Integers, Table, starts_of, whole_numbers
from logan.reading.parsing import Rejected
from logan.summary import Lines, Summary
from logan.tables import GROUPS, SITE, TABLES
from logan.tables.counts import Counts, Groups
from logan.tables.distinct import Sketches
from logan.tables.series import Key, Packed, Series

#: Keys that are small integers in every row, and so need no number.
_PLAIN = frozenset({"bucket", "week", "bin"})
#: The flat tables and their keys. `distinct` has a row for each hash; "… lost" says what was lost under each key.
KEYS: dict[str, tuple[str, ...]] = {
    **{name: shape.keys for name, shape in TABLES.items()},
    **{name: (*keys, label) for name, (keys, label, _) in GROUPS.items()},
    **{f"{name} lost": keys for name, (keys, _, _) in GROUPS.items()},
    "distinct": (*SITE, "client"),
}
#: Which of the keys of each table are numbers of names.
NAMED: dict[str, list[int]] = {
    name: [place for place, key in enumerate(keys) if key not in _PLAIN] for name, keys in KEYS.items()
}
#: The version of the form in which columns are kept in a file: to be raised whenever it, or a table, changes.
SCHEMA = "logan.columns/4"
#: What a summary holds besides its tables.
_HEAD = ("files", "bytes", "lines", "skipped", "rejects", "backwards")
#: The types of columns in a file: of these, the first that holds all values.
_TYPES = [np.dtype(name) for name in ("<u1", "<u2", "<u4", "<i8")]
#: Stands in place of a type for a column that needs more than 64 bits, and is kept as text.
_LARGE = len(_TYPES)


class Numbers(dict[Any, int]):
    """A number for each name, in the order of their coming. A name is text, an integer or None."""

    def __missing__(self, name: Any) -> int:
        self[name] = number = len(self)
        return number

    def of(self, names: Sequence[Any]) -> Integers:
        if names and names.count(names[0]) == len(names):  # service and site, most of the time
            return np.full(len(names), self[names[0]], np.int32)
        return np.fromiter(map(self.__getitem__, names), np.int32, len(names))


@dataclass(slots=True, eq=False)
class Rows:
    """The rows of a flat table: columns of keys, and columns of sums."""

    keys: Table
    values: Table

    def __len__(self) -> int:
        return len(self.keys[0])

    def at(self, places: Integers) -> Rows:
        return Rows(self.keys[:, places], self.values[:, places])


class Columns(NamedTuple):
    """A summary in columns. `head` is all of it that is in no table, `lost` what its tables of counts lost."""

    head: Summary
    names: Sequence[Any]
    rows: Mapping[str, Rows]
    lost: Mapping[str, int]

    @classmethod
    def of(cls, summary: Part) -> Columns:
        """The same in columns; itself if it is."""
        if isinstance(summary, Columns):
            return summary
        numbers, rows = Numbers(), dict[str, Rows]()
        for name in TABLES:
            rows[name] = _of_counts(KEYS[name], getattr(summary, name).rows, len(TABLES[name].columns), numbers)
        for name in GROUPS:
            groups: Groups = getattr(summary, name)
            rows[name] = _of_groups(KEYS[name], groups.rows, numbers)
            lost = {key: (hits,) for key, hits in groups.lost.items()}
            rows[f"{name} lost"] = _of_counts(KEYS[f"{name} lost"], lost, 1, numbers)
        rows["distinct"] = _of_sketches(summary.distinct, numbers)
        head = Summary(**{name: getattr(summary, name) for name in _HEAD})
        return cls(head, list(numbers), rows, {name: getattr(summary, name).lost for name in TABLES})

    def summary(self) -> Summary:
        """The summary that these columns hold."""
        tables: dict[str, Any] = {name: Counts(TABLES[name], self._counts(name), self.lost[name]) for name in TABLES}
        for name, (keys, label, limit) in GROUPS.items():
            lost = {key: hits for key, (hits,) in self._counts(f"{name} lost").items()}
            tables[name] = Groups(keys, label, self._groups(name), limit, lost)
        return dataclasses.replace(self.head, distinct=self._sketches(), **tables)

    def _counts(self, name: str) -> dict[Key, tuple[int, ...]]:
        rows = self.rows[name]
        return dict(zip(named(name, rows.keys, self.names), zip(*rows.values.tolist(), strict=True), strict=True))

    def _groups(self, name: str) -> Mapping[Key, Mapping[Any, int]]:
        rows = self.rows[name]
        order, starts = runs(rows.keys[:-1])
        keys = [key[:-1] for key in named(name, rows.keys[:, order[starts]], self.names)]
        groups = Packed(keys, starts, rows.keys[-1, order], rows.values[0, order])
        if KEYS[name][-1] in _PLAIN:
            return groups
        return {key: {self.names[label]: hits for label, hits in labels.items()} for key, labels in groups.items()}

    def _sketches(self) -> Sketches:
        rows = self.rows["distinct"]
        order, starts = runs(rows.keys)
        stops = np.append(starts[1:], len(order)) if len(starts) else starts
        hashes = rows.values[0, order].view(np.uint64)
        hashes = hashes[np.lexsort((hashes, np.repeat(np.arange(len(starts)), stops - starts)))]
        return Sketches(named("distinct", rows.keys[:, order[starts]], self.names), starts, stops, hashes)

    def to_bytes(self) -> bytes:
        """All of it: a line of JSON, then the arrays."""
        head: dict[str, Any] = {name: getattr(self.head, name) for name in _HEAD}
        head["lines"] = dataclasses.astuple(self.head.lines)
        head["rejects"] = [[*reject] for reject in self.head.rejects]
        columns = [column for name in KEYS for column in (*self.rows[name].keys, *self.rows[name].values)]
        types = [_smallest(column) for column in columns]
        lengths = {name: len(rows) for name, rows in self.rows.items()}
        plain = {"head": head, "names": self.names, "lost": self.lost, "lengths": lengths, "types": types}
        plain["large"] = [column.tolist() for column, kind in zip(columns, types, strict=True) if kind == _LARGE]
        line = json.dumps(plain, separators=(",", ":")).encode() + b"\n"
        return line + b"".join(
            column.astype(_TYPES[kind]).tobytes() for column, kind in zip(columns, types, strict=True) if kind != _LARGE
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Columns:
        """What `to_bytes` gave. Raises KeyError, IndexError, TypeError or ValueError for anything else."""
        place = data.index(b"\n") + 1
        plain = json.loads(data[:place])
        types, large, rows = plain["types"][::-1], plain["large"][::-1], dict[str, Rows]()
        for name, keys in KEYS.items():
            columns = []
            for _ in range(len(keys) + _width(name)):
                kind = types.pop()
                if kind == _LARGE:
                    columns.append(_large(large.pop(), plain["lengths"][name]))
                    continue
                columns.append(np.frombuffer(data, _TYPES[kind], plain["lengths"][name], place))
                place += columns[-1].nbytes
            sums = columns[len(keys) :]
            type_ = object if any(column.dtype == object for column in sums) else np.int64
            rows[name] = Rows(np.array(columns[: len(keys)], np.int32), np.array(sums, type_))
            numbers = rows[name].keys[NAMED[name]]
            if numbers.min(initial=0) < 0 or numbers.max(initial=-1) >= len(plain["names"]):
                raise ValueError("a name is missing")
        if not all(name is None or isinstance(name, str | int) for name in plain["names"]):
            raise ValueError("a name is none")
        head = plain["head"]
        counts = [head["files"], head["bytes"], *head["lines"], *(plain["lost"][name] for name in TABLES)]
        if not all(type(count) is int for count in counts):
            raise ValueError("a count is none")
        if any([*map(type, values)] != [str, int, str, str] for values in (*head["rejects"], *head["backwards"])):
            raise ValueError("a line is none")
        if any([*map(type, values)] != [str, str] for values in head["skipped"]):
            raise ValueError("a remark is none")
        head["lines"] = Lines(*head["lines"])
        head["rejects"] = tuple(Rejected(*values) for values in head["rejects"])
        for name in ("skipped", "backwards"):
            head[name] = tuple(map(tuple, head[name]))
        return cls(Summary(**head), plain["names"], rows, {name: plain["lost"][name] for name in TABLES})


#: A summary, or the same in columns.
Part = Summary | Columns


def summary_of(part: Part) -> Summary:
    """The summary that a part is or holds."""
    return part.summary() if isinstance(part, Columns) else part


def named(name: str, keys: Table, names: Sequence[Any]) -> list[Key]:
    """Keys of a flat table with their names."""
    columns: list[Iterable[Any]] = keys.tolist()
    for place in NAMED[name]:
        columns[place] = map(names.__getitem__, columns[place])
    return list(zip(*columns, strict=True))


def runs(keys: Table) -> tuple[Integers, Integers]:
    """The order in which rows of equal keys stand together, and where in it each key begins."""
    one = packed(keys)
    order = np.argsort(one, kind="stable")
    return order, starts_of(one[order])


def packed(keys: Table) -> Integers:
    """One integer for each row, equal where all of its keys are."""
    one, room = np.zeros(keys.shape[1], np.int64), 1
    for column in keys if keys.shape[1] else ():
        low = int(column.min())
        size = int(column.max()) - low + 1
        if room > (1 << 62) // size:
            known, one = np.unique(one, return_inverse=True)
            room = len(known)
        if size > 1:
            one = one * size + (column - low)
            room *= size
    return one


def _width(name: str) -> int:
    """How many columns of sums a flat table has."""
    return len(TABLES[name].columns) if name in TABLES else 1


def _smallest(column: Integers) -> int:
    """Which of the types holds a column in the fewest bytes."""
    least, most = int(column.min(initial=0)), int(column.max(initial=0))
    if least < -(1 << 63) or most >= 1 << 63:
        return _LARGE
    return 3 if least < 0 or most >= 1 << 32 else (most >= 1 << 8) + (most >= 1 << 16)


def _large(values: list[int], number: int) -> Integers:
    if len(values) != number or not all(type(value) is int for value in values):
        raise ValueError("a sum is none")
    return np.array(values, object)


def _of_keys(names: Sequence[str], keys: Sequence[Key], numbers: Numbers) -> Table:
    columns = zip(*keys, strict=True) if keys else (() for _ in names)
    return np.array([_of_key(name, column, numbers) for name, column in zip(names, columns, strict=True)], np.int32)


def _of_key(name: str, column: Sequence[Any], numbers: Numbers) -> Integers:
    return np.fromiter(column, np.int32, len(column)) if name in _PLAIN else numbers.of(column)


def _of_counts(names: Sequence[str], rows: Mapping[Key, tuple[int, ...]], width: int, numbers: Numbers) -> Rows:
    if isinstance(rows, Series):
        heads = _of_keys(names[:-1], rows.heads, numbers)
        return Rows(np.concatenate([heads[:, rows.places], rows.numbers[None, :].astype(np.int32)]), rows.sums)
    values = whole_numbers([*chain.from_iterable(rows.values())]).reshape(-1, width)
    return Rows(_of_keys(names, list(rows), numbers), np.ascontiguousarray(values.T))


def _of_groups(names: Sequence[str], groups: Mapping[Key, Mapping[Any, int]], numbers: Numbers) -> Rows:
    *above, below = names
    if isinstance(groups, Packed):
        sizes, labels, hits = np.diff(groups.bounds), groups.labels, groups.hits
    else:
        sizes = np.fromiter(map(len, groups.values()), np.int64, len(groups))
        labels = _of_key(below, list(chain.from_iterable(groups.values())), numbers)
        hits = np.fromiter(chain.from_iterable(labels.values() for labels in groups.values()), np.int64, len(labels))
    keys = np.repeat(_of_keys(above, list(groups), numbers), sizes, axis=1)
    return Rows(np.concatenate([keys, labels[None, :].astype(np.int32)]), hits[None, :])


def _of_sketches(sketches: Sketches, numbers: Numbers) -> Rows:
    sizes, hashes = sketches.parts()
    keys = np.repeat(_of_keys(KEYS["distinct"], list(sketches), numbers), sizes, axis=1)
    return Rows(keys, hashes.view(np.int64)[None, :])
