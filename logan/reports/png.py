"""The weekly report as one picture of 1600 by 2000 pixels, for a chat message or a mail.

The page is laid out in points from the top: what is above tells how much room is left for what is below.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Page
from matplotlib.patches import Rectangle

from logan import charts
from logan.charts.style import COLOURS, INK, QUIET, SEVERITIES, styled
from logan.charts.text import Fitted, clean, wrap
from logan.reports.weekly import Figure, StatusCard, Weekly
from logan.reports.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Points; at 200 dots an inch 1600 by 2000 pixels.
WIDTH, HEIGHT, MARGIN = 576.0, 720.0, 30.0
DPI = 200
BOX = "#F4F5F7"
LEVELS = {"critical": SEVERITIES["critical"], "warning": SEVERITIES["warning"], "calm": "#2A6F63"}
BETTER = "#2A6F63"
#: Rows on the page.
STATUSES, SLOW, TREND = 5, 5, 190.0


def to_png(weekly: Weekly) -> bytes:
    """The report as a PNG file."""
    with styled():
        page = Page(figsize=(WIDTH / 72, HEIGHT / 72), dpi=DPI)
        FigureCanvasAgg(page)
        _Sheet(page, weekly).draw()
        kept = BytesIO()
        page.savefig(kept, format="png", dpi=DPI, metadata={"Title": weekly.title, "Software": "logan"})
    return kept.getvalue()


class _Sheet:
    """A page being filled from the top; `y` is where it goes on, in points from the bottom."""

    def __init__(self, page: Page, weekly: Weekly) -> None:
        self.page, self.weekly, self.say = page, weekly, weekly.words.say
        self.ax = page.add_axes((0, 0, 1, 1))
        self.ax.set_axis_off()
        self.ax.set_xlim(0, WIDTH)
        self.ax.set_ylim(0, HEIGHT)
        self.y = HEIGHT - 26

    def draw(self) -> None:
        self._head()
        self._figures()
        foot = MARGIN + 6
        slow = 34.0 + 25 * max(1, min(SLOW, len(self.weekly.slow)))
        failed = self._failed()
        listed = 22 + 40.0 * max(1, len(failed))
        trend = min(260.0, max(TREND, self.y - foot - slow - listed - 36))
        self._chart(lambda ax: charts.errors(self.weekly.summary, ax=ax, findings=self.weekly.found, **self._shared), trend)
        self._statuses(failed)
        self._chart(lambda ax: charts.slow_urls(self.weekly.summary, ax=ax, top=SLOW, **self._shared), self.y - foot - 12)
        self._foot()

    @property
    def _shared(self) -> dict[str, Any]:
        return {"lang": self.weekly.lang, "tz": self.weekly.tz, "width": 800}

    # --- text ---
    def text(self, x: float, y: float, text: str, size: float, colour: str = INK, **look: Any) -> Any:
        return self.ax.text(x, y, clean(text), size=size, color=colour, parse_math=False, **{"va": "baseline", **look})

    def wrapped(self, x: float, text: str, size: float, room: float, most: int, colour: str = INK, weight: str = "normal") -> float:
        """A text in lines from `y` down; how high it is."""
        shown = wrap(self.ax, clean(text), room, size, weight, most=most)
        self.ax.text(x, self.y, shown, size=size, color=colour, weight=weight, va="top", linespacing=1.3, parse_math=False)
        return (shown.count("\n") + 1) * size * 1.38

    # --- parts ---
    def _head(self) -> None:
        weekly, top = self.weekly, self.y
        self.text(MARGIN + 12, top - 9, weekly.title, 10, weight="bold")
        zone = "UTC" if weekly.tz == "UTC" else weekly.tz
        self.text(MARGIN + 12, top - 23, f"{weekly.period} · {zone}. {weekly.compared}", 8, QUIET)
        self.y = top - 33
        self.y -= self.wrapped(MARGIN + 12, weekly.verdict, 15, WIDTH - 2 * MARGIN - 16, 4, weight="bold") - 2
        for note in weekly.notes:
            self.y -= self.wrapped(MARGIN + 12, note, 8, WIDTH - 2 * MARGIN - 16, 2, SEVERITIES["warning"]) + 2
        self.ax.add_patch(Rectangle((MARGIN, self.y), 4, top - self.y, color=LEVELS[weekly.level], linewidth=0))
        self.y -= 14

    def _figures(self) -> None:
        gap, height = 8.0, 68.0
        width = (WIDTH - 2 * MARGIN - 3 * gap) / 4
        for place, figure in enumerate(self.weekly.figures):
            self._figure(figure, MARGIN + place * (width + gap), self.y - height, width, height)
        self.y -= height + 16

    def _figure(self, figure: Figure, x: float, y: float, width: float, height: float) -> None:
        self.ax.add_patch(Rectangle((x, y), width, height, color=BOX, linewidth=0))
        box = self.page.add_axes(_rectangle(x + 9, y, x + width - 9, y + height))
        box.set_axis_off()
        box.set_xlim(0, width - 18)
        box.set_ylim(0, height)
        colour = {"worse": SEVERITIES["critical"], "better": BETTER}.get(figure.direction, QUIET)
        lines = [
            (height - 14, figure.name, 8.0, QUIET, "normal"),
            (height - 35, figure.value, 18.0, INK, "bold"),
            (height - 47, figure.note, 7.5, QUIET, "normal"),
            (7.0, figure.before, 7.5, INK, "normal"),
        ]
        for at, text, size, ink, weight in lines:
            beside = None
            if at == 7.0 and figure.change:
                beside = box.text(width - 18, at, figure.change, size=8, color=colour, weight="bold", ha="right", parse_math=False)
            Fitted(box, 0, at, clean(text), beside=beside, prose=True, size=size, color=ink, weight=weight, va="baseline")

    def _failed(self) -> list[StatusCard]:
        return [card for card in self.weekly.statuses if card.kind == "error"][:STATUSES]

    def _statuses(self, cards: list[StatusCard]) -> None:
        self.text(MARGIN, self.y - 11, self.say("png-statuses"), 11.5, weight="bold")
        self.y -= 22
        if not cards:
            self.text(MARGIN, self.y - 14, self.say("png-statuses-none"), 9, QUIET)
            self.y -= 34
            return
        most = max(card.hits for card in cards)
        for card in cards:
            self._status(card, most)
        self.y -= 8

    def _status(self, card: StatusCard, most: int) -> None:
        room, y = WIDTH - 2 * MARGIN, self.y
        colour = COLOURS.get(card.css.removeprefix("s"), COLOURS["5xx"])
        service = "" if card.service == "http" else f"{card.service.upper()} "
        hits = self.text(WIDTH - MARGIN, y - 11, number(card.hits), 9, weight="bold", ha="right")
        line = self.page.add_axes((MARGIN / WIDTH, (y - 38) / HEIGHT, room / WIDTH, 38 / HEIGHT))
        line.set_axis_off()
        line.set_xlim(0, room)
        line.set_ylim(0, 38)
        Fitted(line, 0, 27, clean(f"{service}{card.code}  {card.title}"), beside=hits, prose=True, size=9, color=INK, weight="bold", va="baseline")
        cause = card.causes[0] if card.causes else card.meaning
        Fitted(line, 0, 15.5, clean(self.say("png-causes", cause=cause)), prose=True, size=8, color=QUIET, va="baseline")
        line.add_patch(Rectangle((0, 5), room, 5, color="#EEF0F3", linewidth=0))
        line.add_patch(Rectangle((0, 5), room * card.hits / most, 5, color=colour, linewidth=0))
        self.y -= 40

    def _chart(self, draw: Callable[[Axes], Axes], height: float) -> None:
        """A chart with all that stands around it in the next `height` points."""
        slot = (MARGIN, self.y - height, WIDTH - MARGIN, self.y)
        ax = self.page.add_axes(_rectangle(MARGIN, self.y - height * 0.8, WIDTH - MARGIN, self.y - height * 0.2))
        before = set(self.page.axes)
        draw(ax)
        beside = [other for other in self.page.axes if other not in before]
        for _ in range(3):
            _fit(self.page, [ax, *beside], slot)
        self.y -= height + 14

    def _foot(self) -> None:
        weekly = self.weekly
        key = "png-foot" if weekly.files else "png-foot-saved"
        program = dict(weekly.made)[self.say("made-program")]
        rows, rejected = number(weekly.lines.rows), number(weekly.lines.rejected)
        text = self.say(key, program=program, rows=rows, files=number(weekly.files), rejected=rejected, tz=weekly.tz)
        self.text(MARGIN, MARGIN - 14, text, 7.5, QUIET)


def _rectangle(left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
    return left / WIDTH, bottom / HEIGHT, (right - left) / WIDTH, (top - bottom) / HEIGHT


def _fit(page: Page, axes: list[Axes], slot: tuple[float, float, float, float]) -> None:
    """Move the edges of some Axes so that their labels, headers and legends just fill a slot (points)."""
    renderer = page.canvas.get_renderer()  # type: ignore[attr-defined]
    scale = 72 / page.dpi
    box, around = axes[0].get_window_extent(renderer), axes[0].get_tightbbox(renderer)
    if around is None:
        return
    left, bottom, right, top = slot
    inner = [value * scale for value in (box.x0, box.y0, box.x1, box.y1)]
    outer = [value * scale for value in (around.x0, around.y0, around.x1, around.y1)]
    placed = (
        left + max(0.0, inner[0] - outer[0]),
        bottom + inner[1] - outer[1],
        right - max(0.0, outer[2] - inner[2]),
        top - (outer[3] - inner[3]),
    )
    for ax in axes:
        ax.set_position(_rectangle(*placed))
