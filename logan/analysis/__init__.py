"""Questions asked of a Summary. Each answer is a pure function of it, frozen, with `to_frame()`."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from logan.lazy import lazily

if TYPE_CHECKING:
    from logan.analysis.compare import compare
    from logan.analysis.errors import errors
    from logan.analysis.findings import findings
    from logan.analysis.latency import slow
    from logan.analysis.traffic import traffic
    from logan.analysis.trend import trend

__all__ = ["compare", "errors", "findings", "slow", "traffic", "trend"]

#: Where each function lives; imported at first use, so that one question does not pay for all.
_HOMES = {
    "compare": "logan.analysis.compare",
    "errors": "logan.analysis.errors",
    "findings": "logan.analysis.findings",
    "slow": "logan.analysis.latency",
    "traffic": "logan.analysis.traffic",
    "trend": "logan.analysis.trend",
}


__getattr__, __dir__ = lazily(__name__, _HOMES)


class _Package(ModuleType):
    """The package, where a function goes before the module of the same name.

    Importing `logan.analysis.trend` would put that module in the place of the function `trend`, so what
    ``from logan.analysis import trend`` gives would depend on what was imported before.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
