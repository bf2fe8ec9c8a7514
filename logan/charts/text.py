"""Text that fits: measured, wrapped, shortened, and harmless whatever a log holds."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from matplotlib import rcParams
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from logan.display import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase

#: Sizes of print in points, and the height of a line in sizes.
SMALL, NORMAL, LARGE = 7.5, 8.5, 11.5
LINE = 1.35


def clean(text: str | None, instead: str = "") -> str:
    """A text from a log as one that can be drawn: one line, no control characters, no glyph that the fonts lack."""
    if text is None:
        return instead
    families = tuple(rcParams["font.family"])
    shown = plain(text[:2000])
    if shown.isascii():
        return shown
    return "".join(char if _drawable(char, families) else f"\\u{{{ord(char):x}}}" for char in shown)


@lru_cache(maxsize=8192)
def _drawable(char: str, families: tuple[str, ...]) -> bool:
    fonts = (get_font(findfont(FontProperties(family=[name]))) for name in families)
    return char.isascii() or any(font.get_char_index(ord(char)) for font in fonts)


def text_width(ax: Axes, text: str, size: float = NORMAL, weight: str = "normal") -> float:
    """The width of a text in points."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    probe = Text(0, 0, text, fontsize=size, fontweight=weight)
    probe.set_figure(figure)
    return probe.get_window_extent().width * 72 / figure.dpi


def wrap(ax: Axes, text: str, room: float, size: float = NORMAL, weight: str = "normal", most: int = 4) -> str:
    """The text in lines of at most `room` points, broken at spaces and between Chinese characters.

    A word that is longer than a line loses its middle.
    """
    lines: list[str] = [""]
    for word in _pieces(text):
        piece = word
        while len(piece) > 8 and text_width(ax, piece.rstrip(), size, weight) > room:
            piece = shortened(word, min(len(piece) - 1, int(len(piece) * 0.9)))
        longer = lines[-1] + piece
        if lines[-1] and text_width(ax, longer.rstrip(), size, weight) > room:
            lines.append(piece.lstrip())
        else:
            lines[-1] = longer
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1].rstrip() + " …"]
    return "\n".join(line.rstrip() for line in lines)


def _pieces(text: str) -> list[str]:
    """Where a line may break: after spaces, and between wide characters except before closing punctuation."""
    pieces: list[str] = []
    for word in re.findall(r"\S+\s*|\s+", text):
        start = 0
        for i in range(1, len(word)):
            wide = "W" in (unicodedata.east_asian_width(word[i - 1]), unicodedata.east_asian_width(word[i]))
            if wide and word[i] not in "，。；：、）》”！？… " and word[i - 1] not in "（《“":
                pieces.append(word[start:i])
                start = i
        pieces.append(word[start:])
    return pieces


class Fitted(Text):
    """One line of text that leaves something out where it has not enough room, whenever it is drawn.

    The room is the width of the Axes, less that of `beside`, a text at the other end of the line. Of names and URLs
    the middle goes, of sentences (`prose`) the end.
    """

    def __init__(
        self,
        ax: Axes,
        x: float,
        y: float,
        text: str,
        *,
        beside: Text | None = None,
        prose: bool = False,
        **kw: Any,
    ) -> None:
        super().__init__(x, y, text, parse_math=False, clip_on=False, **kw)
        self.full = text
        self._ax, self._beside, self._shorter = ax, beside, cut_off if prose else shortened
        self._fitted_to: tuple[str, float] | None = None
        if "transform" not in kw:
            self.set_transform(ax.transData)
        ax.add_artist(self)

    def get_window_extent(self, renderer: RendererBase | None = None, dpi: float | None = None) -> Bbox:
        self._fit(renderer)
        return super().get_window_extent(renderer, dpi)

    def draw(self, renderer: RendererBase) -> None:
        self._fit(renderer)
        super().draw(renderer)

    def _fit(self, renderer: RendererBase | None) -> None:
        room = self._ax.bbox.width
        if self._beside is not None:
            room -= self._beside.get_window_extent(renderer).width + 6
        if self._fitted_to == (self.full, room):
            return
        self._fitted_to = (self.full, room)
        low, high = 1, len(self.full)
        if self._width(self.full, renderer) <= room:
            low = high
        while low < high:
            keep = (low + high + 1) // 2
            if self._width(self._shorter(self.full, keep), renderer) <= room:
                low = keep
            else:
                high = keep - 1
        self.set_text(self._shorter(self.full, low))

    def _width(self, text: str, renderer: RendererBase | None) -> float:
        self.set_text(text)
        return super().get_window_extent(renderer).width


def shortened(text: str, keep: int) -> str:
    """The text without its middle, `keep` characters long: both ends of a URL tell something.

    >>> shortened("/timesheet/api/projects", 12)
    '/timesh…ects'
    """
    if keep >= len(text):
        return text
    head = math.ceil((keep - 1) * 0.62)
    tail = keep - 1 - head
    return f"{text[:head]}…{text[len(text) - tail :]}" if tail else f"{text[:head]}…"


def cut_off(text: str, keep: int) -> str:
    """The text without its end, `keep` characters long."""
    return text if keep >= len(text) else f"{text[: keep - 1].rstrip()}…"
