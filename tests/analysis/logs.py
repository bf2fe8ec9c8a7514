"""Summaries of small logs, written as a person reads them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from logan.summarizing import summarize
from logan.summary import Summary
from tests.builders import FTP_FIELDS, HEADER, HTTPERR_FIELDS, http_log, http_row, write

__all__ = ["FTP_FIELDS", "HEADER", "HTTPERR_FIELDS", "http_log", "http_row", "of", "of_rows"]


def of(**files: str) -> Summary:
    """The summary of some logs; ``W3SVC1=...`` is a file in that site's folder."""
    with TemporaryDirectory() as folder:
        for name, text in files.items():
            write(Path(folder), f"{name}/u_ex261116.log", text)
        return summarize(folder)


def of_rows(*rows: str) -> Summary:
    """The summary of one site, W3SVC1, with these rows."""
    return of(W3SVC1=http_log(*rows))
