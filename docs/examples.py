"""Runs the examples of the pages and compares what they print with what the pages show.

python docs/examples.py               runs README.md, README.zh-CN.md and all pages, tells what differs
python docs/examples.py --write       writes what was printed into the pages
python docs/examples.py docs/x.md     only this page

Which blocks run:

- ``python`` blocks, one after the other in one namespace; a ``text`` block right after one shows what it prints and the
  value of its last line;
- the lines of ``console`` blocks that begin with ``$ logan``; what follows is what they print on both streams, where
  anything follows. A line ``...`` stands for any number of lines, and a lone ``?`` asks to be filled in.

A block right after ``<!-- not run: reason -->`` is left alone. All of them run in a folder that holds a copy of
``samples`` and nothing else.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^```(?P<language>[\w-]*)[^\n]*\n(?P<body>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"<!-- not run: .+? -->\s*\Z")
#: How wide the shown tables of the command line are.
COLUMNS = 100


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: `start` and `end` are where its body stands in the text."""

    language: str
    body: str
    start: int
    end: int
    skipped: bool
    follows: bool  # nothing but blank lines between the block before and this one

    def line(self, text: str) -> int:
        """The number of its first line."""
        return text.count("\n", 0, self.start) + 1


def pages() -> list[Path]:
    """The pages with examples, the READMEs first; generated pages have none."""
    found = sorted(path for path in (ROOT / "docs").rglob("*.md") if path.relative_to(ROOT).parts[1] != "catalogue")
    return [ROOT / "README.md", ROOT / "README.zh-CN.md", *found]


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page."""
    found: list[Block] = []
    before = 0
    for match in FENCE.finditer(text):
        between = text[before : match.start()]
        found.append(
            Block(
                match["language"],
                match["body"],
                match.start("body"),
                match.end("body"),
                bool(NOT_RUN.search(between)),
                bool(found) and not between.strip(),
            )
        )
        before = match.end()
    return found


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder of its own as the current one, with the samples in it."""
    home = Path.cwd()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        shutil.copytree(ROOT / "samples", Path(name, "samples"))
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(home)


def run_page(text: str) -> str:
    """The page with everything its examples print, in place of what it shows. The current folder is used."""
    names: dict[str, Any] = {"__name__": "__main__"}
    changes: list[tuple[int, int, str]] = []
    all_blocks = blocks(text)
    for number, block in enumerate(all_blocks):
        if block.skipped:
            continue
        if block.language == "python":
            printed = run_python(block.body, names)
            after = all_blocks[number + 1] if number + 1 < len(all_blocks) else None
            if after is not None and after.follows and after.language == "text":
                changes.append((after.start, after.end, printed))
        elif block.language == "console":
            changes.append((block.start, block.end, run_console(block.body)))
    for start, end, new in reversed(changes):
        text = text[:start] + (text[start:end] if same(text[start:end], new) else new) + text[end:]
    return text


def run_python(source: str, names: dict[str, Any]) -> str:
    """What a block prints, and the value of its last line as a prompt shows it."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(tree, "<example>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<example>", "eval"), names)
            if value is not None:
                print(value if isinstance(value, str) else repr(value))
    return tidy(printed.getvalue())


def run_console(body: str) -> str:
    """The commands of a block, each with what it prints."""
    lines = body.splitlines()
    starts = [n for n, line in enumerate(lines) if line.startswith("$ ")]
    parts = []
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        shown = "\n".join(lines[start + 1 : stop])
        if not lines[start].startswith("$ logan "):
            parts.append("\n".join(lines[start:stop]))
            continue
        printed = run_command(lines[start][2:]).rstrip("\n")
        parts.append(lines[start] + "\n" + (shown if not shown or same(shown, printed) else refreshed(shown, printed)))
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def run_command(command: str) -> str:
    """What a ``logan`` command prints on both streams."""
    from logan.cli import main

    arguments = shlex.split(command)[1:]
    printed = io.StringIO()
    environment = {"COLUMNS": str(COLUMNS), "LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8", "NO_COLOR": "1"}
    with (
        mock.patch.dict(os.environ, environment),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        contextlib.suppress(SystemExit),
    ):
        main(arguments)
    return tidy(printed.getvalue().replace(os.getcwd() + os.sep, ""))


def tidy(text: str) -> str:
    """Without blanks at the ends of lines and empty lines at the end."""
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip("\n") + "\n"


def same(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed; a line ``...`` in it stands for any lines."""
    parts = [
        re.escape(part) for part in re.split(r"^\.\.\.[ ]*\n?", tidy(shown).strip("\n") + "\n", flags=re.MULTILINE)
    ]
    return re.fullmatch("(?:.*\n)*?".join(parts), tidy(printed).strip("\n") + "\n") is not None


def refreshed(shown: str, printed: str) -> str:
    """What was printed, with the same parts left out as before where these can still be told."""
    lines = tidy(printed).rstrip("\n").splitlines()
    parts = [part.strip("\n").splitlines() for part in re.split(r"^\.\.\.$", shown, flags=re.MULTILINE)]
    if len(parts) == 1:
        return "\n".join(lines)
    kept, start = [], 0
    for number, part in enumerate(parts):
        windows = range(start, start + 1 if number == 0 else len(lines) - len(part) + 1)
        likeness = {n: alike(part, lines[n : n + len(part)]) for n in windows}
        best = max(likeness, key=lambda n: likeness[n], default=None)
        if part and (best is None or likeness[best] < 0.5):
            return "\n".join(lines)
        if part and best is not None:
            start = best + len(part)
            kept.append("\n".join(lines[best:start]))
        else:
            kept.append("")
    return "\n...\n".join(kept).strip("\n") if parts[0] else "\n...\n".join(kept).removesuffix("\n")


def alike(shown: list[str], printed: list[str]) -> float:
    """How alike two stretches of lines are, 0 to 1."""
    return difflib.SequenceMatcher(None, "\n".join(shown), "\n".join(printed), autojunk=False).ratio()


def check(path: Path, *, write: bool = False) -> list[str]:
    """How a page differs from what its examples print, as lines of a diff."""
    text = path.read_text(encoding="utf-8")
    new = run_page(text)
    if write and new != text:
        path.write_text(new, encoding="utf-8", newline="\n")
    name = path.relative_to(ROOT).as_posix()
    return list(difflib.unified_diff(text.splitlines(), new.splitlines(), name, "as printed", n=1, lineterm=""))


def main(arguments: Sequence[str]) -> int:
    """Run the pages that are named, or all; 1 where one of them shows what is not so."""
    sys.path.insert(0, str(ROOT))
    named = [Path(name).resolve() for name in arguments if not name.startswith("-")]
    differences = []
    with folder():
        for path in named or pages():
            differences += check(path, write="--write" in arguments)
    print("\n".join(differences), end="\n" if differences else "")
    return 1 if differences and "--write" not in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
