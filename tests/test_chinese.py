"""What the Chinese texts keep, all of them: punctuation of their own in sentences, and that of the shell in commands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import logan

PACKAGE = Path(logan.__file__).parent
FILES = sorted(PACKAGE.rglob("*.toml"))
HAN = "[\u4e00-\u9fff]"
#: Punctuation of half a width beside a character. Colons and brackets are left to commands: `findstr :端口`.
NARROW = re.compile(f"{HAN}[,;!?]|[,;!?]{HAN}")
#: What a shell must find as it is: `-section:`, `/text:`, and the rights of icacls.
SWITCH = re.compile(r"(?<=\s)[-/][A-Za-z]+:(?=\S)|:\(OI\)\(CI\)")


def pairs(node: Any) -> Iterator[tuple[str, str]]:
    """Every text in English with the Chinese one beside it; lists are joined."""
    if isinstance(node, dict):
        if isinstance(node.get("en"), str | list) and "zh" in node:
            en, zh = ("\n".join(each) if isinstance(each, list) else each for each in (node["en"], node["zh"]))
            yield en, zh
        else:
            for each in node.values():
                yield from pairs(each)
    elif isinstance(node, list):
        for each in node:
            yield from pairs(each)


def pairs_of(path: Path) -> list[tuple[str, str]]:
    return list(pairs(tomllib.loads(path.read_text(encoding="utf-8"))))


def test_texts_are_found() -> None:
    assert sum(len(pairs_of(path)) for path in FILES) > 2000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sentences_have_chinese_punctuation(path: Path) -> None:
    assert [zh for _, zh in pairs_of(path) if NARROW.search(zh)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_commands_keep_the_colons_of_the_shell(path: Path) -> None:
    """Once it was `icacls "目录" /grant 账户：(OI)(CI)M`, which Windows refuses."""
    torn = [zh for en, zh in pairs_of(path) if sorted(SWITCH.findall(en)) != sorted(SWITCH.findall(zh))]
    assert torn == []
