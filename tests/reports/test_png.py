"""The picture: its size, that it is not blank, and that nothing is cut off or runs into anything else."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from logan.charts.style import chinese_font, styled
from logan.reports.model import Weekly
from logan.reports.periods import Wanted, choose
from logan.reports.png import DPI, HEIGHT, WIDTH, _Sheet, to_png
from logan.reports.weekly import weekly

Make = Callable[..., Weekly]


def pixels(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    from matplotlib.image import imread

    return np.asarray(imread(BytesIO(data)))[:, :, :3]


@pytest.mark.parametrize("week", ["2026-W44", "2026-W47"])
def test_the_page_has_its_size_and_quiet_margins(make: Make, week: str) -> None:
    image = pixels(to_png(make(week)))
    assert image.shape == (2000, 1600, 3)
    ink = image.min(axis=2) < 0.9
    assert 0.03 < ink.mean() < 0.5
    edge = DPI * 15 // 72
    assert not ink[:edge].any()
    assert not ink[-edge:].any()
    assert not ink[:, :edge].any()
    assert not ink[:, -edge:].any()


def test_the_same_numbers_give_the_same_picture(make: Make) -> None:
    assert to_png(make("2026-W46")) == to_png(make("2026-W46"))


def test_chinese_has_no_empty_boxes(make: Make, recwarn: pytest.WarningsRecorder) -> None:
    if chinese_font() is None:
        pytest.skip("no Chinese font here")
    assert pixels(to_png(make("2026-W47", lang="zh"))).shape == (2000, 1600, 3)
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_of_an_ordinary_week_is_cut(make: Make, lang: str) -> None:
    """A pair of brackets too many once left a figure's note at 378 client errors (4x…"""
    if lang == "zh" and chinese_font() is None:
        pytest.skip("no Chinese font here")
    with styled():
        page = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=DPI)
        FigureCanvasAgg(page)
        _Sheet(page, make("2026-W45", lang=lang)).draw()
        page.canvas.draw()
        shown = [text.get_text() for text in page.findobj(Text)]
    assert any("378" in text for text in shown)
    assert [text for text in shown if text.endswith("…")] == []


def test_hostile_logs_can_be_drawn(hostile: Path) -> None:
    image = pixels(to_png(weekly(choose(str(hostile), Wanted()))))
    assert image.shape == (2000, 1600, 3)
    assert not (image[:, : DPI * 15 // 72].min(axis=2) < 0.9).any()
    assert not (image[:, -DPI * 15 // 72 :].min(axis=2) < 0.9).any()


def test_a_picture_without_failures_or_durations_says_so(tmp_path: Path) -> None:
    log = tmp_path / "u_ex261116.log"
    log.write_text("#Fields: date time cs-method cs-uri-stem sc-status\n2026-11-22 10:00:00 GET / 200\n")
    report = weekly(choose(str(log), Wanted()))
    assert report.verdict == "This week was calm: none of 1 requests failed."
    assert pixels(to_png(report)).shape == (2000, 1600, 3)
