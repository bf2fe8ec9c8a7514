"""A Summary in a file: gzipped JSON of its tables, in a schema of its own that carries a version."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

from logan.display import without_credentials
from logan.exceptions import SourceError
from logan.files import shown
from logan.reading.parsing import Rejected
from logan.summary import Lines, Summary
from logan.tables import GROUPS, TABLES
from logan.tables.counts import Counts, Groups
from logan.tables.distinct import Sketches
from logan.writing import written_beside

#: Raised whenever tables change, so that an old file is refused instead of misread.
SCHEMA = "logan.saved/1"


def to_json(summary: Summary) -> dict[str, Any]:
    """Everything that a summary holds, as JSON values."""
    return {
        "schema": SCHEMA,
        "files": summary.files,
        "bytes": summary.bytes,
        "lines": [getattr(summary.lines, name) for name in Lines.__dataclass_fields__],
        "skipped": summary.skipped,
        "rejects": [[r.path, r.line, r.reason, r.text] for r in summary.rejects],
        "backwards": summary.backwards,
        "counts": {name: _counts_to_json(getattr(summary, name)) for name in TABLES},
        "groups": {name: _groups_to_json(getattr(summary, name)) for name in GROUPS},
        "distinct": [[list(key), list(sketch)] for key, sketch in summary.distinct.items()],
    }


def _counts_to_json(counts: Counts) -> dict[str, Any]:
    rows = [[*key, *values] for key, values in counts.rows.items()]
    return {"lost": counts.lost, "columns": [list(column) for column in zip(*rows, strict=True)]}


def _groups_to_json(groups: Groups) -> dict[str, Any]:
    rows = [[list(key), list(labels), list(labels.values())] for key, labels in groups.rows.items()]
    return {"rows": rows, "lost": [[list(key), lost] for key, lost in groups.lost.items()]}


#: The types of what stands in each remark.
_REMARKS = {"skipped": [str, str], "rejects": [str, int, str, str], "backwards": [str, int, str, str]}


def from_json(data: dict[str, Any]) -> Summary:
    """The summary that `to_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
    if data["schema"] != SCHEMA:
        raise ValueError(f"is of version {data['schema']}, this logan reads {SCHEMA}")
    tables: dict[str, Any] = {}
    for name, shape in TABLES.items():
        width = len(shape.keys)
        rows = zip(*data["counts"][name]["columns"], strict=True)
        tables[name] = Counts(shape, {row[:width]: row[width:] for row in rows}, data["counts"][name]["lost"])
    for name, (keys, label, limit) in GROUPS.items():
        raw = data["groups"][name]
        groups = {tuple(key): dict(zip(labels, hits, strict=True)) for key, labels, hits in raw["rows"]}
        tables[name] = Groups(keys, label, groups, limit, {tuple(key): lost for key, lost in raw["lost"]})
    for name, types in _REMARKS.items():
        if any([*map(type, values)] != types for values in data[name]):
            raise ValueError(f"one of {name} is none")
    return Summary(
        files=data["files"],
        bytes=data["bytes"],
        lines=Lines(*data["lines"]),
        skipped=tuple((path, reason) for path, reason in data["skipped"]),
        rejects=tuple(Rejected(*values) for values in data["rejects"]),
        backwards=tuple((path, line, before, after) for path, line, before, after in data["backwards"]),
        distinct=Sketches.of({tuple(key): tuple(sketch) for key, sketch in data["distinct"]}),
        **tables,
    )


def save(summary: Summary, path: str) -> None:
    """Write a summary; the file appears whole or not at all. Raises SourceError where it cannot be written."""
    text = json.dumps(to_json(summary), separators=(",", ":"))
    with written_beside(path) as beside, gzip.open(beside, "wb", compresslevel=3) as stream:
        stream.write(text.encode("utf-8", "surrogatepass"))


def load(path: str) -> Summary:
    """Read a summary. Raises SourceError where the file is none, is damaged, or of another version."""
    try:
        with gzip.open(path, "rb") as stream:
            return from_json(json.loads(stream.read()))
    except FileNotFoundError:
        raise SourceError(f"{shown(path)}: there is no such file. Check the path.") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = without_credentials(str(error))
        raise SourceError(f"{shown(path)}: cannot be read as a saved summary: {reason}. Save it again.") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceError(f"{shown(path)}: is no saved summary of this version ({error}). Save it again.") from None
