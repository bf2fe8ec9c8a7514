"""The rules for an entry in a TOML file, and messages that name the file, the entry and what is wrong.

The catalogue's own files and a site's own files go through the same rules. A site's file may be shorter: a text in one
language only (``title = "..."``) stands for both, and `sources` may be left out.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from logan.catalogue.model import LANGUAGES, SERVICES
from logan.exceptions import CatalogueError

Raw = dict[str, Any]
_TEXTS = ("title", "meaning", "retry", "document")
_LISTS = ("causes", "remedies")
_PLAIN_LISTS: dict[str, type] = {"kb": int, "rfc": str, "headers": str, "sources": str}
_STRINGS = ("service", "event", "name", "hresult", "component", "kind", "applies_to", "example")
_NUMBERS = ("substatus", "win32")
_KEYS = {*_TEXTS, *_LISTS, *_PLAIN_LISTS, *_STRINGS, *_NUMBERS, "status", "vendor"}
_KINDS = ("failure", "routine", "handshake")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def read_toml(path: Path, source: bytes) -> Raw:
    """The document of a TOML file; raises CatalogueError with the line where it breaks off."""
    import tomllib  # not needed where the compiled form is read

    try:
        return tomllib.loads(source.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(
            f"{path}: is no valid TOML: {error}\n"
            '    Texts stand in quotes, with \\\\ for a backslash and \\" for a quote.'
        ) from None


def read_entries(path: Path, source: bytes, *, site: bool = False) -> list[Raw]:
    """The entries of a TOML file in their normal form; `site` allows what a site's own file may leave out."""
    document = read_toml(path, source)
    entries = document.get("entry", [])
    strange = sorted(document.keys() - {"entry", "fields"})
    if strange or not isinstance(entries, list):
        raise CatalogueError(f"{path}: holds {', '.join(strange) or 'entry'!r}; entries stand under [[entry]]")
    fields = document.get("fields", "")
    return [
        _normal(_Place(path, number, raw), raw, site=site) | {"fields": fields}
        for number, raw in enumerate(entries, start=1)
    ]


class _Place:
    """Where an entry stands, for messages."""

    def __init__(self, path: Path, number: int, raw: Raw) -> None:
        parts = (raw.get(key) for key in ("service", "status", "substatus", "event"))
        self.text = f"{path}: entry {number} ({' '.join(str(part) for part in parts if part is not None)})"

    def error(self, what: str) -> CatalogueError:
        return CatalogueError(f"{self.text}: {what}")


def _normal(place: _Place, raw: Raw, *, site: bool) -> Raw:
    unknown = sorted(raw.keys() - _KEYS)
    if unknown:
        raise place.error(f"unknown key {unknown[0]!r}{_nearest(unknown[0])}")
    _check_key(place, raw)
    for key in _STRINGS:
        if key in raw:
            _check_text(place, key, raw[key])
    entry = {key: raw[key] for key in (*_STRINGS, *_NUMBERS, "status", "vendor") if key in raw}
    entry |= {key: _texts(place, key, raw[key]) for key in _TEXTS if key in raw}
    entry |= {key: _lists(place, key, raw[key]) for key in _LISTS if key in raw}
    entry |= {key: _plain_list(place, key, raw[key], kind) for key, kind in _PLAIN_LISTS.items() if key in raw}
    for key in ("title", "meaning"):
        if key not in raw:
            raise place.error(f"{key} is missing")
    if not entry.get("sources"):
        if not site:
            raise place.error("sources is missing: every entry says where it comes from")
        entry["sources"] = ["site catalogue"]
    return entry


def _nearest(key: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, _KEYS, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; known keys are {', '.join(sorted(_KEYS))}"


def _check_key(place: _Place, raw: Raw) -> None:
    service, status = raw.get("service"), raw.get("status")
    if service not in SERVICES:
        raise place.error(f"service must be one of {', '.join(SERVICES)}, not {service!r}")
    for key in _NUMBERS:
        if key in raw and (isinstance(raw[key], bool) or not isinstance(raw[key], int) or raw[key] < 0):
            raise place.error(f"{key} must be a whole number, not {raw[key]!r}")
    if raw.get("kind", "failure") not in _KINDS:
        raise place.error(f"kind must be one of {', '.join(_KINDS)}, not {raw['kind']!r}")
    if not isinstance(raw.get("vendor", False), bool):
        raise place.error("vendor must be true or false")
    if service in ("httperr", "asp"):
        if not isinstance(status, str) or not status:
            raise place.error(f"status must be a text such as {'QueueFull' if service == 'httperr' else 'ASP 0113'!r}")
    elif status is None:
        if service not in ("http", "ftp") or not ("substatus" in raw or "event" in raw):
            raise place.error("status is missing")
    elif isinstance(status, bool) or not isinstance(status, int):
        raise place.error(f"status must be a number, not {status!r}; write 404.5 as status = 404 and substatus = 5")
    elif service in ("http", "ftp") and not 100 <= status <= 999:
        raise place.error(f"status must be a number from 100 to 999, not {status}")


def _check_text(place: _Place, key: str, text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise place.error(f"{key} must be a text that is not empty, not {text!r}")
    if _CONTROL.search(text):
        raise place.error(f"{key} holds a line break, a tab or another control character; keep it on one line")
    return text


def _texts(place: _Place, key: str, value: object) -> dict[str, str]:
    if isinstance(value, str):
        value = dict.fromkeys(LANGUAGES, value)
    if not isinstance(value, dict) or not value:
        raise place.error(f"{key} must be a text, or {key}.en and {key}.zh, not {value!r}")
    _check_languages(place, key, value)
    return {lang: _check_text(place, f"{key}.{lang}", text) for lang, text in value.items()}


def _lists(place: _Place, key: str, value: object) -> dict[str, list[str]]:
    if isinstance(value, list):
        value = dict.fromkeys(LANGUAGES, value)
    if not isinstance(value, dict):
        raise place.error(f"{key} must be a list of texts, or {key}.en and {key}.zh, not {value!r}")
    _check_languages(place, key, value)
    for lang, texts in value.items():
        if not isinstance(texts, list):
            raise place.error(f'{key}.{lang} must be a list of texts, such as ["...", "..."], not {texts!r}')
    return {lang: [_check_text(place, f"{key}.{lang}", text) for text in texts] for lang, texts in value.items()}


def _check_languages(place: _Place, key: str, value: Raw) -> None:
    for lang in value:
        if lang not in LANGUAGES:
            raise place.error(f"{key}.{lang} is in no language that logan knows ({', '.join(LANGUAGES)})")


def _plain_list(place: _Place, key: str, value: object, kind: type) -> list[Any]:
    fits = isinstance(value, list) and all(isinstance(item, kind) and not isinstance(item, bool) for item in value)
    if not isinstance(value, list) or not fits:
        raise place.error(f"{key} must be a list of {'numbers' if kind is int else 'texts'}, not {value!r}")
    return [_check_text(place, key, item) if kind is str else item for item in value]
