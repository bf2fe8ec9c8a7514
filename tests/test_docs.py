"""The pages tell the truth: examples run and print what is shown, everything public has its page, links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

pytestmark = pytest.mark.skipif(not (DOCS / "examples.py").is_file(), reason="the pages are only in a checkout")


def module(name: str) -> ModuleType:
    """A script of ``docs`` as a module."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded  # dataclasses look their module up
    spec.loader.exec_module(loaded)
    return loaded


examples = module("examples")
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES: list[Path] = [*READMES, *sorted(DOCS.rglob("*.md"))]
BLOCKS = {path: examples.blocks(path.read_text(encoding="utf-8")) for path in PAGES}
WITH_EXAMPLES = [
    path
    for path in examples.pages()
    if "reference" not in path.parts and any(block.language in ("python", "console") for block in BLOCKS[path])
]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(*names: str) -> str:
    return "\n".join((DOCS / name).read_text(encoding="utf-8") for name in names)


@pytest.mark.filterwarnings("ignore")  # readers see warnings, and examples may cause them
@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=short)
def test_examples_print_what_is_shown(path: Path) -> None:
    import pandas as pd

    if int(pd.__version__.split(".")[0]) < 3:
        pytest.skip("older pandas shows frames in another way")
    with examples.folder():
        assert not examples.check(path), "\n".join(examples.check(path))


@pytest.mark.parametrize("name", ["build_reference", "build_catalogue"])
def test_generated_pages_are_up_to_date(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert module(name).main(["--check"]) == 0, capsys.readouterr().err


def test_every_command_and_option_has_its_page() -> None:
    build = module("build_reference")
    page = text_of("reference/commands.md")
    for name, function in build.command_functions().items():
        assert f"## logan {name}\n" in page
        section = page.split(f"## logan {name}\n")[1].split("\n## ")[0]
        for shown, *_ in build.options_of(function):
            assert f"`{shown}`" in section


def test_every_public_name_has_its_page() -> None:
    import logan

    page = text_of("reference/python.md")
    assert [name for name in logan.__all__ if f"## logan.{name}\n" not in page] == []


def test_every_finding_has_its_page() -> None:
    from logan.analysis.findings import RULES

    page = text_of("reference/findings.md")
    assert [name for name in RULES if f"\n## {name}\n" not in page] == []


def test_every_column_has_its_page() -> None:
    from logan.annotation import ADDED
    from logan.fields import known_fields
    from logan.frames import LEADING

    page = text_of("reference/columns.md")
    wanted = [*LEADING, *(field.column for field in known_fields()), *ADDED]
    assert [name for name in wanted if f"| `{name}` |" not in page] == []


def test_every_chart_has_its_page() -> None:
    from logan.charts import KINDS

    page = text_of("reference/commands.md")
    assert [name for name in KINDS if f"| `{name}` |" not in page] == []


def test_quick_start_is_two_commands_to_paste() -> None:
    text = READMES[0].read_text(encoding="utf-8")
    section = text.split("## Quick start")[1].split("\n## ")[0]
    commands = [block.body for block in examples.blocks(section)]
    assert [command.count("\n") for command in commands] == [1, 1]
    assert commands[0].endswith("logan summarize samples\n")
    assert "-m pytest" in commands[1]


def commands_shown() -> list[tuple[str, list[str]]]:
    """Every logan command of every page, with its options."""
    found = []
    for path, blocks in BLOCKS.items():
        for block in blocks:
            for line in re.sub(r"[`^\\]\n\s*", " ", block.body).splitlines():
                match = re.match(r"^\s*(?:\$ |> |PS> )?(?:\S*[\\/])?logan(?:\.exe)?\s+([a-z]+)\s+(.*)$", line)
                if match and block.language in ("console", "bat", "powershell", ""):
                    options = re.findall(r"(?<!\S)--[a-z][\w-]*", match[2])
                    found.append((f"{short(path)}: {match[1]}", options))
    return found


def test_commands_on_the_pages_exist() -> None:
    build = module("build_reference")
    functions = build.command_functions()
    shown = commands_shown()
    assert len(shown) > 20
    for where, options in shown:
        name = where.split(": ")[1]
        assert name in functions, where
        known = " ".join(text for text, *_ in build.options_of(functions[name]))
        assert [option for option in options if option not in re.findall(r"--[\w-]+", known)] == [], where


def slug(heading: str) -> str:
    """The anchor of a heading, as the pages' builder and code hosts make it."""
    text = re.sub(r"[`*\\]", "", heading).strip().lower()
    return re.sub(r"[\s]+", "-", re.sub(r"[^\w\s.-]", "", text)).replace(".", "")


@pytest.mark.parametrize("path", PAGES, ids=short)
def test_links_lead_somewhere(path: Path) -> None:
    text = examples.FENCE.sub("", path.read_text(encoding="utf-8"))
    for link in re.findall(r"(?<!`)\]\(([^)\s]+)\)", text):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        there = (path.parent / target) if target else path
        assert there.exists(), f"{short(path)}: {link}"
        if DOCS in path.parents:
            assert DOCS in there.resolve().parents, f"{short(path)}: {link} leaves the pages"
        if anchor and there.suffix == ".md" and "catalogue" not in there.parts:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(slug, headings), f"{short(path)}: {link}"


def test_the_menu_holds_every_page_once() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:")[1]
    named = re.findall(r"([\w/.-]+\.md)", menu)
    assert len(named) == len(set(named))
    assert set(named) == {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}


def test_pages_load_nothing_from_elsewhere() -> None:
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "font: false" in settings
    assert "://" not in settings


def test_pictures_are_small() -> None:
    pictures = list((DOCS / "img").glob("*.png"))
    assert len(pictures) >= 5
    assert [path.name for path in pictures if path.stat().st_size > 300_000] == []


def test_an_ellipsis_stands_for_any_lines() -> None:
    assert examples.same("a\n...\nd\n", "a\nb\nc\nd\n")
    assert examples.same("a\n...\n", "a\nb\n")
    assert not examples.same("a\n...\nd\n", "a\nb\n")
    assert not examples.same("a\n", "a\nb\n")
