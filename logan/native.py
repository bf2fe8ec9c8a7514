"""The compiled part of logan, or None where logan was built without a compiler, or ``LOGAN_PURE`` is set."""

from __future__ import annotations

import os
from types import ModuleType

kernel: ModuleType | None
try:
    from logan import _kernel
except ImportError:
    kernel = None
else:
    kernel = None if os.environ.get("LOGAN_PURE") else _kernel
