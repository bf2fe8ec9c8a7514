"""Batches ↔ DataFrames: the only place where columns become a frame and a frame becomes columns again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logan.arrays import Coded, Codes, Column, Mask
from logan.arrow import from_arrow, to_arrow
from logan.counting.rows import WANTED
from logan.exceptions import OptionError
from logan.fields import column_name, field_type, known_fields
from logan.formats import Layout
from logan.reading.parsing import Batch

if TYPE_CHECKING:
    import pandas as pd

CATEGORY = pa.dictionary(pa.int32(), pa.string())
TIME = pa.timestamp("us", tz="UTC")
_TYPES: dict[str, pa.DataType] = {
    "integer32": pa.int32(),
    "integer": pa.int64(),
    "category": CATEGORY,
    "text": pa.string(),
}
#: The columns that a frame always begins with.
LEADING = ("timestamp", "service", "site")
#: Under which name a frame carries along which fields the logs of each site have: its columns are those of all sites.
ATTRIBUTE = "logan.fields"
#: Columns that a log never leaves empty, and the one whose emptiness says that no proxy was there.
_FILLED = frozenset({"sc_substatus", "sc_win32_status", "time_taken", "sc_bytes", "cs_bytes", "x_forwarded_for"})
#: The field lists of each service and site.
Logged = dict[tuple[str, str | None], set[tuple[str, ...]]]


def arrow_type(column: str) -> pa.DataType:
    """The Arrow type of a column of a frame."""
    if column == "timestamp":
        return TIME
    return CATEGORY if column in ("service", "site") else _TYPES[field_type(column)]


def table_of(batch: Batch, sites: Sequence[str | None], places: Codes, columns: frozenset[str] | None) -> pa.Table:
    """A batch as a typed Arrow table; `places` says which of the sites each row is of."""
    count = len(batch)
    parts: dict[str, pa.Array] = {
        "timestamp": pa.array(batch.time, pa.int64()).cast(pa.timestamp("us")).cast(TIME),
        "service": _labelled([batch.layout.service or "http"], np.zeros(count, np.int32)),
        "site": _labelled(sites, places),
    }
    for name, column in batch.columns.items():
        if columns is None or name in columns:
            parts[name] = _typed(batch, name, column)
    return pa.table({name: array for name, array in parts.items() if columns is None or name in columns})


def _labelled(labels: Sequence[str | None], places: Codes) -> pa.DictionaryArray:
    there = [label for label in labels if label is not None]
    if not there:
        return pa.nulls(len(places), CATEGORY)
    codes = np.array([-1 if label is None else there.index(label) for label in labels], np.int32)[places]
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(there, pa.string()))


def _typed(batch: Batch, name: str, column: Column) -> pa.Array:
    wanted = field_type(name)
    if wanted in ("integer32", "integer"):
        found = batch.integers(name)
        assert found is not None
        return pa.array(found[0], pa.int64(), mask=~found[1]).cast(_TYPES[wanted])
    array = to_arrow(column)
    if not isinstance(column, Coded):
        return array.cast(pa.string())
    return pa.DictionaryArray.from_arrays(array.indices, array.dictionary.cast(pa.string()))


def column_order(names: Iterable[str]) -> list[str]:
    """Columns in the order of a frame: time, service, site, then known fields in HTTP.sys' order, then all others."""
    present = dict.fromkeys(names)
    known = [field.column for field in known_fields()]
    order = [name for name in (*LEADING, *known) if name in present]
    return order + [name for name in present if name not in order]


def joined(tables: list[pa.Table], columns: frozenset[str] | None) -> pa.Table:
    """Tables of different field lists as one: their union, null where a log does not hold a field."""
    names = column_order(name for table in tables for name in table.column_names)
    if not tables:
        names = [*LEADING, "sc_status", "sc_substatus", "sc_win32_status"]
        names = [name for name in names if columns is None or name in columns]
    schema = pa.schema([pa.field(name, arrow_type(name)) for name in names])
    full = [
        pa.table({n: t.column(n) if n in t.column_names else pa.nulls(len(t), arrow_type(n)) for n in names}, schema)
        for t in tables
    ]
    whole: pa.Table = pa.concat_tables(full) if full else schema.empty_table()
    return whole.unify_dictionaries()


def to_pandas(table: pa.Table, logged: Logged | None = None) -> pd.DataFrame:
    """An Arrow table as a frame with Arrow-backed columns; nothing is copied. What was `logged` goes along."""
    import pandas as pd

    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    if logged:
        frame.attrs[ATTRIBUTE] = _noted(logged)
    return frame


def _noted(logged: Logged) -> str:
    """The fields of each site as text, which pandas copies for nothing and Parquet keeps."""
    sites = sorted(logged.items(), key=lambda item: (item[0][0], item[0][1] is not None, item[0][1]))
    return json.dumps([[*who, *_split(sorted(layouts))] for who, layouts in sites])


def _split(layouts: list[tuple[str, ...]]) -> tuple[list[str], list[str]]:
    """The fields that all of some field lists have, and those that only some have."""
    names = dict.fromkeys(name for layout in layouts for name in layout)
    always = [name for name in names if all(name in layout for layout in layouts)]
    return always, [name for name in names if name not in always]


def batches(frame: pd.DataFrame) -> Iterator[Batch]:
    """The rows of a frame as batches, one for each service and site. Raises OptionError where `timestamp` is missing."""
    if "timestamp" not in frame.columns:
        raise OptionError(
            "the frame has no column timestamp. Use a frame from logan.read, or name your columns like it."
        )
    time = _microseconds(frame["timestamp"])
    columns = {name: _column(frame[name]) for name in frame.columns if name in WANTED or name == "x_forwarded_for"}
    noted, usual = _fields_noted(frame), _usual_fields(frame)
    services = _labels(frame, "service", "http")
    sites = _labels(frame, "site", None)
    for service in dict.fromkeys(services.tolist()):
        for site in dict.fromkeys(sites[services == service].tolist()):
            rows = (services == service) & (np.array([s is None for s in sites]) if site is None else sites == site)
            mine = {n: a for n, a in columns.items() if n not in ("s_sitename", "s_siteid")}
            always, sometimes = noted.get((service, site), usual)
            for fields, part in _by_fields(frame, rows, sometimes):
                yield Batch(Layout("w3c", service, site, (*always, *fields)), time, mine).take(part)


def _fields_noted(frame: pd.DataFrame) -> dict[tuple[str, str | None], tuple[list[str], list[str]]]:
    """What `to_pandas` noted of each site, as far as the frame still has the columns."""
    there = {*map(str, frame.columns)}
    return {
        (service, site): ([n for n in always if column_name(n) in there], [n for n in some if column_name(n) in there])
        for service, site, always, some in json.loads(frame.attrs.get(ATTRIBUTE, "[]"))
    }


def _usual_fields(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """The fields of a frame of which nothing is noted: a row has what it has a column for, but for the fields that no
    log leaves empty."""
    known = [field for field in known_fields() if field.column in frame.columns]
    filled = [field.names[0] for field in known if field.column in _FILLED]
    return [field.names[0] for field in known if field.column not in _FILLED], filled


def _by_fields(frame: pd.DataFrame, rows: Mask, sometimes: list[str]) -> Iterator[tuple[tuple[str, ...], Mask]]:
    """The rows parted by which of the fields that some logs lack hold a value in them.

    Whether a row without one is of a log that lacks the field cannot be told from the frame; it is told of each row by
    itself, so that the summaries of two parts of a frame add up to that of the whole.
    """
    parts: list[tuple[tuple[str, ...], Mask]] = [((), rows)]
    for name in sometimes:
        there = frame[column_name(name)].notna().to_numpy(bool)
        parts = [
            (found, part)
            for fields, mask in parts
            for found, part in (((*fields, name), mask & there), (fields, mask & ~there))
            if part.any()
        ]
    yield from parts


def _labels(frame: pd.DataFrame, name: str, default: str | None) -> np.ndarray[Any, np.dtype[np.object_]]:
    if name not in frame.columns:
        return np.full(len(frame), default, object)
    values = pa.array(frame[name]).cast(pa.string()).to_pylist()
    return np.array([default if value is None else value for value in values], object)


def _microseconds(times: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    array = pa.array(times)
    if array.null_count:
        raise OptionError("the frame has rows without a timestamp. Leave them out: frame[frame.timestamp.notna()].")
    micros: np.ndarray[Any, np.dtype[np.int64]] = pc.cast(array, TIME, safe=False).cast(pa.int64()).to_numpy()
    return micros


def _column(series: pd.Series[Any]) -> Column:
    """A column of a frame as the parser would have read it: codes, or texts."""
    array = pa.array(series)
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_floating(array.type):
        array = array.cast(pa.int64())
    array = array.cast(pa.string()).cast(pa.binary())
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], pa.binary())
    column: Column = from_arrow(array if field_type(str(series.name)) == "text" else array.dictionary_encode())
    return column
