"""The weekly report as one picture of 1600 by 2000 pixels, for a chat message or a mail.

The page is laid out in points from the top: what is above tells how much room is left for what is below.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Page
from matplotlib.patches import Rectangle

from logan import charts
from logan.analysis.latency import ENOUGH
from logan.charts.style import COLOURS, INK, QUIET, SEVERITIES, styled
from logan.charts.text import Fitted, clean, wrap
from logan.reports.model import Figure, Weekly
from logan.reports.words import milliseconds, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Points; at 200 dots an inch 1600 by 2000 pixels.
WIDTH, HEIGHT, MARGIN = 576.0, 720.0, 30.0
DPI = 200
BOX, TRACK = "#F4F5F7", "#EEF0F3"
#: The colours of durations in the chart of slow pages: half of the answers, 95% of them.
DARK, LIGHT = "#2B6C9E", "#A9C6DC"
LEVELS = {"critical": SEVERITIES["critical"], "warning": SEVERITIES["warning"], "calm": "#2A6F63"}
BETTER = "#2A6F63"
#: Rows on the page; findings named under the trend, and the height that they must leave to it, in points.
STATUSES, SLOW, MARKS, PLOT = 5, 5, 4, 56.0
NOTE = 7.5  # size of quiet text in points


def to_png(weekly: Weekly) -> bytes:
    """The report as a PNG file."""
    with styled():
        page = Page(figsize=(WIDTH / 72, HEIGHT / 72), dpi=DPI)
        FigureCanvasAgg(page)
        _Sheet(page, weekly).draw()
        kept = BytesIO()
        page.savefig(kept, format="png", dpi=DPI, metadata={"Title": weekly.title, "Software": "logan"})
    return kept.getvalue()


@dataclass(frozen=True, slots=True)
class _Row:
    """A label with its value, a quiet note of one or two lines, and bars of shares (0 to 1) from the same start."""

    label: str
    value: str
    note: str
    bars: tuple[tuple[float, str], ...]
    prose: bool = False

    @property
    def height(self) -> float:
        """In points."""
        return 37.0 + 11 * self.note.count("\n")


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
        gap = 26.0
        left = (WIDTH - 2 * MARGIN - gap) * 0.6
        failed, slow = self._failed(left), self._slow()
        lists = 24 + max(60.0, *(sum(row.height for row in rows) for rows in (failed, slow)))
        self._trend(self.y - MARGIN - 8 - lists - 14)
        self._list(self.say("png-statuses"), failed, self.say("png-statuses-none"), MARGIN, left)
        none = self.say("slow-none", n=ENOUGH)
        self._list(self.say("head-slow"), slow, none, MARGIN + left + gap, WIDTH - 2 * MARGIN - gap - left)
        self._foot()

    # --- text ---
    def text(self, x: float, y: float, text: str, size: float, colour: str = INK, **look: Any) -> Any:
        return self.ax.text(x, y, clean(text), size=size, color=colour, parse_math=False, **{"va": "baseline", **look})

    def wrapped(
        self, x: float, text: str, size: float, room: float, most: int, colour: str = INK, weight: str = "normal"
    ) -> float:
        """A text in lines from `y` down; how high it is."""
        shown = wrap(self.ax, clean(text), room, size, weight, most=most)
        self.ax.text(
            x, self.y, shown, size=size, color=colour, weight=weight, va="top", linespacing=1.3, parse_math=False
        )
        return (shown.count("\n") + 1) * size * 1.38

    # --- parts ---
    def _head(self) -> None:
        weekly, top = self.weekly, self.y
        self.text(MARGIN + 12, top - 9, weekly.title, 10, weight="bold")
        about = [*([weekly.period] if weekly.period != weekly.heading else []), weekly.tz, weekly.compared]
        self.text(MARGIN + 12, top - 23, " · ".join(about), 8, QUIET)
        self.y = top - 33
        self.y -= self.wrapped(MARGIN + 12, weekly.verdict, 13.5, WIDTH - 2 * MARGIN - 16, 4, weight="bold") - 2
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
                beside = box.text(
                    width - 18, at, figure.change, size=8, color=colour, weight="bold", ha="right", parse_math=False
                )
            Fitted(
                box, 0, at, clean(text), beside=beside, prose=True, size=size, color=ink, weight=weight, va="baseline"
            )

    def _trend(self, height: float) -> None:
        """The trend in the next `height` points, with as many findings named as leave the plot room to be read."""
        slot = (MARGIN, self.y - height, WIDTH - MARGIN, self.y)
        self.y -= height + 14
        weekly, marked = self.weekly, [one for one in self.weekly.found if one.severity != "info"][:MARKS]
        while True:
            ax = self.page.add_axes(_rectangle(MARGIN, slot[1], WIDTH - MARGIN, slot[3]))
            known = set(self.page.axes)
            charts.errors(weekly.summary, ax=ax, findings=marked, lang=weekly.lang, tz=weekly.tz, width=800)
            drawn = [ax, *(other for other in self.page.axes if other not in known)]
            for _ in range(3):
                plot = _fit(self.page, drawn, slot)
            if plot >= PLOT or not marked:
                return
            for other in drawn:
                other.remove()
            marked = marked[:-1]

    def _failed(self, room: float) -> list[_Row]:
        """The statuses that failed most, each with its likely cause."""
        cards = [card for card in self.weekly.statuses if card.kind == "error"][:STATUSES]
        rows = []
        for card in cards:
            service = "" if card.service == "http" else f"{card.service.upper()} "
            cause = self.say("png-causes", cause=card.causes[0]) if card.causes else card.meaning
            note = wrap(self.ax, clean(cause), room, NOTE, most=2)
            share = card.hits / max(other.hits for other in cards)
            colour = COLOURS.get(card.css.removeprefix("s"), COLOURS["5xx"])
            title = f"{service}{card.code}  {card.title}"
            rows.append(_Row(clean(title), number(card.hits), note, ((share, colour),), prose=True))
        return rows

    def _slow(self) -> list[_Row]:
        """The slowest pages: bars of what half of the answers kept to, within what 95% did."""
        pages, rows = self.weekly.slow[:SLOW], []
        for page in pages:
            longest = max(1, *(other.p95 for other in pages))
            note = self.say("png-slow", p50=milliseconds(page.p50), n=number(page.hits))
            bars = ((page.p95 / longest, LIGHT), (page.p50 / longest, DARK))
            rows.append(_Row(clean(page.uri), milliseconds(page.p95), note, bars))
        return rows

    def _list(self, title: str, rows: list[_Row], nothing: str, x: float, room: float) -> None:
        """Rows under a heading, from `y` down; or a sentence where there are none."""
        self.text(x, self.y - 10, title, 11.5, weight="bold")
        if not rows:
            said = wrap(self.ax, nothing, room, 8.5, most=5)
            self.ax.text(x, self.y - 26, said, size=8.5, color=QUIET, va="top", linespacing=1.35, parse_math=False)
        top = self.y - 24
        for row in rows:
            self._row(row, x, top, room)
            top -= row.height

    def _row(self, row: _Row, x: float, top: float, room: float) -> None:
        line = self.page.add_axes(_rectangle(x, top - row.height, x + room, top))
        line.set_axis_off()
        line.set_xlim(0, room)
        line.set_ylim(-row.height, 0)
        look: dict[str, Any] = {"size": 8.5, "color": INK, "weight": "bold"}
        shown = line.text(room, -10, row.value, ha="right", parse_math=False, **look)
        Fitted(line, 0, -10, row.label, beside=shown, prose=row.prose, va="baseline", **look)
        line.text(0, -14, row.note, size=NOTE, color=QUIET, va="top", linespacing=1.3, parse_math=False)
        for share, colour in [(1.0, TRACK), *row.bars]:
            line.add_patch(Rectangle((0, 7 - row.height), room * share, 5, color=colour, linewidth=0))

    def _foot(self) -> None:
        weekly = self.weekly
        key = "png-foot" if weekly.files else "png-foot-saved"
        program = dict(weekly.made)[self.say("made-program")]
        rows, rejected = number(weekly.lines.rows), number(weekly.lines.rejected)
        text = self.say(key, program=program, rows=rows, files=number(weekly.files), rejected=rejected, tz=weekly.tz)
        self.text(MARGIN, MARGIN - 11, text, 7.5, QUIET)


def _rectangle(left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
    return left / WIDTH, bottom / HEIGHT, (right - left) / WIDTH, (top - bottom) / HEIGHT


def _fit(page: Page, axes: list[Axes], slot: tuple[float, float, float, float]) -> float:
    """Move the edges of some Axes until their labels and legends just fill a slot (points); the height that is left."""
    renderer = page.canvas.get_renderer()  # type: ignore[attr-defined]
    scale = 72 / page.dpi
    box, around = axes[0].get_window_extent(renderer), axes[0].get_tightbbox(renderer)
    if around is None:
        return 0.0
    left, bottom, right, top = slot
    inner = [value * scale for value in (box.x0, box.y0, box.x1, box.y1)]
    outer = [value * scale for value in (around.x0, around.y0, around.x1, around.y1)]
    placed = (
        left + max(0.0, inner[0] - outer[0]),
        bottom + inner[1] - outer[1],
        right - max(0.0, outer[2] - inner[2]),
        top - (outer[3] - inner[3]),
    )
    if placed[3] - placed[1] < 1:
        return 0.0
    for ax in axes:
        ax.set_position(_rectangle(*placed))
    return float(placed[3] - placed[1])
