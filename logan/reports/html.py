"""The weekly report as one HTML file that asks for nothing: style, script and charts are in it.

Everything from a log is text: Jinja2 escapes it, charts come from matplotlib as escaped SVG without style attributes,
and the page's own policy allows one style sheet and one script, known by their hashes, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from logan.analysis.latency import ENOUGH
from logan.reports.model import Weekly
from logan.reports.words import change, milliseconds, number, percent, size

if TYPE_CHECKING:
    from jinja2 import Environment

#: Widths in pixels at which each chart is drawn: one for a desk, one for a phone, of which CSS shows one.
WIDE, NARROW = 900, 430


def to_html(weekly: Weekly) -> str:
    """The report as an HTML document."""
    style, script = _asset("style.css") + _dark_charts(), _asset("script.js")
    return (
        _environment()
        .get_template("weekly.html.j2")
        .render(
            report=weekly,
            say=weekly.words.say,
            count=weekly.words.count,
            policy=_policy(style, script),
            style=Markup(style),
            script=Markup(script),
            charts=_charts(weekly),
            enough=ENOUGH,
        )
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(lambda name: _asset(f"templates/{name}")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(number=number, percent=percent, milliseconds=milliseconds, size=size)
    environment.globals.update(change=change)
    return environment


@cache
def _asset(name: str) -> str:
    return files("logan.reports").joinpath(*name.split("/")).read_text(encoding="utf-8")


def _dark_charts() -> str:
    """Style that lightens the charts on dark paper: they are drawn for white, and an attribute gives way to a rule."""
    from logan.charts.panel import TRACK
    from logan.charts.style import ACCENT, COLOURS, FAINT, INK, PALE, QUIET, SEVERITIES

    turned = {
        **{INK: "#e4e7eb", QUIET: "#a7b0bb", FAINT: "#8a929c", PALE: "#3a424d", TRACK: "#2a3038"},
        **{COLOURS["4xx"]: "#e0a437", COLOURS["5xx"]: "#dd5a7c", COLOURS["ftp"]: "#8f9ee0"},
        **{COLOURS["httperr"]: "#f0f2f5", ACCENT: "#6fb0e0"},
        **{SEVERITIES["critical"]: "#ff9db4", SEVERITIES["warning"]: "#f2b866"},
        **{"#3d4550": "#a7b0bb", "#dde1e6": "#363c45"},  # labels and grid of the style sheet
    }
    rules = [
        f'svg.chart [{name}="{light.lower()}"]{{{name}:{dark}}}'
        for light, dark in turned.items()
        for name in ("fill", "stroke")
    ]
    return f"@media (prefers-color-scheme:dark){{{''.join(rules)}}}\n"


def _policy(style: str, script: str) -> str:
    """The Content-Security-Policy: nothing but this style sheet and this script."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


# --- charts -----------------------------------------------------------------------------------------------------------
def _charts(weekly: Weekly) -> dict[str, list[tuple[str, Markup]]]:
    """{name: [("wide", svg), ("narrow", svg)]} of the charts that have something to show."""
    from logan import charts

    say = weekly.words.say
    shared: dict[str, Any] = {"lang": weekly.lang, "tz": weekly.tz}
    wanted: dict[str, tuple[Callable[..., Any], str, str]] = {}
    if weekly.totals.errors:
        marked = partial(charts.errors, weekly.summary, findings=weekly.found, **shared)
        wanted["errors"] = (marked, say("head-trend"), say("trend-alt"))
    if weekly.slow:
        wanted["latency"] = (partial(charts.latency, weekly.summary, **shared), say("head-slow"), say("latency-alt"))
    if weekly.ftp and any(row.hits for row in weekly.ftp.logons):
        wanted["ftp"] = (partial(charts.ftp_logons, weekly.summary, **shared), say("head-ftp"), say("ftp-alt"))
    return {name: [_chart(name, look, *chart) for look in ("wide", "narrow")] for name, chart in wanted.items()}


def _chart(name: str, look: str, draw: Callable[..., Any], title: str, description: str) -> tuple[str, Markup]:
    from logan.charts import to_svg
    from logan.charts.text import LARGE

    ax = draw(width=WIDE if look == "wide" else NARROW)
    for text in ax.texts:
        if text.get_fontsize() == LARGE:  # the section has a heading of its own
            text.set_visible(False)
    return look, Markup(to_svg(ax, prefix=f"{name}-{look}", title=title, description=description))
