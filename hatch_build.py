"""Compiles the catalogue when a wheel is built, so that an installed logan need not parse TOML."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogue(BuildHookInterface):  # type: ignore[type-arg,misc]
    """Writes ``logan/catalogue/compiled/*.json`` and puts it into the wheel although Git ignores it."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before the files of a wheel are gathered."""
        root = Path(self.root)
        # logan/__init__.py would import pandas, which a build does not have: only the folder is needed.
        package = ModuleType("logan")
        package.__path__ = [str(root / "logan")]
        before = sys.modules.get("logan")
        sys.modules["logan"] = package
        try:
            written = import_module("logan.catalogue.store").compile_all()
        finally:
            for name in [name for name in sys.modules if name.startswith("logan.")]:
                del sys.modules[name]
            if before is None:
                del sys.modules["logan"]
            else:
                sys.modules["logan"] = before
        build_data.setdefault("artifacts", []).extend(path.relative_to(root).as_posix() for path in written)
