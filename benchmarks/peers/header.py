"""What readers with a fixed schema need: the field list that each file begins with."""

from __future__ import annotations

import sys
from pathlib import Path


def by_header() -> list[tuple[list[str], list[str]]]:
    """The files of the command line, grouped by the field list in their first header: (fields, paths).

    A list that changes further down in a file goes unnoticed, as it does with every reader that takes one schema a
    file. Finding those places means reading the file once more, and then it is a log reader.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for path in sys.argv[1:]:
        with Path(path).open("rb") as stream:
            head = stream.read(4096).decode("utf-8", "replace")
        line = next(line for line in head.splitlines() if line.startswith("#Fields:"))
        groups.setdefault(tuple(line.split()[1:]), []).append(path)
    return [(list(fields), paths) for fields, paths in groups.items()]
