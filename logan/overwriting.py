"""No log is overwritten by what is written about it: it may be evidence, and there may be no other copy."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing

from logan.exceptions import OptionError
from logan.files import READ_ERRORS, LogFile, Source, shown
from logan.finding import find_files
from logan.formats import NotALog
from logan.reading.chunks import chunks
from logan.reading.scanning import Piece, Scan, Tally


def demand_no_log(target: Source, by: str) -> None:
    """Raise OptionError where `by`, an option or a function, would overwrite a log, whether that is to be read or not.

    ``--rejects *.log`` without quotes takes the first log for itself, so that it is none of those to be read. What was
    written there last week is no log, and may be overwritten.
    """
    if not os.path.isfile(target):
        return
    if any(_is_log(log) for log in find_files(os.path.abspath(target)).files):
        raise OptionError(f"{shown(target)}: is a log, and {by} would overwrite it. Name another file.")


def demand_not_read(target: Source, sources: Iterable[Source], by: str) -> None:
    """Raise OptionError where `by` would overwrite one of the files that are to be read."""
    if os.path.isfile(target) and any(os.path.isfile(s) and os.path.samefile(s, target) for s in sources):
        raise OptionError(f"{shown(target)}: is to be read, and {by} would overwrite it. Name another file.")


def _is_log(log: LogFile) -> bool:
    """Whether a file is taken for a log when it is read. One without a byte has nothing to lose but its name."""
    if log.looks_like_log:
        return True
    try:
        with closing(log.open()) as stream:
            next(chunks(stream, None, Scan(Piece(log), Tally())), None)
    except (NotALog, *READ_ERRORS):
        return False
    return log.size > 0
