"""From TOML files to entries, quickly.

TOML is the source. `tomllib` takes most of a second for it, so each service is also kept as one JSON file in
``compiled/`` (`logan.documents`).

Site-specific entries come from files named in ``LOGAN_CATALOGUE`` or given to `use`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from logan.catalogue.model import Entry, Note, StatusClass, Texts
from logan.catalogue.schema import Raw, read_entries, read_toml
from logan.documents import FOLDER, Files, compile_documents, from_json, write
from logan.exceptions import CatalogueError

#: Names site-specific catalogue files, separated as folders are in PATH.
VARIABLE = "LOGAN_CATALOGUE"
_FOLDER = Path(__file__).parent
_COMPILED = FOLDER
_PARTS: dict[str, str] = {
    "http": "http-*.toml",
    "ftp": "ftp*.toml",
    "httperr": "httperr.toml",
    "win32": "win32.toml",
    "asp": "asp.toml",
    "combinations": "combinations.toml",
    "classes": "classes.toml",
}

Key = tuple[int | str | None, int | None, int | None, str | None]
_Parameters = ParamSpec("_Parameters")
_Answer = TypeVar("_Answer")
_added: tuple[Path, ...] = ()
_forget: list[Callable[[], None]] = []


def remembered(function: Callable[_Parameters, _Answer]) -> Callable[_Parameters, _Answer]:
    """`functools.cache` for what is made from the catalogue: `use` makes it forget."""
    cached = cache(function)
    _forget.append(cached.cache_clear)
    return cached  # type: ignore[return-value]  # cache asks for hashable arguments, which these are


def forget() -> None:
    """Drops what was read, so that the next question reads the files and the environment again."""
    for clear in _forget:
        clear()


def use(paths: Iterable[str | os.PathLike[str]]) -> None:
    """Lets the entries of these TOML files override the catalogue's, or add to them, from now on.

    They go before the files that ``LOGAN_CATALOGUE`` names; a later file goes before an earlier one. An empty list
    takes all of them back. Raises CatalogueError for a file that cannot be read or breaks the rules.
    """
    global _added
    before, _added = _added, tuple(Path(path) for path in paths)
    forget()
    try:
        _own()
    except CatalogueError:
        _added = before
        forget()
        raise


@remembered
def load(service: str) -> tuple[Entry, ...]:
    """The entries of "http", "ftp", "httperr", "win32" or "asp", or the "combinations" with win32 codes, in order."""
    entries = [_revive(raw) for raw in _raw(service)]
    own = [entry for entry in _own() if service == ("combinations" if entry.win32 is not None else entry.service)]
    return tuple(_merge(entries, own) if own else entries)


@remembered
def index(service: str) -> Index:
    """The entries that `load` gives, by service and key."""
    return Index(load(service) if _own() else _raw(service))


class Index:
    """Entries by service and key, made of their raw form when they are asked for: of hundreds, a log has twenty."""

    def __init__(self, entries: Iterable[Entry | Raw]) -> None:
        self._entries: dict[tuple[str, Key], list[Entry | Raw]] = {}
        for entry in entries:
            key = (entry.service, entry.key) if isinstance(entry, Entry) else (entry["service"], _key(entry))
            self._entries.setdefault(key, []).append(entry)
        self._made: dict[tuple[str, Key], tuple[Entry, ...]] = {}

    def get(self, service: str, key: Key) -> tuple[Entry, ...]:
        """The entries of a key, none or several; IIS's own go before those of other components."""
        where = (service, key)
        if where not in self._made and where in self._entries:
            entries = [entry if isinstance(entry, Entry) else _revive(entry) for entry in self._entries[where]]
            self._made[where] = tuple(sorted(entries, key=lambda entry: (entry.vendor, entry.component is not None)))
        return self._made.get(where, ())


@remembered
def classes() -> dict[tuple[str, int], StatusClass]:
    """What the first digit of a status means, by service and digit."""
    return {
        (raw["service"], raw["class"]): StatusClass(
            raw["service"], raw["class"], raw["title"], raw["meaning"], tuple(raw["sources"])
        )
        for raw in _raw("classes")
        if "class" in raw
    }


@remembered
def notes() -> tuple[Note, ...]:
    """The notes that hold for several codes."""
    return tuple(
        Note(raw["key"], raw["title"], raw["text"], tuple(raw["applies"]), tuple(raw["sources"]))
        for raw in _raw("classes")
        if "key" in raw
    )


@remembered
def _terms() -> dict[str, Texts]:
    """The words that many entries share, by their English."""
    return {raw["en"]: raw for raw in _raw("classes") if "en" in raw}


@remembered
def _own() -> tuple[Entry, ...]:
    """The entries of the site's own files; those that go before others come last."""
    named = [Path(name) for name in os.environ.get(VARIABLE, "").split(os.pathsep) if name.strip()]
    entries: list[Entry] = []
    for path in (*named, *_added):
        try:
            source = path.read_bytes()
        except OSError as error:
            origin = "" if path in _added else f"; it is named in the environment variable {VARIABLE}"
            raise CatalogueError(f"{path}: cannot be read ({error.strerror}){origin}") from None
        entries += (_revive(raw) for raw in read_entries(path, source, site=True))
    return tuple(entries)


def _merge(entries: Iterable[Entry], own: Iterable[Entry]) -> list[Entry]:
    """The catalogue with the site's own entries in it; one without a component stands for all components."""
    merged = list(entries)
    for new in own:
        merged = [
            entry
            for entry in merged
            if (entry.service, entry.key) != (new.service, new.key) or new.component not in (None, entry.component)
        ]
        merged.append(new)
    return sorted(merged, key=lambda entry: _order(entry.status, entry.substatus, entry.win32, entry.event))


def _order(*key: int | str | None) -> tuple[Any, ...]:
    """Sorts what is absent first, then numbers, then texts."""
    return tuple((0, 0, "") if k is None else (1, k, "") if isinstance(k, int) else (2, 0, k) for k in key)


def _key(raw: Raw) -> Key:
    return raw.get("status"), raw.get("substatus"), raw.get("win32"), raw.get("event")


def _revive(raw: Raw) -> Entry:
    """An entry from its raw form, where lists stand for tuples."""
    fields = dict(raw)
    for key in ("kb", "rfc", "headers", "sources"):
        if key in fields:
            fields[key] = tuple(fields[key])
    for key in ("causes", "remedies"):
        if key in fields:
            fields[key] = {lang: tuple(texts) for lang, texts in fields[key].items()}
    terms = {text: _terms()[text] for text in (raw.get("applies_to"), raw.get("component")) if text in _terms()}
    return Entry(**fields, terms=terms)


# The files and their compiled form


def _raw(part: str) -> list[Raw]:
    """The raw entries of one part, from its JSON file if that is up to date."""
    entries: list[Raw] = from_json(_COMPILED / f"{part}.json", _files(part), _parse)
    return entries


def _files(part: str) -> Files:
    return [(path, path.read_bytes()) for path in sorted(_FOLDER.glob(_PARTS[part]))]


def _parse(files: Files) -> list[Raw]:
    entries: list[Raw] = []
    for path, source in files:
        if path.name == "classes.toml":
            document = read_toml(path, source)
            entries += (raw for key in ("class", "note", "term") for raw in document.get(key, ()))
        else:
            entries += read_entries(path, source)
    if any("class" in raw for raw in entries):
        return entries
    return sorted(entries, key=lambda raw: (raw["service"] != "http", _order(*_key(raw))))


def compile_all() -> list[Path]:
    """Writes the JSON files of all parts, and of the other TOML files of the package, anew and gives their paths; raises
    CatalogueError or OSError."""
    written = []
    for part in _PARTS:
        files, compiled = _files(part), _COMPILED / f"{part}.json"
        written.append((compiled, write(compiled, files, _parse(files))))
    written += compile_documents(_COMPILED)
    for compiled, done in written:
        if not done:
            raise OSError(f"{compiled}: cannot be written")
    return [compiled for compiled, _ in written]


if __name__ == "__main__":
    if sys.argv[1:] != ["--compile"]:
        sys.exit("usage: python -m logan.catalogue.store --compile")
    for path in compile_all():
        print(path)
