"""A progress bar for notebooks, drawn with what IPython brings along.

It is nobody's answer, so it goes when the work is done, and nothing is shown at all where IPython is not there or the
work is over before a bar could be read.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any, TypeVar

T = TypeVar("T")

#: Seconds before a bar appears, and between two of its steps.
PATIENCE, STEP = 0.5, 0.2


def progress(items: Iterable[T], total: int | None = None, *, label: str = "reading logs") -> Iterator[T]:
    """The items, with a bar in the notebook that moves on as they are taken.

    `total` is how many there will be, the length of `items` if left out; a bar without an end where neither is known.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    bar = _Bar(total, label)
    try:
        for item in items:
            yield item
            bar.advance()
    finally:
        bar.close()


class _Bar:
    """A bar that appears late, moves now and then, and takes itself away."""

    def __init__(self, total: int | None, label: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self.label, self.clock = total, label, clock
        self.done = 0
        self.next = clock() + PATIENCE
        self.handle: Any = None

    def advance(self) -> None:
        self.done += 1
        now = self.clock()
        if now >= self.next and self.done != self.total:
            self.next = now + STEP
            self._draw()

    def close(self) -> None:
        if self.handle is not None:
            self.handle.update(_html(""))

    def _draw(self) -> None:
        shown = _html(self.html())
        if shown is None:
            return
        if self.handle is None:
            display: Any = _ipython("display")
            self.handle = display(shown, display_id=True)
        else:
            self.handle.update(shown)

    def html(self) -> str:
        """The bar as HTML; holds numbers and our own words only."""
        of = f" of {self.total:,}" if self.total else ""
        end = f' max="{self.total}" value="{self.done}"' if self.total else ""
        return f"<label>{self.label}: <progress{end}></progress> {self.done:,}{of} blocks</label>"


def _html(text: str) -> Any:
    """The text for `display`, or None without IPython."""
    html = _ipython("HTML")
    return html and html(text)


def _ipython(name: str) -> Any:
    """A function of IPython.display, or None where that is not installed."""
    try:
        return getattr(importlib.import_module("IPython.display"), name)
    except ImportError:
        return None


__all__ = ["progress"]
