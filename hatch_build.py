"""What is made when a wheel is built: the catalogue as JSON, and the compiled part where there is a compiler."""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
import tempfile
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Compile(BuildHookInterface):  # type: ignore[type-arg,misc]
    """Puts into the wheel what Git ignores: ``logan/catalogue/compiled/*.json`` and ``logan/_kernel``."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before the files of a wheel are gathered."""
        root = Path(self.root)
        made = _compile_catalogue(root)
        if self.target_name == "wheel" and (kernel := _compile_kernel(root)):
            made.append(kernel)
            # the stable interface of Python 3.11: one wheel for it and all that follow
            build_data["tag"] = f"cp311-abi3-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
            build_data["pure_python"] = False
        build_data.setdefault("artifacts", []).extend(path.relative_to(root).as_posix() for path in made)


def _compile_catalogue(root: Path) -> list[Path]:
    """The catalogue as JSON, so that an installed logan need not parse TOML."""
    # logan/__init__.py would import pandas, which a build does not have: only the folder is needed.
    package = ModuleType("logan")
    package.__path__ = [str(root / "logan")]
    before = sys.modules.get("logan")
    sys.modules["logan"] = package
    try:
        return list(import_module("logan.catalogue.store").compile_all())
    finally:
        for name in [name for name in sys.modules if name.startswith("logan.")]:
            del sys.modules[name]
        if before is None:
            del sys.modules["logan"]
        else:
            sys.modules["logan"] = before


def _compile_kernel(root: Path) -> Path | None:
    """``logan/_kernel``, or None where it cannot be compiled, or shall not be (LOGAN_PURE): logan is slower without it,
    and does the same."""
    for old in root.glob("logan/_kernel.*"):
        if old.suffix in (".so", ".pyd"):  # it may be of other sources, or of another machine
            with contextlib.suppress(OSError):  # in use on Windows, or gone since
                old.unlink()
    if os.environ.get("LOGAN_PURE") or sys.implementation.name != "cpython":
        return None
    from setuptools import Distribution, Extension

    extension = Extension("logan._kernel", ["logan/kernel/kernel.c"], py_limited_api=True)
    before = Path.cwd()
    os.chdir(root)
    try:
        with tempfile.TemporaryDirectory() as folder:
            command: Any = Distribution({"name": "logan", "ext_modules": [extension]}).get_command_obj("build_ext")
            command.inplace, command.build_lib, command.build_temp = True, folder, folder
            command.ensure_finalized()
            command.run()
            return root / "logan" / Path(command.get_ext_filename("logan._kernel")).name
    except (Exception, SystemExit) as error:  # whatever a compiler that is half there may raise
        print(f"logan is built without its compiled part and will be slower: {error}", file=sys.stderr)
        return None
    finally:
        os.chdir(before)
