"""What a status means: HTTP statuses and IIS sub-statuses, FTP replies, HTTPERR reasons, win32 codes, errors of ASP.

The texts are data, in TOML files with both languages side by side; this package finds the right one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logan.lazy import lazily

if TYPE_CHECKING:
    from logan.catalogue.codes import explain
    from logan.catalogue.explanation import Explanation
    from logan.catalogue.model import Entry, Note, StatusClass
    from logan.catalogue.search import find
    from logan.catalogue.store import load, use

__all__ = ["Entry", "Explanation", "Note", "StatusClass", "explain", "find", "load", "use"]

#: Where each name lives; imported at first use, since what counts rows needs next to none of them.
_HOMES = {
    "Entry": "logan.catalogue.model",
    "Explanation": "logan.catalogue.explanation",
    "Note": "logan.catalogue.model",
    "StatusClass": "logan.catalogue.model",
    "explain": "logan.catalogue.codes",
    "find": "logan.catalogue.search",
    "load": "logan.catalogue.store",
    "use": "logan.catalogue.store",
}


__getattr__, __dir__ = lazily(__name__, _HOMES)
