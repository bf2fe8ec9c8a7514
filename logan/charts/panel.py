"""One chart's Axes with its header, its rows and its time axis, laid out in points so that nothing overlaps."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from matplotlib import rcParams
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.transforms import Bbox, ScaledTranslation, TransformedBbox

from logan.charts.numbers import DAY, HOUR, Bins, local, offsets
from logan.charts.style import INK, QUIET, Look, styled
from logan.display import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase

DPI = 100
SMALL, NORMAL, LARGE = 7.5, 8.5, 11.5
LINE = 1.35  # line height, of the font size
_SECONDS_A_DAY = 86400.0  # matplotlib counts days


def size_of(width: int, height: float) -> tuple[tuple[float, float], float]:
    """Size in inches and dots an inch of a picture `width` pixels wide.

    Beyond 900 pixels half of the growth is room and half is larger print: a wide picture is read from afar.
    """
    room = design_width(width)
    return (room / DPI, height / DPI), DPI * width / room


def design_width(width: int) -> float:
    """The width that the layout has to work with, in units of a hundredth of an inch."""
    return float(width) if width <= 900 else 900 + (width - 900) / 2


# --- text ---------------------------------------------------------------------------------------------------
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


# --- panel --------------------------------------------------------------------------------------------------
class Panel:
    """An Axes being drawn, in a language and a time zone."""

    def __init__(self, ax: Axes, look: Look, room: float | None = None) -> None:
        self.ax, self.look = ax, look
        self._room = room
        self.below = 0.0  # points under the Axes that are taken
        self.blank = False
        self._above = 7.0  # points above the Axes that are taken

    @property
    def width(self) -> float:
        """About how wide the Axes will be, in points; rather less than more."""
        if self._room is not None:
            return self._room
        figure = self.ax.get_figure(root=True)
        assert figure is not None
        return self.ax.get_window_extent().width * 72 / figure.dpi * 0.96

    def say(self, key: str, **values: Any) -> str:
        return self.look.say(key, **values)

    def joined(self, *parts: str | None) -> str:
        return self.say("separator").join(part for part in parts if part)

    # --- header: from the Axes upwards ---
    def above(
        self, text: str, *, size: float = SMALL, colour: str = QUIET, weight: str = "normal", gap: float = 3
    ) -> Text:
        """A line of text above the Axes and whatever stands there already."""
        shown = wrap(self.ax, text, self.width, size, weight)
        artist = self.ax.text(
            0, 1, shown, transform=self.up(self._above), size=size, color=colour, weight=weight, parse_math=False,
            va="bottom", linespacing=1.25,
        )  # fmt: skip
        self.take((shown.count("\n") + 1) * size * LINE + gap)
        return artist

    def up(self, points: float) -> Any:
        """Coordinates of the Axes, moved up by points."""
        figure = self.ax.get_figure(root=True)
        assert figure is not None
        return self.ax.transAxes + ScaledTranslation(0, points / 72, figure.dpi_scale_trans)

    def take(self, points: float) -> float:
        """Take room above the Axes; where it begins, in points."""
        start = self._above
        self._above += points
        return start

    @property
    def header(self) -> float:
        """How high the header stands above the Axes, in points."""
        return self._above

    def title(self, text: str, note: str = "") -> None:
        """The headline of the chart, with a quiet line under it."""
        if note:
            self.above(note, gap=4)
        self.above(text, size=LARGE, colour=INK, weight="bold", gap=0).set_gid("title")

    def key(self, entries: Sequence[tuple[str, str]]) -> None:
        """What the colours mean: squares with words above the Axes, in as many lines as they need."""
        lines: list[list[tuple[float, str, str]]] = [[]]
        x = 0.0
        for colour, text in entries:
            wide = text_width(self.ax, text, NORMAL) + 24
            if lines[-1] and x + wide - 12 > self.width:
                lines.append([])
                x = 0.0
            lines[-1].append((x, colour, text))
            x += wide
        for line in reversed(lines):
            self._key_line(line, self.take(NORMAL * 1.55))
        self.take(3)

    def _key_line(self, line: list[tuple[float, str, str]], up: float) -> None:
        figure = self.ax.get_figure(root=True)
        assert figure is not None
        for x, colour, text in line:
            at = self.up(up) + ScaledTranslation(x / 72, 0, figure.dpi_scale_trans)
            square = self.ax.plot(
                [0], [1], "s", markersize=6.5, color=colour, markeredgewidth=0, clip_on=False,
                transform=at + ScaledTranslation(3.5 / 72, NORMAL * 0.42 / 72, figure.dpi_scale_trans),
                scalex=False, scaley=False, label="_key",
            )[0]  # fmt: skip
            square.set_gid("key")
            shifted = at + ScaledTranslation(11 / 72, 0, figure.dpi_scale_trans)
            self.ax.text(0, 1, text, transform=shifted, size=NORMAL, color=INK, va="baseline", parse_math=False)

    # --- no data ---
    def empty(self, sentence: str) -> None:
        """Say in a sentence why there is nothing to see."""
        self.ax.set_axis_off()
        self.blank = True
        shown = wrap(self.ax, sentence, self.width * 0.9, NORMAL + 0.5, most=5)
        self.ax.text(
            0, 1, shown, transform=self.ax.transAxes, size=NORMAL + 0.5, color=QUIET, va="top", parse_math=False,
            linespacing=1.45,
        ).set_gid("empty")  # fmt: skip

    # --- rows: a label and a value, and a bar under them ---
    def rows(
        self,
        rows: Sequence[tuple[str, str, Sequence[tuple[float, str]]]],
        *,
        stacked: bool = True,
        prose: bool = False,
    ) -> None:
        """Bars under their labels: (label, value as text, [(length, colour), ...]).

        The lengths of a row stand one after the other; with `stacked` false they all begin at 0, the longest first.
        `prose` says that labels are words rather than URLs.
        """
        ax = self.ax
        ax.set_axis_off()
        self.take(3)
        together = sum if stacked else max
        longest = max(together(length for length, _ in bars) for _, _, bars in rows) or 1
        for number, (label, value, bars) in enumerate(rows):
            told = ax.text(
                longest,
                number + 0.42,
                value,
                ha="right",
                va="baseline",
                size=NORMAL,
                color=INK,
                weight="bold",
                parse_math=False,
            )
            Fitted(
                ax,
                0,
                number + 0.42,
                label,
                beside=told,
                prose=prose,
                size=NORMAL,
                color=INK,
                va="baseline",
                gid="label",
            )
            ax.barh(number + 0.66, longest, height=0.22, color="#EEF0F3", gid="track", zorder=0.5)
            left = 0.0
            for length, colour in bars:
                ax.barh(number + 0.66, length, left=left, height=0.22, color=colour, gid="bar")
                left += length if stacked else 0
        ax.set_xlim(0, longest)
        ax.set_ylim(max(len(rows), 1), 0)

    # --- the time axis ---
    def time_axis(self, bins: Bins, period: tuple[int, int]) -> None:
        """Ticks at round times of the zone, with the zone named under them."""
        ax, look = self.ax, self.look
        first, last = bins.edges[0], bins.edges[-1]
        ax.set_xlim(first / _SECONDS_A_DAY, last / _SECONDS_A_DAY)
        widest = max(text_width(ax, part) for part in _sample_labels(look))
        most = max(2, int(self.width / (widest * 1.3)))
        ticks = time_ticks(first, last, look, most)
        ax.set_xticks([t / _SECONDS_A_DAY for t in ticks], labels=list(ticks.values()))
        self.zone(zone_label(look, period))
        self.below += NORMAL * LINE * 2 + 4

    def zone(self, text: str) -> None:
        """Name the time zone under the axis."""
        shown = wrap(self.ax, text, self.width)
        self.ax.set_xlabel(shown, loc="left", labelpad=5, parse_math=False, linespacing=1.25)
        self.below += (shown.count("\n") + 1) * NORMAL * LINE + 6


def halve(parent: Axes, upper: Axes, lower: Axes, gap: float) -> None:
    """Give the two inset Axes of an Axes its halves, with `gap` points between them, whatever its size will be."""

    def place(inset: Axes, bottom: bool) -> None:
        def locate(_: Any, renderer: Any) -> Any:
            figure = parent.get_figure(root=True)
            assert figure is not None
            half = max(0.1, (1 - gap * figure.dpi / 72 / parent.bbox.height) / 2)
            bounds = Bbox.from_bounds(0, 0 if bottom else 1 - half, 1, half)
            return TransformedBbox(bounds, parent.transAxes - figure.transSubfigure)

        inset.set_axes_locator(locate)

    place(upper, bottom=False)
    place(lower, bottom=True)


def zone_label(look: Look, period: tuple[int, int]) -> str:
    """Which zone the times are of, with its offset from UTC."""
    found = offsets(period, look.zone)
    if found == ["UTC"]:
        return look.say("zone-utc") if look.tz == "UTC" else look.say("zone", zone=look.tz, offset="UTC±00:00")
    return look.say("zone", zone=look.tz, offset=" / ".join(found))


def _sample_labels(look: Look) -> list[str]:
    return [look.say("date", day=28, month=month) for month in look.names("months")] + look.names("weekdays")


def time_ticks(first: int, last: int, look: Look, most: int) -> dict[int, str]:
    """{seconds since 1970 UTC: label} of at most `most` round times, bins' edges included."""
    span = last - first
    for step in (HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY):
        if span / step <= most and (step >= DAY or span <= 3.2 * DAY):  # beyond, weekdays say more than hours
            return _day_ticks(first, last, look, step)
    return _month_ticks(first, last, look, most)


def _day_ticks(first: int, last: int, look: Look, step: int) -> dict[int, str]:
    weekdays, ticks = look.names("weekdays"), {}
    day = local(first, look.zone).replace(hour=0, minute=0, second=0)
    if step > DAY:
        day -= timedelta(days=day.weekday())
    fresh = True
    while day.timestamp() < last:
        for hour in range(0, 24, step // HOUR) if step < DAY else (0,):
            at = day.replace(hour=hour)
            second = int(at.timestamp())
            if not first <= second < last:
                continue
            dated = date_label(look, second)
            if step < DAY:
                ticks[second] = f"{hour:02d}:00\n{dated}" if fresh or not hour else f"{hour:02d}:00"
            else:
                ticks[second] = f"{weekdays[day.weekday()]}\n{dated}" if step < 7 * DAY else dated
            fresh = False
        day += timedelta(days=max(1, step // DAY))
    return ticks


def _month_ticks(first: int, last: int, look: Look, most: int) -> dict[int, str]:
    day = local(first, look.zone).replace(day=1, hour=0, minute=0, second=0)
    months = max(1, (last - first) // (30 * DAY))
    step = next((n for n in (1, 2, 3, 6, 12) if months / n <= most), 12 * math.ceil(months / 12 / most))
    ticks: dict[int, str] = {}
    while day.timestamp() < last:
        second = int(day.timestamp())
        if second >= first and (day.year * 12 + day.month - 1) % step == 0:
            name = look.names("months")[day.month - 1]
            yearly = day.month == 1 or not ticks
            ticks[second] = look.say("month-year", month=name, year=day.year) if yearly else name
        day = (day + timedelta(days=32)).replace(day=1)
    return ticks


def date_label(look: Look, second: int, *, year: bool = False) -> str:
    """A day in words: 16 Nov, 11月16日."""
    at = local(second, look.zone)
    names: Mapping[str, Any] = {"day": at.day, "month": look.names("months")[at.month - 1], "year": at.year}
    return look.say("date-year" if year else "date", **names)


def period_label(look: Look, period: tuple[int, int]) -> str:
    """First and last day of a period in words."""
    first, last = period[0] // 1_000_000, period[1] // 1_000_000
    begin, end = local(first, look.zone).date(), local(last, look.zone).date()
    if begin == end:
        return date_label(look, last, year=True)
    same = begin.year == end.year
    named = {"first": date_label(look, first, year=not same), "last": date_label(look, last, year=not same)}
    return look.say("period-in-year", year=end.year, **named) if same else look.say("period", **named)


def step_label(look: Look, step: int) -> str:
    """How long a bin is in words: "per hour"."""
    if step < HOUR:
        return look.say("step", step=look.say("step-minutes", n=step // 60))
    unit, size = ("day", DAY) if step >= DAY else ("hour", HOUR)
    n = step // size
    return look.say("step", step=look.say(f"step-{unit}") if n == 1 else look.say(f"step-{unit}s", n=n))


def to_days(second: float) -> float:
    """Seconds since 1970 as the days that matplotlib counts."""
    return second / _SECONDS_A_DAY


@contextmanager
def drawing(ax: Axes | None, *, lang: str, tz: str, width: int, height: float) -> Iterator[Panel]:
    """A panel in logan's style: on `ax`, or on a figure of its own, `width` pixels wide.

    `height` is that of the plot, in hundredths of an inch; what stands above and below it comes on top.
    """
    with styled():
        room, figure = None, None
        if ax is None:
            from matplotlib.backends.backend_agg import FigureCanvasAgg

            size, dpi = size_of(width, height)
            figure = Figure(figsize=size, dpi=dpi, layout="constrained")
            FigureCanvasAgg(figure)
            ax = figure.add_subplot()
            room = size[0] * 72 - 54  # less the margins and the labels of a value axis
        panel = Panel(ax, Look.of(lang, tz), room)
        yield panel
        if figure is not None:
            height = 70.0 if panel.blank else height
            margins = panel.header + panel.below + 2 * 0.12 * 72
            figure.set_size_inches(size[0], height / DPI + margins / 72)
