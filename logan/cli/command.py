"""A typer command that takes what was typed as it stands where nothing has to be converted."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import Parameter, signature
from typing import Any, Literal, get_args, get_origin

from typer.core import TyperCommand


class Command(TyperCommand):
    """A command that leaves to typer only what needs it: wrong or missing values, and ``--help``.

    To convert values, typer 0.29 loads pydantic and builds a validator for each option, given or not: 0.1 s, longer than
    reading a small log. Texts, choices and flags are what they are, and a number is quickly made.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Set the parameters of the context. Raises typer's errors for wrong usage."""
        given, rest, _ = self.make_parser(ctx).parse_args(args=[*args])
        parameters = signature(self.callback, eval_str=True).parameters if self.callback else {}
        if not rest and given.keys() <= parameters.keys():
            try:
                ctx.params.update(_values(parameters, given))
            except _NeedsTyper:
                return super().parse_args(ctx, args)
            return []
        return super().parse_args(ctx, args)


class _NeedsTyper(Exception):
    """A value has to be complained about, or is of a kind that is not known here."""


def _values(parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(parameter, given.get(name)) for name, parameter in parameters.items()}


def _value(parameter: Parameter, given: Any) -> Any:
    """What was given for a parameter, or its default. Raises _NeedsTyper where neither can be had without typer."""
    kind, info = get_args(parameter.annotation)[:2]  # of Annotated[kind, typer.Option(...)]
    several = kind in (list[str], list[str] | None)
    if given is not None and given != ():
        if given is True if kind is bool else _are_texts(given) if several else _is_text(given, kind):
            return given
        if kind in (int, int | None) and _is_number(given, info):
            return int(given)
        raise _NeedsTyper
    if parameter.default is Parameter.empty:
        raise _NeedsTyper
    return () if several else parameter.default  # as typer has it for an option that may be repeated


def _are_texts(given: Any) -> bool:
    return isinstance(given, list | tuple) and all(isinstance(text, str) for text in given)


def _is_text(given: Any, kind: Any) -> bool:
    """Whether a text is one of a parameter's choices, or any will do."""
    choices = [choice for part in (kind, *get_args(kind)) if get_origin(part) is Literal for choice in get_args(part)]
    return isinstance(given, str) and (given in choices or kind in (str, str | None))


def _is_number(given: Any, info: Any) -> bool:
    """Whether a text is a plain number within the limits of an option."""
    plain = isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) < 19
    return plain and (info.min is None or info.min <= int(given)) and (info.max is None or int(given) <= info.max)
