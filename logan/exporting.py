"""Annotated rows to Parquet, CSV or JSON Lines, block by block, so that memory does not grow with the logs."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from logan.annotation import annotate
from logan.exceptions import BadLineError, OptionError, SourceError
from logan.fields import column_names
from logan.files import Source
from logan.finding import find_files
from logan.frames import LEADING, arrow_type, column_order, table_of, to_pandas
from logan.reading.blocks import Block, blocks, segments
from logan.reading.parsing import parse
from logan.reading.scanning import Tally
from logan.reading.sites import sites_of
from logan.selection import Selection
from logan.writing import cell, written_beside

ANNOTATIONS = ("title", "meaning", "causes", "remedies", "kind")
#: Rows of one row group of a Parquet file.
_GROUP = 250_000


def export(
    source: Source | Iterable[Source],
    path: str,
    *,
    lang: str = "en",
    selection: Selection | None = None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write the annotated rows of some logs to `path`; returns how many.

    The ending decides: ``.parquet``, ``.csv`` or ``.jsonl``. A path that ends in a slash, or is a folder, becomes a folder of
    Parquet files partitioned by service, site and date. Cells of a CSV file that a spreadsheet would run are defused.
    Raises OptionError for another ending, SourceError where nothing can be read or written.
    """
    chosen = selection or Selection()
    logs = find_files(source).files
    if any(log.kind == "stdin" for log in logs):
        raise OptionError("export reads its logs twice and cannot take standard input. Save them to a file first.")
    work = list(blocks(logs))
    schema = _schema(work, chosen)
    kind = _kind(path)
    rows = 0
    with _WRITERS[kind](path, schema) as write:
        for block in work:
            for table in _tables(block, chosen, schema, lang):
                write(table)
                rows += len(table)
            if progress:
                progress(block.size)
    return rows


def _kind(path: str) -> str:
    ending = os.path.splitext(path)[1].lower().lstrip(".")
    if path.endswith(("/", "\\")) or os.path.isdir(path):
        return "folder"
    if ending not in ("parquet", "csv", "jsonl"):
        raise OptionError(f"{path}: export writes .parquet, .csv, .jsonl, or a folder (end it with a slash).")
    return ending


def _schema(work: Sequence[Block], selection: Selection) -> pa.Schema:
    """The union of all field lists: a first, quick reading that only looks at the headers."""
    names: dict[str, None] = dict.fromkeys(LEADING)
    tally = Tally()
    for block in work:
        for segment in segments(block, tally, encoding=selection.encoding):
            names.update(dict.fromkeys(n for n in column_names(segment.layout.fields) if n not in ("date", "time")))
    if not tally.files:
        reason = f" {tally.skipped[0][0]}: {tally.skipped[0][1]}." if tally.skipped else ""
        raise SourceError(f"no log files found.{reason}")
    typed = [pa.field(name, arrow_type(name)) for name in column_order(names)]
    return pa.schema([*typed, *(pa.field(name, pa.dictionary(pa.int32(), pa.string())) for name in ANNOTATIONS)])


def _tables(block: Block, selection: Selection, schema: pa.Schema, lang: str) -> Iterator[pa.Table]:
    client_of = selection.client_of()
    for segment in segments(block, Tally(), encoding=selection.encoding):
        batch = parse(segment)
        if batch.rejected and selection.on_bad_lines == "error":
            worst = min(batch.rejected, key=lambda r: (r.path, r.line))
            raise BadLineError(worst.path, worst.line, worst.reason, worst.text[:400])
        if batch.layout.local:
            batch.time = selection.in_utc(batch.time)
        mask = selection.rows(batch, client_of) if selection.filters else None
        rows = batch if mask is None else batch.take(mask)
        sites, places = sites_of(rows)
        if selection.sites:
            wanted = np.array([(site or "").upper() in selection.sites for site in sites], np.bool_)[places]
            rows, places = rows.take(wanted), places[wanted]
        if len(rows):
            yield _annotated(table_of(rows, sites, places, None), schema, lang)


def _annotated(table: pa.Table, schema: pa.Schema, lang: str) -> pa.Table:
    frame = annotate(to_pandas(table), lang=lang)
    words = pa.Table.from_pandas(frame[list(ANNOTATIONS)], preserve_index=False)
    columns = []
    for field in schema:
        source = words if field.name in ANNOTATIONS else table
        have = field.name in source.column_names
        columns.append(source.column(field.name).cast(field.type) if have else pa.nulls(len(table), field.type))
    return pa.table(columns, schema=schema)


@contextmanager
def _parquet(path: str, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    with written_beside(path) as beside, pq.ParquetWriter(beside, schema, compression="zstd") as writer:
        yield lambda table: writer.write_table(table, row_group_size=_GROUP)


@contextmanager
def _folder(path: str, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    """service=/site=/date= as Hive writes it; names made from the log are escaped by pyarrow, never taken as paths."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    keys = pa.schema([("service", pa.string()), ("site", pa.string()), ("date", pa.string())])
    number = 0

    def write(table: pa.Table) -> None:
        nonlocal number
        plain = table
        for name in ("service", "site"):
            plain = plain.set_column(plain.schema.get_field_index(name), name, plain.column(name).cast(pa.string()))
        plain = plain.append_column("date", pc.strftime(plain.column("timestamp"), format="%Y-%m-%d"))
        ds.write_dataset(
            plain, path, format="parquet", partitioning=ds.partitioning(keys, flavor="hive"),
            basename_template=f"part-{number}-{{i}}.parquet", existing_data_behavior="overwrite_or_ignore",
        )  # fmt: skip
        number += 1

    yield write


@contextmanager
def _csv(path: str, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    with written_beside(path) as beside, open(beside, "w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream)
        writer.writerow(schema.names)

        def write(table: pa.Table) -> None:
            columns = [_cells(column) for column in table.columns]
            writer.writerows(zip(*columns, strict=True))

        yield write


def _cells(column: pa.ChunkedArray) -> list[Any]:
    return [cell(_iso(value)) for value in column.to_pylist()]


def _iso(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value


@contextmanager
def _jsonl(path: str, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    with written_beside(path) as beside, open(beside, "w", encoding="utf-8") as stream:
        yield lambda table: _write_json(table, stream)


def _write_json(table: pa.Table, stream: IO[str]) -> None:
    for row in table.to_pylist():
        stream.write(json.dumps({name: _iso(value) for name, value in row.items()}, ensure_ascii=False) + "\n")


_WRITERS: dict[str, Any] = {"parquet": _parquet, "folder": _folder, "csv": _csv, "jsonl": _jsonl}
