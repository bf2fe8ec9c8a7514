"""The compiled part of logan, or None where logan was built without a compiler, or ``LOGAN_PURE`` is set."""

from __future__ import annotations

import os
from types import ModuleType

#: That of ``kernel/kernel.c``: what was compiled of other sources, and left in this folder, is not used.
_VERSION = 4

kernel: ModuleType | None = None
if not os.environ.get("LOGAN_PURE"):
    try:
        from logan import _kernel
    except ImportError:
        pass
    else:
        kernel = _kernel if getattr(_kernel, "VERSION", 0) == _VERSION else None
