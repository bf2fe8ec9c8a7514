"""The public names, in order; and what importing them must not drag in."""

from __future__ import annotations

import subprocess
import sys

import pytest

import logan
from logan import native
from logan.cli import COMMANDS, app


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
        ("import logan.cli; logan.cli.app()", ["pydantic", "html", "json", "tomllib", "logan.catalogue"]),
        ("import logan.cli; logan.cli.app('explain')", ["logan.catalogue", "logan.cli.summarize", "logan.cli.report"]),
        ("import logan.cli; logan.cli.app('report')", ["logan.cli.explain", "logan.cli.summarize", "logan.reports"]),
        ("import logan; logan.explain('403.14')", ["pandas", "pyarrow", "numpy"]),
        ("import logan; logan.summarize('samples')", ["pandas", "matplotlib", "typer"]),
        ("import logan; logan.summarize('samples').to_dict()", ["pandas", "matplotlib"]),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code: str, absent: list[str]) -> None:
    check = f"{code}\nimport sys\nprint([name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--help"], ["pydantic", "html", "json", "tomllib", "rich", "logan.catalogue"]),
        (["explain", "404.7"], ["pydantic", "tomllib", "rich", "numpy", "logan.fields", "logan.cli.summarize"]),
        (["summarize", "samples", "--format", "json", "--quiet"], ["pandas", "matplotlib", "rich", "jinja2", "fsspec"]),
        (
            ["summarize", "samples", "--format", "json", "--quiet"],
            ["distributed", "logan.cli.explain", "logan.reports", "pydantic", "tomllib", "statistics"],
        ),
        (["summarize", "samples", "--top", "3", "--workers=1", "--lang=en", "-q"], ["pandas", "pydantic"]),
        (["summarize", "samples", "--lang", "en", "--quiet"], ["pandas", "matplotlib", "jinja2", "logan.charts"]),
    ],
)
def test_a_command_imports_what_it_needs(arguments: list[str], absent: list[str]) -> None:
    check = (
        f"import sys, logan.cli\ntry:\n    logan.cli.main({arguments!r})\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {absent!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_program_tidies_up_and_leaves_without_taking_everything_apart() -> None:
    code = """
import atexit, sys, logan.cli

class Left:
    def __del__(self):
        print("taken apart", flush=True)

left = Left()
atexit.register(print, "tidied up")
sys.argv = ["logan", "explain", "nonsense"]
logan.cli.main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "tidied up\n")
    assert "nonsense" in done.stderr


@pytest.mark.skipif(not native.kernel, reason="without the compiled part Arrow is what logan reads with")
@pytest.mark.parametrize("source", ["samples", "tests/conformance/cases"])
def test_a_summary_needs_nothing_of_arrow(source: str) -> None:
    """Importing it takes longer than reading a small log; nor do lines that are read with care need it."""
    check = f"import logan, sys\nlogan.summarize({source!r}).to_dict()\nprint([*sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert "logan.reading.cutting" in done.stdout
    assert "pyarrow" not in done.stdout and "'numpy.ma'" not in done.stdout


def test_only_the_command_asked_for_is_built() -> None:
    def names(given: str | None) -> list[str]:
        return [command.callback.__name__ for command in app(given).registered_commands]

    assert names(None) == list(COMMANDS)
    assert all(names(name) == [name] for name in COMMANDS)
    assert names("--help") == names("sumarize") == list(COMMANDS), "so that the help and a suggestion know them all"
