"""Files appear whole or not at all: written beside their place under another name, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from logan.exceptions import SourceError


@contextmanager
def written_beside(path: str | os.PathLike[str]) -> Iterator[str]:
    """A temporary path in the same folder, which takes the place of `path` when the block ends well.

    Raises SourceError where the folder is missing or full, or the file cannot be replaced; nothing is left behind.
    """
    target = os.fspath(path)
    folder, name = os.path.split(os.path.abspath(target))
    beside = os.path.join(folder, f".{name}.{os.getpid()}.part")
    try:
        yield beside
        os.replace(beside, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(f"{target}: cannot be written: {reason}. Check the folder, its rights and the space left.") from None
    finally:
        with suppress(OSError):
            os.unlink(beside)


def cell(value: object) -> str | int | float:
    """A value for a CSV file that no spreadsheet takes for a formula; None becomes an empty cell.

    >>> cell("=HYPERLINK(1)"), cell(None), cell(404)
    ("'=HYPERLINK(1)", '', 404)
    """
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = str(value)
    return "'" + text if text.lstrip(" \ufeff")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%") else text
