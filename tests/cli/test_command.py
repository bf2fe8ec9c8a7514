"""What is typed means the same whether typer converts it or it is taken as it stands."""

from __future__ import annotations

from typing import Any

import pytest
from typer.core import TyperCommand
from typer.main import get_command

from logan.cli import app
from logan.cli.command import Command

LINES = [
    ["samples"],
    ["samples", "-"],
    ["samples", "--lang", "zh", "--format=json", "-q"],
    ["samples", "--tz", "", "--site", "W3SVC1", "--site", "", "--show-secrets"],
    ["samples", "--top", "3", "--workers", "01"],
    ["--", "samples"],
    [],
    ["samples", "--top", "0"],
    ["samples", "--top", "x"],
    ["samples", "--top", "1_0"],
    ["samples", "--lang", "fr"],
    ["samples", "--format", ""],
    ["samples", "--nonsense"],
    ["samples", "--quiet", "--quiet"],
]


def outcome(command: Any, arguments: list[str]) -> object:
    try:
        context = command.make_context("summarize", [*arguments])
    except Exception as error:
        return type(error), str(error)
    return context.params, context.args


@pytest.mark.parametrize("arguments", LINES, ids=" ".join)
def test_what_is_typed_means_what_typer_makes_of_it(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    command: Any = get_command(app("summarize")).commands["summarize"]  # type: ignore[attr-defined]
    assert isinstance(command, Command)
    taken = outcome(command, arguments)
    monkeypatch.setattr(Command, "parse_args", TyperCommand.parse_args)
    assert comparable(taken) == comparable(outcome(command, arguments))


def comparable(found: Any) -> object:
    """Parameters with lists for what may be repeated; what typer hands on to the function are lists in any case."""
    if not isinstance(found[0], dict):
        return found
    return {name: list(v) if isinstance(v, list | tuple) else v for name, v in found[0].items()}, found[1]
