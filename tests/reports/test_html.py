"""The page: its structure, its policy, and that nothing from a log is more than text."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

import logan
from logan.reports.html import to_html
from logan.reports.model import Weekly
from logan.reports.periods import Wanted, choose
from logan.reports.weekly import weekly
from tests.reports.conftest import SAMPLES
from tests.reports.pages import Page

Make = Callable[..., Weekly]
#: Elements and attributes that a report consists of; whatever else turns up came from a log.
SVG = {"svg", "g", "path", "text", "tspan", "defs", "clippath", "rect", "use", "title", "desc", "image"}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("week", ["2026-W44", "2026-W45", "2026-W46", "2026-W47"])
def test_the_page_is_sound(make: Make, week: str, lang: str) -> None:
    page = Page(to_html(make(week, lang=lang)))
    assert not page.open
    assert page.all("html") == [{"lang": "zh-Hans" if lang == "zh" else "en"}]
    headings = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    ids = [str(attributes["id"]) for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert len(page.texts["caption"]) == len(page.all("table"))
    assert all("scope" in header for header in page.all("th"))
    assert all(svg.get("role") == "img" and svg.get("aria-labelledby") for svg in page.all("svg"))


def test_the_policy_knows_its_style_and_its_script_and_nothing_else(make: Make) -> None:
    page = Page(to_html(make("2026-W47")))
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.texts[tag][0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
        assert len(page.all(tag)) == 1
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    # nothing that the policy would have to forbid
    assert not any("style" in attributes for _, attributes in page.elements)
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


def test_nothing_is_fetched_from_anywhere(make: Make) -> None:
    page = Page(to_html(make("2026-W47")))
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            if name in ("href", "src", "xlink:href", "action", "data", "poster", "srcset"):
                assert (value or "").startswith("#"), (tag, name, value)
    assert not {"link", "iframe", "object", "embed", "form", "base", "img"} & {tag for tag, _ in page.elements}
    assert "url(" not in page.texts["style"][0]
    assert "@import" not in page.texts["style"][0]


def test_charts_are_text_and_the_same_each_time(make: Make) -> None:
    first, second = to_html(make("2026-W47")), to_html(make("2026-W47"))
    assert first == second
    page = Page(first)
    assert "Mon" in "".join(page.texts["svg"])
    assert "<!DOCTYPE svg" not in first
    assert "<metadata" not in first
    assert not re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d", first)


def test_every_status_opens_to_its_explanation(make: Make) -> None:
    report = make("2026-W47")
    html = Page(to_html(report))
    opened = "".join(html.texts["details"])
    for card in report.statuses:
        assert card.meaning in opened
        assert all(cause in opened for cause in card.causes)
        assert all(remedy in opened for remedy in card.remedies)


def test_findings_are_there_with_advice(make: Make) -> None:
    report = make("2026-W47", lang="zh")
    text = "".join(Page(to_html(report)).texts["main"])
    for card in report.findings:
        assert card.title in text
        assert card.advice in text


def test_every_warning_is_named_or_counted_above(make: Make) -> None:
    report = make("2026-W46")
    calls = sum(card.severity != "info" for card in report.findings)
    assert calls == 5
    head = to_html(report).partition("</header>")[0]
    assert head.count('href="#finding-') == 5
    assert "and 1 more finding<" in head


def test_dark_charts_have_the_colours_of_the_dark_page(make: Make) -> None:
    """A status has one colour, beside its row and in the chart."""
    from logan.charts.style import COLOURS

    style = Page(to_html(make("2026-W44"))).texts["style"][0]
    light, dark = style.split("prefers-color-scheme: dark", 1)
    for name, variable in (("4xx", "s4xx"), ("5xx", "s5xx"), ("ftp", "ftp"), ("httperr", "httperr")):
        colour = COLOURS[name].lower()
        assert f"--{variable}: {colour};" in light
        turned = re.search(rf'\[fill="{colour}"\]\{{fill:(#\w+)\}}', dark)
        assert turned
        assert f"--{variable}: {turned[1]};" in dark


def test_hostile_logs_change_nothing_but_text(hostile: Path) -> None:
    usual = Page(to_html(weekly(choose(str(SAMPLES), Wanted(week="2026-W47")))))
    for lang in ("en", "zh"):
        html = to_html(weekly(choose(str(hostile), Wanted()), lang=lang))
        page = Page(html)
        assert not page.open
        allowed = {tag for tag, _ in usual.elements} | SVG | {"p", "ul", "li", "br"}
        assert {tag for tag, _ in page.elements} <= allowed
        names = {name for _, attributes in usual.elements for name in attributes}
        assert {name for _, attributes in page.elements for name in attributes} <= names | {"class", "id"}
        assert len(page.all("script")) == len(page.all("style")) == 1
        assert page.texts["script"] == usual.texts["script"]
        assert "49" not in {text.strip() for text in page.texts["bdi"]}
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\x00-\x08\x0b-\x1f\x7f-\x9f]", html)
        assert len(html) < 1_500_000


def test_a_hostile_title_is_text(make: Make) -> None:
    page = Page(to_html(make("2026-W44", title="</title><script>alert(1)</script>")))
    assert len(page.all("script")) == 1
    assert page.texts["title"][0] == "</title><script>alert(1)</script>"


def test_no_name_survives_anonymizing(make: Make) -> None:
    for week in ("2026-W44", "2026-W45", "2026-W46", "2026-W47"):
        html = to_html(make(week, anonymize=True))
        text = re.sub(r"<svg.*?</svg>", lambda svg: re.sub("<[^>]*>", " ", svg[0]), html, flags=re.DOTALL)
        assert not re.search(r"\b(?:10\.\d+|192\.0|198\.51|203\.0)\.\d+\.\d+\b", text)
        assert not re.search(r"(?i)scan2mail|lindqvist\\|anna\.ek|malmolab|\bkarin\b", text)
        assert "client-1" in text


def test_secrets_are_masked(tmp_path: Path) -> None:
    log = tmp_path / "u_ex261116.log"
    rows = [f"2026-11-16 10:00:{n:02d} GET /a/(S(lit3py55t21z5v55vlm25s55))/x?token=geheim 404 0 2 5" for n in range(9)]
    fields = "#Fields: date time cs-method cs-uri-stem sc-status sc-substatus sc-win32-status time-taken"
    log.write_text("\n".join([fields, *rows]) + "\n")
    for shown in (False, True):
        path = logan.report(str(log), str(tmp_path / "weekly.html"), show_secrets=shown)
        html = Path(path).read_text(encoding="utf-8")
        assert ("lit3py55t21z5v55vlm25s55" in html) is shown
        assert ("geheim" in html) is shown


def test_a_busy_week_stays_small(tmp_path: Path) -> None:
    """Three thousand kinds of answers, thirty thousand URLs and clients."""
    fields = "#Fields: date time s-sitename cs-method cs-uri-stem cs-username c-ip sc-status sc-substatus sc-win32-status time-taken"
    rows = [
        f"2026-11-{16 + n % 7} {n % 24:02d}:00:00 W3SVC{n % 9} GET /path/of/some/length/{'x' * 40}/page{n % 9999}.aspx "
        f"DOM\\user{n} 10.{n % 200}.{n % 250}.{n % 240} {400 + n % 199} {n % 23} {n % 3000} {n % 9000}"
        for n in range(30_000)
    ]
    (tmp_path / "u_ex261116.log").write_text("\n".join([fields, *rows]) + "\n")
    report = weekly(choose(str(tmp_path), Wanted()), lang="zh")
    assert report.statuses_left_out > 100
    assert len(to_html(report).encode()) < 1_500_000


@pytest.mark.slow
def test_a_report_is_quick_and_leaves_no_figures(make: Make) -> None:
    report = make("2026-W47")
    to_html(report)
    start = time.process_time()
    to_html(report)
    assert time.process_time() - start < 3
    import gc

    from matplotlib.figure import Figure

    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, Figure)]


def test_the_file_appears_whole_and_its_path_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "weekly.html"
    assert logan.report(logan.summarize(str(SAMPLES / "FTPSVC2")), path) == str(path)
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert [file.name for file in tmp_path.iterdir()] == ["weekly.html"]
