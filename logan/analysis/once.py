"""Facts about a summary that are worked out once, although several questions need them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple
from weakref import ReferenceType, ref

if TYPE_CHECKING:
    from logan.summary import Summary

Fact = TypeVar("Fact")
Arguments = TypeVarTuple("Arguments")


def once(function: Callable[[Summary, *Arguments], Fact]) -> Callable[[Summary, *Arguments], Fact]:
    """Work a fact out once for a summary; that of the last summary is kept, until another one is asked about."""
    last: tuple[ReferenceType[Summary] | None, dict[tuple[object, ...], Fact]] = (None, {})

    @wraps(function)
    def known(summary: Summary, *arguments: *Arguments) -> Fact:
        nonlocal last
        known_of, facts = last
        if known_of is None or known_of() is not summary:
            known_of, facts = last = ref(summary), {}
        if arguments not in facts:
            facts[arguments] = function(summary, *arguments)
        return facts[arguments]

    return known
