"""`read`: logs as a DataFrame, one row a request."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa

from logan.exceptions import BadLineError, OptionError, SourceError
from logan.files import Source
from logan.finding import find_files
from logan.frames import LEADING, Logged, joined, table_of, to_pandas
from logan.reading.blocks import Block, blocks, segments
from logan.reading.parsing import Batch, Rejected, parse
from logan.reading.scanning import Tally
from logan.reading.sites import sites_of
from logan.selection import Moment, OnBadLines, Selection, moment

if TYPE_CHECKING:
    import pandas as pd


class LogWarning(UserWarning):
    """Something in the logs that a reader should know: lines or files that could not be read."""


def read(
    source: Source | Iterable[Source],
    *,
    columns: Sequence[str] | None = None,
    since: Moment = None,
    until: Moment = None,
    tz: str = "UTC",
    on_bad_lines: OnBadLines = "warn",
    selection: Selection | None = None,
    workers: int | None = None,
) -> pd.DataFrame:
    """Read logs into a DataFrame with Arrow-backed types, one row a request, in the order of the files.

    `source` is a path, folder, glob, URL, ``"-"`` or several of these. Columns: `timestamp` (UTC), `service`, `site`, then
    every field in snake case; where files have different field lists, their union. ``-`` is null.
    `columns` names those that are wanted. `since` and `until` are half open, in `tz` where they carry no offset.
    With ``on_bad_lines="warn"`` a LogWarning says how many lines could not be read.
    Raises SourceError where a path does not exist or holds no log, BadLineError with ``on_bad_lines="error"``.

    >>> frame = read("samples/FTPSVC2", columns=["timestamp", "sc_status"])
    >>> str(frame.sc_status.dtype)
    'int32[pyarrow]'
    """
    found = find_files(source)
    chosen = selection or Selection()
    reading = _Reading(
        Selection(
            since=moment(since, tz) if since is not None else chosen.since,
            until=moment(until, tz) if until is not None else chosen.until,
            local_zone=chosen.local_zone,
            encoding=chosen.encoding,
            on_bad_lines=on_bad_lines,
        ),
        frozenset(columns) if columns is not None else None,
    )
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        work = list(blocks(found.files))
        parts = list(_progress(pool.map(reading.block, work), len(work)))
    if not any(part.tally.files for part in parts):
        reasons = [*found.skipped, *(item for part in parts for item in part.tally.skipped)]
        shown = f" {reasons[0][0]}: {reasons[0][1]}." if reasons else ""
        raise SourceError(f"no log files found.{shown} IIS keeps its logs in C:\\inetpub\\logs\\LogFiles.")
    _remark(parts, on_bad_lines)
    table = joined([table for part in parts for table in part.tables], reading.columns)
    if columns is not None:
        unknown = [name for name in columns if name not in table.column_names]
        if unknown:
            have = ", ".join(table.column_names[:30]) or "none of them"
            raise OptionError(f"no such column: {', '.join(unknown)}. These logs have: {have}.")
        table = table.select(list(columns))
    logged: Logged = {}
    for part in parts:
        for who, layouts in part.logged.items():
            logged.setdefault(who, set()).update(layouts)
    return to_pandas(table, logged)


class _Part:
    """The tables of one block, and what became of its lines."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []
        self.tally = Tally()
        self.rejected: list[Rejected] = []
        self.logged: Logged = {}

    def add(self, batch: Batch, columns: frozenset[str] | None) -> None:
        """Put the rows of a batch behind the others."""
        sites, places = sites_of(batch)
        self.tables.append(table_of(batch, sites, places, columns))
        for site in sites:
            self.logged.setdefault((batch.layout.service or "http", site), set()).add(batch.layout.fields)


class _Reading:
    """How blocks are read; `block` is run by the workers."""

    def __init__(self, selection: Selection, columns: frozenset[str] | None) -> None:
        self.selection, self.columns = selection, columns
        self.wanted = None if columns is None else frozenset({*columns, "s_sitename", "s_siteid", "cs_method"})

    def block(self, block: Block) -> _Part:
        part = _Part()
        for segment in segments(block, part.tally, encoding=self.selection.encoding):
            batch = parse(segment, self.wanted)
            self._demand_good(batch.rejected)
            part.rejected += batch.rejected
            if batch.layout.local:
                batch.time = self.selection.in_utc(batch.time)
            mask = self.selection.rows(batch, self.selection.client_of()) if self.selection.filters else None
            kept = batch if mask is None else batch.take(mask)
            if len(kept):
                part.add(kept, self.columns)
        early = [Rejected(*line) for line in part.tally.rejected]
        self._demand_good(early)
        part.rejected += early
        return part

    def _demand_good(self, rejected: list[Rejected]) -> None:
        if rejected and self.selection.on_bad_lines == "error":
            worst = min(rejected, key=lambda r: (r.path, r.line))
            raise BadLineError(worst.path, worst.line, worst.reason, worst.text[:400])


def _remark(parts: list[_Part], on_bad_lines: OnBadLines) -> None:
    if on_bad_lines != "warn":
        return
    rejected = [line for part in parts for line in part.rejected]
    if rejected:
        first = rejected[0]
        message = f"{len(rejected)} lines could not be read, the first: {first.path}:{first.line}: {first.reason}"
        warnings.warn(message, LogWarning, stacklevel=3)


def _progress(parts: Iterator[_Part], total: int) -> Iterator[_Part]:
    """What was read, with a bar in a notebook when there are many blocks."""
    if total < 8 or "ipykernel" not in sys.modules:
        yield from parts
        return
    from logan.notebook import progress

    yield from progress(parts, total)


__all__ = ["LEADING", "LogWarning", "read"]
