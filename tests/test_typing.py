"""What the README calls passes the type checkers, as a user's own code would."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
API = ROOT / "tests" / "typing" / "api.py"


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "logan" / "py.typed").is_file()


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_mypy_passes(tmp_path: Path) -> None:
    config = tmp_path / "mypy.ini"
    # errors inside the package are another check's; matplotlib and pyarrow bring stubs or not
    config.write_text(
        "[mypy]\nstrict = true\nignore_missing_imports = true\nfollow_imports = silent\n", encoding="utf-8"
    )
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), "--cache-dir", str(tmp_path), str(API)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(importlib.util.find_spec("pyright") is None, reason="pyright is not installed")
def test_pyright_passes() -> None:
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, str(API)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    if "error" not in done.stdout and done.returncode not in (0, 1):
        pytest.skip("pyright needs Node, which it could not get")
    assert done.returncode == 0, done.stdout + done.stderr
