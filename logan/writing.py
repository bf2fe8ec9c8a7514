"""Files appear whole or not at all: written beside their place under another name, then renamed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from logan.exceptions import LoganError, SourceError


@contextmanager
def written_beside(path: str | os.PathLike[str]) -> Iterator[str]:
    """A temporary path in the same folder, which takes the place of `path` when the block ends well.

    A link stays a link, and its target is replaced. What is no file (``/dev/stdout``, a pipe) is written to directly.
    Raises SourceError where the folder is missing or full, or the file cannot be replaced; nothing is left behind.
    """
    target = os.fspath(path)
    final = os.path.realpath(target)
    special = os.path.exists(final) and not os.path.isfile(final) and not os.path.isdir(final)
    # a name that nobody can foresee: in a folder for all, a link may be lying in wait under one that can be guessed
    beside = final if special else os.path.join(os.path.dirname(final), f".{secrets.token_hex(8)}.part")
    try:
        yield beside
        if not special:
            os.replace(beside, final)
    except LoganError:
        raise  # of what was read, not of what was written
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(
            f"{target}: cannot be written: {reason}. Check the folder, its rights and the space left."
        ) from None
    finally:
        if not special:
            with suppress(OSError):
                os.unlink(beside)


#: What a spreadsheet takes for the start of a formula; the full-width ones in Chinese and Japanese versions.
_FORMULA = tuple("=+-@\t\r\n|%＝＋－＠")


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
    return "'" + text if text.lstrip(" \ufeff")[:1] in _FORMULA else text
