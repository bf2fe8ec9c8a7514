"""What TOML files hold, from JSON that was made of them: `tomllib` is twenty times as slow.

A wheel brings the JSON along (``hatch_build.py``); elsewhere it is written at the first use, as Python does with byte
code, and where that is not allowed the TOML is parsed each time. Each JSON file says by a checksum which TOML bytes it
was made from, and one that does not fit its TOML is never used.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Files = Sequence[tuple[Path, bytes]]

PACKAGE = Path(__file__).parent
FOLDER = PACKAGE / "catalogue" / "compiled"
_SCHEMA = 1


def document(name: str) -> dict[str, Any]:
    """A TOML file of the package, such as ``analysis/findings.toml``."""
    path = PACKAGE / name
    found: dict[str, Any] = from_json(_beside(path), [(path, path.read_bytes())], _parse)
    return found


def compile_documents(folder: Path) -> list[tuple[Path, bool]]:
    """Write the JSON of the TOML files outside the catalogue; gives the paths, and whether they could be written."""
    paths = [path for path in sorted(PACKAGE.rglob("*.toml")) if path.parent.name != "catalogue"]
    made = [(folder / _beside(path).name, [(path, path.read_bytes())]) for path in paths]
    return [(compiled, write(compiled, files, _parse(files))) for compiled, files in made]


def from_json(compiled: Path, files: Files, parse: Callable[[Files], Any]) -> Any:
    """What `parse` makes of the files, from their JSON if that is up to date."""
    try:
        held = json.loads(compiled.read_bytes())
        if held["schema"] == _SCHEMA and (held["crc32"] == _checksum(files) or not files):
            return held["entries"]
    except (OSError, ValueError, LookupError, TypeError):
        pass
    entries = parse(files)
    if not sys.dont_write_bytecode:
        write(compiled, files, entries)
    return entries


def write(compiled: Path, files: Files, entries: Any) -> bool:
    """Write a JSON file whole or not at all; tells whether that was possible."""
    draft = compiled.with_suffix(f".{os.getpid()}.tmp")
    try:
        compiled.parent.mkdir(exist_ok=True)
        text = json.dumps({"schema": _SCHEMA, "crc32": _checksum(files), "entries": entries}, ensure_ascii=False)
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, compiled)
    except OSError:
        return False
    return True


def _beside(path: Path) -> Path:
    return FOLDER / (".".join(path.relative_to(PACKAGE).with_suffix("").parts) + ".json")


def _parse(files: Files) -> dict[str, Any]:
    import tomllib

    (_, source), *_ = files
    return tomllib.loads(source.decode())


def _checksum(files: Files) -> int:
    checksum = 0
    for path, source in files:
        checksum = zlib.crc32(source, zlib.crc32(path.name.encode(), checksum))
    return checksum
