"""The look of the charts: style sheet, colours, fonts, and the words in two languages.

Nothing here changes matplotlib for others: the style holds inside `styled()` only, and no pyplot is loaded.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from logan.documents import document
from logan.exceptions import OptionError
from logan.selection import zone

if TYPE_CHECKING:
    from matplotlib.font_manager import FontEntry

#: One colour for each class of status, in every chart and report. Told apart by lightness too, so they survive
#: colour blindness and a black and white printer.
COLOURS = {
    "1xx": "#B9BFC6",
    "2xx": "#4B9C8E",
    "3xx": "#9CC5BC",
    "4xx": "#CE8A12",
    "5xx": "#A8264A",
    "ftp": "#5B6CB8",
    "httperr": "#252932",
    "handshake": "#A3A9B1",
    "hangup": "#7E8894",
    "routine": "#B9BFC6",
}
INK, QUIET, FAINT, PALE = "#22272E", "#555D68", "#8A929C", "#E1E5EA"
ACCENT, EARLIER = "#2B6C9E", "#A9B8C6"
SEVERITIES = {"critical": "#8F1238", "warning": "#B5670A", "info": "#555D68"}

#: Chinese fonts by name, the better ones first; the last have the glyphs in their Japanese or Traditional shapes.
CHINESE = (
    "Microsoft YaHei", "Microsoft YaHei UI", "DengXian", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC",
    "Source Han Sans SC", "Source Han Sans CN", "Hiragino Sans GB", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
    "SimHei", "Heiti SC", "STHeiti", "SimSun", "NSimSun", "Noto Sans CJK JP", "Noto Sans CJK TC", "Microsoft JhengHei",
    "Droid Sans Fallback", "Arial Unicode MS",
)  # fmt: skip
#: How the files of these fonts begin, for fonts that were installed after matplotlib made its list.
_FONT_FILES = (
    "msyh",
    "deng",
    "pingfang",
    "notosanscjk",
    "notosanssc",
    "sourcehansans",
    "hiragino sans gb",
    "wqy",
    "simhei",
)
_LATIN = "DejaVu Sans"  # comes with matplotlib: the same picture on every machine

_lock = RLock()


@contextmanager
def styled() -> Iterator[None]:
    """Logan's style, for as long as the block lasts; matplotlib's settings are as before afterwards."""
    import matplotlib

    font = chinese_font()
    settings: Any = {**_sheet(), "font.family": [_LATIN, font] if font else [_LATIN]}
    with _lock, matplotlib.rc_context(settings):
        yield


@cache
def _sheet() -> dict[str, Any]:
    import matplotlib

    with as_file(files("logan.charts") / "logan.mplstyle") as path:
        settings: Any = matplotlib.rc_params_from_file(str(path), use_default_template=False)
        return dict(settings)


# --- fonts --------------------------------------------------------------------------------------------------
@cache
def chinese_font() -> str | None:
    """The name of a font of this system that has Chinese glyphs, or None."""
    from matplotlib import font_manager

    known = {entry.name for entry in font_manager.fontManager.ttflist}
    found = _first_of(known)
    if found is not None:
        return found
    fresh: set[str] = set()
    for path in font_manager.findSystemFonts():
        if Path(path).name.lower().startswith(_FONT_FILES):
            fresh.update(entry.name for entry in _added(path))
    return _first_of(fresh)


def _first_of(names: set[str]) -> str | None:
    return next((name for name in CHINESE if name in names), None)


def _added(path: str) -> list[FontEntry]:
    from matplotlib import font_manager

    before = len(font_manager.fontManager.ttflist)
    try:
        font_manager.fontManager.addfont(path)
    except (OSError, RuntimeError):  # a damaged font is no reason to have no chart
        return []
    return font_manager.fontManager.ttflist[before:]


def language(lang: str) -> str:
    """The language in which labels can be drawn: `lang`, or English where it is Chinese and no font has the glyphs."""
    if lang not in ("en", "zh"):
        raise OptionError(f"There are no charts in {lang!r}: use en or zh.")
    if lang == "zh" and chinese_font() is None:
        _remark(say("no-font", "en"))
        return "en"
    return lang


@cache
def _remark(text: str) -> None:  # cached: one remark is enough
    warnings.warn(text, UserWarning, stacklevel=4)


# --- words --------------------------------------------------------------------------------------------------
@cache
def messages() -> dict[str, dict[str, Any]]:
    """The words of the charts: {key: {"en": ..., "zh": ...}}."""
    return document("charts/messages.toml")


def say(key: str, lang: str, **values: Any) -> str:
    """A text of the charts, its {placeholders} filled in."""
    text: str = messages()[key][lang]
    return text.format(**values) if values else text


@dataclass(frozen=True, slots=True)
class Look:
    """In which language and time zone a chart speaks."""

    lang: str
    tz: str
    zone: tzinfo

    @classmethod
    def of(cls, lang: str, tz: str) -> Look:
        """The look for a language (en, zh) and a time zone; OptionError for others."""
        known = zone(tz)
        name = datetime.now(known).tzname() or tz if tz.lower() == "local" else tz
        return cls(language(lang), name, known)

    def say(self, key: str, **values: Any) -> str:
        return say(key, self.lang, **values)

    def names(self, key: str) -> list[str]:
        """The names of the weekdays or months."""
        return list(messages()[key][self.lang])


# --- numbers as text ----------------------------------------------------------------------------------------
def count(number: float) -> str:
    """A number of things: 14,376."""
    return f"{number:,.0f}"


def duration(milliseconds: float | None) -> str:
    """A duration in ms as people say it: 870 ms, 1.9 s, 4.2 min, 8.2 h.

    >>> duration(870), duration(1900), duration(252_000), duration(29_411_203)
    ('870 ms', '1.9 s', '4.2 min', '8.2 h')
    """
    if milliseconds is None:
        return "–"
    for limit, unit, size in ((999.5, "ms", 1), (59_950, "s", 1000), (3_597_000, "min", 60_000)):
        if milliseconds < limit:
            value = milliseconds / size
            return (
                f"{value:.0f} {unit}"
                if size == 1 or value >= 99.5
                else f"{value:.2g} {unit}"
                if value < 9.95
                else f"{value:.0f} {unit}"
            )
    return f"{milliseconds / 3_600_000:.1f} h"


def shades(colour: str, number: int) -> list[str]:
    """`number` shades of a colour, from itself towards white, at steps that can be told apart."""
    from matplotlib.colors import to_hex, to_rgb

    red, green, blue = to_rgb(colour)
    steps = [0.62 * i / max(number - 1, 2) for i in range(number)]
    return [to_hex((red + (1 - red) * s, green + (1 - green) * s, blue + (1 - blue) * s)) for s in steps]


def short(value: float) -> str:
    """A number in at most four characters or so: 999, 1.2k, 45k, 3.1M."""
    if value < 10_000:
        return f"{value:.0f}"
    if value < 999_500:
        return f"{value / 1000:.0f}k"
    return f"{value / 1e6:.1f}M" if value < 99.5e6 else f"{value / 1e6:.0f}M"
