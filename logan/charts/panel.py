"""One chart's Axes with its header, its rows and its time axis, laid out in points so that nothing overlaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox, ScaledTranslation, TransformedBbox

from logan.charts.bins import DAY, Bins
from logan.charts.style import INK, QUIET, Look, styled
from logan.charts.text import LARGE, LINE, NORMAL, SMALL, Fitted, clean, text_width, wrap
from logan.charts.ticks import period_label, sample_labels, step_label, time_ticks, zone_label

DPI = 100
TRACK = "#EEF0F3"  # what a bar could fill


def size_of(width: int, height: float) -> tuple[tuple[float, float], float]:
    """Size in inches and dots an inch of a picture `width` pixels wide.

    Beyond 900 pixels half of the growth is room and half is larger print: a wide picture is read from afar.
    """
    room = design_width(width)
    return (room / DPI, height / DPI), DPI * width / room


def design_width(width: int) -> float:
    """The width that the layout has to work with, in units of a hundredth of an inch."""
    return float(width) if width <= 900 else 900 + (width - 900) / 2


def most_bins(width: int) -> int:
    """How many bins a picture has room for: five pixels each at least."""
    return max(40, min(200, int(design_width(width) / 4.6)))


def plot_height(width: int, share: float) -> float:
    return max(170.0, design_width(width) * share)


class Chart(Axes):
    """The Axes of a chart with a figure of its own, which no pyplot shows: it shows itself in a notebook."""

    def _repr_png_(self) -> bytes:
        from logan.charts.output import rendered

        return rendered(self, "png")


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

    def about(
        self,
        period: tuple[int, int] | None,
        *more: str | None,
        step: int | None = None,
        site: str | None = None,
        status: str | None = None,
    ) -> str:
        """The quiet line under a headline: the stretch of time, what was chosen of it, and `more`."""
        return self.joined(
            period and period_label(self.look, period), step_label(self.look, step) if step else None,
            site and self.say("site", site=clean(site)), status and self.say("status", status=clean(status)), *more,
        )  # fmt: skip

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
        self.above(text, size=LARGE, colour=INK, weight="bold", gap=0).set_label("_title")

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
            self.ax.plot(
                [0], [1], "s", markersize=6.5, color=colour, markeredgewidth=0, clip_on=False,
                transform=at + ScaledTranslation(3.5 / 72, NORMAL * 0.42 / 72, figure.dpi_scale_trans),
                scalex=False, scaley=False, label="_key",
            )  # fmt: skip
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
        ).set_label("_empty")  # fmt: skip

    def nothing(self, title: str, sentence: str, about: str = "") -> Axes:
        """A headline with the sentence that stands for the chart."""
        self.empty(sentence)
        self.title(title, about)
        return self.ax

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
                label="_label",
            )
            self._bar(number, 0, longest, TRACK, "_track")
            left = 0.0
            for length, colour in bars:
                self._bar(number, left, length, colour, "_bar")
                left += length if stacked else 0
        ax.set_xlim(0, longest)
        ax.set_ylim(max(len(rows), 1), 0)

    def _bar(self, row: int, left: float, length: float, colour: str, label: str) -> None:
        for bar in self.ax.barh(row + 0.66, length, left=left, height=0.22, color=colour):
            bar.set_label(label)

    # --- the time axis ---
    def time_axis(self, bins: Bins, period: tuple[int, int]) -> None:
        """Ticks at round times of the zone, with the zone named under them."""
        ax, look = self.ax, self.look
        first, last = bins.edges[0], bins.edges[-1]
        ax.set_xlim(first / DAY, last / DAY)
        widest = max(text_width(ax, part) for part in sample_labels(look))
        most = max(2, int(self.width / (widest * 1.3)))
        ticks = time_ticks(first, last, look, most)
        ax.set_xticks([t / DAY for t in ticks], labels=list(ticks.values()))
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
            ax = figure.add_subplot(axes_class=Chart)
            room = size[0] * 72 - 54  # less the margins and the labels of a value axis
        panel = Panel(ax, Look.of(lang, tz), room)
        yield panel
        if figure is not None:
            height = 70.0 if panel.blank else height
            margins = panel.header + panel.below + 2 * 0.12 * 72
            figure.set_size_inches(size[0], height / DPI + margins / 72)
