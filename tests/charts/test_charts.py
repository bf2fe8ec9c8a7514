from __future__ import annotations

import gc
import io
import re
import subprocess
import sys
import warnings
import weakref
import xml.etree.ElementTree as ElementTree
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle, StepPatch
from matplotlib.text import Text

from logan import charts
from logan.charts import style
from logan.charts.bins import DAY, HOUR, Bins, bins_of
from logan.exceptions import OptionError, SourceError
from logan.selection import moment, zone
from logan.summary import Summary
from logan.tables.bins import percentiles
from tests.charts.logs import finding, http_log, http_row, of, two_weeks, week

NO_FONT = style.chinese_font() is None
LANGUAGES = ["en", pytest.param("zh", marks=pytest.mark.skipif(NO_FONT, reason="no Chinese font here"))]


def steps(ax: Axes) -> dict[str, StepPatch]:
    return {str(p.get_label()): p for p in ax.patches if isinstance(p, StepPatch)}


def heights(patch: StepPatch) -> np.ndarray[Any, Any]:
    values, _, baseline = patch.get_data()
    return np.asarray(values - (0 if baseline is None else baseline))


def rectangles(ax: Axes, label: str = "_bar") -> list[Rectangle]:
    return [p for p in ax.patches if isinstance(p, Rectangle) and p.get_label() == label]


def words(ax: Axes) -> str:
    return "\n".join(t.get_text() for t in ax.figure.findobj(Text) if t.get_visible())


def labels(ax: Axes) -> list[str]:
    """The labels of rows, whole."""
    return [t.full for t in ax.texts if t.get_label() == "_label"]  # type: ignore[attr-defined]


def drawn(ax: Axes) -> Axes:
    charts.output.rendered(ax, "png")
    return ax


# --- errors over time -------------------------------------------------------------------------------------------------
def test_errors_stack_by_class_to_the_numbers_of_the_summary():
    ax = charts.errors(week(), findings=[])
    found = {name.split(" ")[0]: heights(patch).sum() for name, patch in steps(ax).items()}
    assert found == {"5xx": 2, "4xx": 3, "FTP": 4, "HTTPERR": 1}
    assert "4xx client 3" in words(ax)
    assert "FTP 4" in words(ax)


def test_stacks_stand_on_each_other_and_at_their_hours():
    ax = charts.errors(week(), findings=[])
    patches = steps(ax)
    values, edges, _ = patches["FTP"].get_data()
    noon = np.flatnonzero(heights(patches["FTP"]))
    assert edges[noon[0]] * DAY == (moment("2026-11-17T12:00") or 0) / 1e6
    assert (patches["4xx client"].get_data().baseline == patches["5xx server"].get_data().values).all()
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylim()[1] >= max(values)


def test_traffic_is_a_quiet_background_behind_the_errors():
    ax = charts.errors(week(), findings=[])
    behind = next(other for other in ax.figure.axes if other is not ax)
    traffic = steps(behind)["traffic"]
    assert traffic.get_data().values.sum() == week().hits
    assert behind.get_zorder() < ax.get_zorder()
    assert not behind.axison


def test_errors_stack_by_status_with_the_colour_of_their_class():
    ax = charts.errors(week(), by="status", findings=[])
    patches = steps(ax)
    assert {name: heights(p).sum() for name, p in patches.items()} == {
        "404.0": 3, "500.19": 2, "530.41": 2, "530.42": 1, "425.0": 1, "AppOffline": 1,
    }  # fmt: skip
    assert matplotlib.colors.to_hex(patches["404.0"].get_facecolor()) == charts.COLOURS["4xx"].lower()
    assert matplotlib.colors.to_hex(patches["500.19"].get_facecolor()) == charts.COLOURS["5xx"].lower()


def test_beyond_six_statuses_the_rest_is_other():
    rows = [http_row(f"08:0{n}:00", f"{400 + n} 0 0") for n in range(9) for _ in range(9 - n)]
    ax = charts.errors(of(W3SVC1=http_log(*rows)), by="status", findings=[])
    found = {name: heights(p).sum() for name, p in steps(ax).items()}
    assert found["other"] == 3 + 2 + 1
    assert sum(found.values()) == 45


@pytest.mark.parametrize(
    ("status", "hits"),
    [("404", 3), ("404.0,500.19", 5), ("4xx", 4), ("ftp:4xx", 1), ("httperr:AppOffline", 1), ("ftp:530.41", 2)],
)
def test_a_status_chooses_entries_of_any_kind(status: str, hits: int):
    ax = charts.errors(week(), status=status, findings=[])
    assert sum(heights(p).sum() for p in steps(ax).values()) == hits
    assert ax.figure.findobj(lambda t: isinstance(t, Text) and t.get_text() == "Entries over time")


def test_a_site_leaves_the_others_out():
    ax = charts.errors(week(), site="ftpsvc2", findings=[])
    assert list(steps(ax)) == ["FTP"]


def test_findings_are_marked_where_they_happened_and_named_below():
    found = [
        finding("outage", "critical", "2026-11-17T06:00", "2026-11-17T07:00", "Pool $off$ line"),
        finding("noise", "info", "2026-11-18T06:00", "2026-11-18T07:00", "Not worth a mark"),
        finding("always", "warning", "2026-11-16T00:10", "2026-11-22T23:00", "Goes on for ever"),
        finding("overlap", "warning", "2026-11-17T05:00", "2026-11-19T07:00", "Another one"),
    ]
    ax = drawn(charts.errors(week(), findings=found))
    lines = [line for line in ax.lines if str(line.get_label()).startswith("_finding")]
    assert [line.get_label() for line in lines] == ["_finding outage", "_finding overlap"]
    first, last = lines[0].get_xdata()
    assert first * DAY == (moment("2026-11-17T06:00") or 0) / 1e6
    assert last > first
    tops = [line.get_window_extent().y0 for line in lines]
    assert abs(tops[0] - tops[1]) > 5, "marks at the same time stand in different lines"
    named = [t.get_text() for t in ax.texts if t.get_label() == "_finding"]
    assert named == ["1  Pool $off$ line", "2  Another one"]


def test_findings_are_looked_for_where_none_are_given(monkeypatch: pytest.MonkeyPatch):
    found = [finding("outage", "critical", "2026-11-17T06:00", "2026-11-17T07:00")]
    monkeypatch.setattr(
        import_module("logan.analysis.findings"), "findings", lambda summary: found if summary is week() else []
    )
    assert [t.get_text() for t in charts.errors(week()).texts if t.get_label() == "_finding"] == ["1  Something is off"]


# --- rows -------------------------------------------------------------------------------------------------------------
def test_statuses_are_bars_with_titles_and_no_successes():
    ax = charts.statuses(week())
    bars = {label.split("  ")[0]: bar.get_width() for label, bar in zip(labels(ax), rectangles(ax), strict=True)}
    assert bars == {
        "404.0": 3, "500.19": 2, "FTP 530.41": 2, "401.2": 1, "FTP 425.0": 1, "FTP 530.42": 1, "HTTPERR AppOffline": 1,
    }  # fmt: skip
    assert [bar.get_width() for bar in rectangles(ax)] == sorted((b.get_width() for b in rectangles(ax)), reverse=True)
    colours = dict(zip(bars, (matplotlib.colors.to_hex(b.get_facecolor()) for b in rectangles(ax)), strict=True))
    assert colours["404.0"] == charts.COLOURS["4xx"].lower()
    assert colours["401.2"] == charts.COLOURS["handshake"].lower()
    assert all(len(label.split("  ")[1]) > 3 for label in labels(ax))


def test_statuses_of_a_class_are_shown_when_asked_for():
    ax = charts.statuses(week(), status="2xx", site="W3SVC1")
    assert [bar.get_width() for bar in rectangles(ax)] == [42]


def test_statuses_say_how_many_more_there_are():
    ax = charts.statuses(week(), top=3)
    assert len(rectangles(ax)) == 3
    assert "and 4 more" in words(ax)


def test_worst_urls_are_split_by_class():
    ax = charts.worst_urls(week())
    assert labels(ax)[:2] == ["/gone", "/app"]
    assert "3 of 3" in words(ax)
    assert rectangles(ax)[0].get_width() == 3
    assert matplotlib.colors.to_hex(rectangles(ax)[1].get_facecolor()) == charts.COLOURS["5xx"].lower()
    assert sum(bar.get_width() for bar in rectangles(ax)) == 3 + 2 + 1 + 1


def test_worst_clients_add_up_over_sites():
    ax = charts.worst_clients(week())
    assert dict(zip(labels(ax), [bar.get_width() for bar in rectangles(ax)], strict=True)) == {
        "192.0.2.7": 4, "203.0.113.9": 3, "198.51.100.4": 2, "192.0.2.8": 1,
    }  # fmt: skip


def test_slow_urls_show_median_in_front_of_the_95th_percentile():
    ax = charts.slow_urls(week())
    assert labels(ax) == ["/slow", "/fast"]
    p95, median = rectangles(ax)[:2]
    exact = np.arange(2000, 2020)
    assert p95.get_width() == pytest.approx(np.percentile(exact, 95), rel=0.016)
    assert median.get_width() == pytest.approx(np.median(exact), rel=0.016)
    assert median.get_x() == p95.get_x() == 0
    assert ax.get_xlim() == (0, p95.get_width())


def test_lines_add_up():
    ax = charts.lines(week())
    tally = week().lines
    assert [bar.get_width() for bar in rectangles(ax)] == [tally.rows, tally.directives, tally.blank, 1]
    assert sum(bar.get_width() for bar in rectangles(ax)) == tally.read
    assert "First rejected" in words(ax)


# --- heat map, latency, weeks, FTP ------------------------------------------------------------------------------------
def heat(ax: Axes) -> np.ndarray[Any, Any]:
    mesh = next(c for c in ax.collections if isinstance(c, QuadMesh))
    return np.asarray(mesh.get_array()).reshape(7, 24)


def test_heat_map_counts_errors_by_weekday_and_hour():
    table = heat(charts.heatmap(week()))
    assert table[0, 8] == 3
    assert table[1, 12] == 4
    assert table[2, 14] == 2
    assert table.sum() == 10


def test_heat_map_is_in_the_time_zone():
    ax = charts.heatmap(week(), tz="Asia/Shanghai", measure="hits")
    assert heat(ax)[0, 16] == 3
    assert heat(ax)[0, 8] == 1  # 00:05 UTC
    assert heat(ax).sum() == week().hits
    assert "Asia/Shanghai (UTC+08:00)" in ax.get_xlabel()


def test_latency_draws_the_percentiles_of_each_bin():
    ax = charts.latency(week())
    lines = {str(line.get_label()): np.asarray(line.get_ydata()) for line in ax.lines}
    assert set(lines) == {"50%", "95%", "99%"}
    filled = np.isfinite(lines["50%"])
    assert (lines["50%"][filled] <= lines["95%"][filled]).all()
    assert (lines["95%"][filled] <= lines["99%"][filled]).all()
    bins = {bin_: hits for labels in week().latency.rows.values() for bin_, hits in labels.items()}
    assert np.nanmax(lines["99%"]) <= 2100
    assert percentiles(bins, 1.0)[0] is not None
    assert any(isinstance(c, PolyCollection) for c in ax.collections)


def test_weeks_compare_day_with_day():
    ax = charts.weeks(two_weeks())
    this, last = ([bar.get_height() for bar in group] for group in ax.containers[:2])
    assert this == [3, 5, 2, 0, 0, 0, 0]
    assert last == [0, 0, 0, 0, 4, 0, 0]
    assert "+150% against the week before" in words(ax)


def test_weeks_take_the_week_before_from_another_summary():
    before = of(W3SVC1=http_log(*[http_row(f"08:0{m}:00", "404 0 2", date="2026-11-13") for m in range(4)]))
    ax = charts.weeks(week(), before)
    assert [bar.get_height() for bar in ax.containers[1]] == [0, 0, 0, 0, 4, 0, 0]


def test_without_logs_of_the_week_before_it_is_not_said_to_be_zero():
    ax = charts.weeks(week())
    assert len(ax.containers) == 1
    assert "no logs of the week before" in words(ax)


def test_ftp_shows_logons_over_transfers():
    ax = charts.ftp(week())
    lower, upper = ax.child_axes
    assert {name: heights(p).sum() for name, p in steps(upper).items()} == {
        "let in": 1, "anonymous refused": 1, "wrong password or name": 2,
    }  # fmt: skip
    assert {name: heights(p).sum() for name, p in steps(lower).items()} == {"downloads": 1, "uploads": 2, "failed": 1}
    assert upper.get_xlim() == lower.get_xlim()


# --- time -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("tz", ["UTC", "Europe/Stockholm", "Asia/Kathmandu", "America/Santiago", "Australia/Lord_Howe"])
def test_bins_cover_a_period_without_gaps_over_changes_of_the_clock(tz: str):
    where = zone(tz)
    first, last = moment("2026-03-20") or 0, moment("2026-04-10") or 0
    bins = bins_of((first, last), where, 200)
    widths = np.diff(bins.edges)
    assert bins.edges[0] * 1_000_000 <= first
    assert bins.edges[-1] * 1_000_000 > last
    assert (widths > 0).all()
    assert widths.max() <= bins.step + HOUR


def test_bins_of_days_begin_at_midnight_of_the_zone_on_long_and_short_days():
    where = zone("Europe/Stockholm")
    bins = bins_of((moment("2026-10-20") or 0, moment("2026-10-30") or 0), where, 20, least=DAY)
    assert sorted(set(np.diff(bins.edges))) == [24 * HOUR, 25 * HOUR]


def test_a_torn_date_in_a_far_century_does_not_hang():
    bins = bins_of((moment("2026-11-16") or 0, moment("9026-11-16") or 0), zone("Europe/Stockholm"), 100)
    assert len(bins) <= 101
    late = of(W3SVC1=http_log(http_row(status="404 0 2"), http_row(status="404 0 2", date="9026-11-16")))
    drawn(charts.errors(late, findings=[], tz="Europe/Stockholm"))


def test_bins_sum_up_what_lies_in_them():
    bins = Bins(HOUR, (0, 3600, 7200))
    assert bins.series(iter([("a", 0, 1), ("a", 3, 1), ("a", 4, 5), ("b", 9, 1)]))["a"].tolist() == [2, 5]


def test_the_time_zone_is_named_on_the_axis():
    assert charts.errors(week(), findings=[]).get_xlabel() == "Times in UTC"
    assert "Europe/Stockholm (UTC+01:00)" in charts.errors(week(), tz="Europe/Stockholm", findings=[]).get_xlabel()


# --- all of them ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", charts.KINDS)
def test_a_chart_without_data_says_so_in_a_sentence(kind: str, lang: str):
    ax = drawn(charts.KINDS[kind](Summary(), lang=lang))
    sentences = [t.get_text() for t in ax.figure.findobj(Text) if t.get_label() == "_empty"]
    assert sentences
    assert all(len(sentence) > 6 for sentence in sentences)


@pytest.mark.parametrize("kind", ["errors", "statuses", "heatmap", "worst-urls", "worst-clients", "slow-urls", "weeks"])
def test_good_news_are_told_too(kind: str):
    ax = drawn(charts.KINDS[kind](of(W3SVC1=http_log(http_row()))))
    assert [t for t in ax.figure.findobj(Text) if t.get_label() == "_empty"]


def visible_texts(figure: Figure) -> list[Text]:
    found = []
    for text in figure.findobj(Text):
        hidden = text.axes is not None and text in text.axes.texts and not text.get_visible()
        if text.get_text().strip() and text.get_visible() and not hidden:
            found.append(text)
    off = [ax for ax in figure.findobj(Axes) if not ax.axison]
    gone = {label for ax in off for axis in (ax.xaxis, ax.yaxis) for label in axis.findobj(Text)}
    ticks = {t for ax in figure.findobj(Axes) for axis in (ax.xaxis, ax.yaxis) for t in axis.findobj(Text)}
    shown = {
        t for ax in figure.findobj(Axes) if ax.axison for axis in (ax.xaxis, ax.yaxis)
        for t in [*(tick.label1 for tick in axis._update_ticks()), axis.label] if t.get_visible()
    }  # fmt: skip
    return [t for t in found if t not in gone and (t not in ticks or t in shown)]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [400, 900, 1600])
@pytest.mark.parametrize("kind", charts.KINDS)
def test_no_label_is_cut_and_none_overlaps_another(kind: str, width: int, lang: str):
    options: dict[str, Any] = {}
    if kind == "errors":
        spans = [("2026-11-17T06:00", "2026-11-17T07:00"), ("2026-11-17T06:30", "2026-11-18T07:00")]
        options["findings"] = [finding(f"f{n}", "warning", *span, "A long title " * 9) for n, span in enumerate(spans)]
    ax = drawn(
        charts.KINDS[kind](two_weeks(), lang=lang, width=width, tz="America/Argentina/ComodRivadavia", **options)
    )
    figure = charts.output.figure_of(ax)
    assert figure.get_size_inches()[0] * figure.dpi == pytest.approx(width)
    page = figure.bbox
    boxes = [(t.get_text(), t.get_window_extent()) for t in visible_texts(figure)]
    for text, box in boxes:
        inside = box.x0 >= -0.5 and box.y0 >= -0.5 and box.x1 <= page.x1 + 0.5 and box.y1 <= page.y1 + 0.5
        assert inside, f"{text!r} is cut: {box}"
    for (one, a), (other, b) in combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= 1 or along <= 2, f"{one!r} and {other!r} overlap"


def test_a_chart_draws_on_an_axes_that_it_is_given():
    figure = Figure(figsize=(8, 6), layout="constrained")
    grid = figure.subplots(2, 1)
    assert charts.statuses(week(), ax=grid[0]) is grid[0]
    assert charts.ftp(week(), ax=grid[1]) is grid[1]
    figure.savefig(io.BytesIO(), format="png")


def test_settings_of_others_stay_as_they_were():
    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context({"text.color": "red", "axes.facecolor": "black"}):
        ax = charts.errors(week(), findings=[])
        assert matplotlib.rcParams["text.color"] == "red"
    assert dict(matplotlib.rcParams) == before
    assert ax.get_facecolor() == (1, 1, 1, 1)


def test_no_pyplot():
    code = (
        "import sys, logan.charts as charts; from logan.summary import Summary; charts.lines(Summary());"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_no_figure_is_left_after_a_hundred_charts():
    alive = []
    for number in range(100):
        kind = list(charts.KINDS)[number % len(charts.KINDS)]
        ax = charts.KINDS[kind](week(), width=400)
        if number < len(charts.KINDS):
            drawn(ax)
        alive.append(weakref.ref(ax.figure))
        del ax
    gc.collect()
    assert not [ref for ref in alive if ref() is not None]


@pytest.mark.parametrize(
    "options", [{"lang": "fr"}, {"tz": "Mars/Olympus"}, {"by": "colour"}, {"status": "no such thing"}]
)
def test_an_option_that_makes_no_sense_is_said_to(options: dict[str, Any]):
    with pytest.raises(OptionError):
        charts.errors(week(), **options)


# --- hostile labels ---------------------------------------------------------------------------------------------------
HOSTILE = [
    r"/$\frac{1}{0}$", "/a$b$c", r"/$\undefined{$", "/<script>alert(1)</script>", "/\u202egnp.exe", "/\x1b[2J",
    "/a\u0000b", "/]]>&amp;<!--", "/\U00013000", "/" + "x" * 60_000, "/{n}{0}%s", "/_under_score^2", "/中文/路径",
]  # fmt: skip


def hostile() -> Summary:
    rows = [http_row(uri=uri.replace(" ", "+"), status="500 0 0", taken="10") for uri in HOSTILE for _ in range(5)]
    return of(W3SVC1=http_log(*rows))


@pytest.mark.parametrize("kind", ["worst-urls", "slow-urls"])
@pytest.mark.parametrize("format", ["png", "svg", "pdf"])
def test_labels_from_logs_are_nothing_but_text(kind: str, format: str):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that is missing would warn
        ax = charts.KINDS[kind](hostile(), top=20)
        data = charts.output.rendered(ax, format)
    named = labels(ax)
    assert r"/$\frac{1}{0}$" in named
    assert not any(text.get_parse_math() for text in ax.texts)
    assert not any(char in label for label in named for char in "\u202e\x1b\x00")
    if format == "svg":
        tree = ElementTree.fromstring(data)
        assert not [e for e in tree.iter() if e.tag.endswith("script")]
        assert "/<script>alert(1)</script>" in "".join(tree.itertext())


def test_a_long_label_leaves_its_middle_out_and_stays_inside():
    ax = drawn(charts.worst_urls(hostile(), top=20, width=400))
    long = next(t for t in ax.texts if t.get_label() == "_label" and "xxx" in t.get_text())
    assert "…" in long.get_text()
    assert long.get_window_extent().x1 <= ax.bbox.x1


def test_a_glyph_that_no_font_has_is_written_as_its_number():
    assert any("\\u{13000}" in label for label in labels(charts.worst_urls(hostile(), top=20)))


def test_secrets_do_not_get_into_pictures():
    summary = of(W3SVC1=http_log(http_row(uri="/(S(lit3py55t21z5v55vlm25s55))/a", status="500 0 0")))
    assert "lit3py55" not in "".join(labels(charts.worst_urls(summary)))


# --- fonts ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def no_chinese_font(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(style, "chinese_font", lambda: None)
    style._remark.cache_clear()
    yield
    style._remark.cache_clear()


@pytest.mark.usefixtures("no_chinese_font")
def test_without_a_chinese_font_the_chart_speaks_english_and_says_so_once():
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        first = drawn(charts.statuses(week(), lang="zh"))
        drawn(charts.worst_urls(hostile(), lang="zh", top=20))
    assert [str(w.message) for w in heard if "font" in str(w.message)] == [style.say("no-font", "en")]
    assert [w for w in heard if "Glyph" in str(w.message)] == []
    assert "What failed" in words(first)
    assert not re.search("[\u4e00-\u9fff]", words(first))


@pytest.mark.skipif(NO_FONT, reason="no Chinese font here")
@pytest.mark.parametrize("kind", charts.KINDS)
def test_chinese_charts_have_a_glyph_for_everything(kind: str):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = drawn(charts.KINDS[kind](two_weeks(), lang="zh"))
    assert re.search("[\u4e00-\u9fff]", words(ax))


def test_messages_have_the_same_placeholders_in_both_languages():
    for key, texts in style.messages().items():
        assert set(texts) == {"en", "zh"}, key
        if isinstance(texts["en"], str):
            assert set(re.findall(r"{(\w+)}", texts["en"])) == set(re.findall(r"{(\w+)}", texts["zh"])), key
        else:
            assert len(texts["en"]) == len(texts["zh"]), key


def test_status_classes_are_told_apart_without_colour():
    def luminance(colour: str) -> float:
        return float(np.dot(matplotlib.colors.to_rgb(colour), (0.2126, 0.7152, 0.0722)))

    stacked = [luminance(charts.COLOURS[name]) for name in ("5xx", "4xx", "ftp", "httperr")]
    assert all(abs(a - b) > 0.08 for a, b in combinations(stacked, 2))


# --- files ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
@pytest.mark.parametrize("kind", charts.KINDS)
def test_each_chart_becomes_a_file(kind: str, ending: str, start: bytes, tmp_path: Path):
    path = tmp_path / f"a chart.{ending.upper()}"
    charts.save(charts.KINDS[kind](week()), path, title="logan")
    assert path.read_bytes().startswith(start)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_the_same_numbers_give_the_same_bytes():
    for ending in charts.FORMATS:
        one, other = (charts.output.rendered(charts.errors(week(), findings=[]), ending) for _ in range(2))
        assert one == other


def test_a_wrong_ending_or_folder_is_said(tmp_path: Path):
    with pytest.raises(OptionError, match=r"\.png, \.svg or \.pdf"):
        charts.save(charts.lines(week()), tmp_path / "a.gif")
    with pytest.raises(SourceError):
        charts.save(charts.lines(week()), tmp_path / "missing" / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_svg_for_a_page_needs_no_permission_for_styles_and_keeps_its_text():
    svg = charts.to_svg(charts.worst_urls(hostile(), top=20), prefix="c1", title="A < B", description="Told & done")
    tree = ElementTree.fromstring(svg)
    assert not [e for e in tree.iter() if "style" in e.attrib or e.tag.endswith("style") or e.tag.endswith("metadata")]
    assert not re.search(r"\son\w+=", re.sub(">[^<]*<", "><", svg))
    ids = [e.attrib["id"] for e in tree.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))
    assert all(name.startswith("c1-") for name in ids)
    texts = [e for e in tree.iter() if e.tag.endswith("}text")]
    assert texts
    assert all("font-size" in e.attrib and "font-family" in e.attrib for e in texts)
    assert tree.attrib["role"] == "img"
    assert "A < B" in tree.itertext()


def test_svg_references_point_to_ids_of_the_same_chart():
    svg = charts.to_svg(charts.errors(week(), findings=[]), prefix="c2", title="t")
    ids = set(re.findall(r' id="([^"]+)"', svg))
    for name in [*re.findall(r'href="#([^"]+)"', svg), *re.findall(r"url\(#([^)]+)\)", svg)]:
        assert name in ids


# --- the command ------------------------------------------------------------------------------------------------------
def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    from logan.cli import main

    with pytest.raises(SystemExit) as leave:
        main(["chart", *arguments])
    told = capsys.readouterr()
    return int(leave.value.code or 0), told.out, told.err


@pytest.fixture
def log(tmp_path: Path) -> str:
    path = tmp_path / "logs" / "W3SVC1" / "u_ex261116.log"
    path.parent.mkdir(parents=True)
    path.write_text(http_log(http_row(), http_row(status="404 0 2"), http_row(status="500 19 183", date="2026-11-17")))
    return str(path.parent.parent)


def test_command_knows_every_chart():
    from logan.cli.chart import KINDS

    assert list(KINDS) == list(charts.KINDS)


@pytest.mark.parametrize("kind", charts.KINDS)
def test_command_draws_every_kind(kind: str, log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / f"{kind}.svg"
    assert run(capsys, kind, log, "-o", str(out), "--lang", "en", "--tz", "Asia/Shanghai") == (0, "", "")
    assert ElementTree.parse(out)


def test_command_passes_its_options_on(log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "a.png"
    options = ["--by", "status", "--status", "5xx", "--site", "W3SVC1", "--since", "2026-11-17", "--width", "640"]
    assert run(capsys, "errors", log, "-o", str(out), *options)[0] == 0
    assert int.from_bytes(out.read_bytes()[16:20], "big") == 640


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["erors", "LOG", "-o", "OUT.png"], "Did you mean errors?"),
        (["errors", "LOG", "-o", "OUT.gif"], ".png, .svg or .pdf"),
        (["errors", "LOG", "-o", "OUT"], ".png, .svg or .pdf"),
        (["lines", "LOG", "-o", "OUT.png", "--status", "404"], "--status does not go with lines"),
        (["errors", "LOG", "-o", "OUT.png", "--status", "what?"], "is no status"),
        (["errors", "LOG", "-o", "OUT.png", "--tz", "Mars"], "is no time zone"),
        (["errors", "LOG", "-o", "OUT.png", "--width", "3"], "--width"),
        (["statuses", "LOG", "-o", "OUT.png", "--top", "101"], "100 rows at the most"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(
    arguments: list[str], told: str, log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    given = [a.replace("LOG", log).replace("OUT", str(tmp_path / "out")) for a in arguments]
    code, _, err = run(capsys, *given)
    assert code == 2
    assert told in err
    assert "Traceback" not in err
    assert not list(tmp_path.glob("out*"))


def test_a_missing_folder_is_no_usage_fault(log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(capsys, "errors", log, "-o", str(tmp_path / "no" / "a.png"))[0] == 1
