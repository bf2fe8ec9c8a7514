"""The public names, in order; and what importing them must not drag in."""

from __future__ import annotations

import subprocess
import sys

import pytest

import logan


def test_all_is_sorted_and_complete() -> None:
    assert sorted(logan.__all__, key=str) == logan.__all__ == sorted(logan._HOMES)
    assert all(getattr(logan, name) is not None for name in logan.__all__)
    assert set(logan.__all__) <= set(dir(logan))


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute 'sumarize'"):
        logan.sumarize


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import logan", ["pandas", "pyarrow", "numpy", "matplotlib", "typer"]),
        ("import logan.cli; logan.cli.app()", ["pandas", "pyarrow", "numpy", "matplotlib", "rich", "jinja2"]),
        ("import logan; logan.explain('403.14')", ["pandas", "pyarrow", "numpy"]),
        ("import logan; logan.summarize('samples')", ["pandas", "matplotlib", "typer"]),
        ("import logan; logan.summarize('samples').to_dict()", ["pandas", "matplotlib"]),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code: str, absent: list[str]) -> None:
    check = f"{code}\nimport sys\nprint([name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
