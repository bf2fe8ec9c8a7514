"""A drawn chart as a file, or as SVG to put into a page."""

from __future__ import annotations

import os
import re
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from logan.charts.style import styled
from logan.exceptions import OptionError
from logan.writing import written_beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = ("png", "svg", "pdf")


def save(chart: Axes | Figure, path: str | os.PathLike[str], *, title: str = "") -> None:
    """Write a chart as .png, .svg or .pdf. The file is there whole or not at all.

    Raises OptionError for another ending, SourceError where it cannot be written.
    """
    data = rendered(chart, format_of(path), title=title)
    with written_beside(path) as beside:
        Path(beside).write_bytes(data)


def format_of(path: str | os.PathLike[str]) -> str:
    """The format that the ending of a file name asks for; OptionError where it is none of ours."""
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise OptionError(
            f"{os.fspath(path)}: a chart is written as .png, .svg or .pdf. Change the ending of the file name."
        )
    return ending


def rendered(chart: Axes | Figure, format: str, *, title: str = "") -> bytes:
    """A chart as the bytes of a file; the same bytes for the same numbers."""
    figure = figure_of(chart)
    metadata: dict[str, str | None] = {
        "Title": title or None,
        "Software" if format == "png" else "Creator": "logan",
    }
    if format == "svg":
        metadata |= {"Date": None}
    if format == "pdf":
        metadata |= {"CreationDate": None, "ModDate": None}
    kept = BytesIO()
    with styled():
        figure.savefig(
            kept,
            format=format,
            dpi=figure.dpi,
            metadata={k: v for k, v in metadata.items() if v or k != "Title"},
        )
    return kept.getvalue()


def figure_of(chart: Axes | Figure) -> Figure:
    """The figure that a chart was drawn on."""
    figure = chart if isinstance(chart, Figure) else chart.get_figure(root=True)
    assert figure is not None
    return figure


# --- SVG for a page -----------------------------------------------------------------------------------------
def to_svg(chart: Axes | Figure, *, prefix: str, title: str, description: str = "") -> str:
    """The chart as one ``<svg>`` element for an HTML page with a strict Content-Security-Policy.

    It has no style sheet and no style attributes (presentation attributes instead, which CSS can override), no
    metadata and no background; `prefix` keeps its ids apart from those of other charts on the page. Text stays text.
    `title` and `description` are what a screen reader says.
    """
    figure = figure_of(chart)
    colours = figure.get_facecolor(), [ax.get_facecolor() for ax in figure.axes]
    figure.set_facecolor("none")
    for ax in figure.axes:
        ax.set_facecolor("none")
    try:
        text = rendered(figure, "svg").decode("utf-8")
    finally:
        figure.set_facecolor(colours[0])
        for ax, colour in zip(figure.axes, colours[1], strict=True):
            ax.set_facecolor(colour)
    return _for_page(text, prefix, title, description)


def _for_page(text: str, prefix: str, title: str, description: str) -> str:
    text = text[text.index("<svg") :].strip()
    text = re.sub(
        r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>|<!--.*?-->", "", text, flags=re.DOTALL
    )
    # texts have no tags in them, as their < and > are escaped; so only matplotlib's own attributes change
    text = re.sub(r"<[a-zA-Z][^<>]*>", lambda tag: _tag(tag[0], prefix), text)
    width, height = (float(n) for n in re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)[0])
    named = f'<title id="{prefix}-t">{escape(title)}</title>'
    labelled = f"{prefix}-t"
    if description:
        named += f'<desc id="{prefix}-d">{escape(description)}</desc>'
        labelled += f" {prefix}-d"
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="chart" role="img" '
        f'aria-labelledby="{labelled}" viewBox="0 0 {width:g} {height:g}" '
        'stroke-linejoin="round" stroke-linecap="butt">'
    )
    return re.sub(r"^<svg[^>]*>", lambda _: root + named, text, count=1)


def _tag(tag: str, prefix: str) -> str:
    tag = re.sub(r' style="([^"]*)"', lambda style: _attributes(style[1]), tag)
    tag = re.sub(r' id="([^"]*)"', lambda found: f' id="{prefix}-{found[1]}"', tag)
    tag = re.sub(r'href="#([^"]*)"', lambda found: f'href="#{prefix}-{found[1]}"', tag)
    tag = re.sub(r' d="([^"]*)"', lambda found: f' d="{_path(found[1])}"', tag)
    return re.sub(r"url\(#([^)]*)\)", lambda found: f"url(#{prefix}-{found[1]})", tag)


def _path(path: str) -> str:
    """A path to a hundredth of a point, in one line: half the size, and nobody can see the difference."""
    return re.sub(
        r"-?\d+\.\d+", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), " ".join(path.split())
    )


def _attributes(style: str) -> str:
    """A style attribute as presentation attributes, which need no permission of the page's policy."""
    found = ""
    for part in style.split(";"):
        name, _, value = (piece.strip() for piece in part.partition(":"))
        if name == "font":
            match = re.match(r"(?:(\w+)\s+)?([\d.]+)px\s+(.*)", value)
            if match:
                weight = f' font-weight="{match[1]}"' if match[1] else ""
                found += f'{weight} font-size="{match[2]}" font-family="{match[3]}"'
        elif name:
            found += f' {name}="{value}"'
    return found
