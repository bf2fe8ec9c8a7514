"""What a status means: HTTP statuses and IIS sub-statuses, FTP replies, HTTPERR reasons, win32 codes, errors of ASP.

The texts are data, in TOML files with both languages side by side; this package finds the right one.
"""

from __future__ import annotations

from logan.catalogue.codes import explain
from logan.catalogue.explanation import Explanation
from logan.catalogue.model import Entry, Note, StatusClass
from logan.catalogue.search import find
from logan.catalogue.store import load, use

__all__ = ["Entry", "Explanation", "Note", "StatusClass", "explain", "find", "load", "use"]
