"""Small logs for tests, and the few lines that every test of reading needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from logan import native
from logan.finding import find_files
from logan.reading.blocks import blocks, segments
from logan.reading.parsing import Batch, parse
from logan.reading.scanning import Tally

HTTP_FIELDS = (
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "sc-status sc-substatus sc-win32-status time-taken"
)
FTP_FIELDS = "date time c-ip cs-username s-ip s-port cs-method cs-uri-stem sc-status sc-win32-status sc-substatus x-session x-fullpath"
HTTPERR_FIELDS = "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename"
HEADER = "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2026-11-16 00:00:00\n"


def http_row(
    time: str = "08:00:00",
    status: str = "200 0 0",
    uri: str = "/a",
    client: str = "203.0.113.9",
    taken: str = "15",
    user: str = "-",
    query: str = "-",
    referer: str = "-",
    method: str = "GET",
    agent: str = "curl/8.0",
    date: str = "2026-11-16",
) -> str:
    """One row under `HTTP_FIELDS`."""
    return f"{date} {time} 10.0.0.1 {method} {uri} {query} 443 {user} {client} {agent} {referer} {status} {taken}\n"


def http_log(*rows: str, fields: str = HTTP_FIELDS) -> str:
    """A W3C log with one header."""
    return f"{HEADER}#Fields: {fields}\n" + "".join(rows)


def write(folder: Path, name: str, text: str | bytes) -> Path:
    """A file in a folder, which is made if it is missing."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


#: Ways from lines to rows: the compiled one, that of pyarrow.csv, and one line after the other.
WAYS = ["compiled", "arrow", "careful"]


def batches(path: Path | str, way: str | None = None, *, encoding: str | None = None) -> tuple[list[Batch], Tally]:
    """All rows of a source, by one of the ways (None: the usual one), and the tally of its lines."""
    tally, found = Tally(), []
    with cut_by(way):
        for block in blocks(find_files(path).files):
            for segment in segments(block, tally, encoding=encoding):
                found.append(parse(segment, careful=way == "careful"))
    return found, tally


@contextmanager
def cut_by(way: str | None) -> Iterator[None]:
    """Have lines cut by one of the fast ways."""
    if way == "compiled" and not native.kernel:
        pytest.skip("logan's compiled part is not there")
    before = native.kernel
    try:
        if way == "arrow":
            native.kernel = None
        yield
    finally:
        native.kernel = before


def values(found: list[Batch], column: str) -> list[Any]:
    """The values of one column over some batches, as text or numbers."""
    result: list[Any] = []
    for batch in found:
        array = batch.columns.get(column)
        cells = [None] * len(batch) if array is None else array.to_pylist()
        result += [cell.decode() if isinstance(cell, bytes) else cell for cell in cells]
    return result
