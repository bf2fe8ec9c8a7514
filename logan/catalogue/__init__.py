"""What a status means: HTTP statuses and IIS sub-statuses, FTP replies, HTTPERR reasons, win32 codes, errors of ASP.

The texts are data, in TOML files with both languages side by side; this package finds the right one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logan.catalogue.codes import explain
    from logan.catalogue.explanation import Explanation
    from logan.catalogue.model import Entry, Note, StatusClass
    from logan.catalogue.search import find
    from logan.catalogue.store import load, use

__all__ = ["Entry", "Explanation", "Note", "StatusClass", "explain", "find", "load", "use"]

#: Where each name lives; imported at first use, since what counts rows needs next to none of them.
_HOMES = {
    "Entry": "model",
    "Explanation": "explanation",
    "Note": "model",
    "StatusClass": "model",
    "explain": "codes",
    "find": "search",
    "load": "store",
    "use": "store",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"logan.catalogue.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
