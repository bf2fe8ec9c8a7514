"""The page in a real Chromium: it asks for nothing, works without a mouse, and hostile logs do nothing in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from logan.reports import write
from logan.reports.model import Weekly
from logan.reports.periods import Wanted, choose
from logan.reports.weekly import weekly

sync_api = pytest.importorskip("playwright.sync_api")
axe_module = pytest.importorskip("axe_playwright_python.sync_playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
ARGUMENTS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"
LOOKS = {
    "light": {"viewport": {"width": 1200, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1200, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "device_scale_factor": 2},
}
Make = Callable[..., Weekly]
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        yield browser
        browser.close()


@pytest.fixture
def show(chromium: Any) -> Iterator[Open]:
    """Opens a file, and notes what it says and asks for."""
    contexts = []

    def opened(path: Path, **look: Any) -> Any:
        context = chromium.new_context(**look)
        contexts.append(context)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("dialog", lambda dialog: page.said.append(dialog.message))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def pages(make: Make, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    return {lang: Path(write(make("2026-W47", lang=lang), folder / f"{lang}.html")) for lang in ("en", "zh")}


def faults(page: Any) -> list[str]:
    """What axe-core finds serious or critical."""
    found = axe_module.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_is_quiet_fits_and_can_be_read_by_all(
    show: Open, pages: dict[str, Path], lang: str, look: str
) -> None:
    page = show(pages[lang], **LOOKS[look])
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults(page) == []
    assert page.said == []
    assert page.asked == [pages[lang].as_uri()]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_phone_breaks_no_address_and_no_word(show: Open, pages: dict[str, Path], lang: str) -> None:
    """A caption once stood one letter a line, and addresses lost their last digit to the next one."""
    page = show(pages[lang], **LOOKS["phone"])
    widths = page.evaluate(
        "[...document.querySelectorAll('caption:not(.unseen)')].map(one => one.clientWidth / one.parentElement.clientWidth)"
    )
    assert min(widths) > 0.9
    lines = """one => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size;
    }"""
    whole = "#clients tbody th .log, #refused tbody th .log, #sites-table tbody td, #httperr-table tbody th .code"
    broken = page.evaluate(
        f"[...document.querySelectorAll('{whole}')].filter(one => one.checkVisibility() && ({lines})(one) > 1).map(one => one.textContent)"
    )
    assert broken == []


def test_headings_stand_apart_over_their_columns(show: Open, pages: dict[str, Path]) -> None:
    for look in ("light", "phone"):
        page = show(pages["en"], **LOOKS[look])
        gaps = page.evaluate(
            """[...document.querySelectorAll('table.sortable thead tr')].flatMap(row => {
                const boxes = [...row.querySelectorAll('button')].map(one => one.getBoundingClientRect()).filter(box => box.width);
                return boxes.slice(1).map((box, place) => box.left - boxes[place].right);
            })"""
        )
        assert min(gaps) >= 4


def test_sizes_sort_as_numbers(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    button = page.locator("#sites-table").get_by_role("button", name="Sent")
    button.click()
    sent = page.evaluate(
        "[...document.querySelectorAll('#sites-table tbody tr')].map(row => row.cells[7].dataset.value)"
    )
    assert [int(one) for one in sent] == sorted((int(one) for one in sent), reverse=True)


def test_tables_sort(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    hits = "[...document.querySelectorAll('#statuses-table tbody tr')].map(row => Number(row.cells[3].textContent.replace(',', '')))"
    given = page.evaluate(hits)
    button = page.get_by_role("button", name="Hits").first
    button.focus()
    page.keyboard.press("Enter")
    assert page.evaluate(hits) == sorted(given, reverse=True)
    page.keyboard.press("Enter")
    assert page.evaluate(hits) == sorted(given)
    assert page.locator("#statuses-table th[aria-sort=ascending]").count() == 1
    page.locator("#slow-table thead button").nth(3).click()
    medians = page.evaluate(
        "[...document.querySelectorAll('#slow-table tbody tr')].map(row => Number(row.cells[3].dataset.value))"
    )
    assert medians == sorted(medians, reverse=True)
    assert page.said == []


def test_statuses_filter(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    every = page.locator("#statuses-table tbody tr:visible").count()
    page.get_by_role("searchbox", name="Filter the statuses").fill("timesheet 500.19")
    assert page.locator("#statuses-table tbody tr:visible").count() == 1
    assert page.get_by_role("status").text_content() == f"1 of {every} shown"
    page.get_by_role("searchbox").fill("zzz")
    assert page.get_by_role("status").text_content() == "None of them matches."
    page.get_by_role("searchbox").fill("")
    assert page.locator("#statuses-table tbody tr:visible").count() == every


def test_statuses_open_one_by_one_and_all_at_once(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["zh"])
    first = page.locator("#statuses-table details").first
    assert not first.locator(".opened").is_visible()
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert first.locator(".opened").is_visible()
    page.get_by_role("button", name="全部展开").click()
    assert page.locator("#statuses-table details:not([open])").count() == 0
    page.get_by_role("button", name="全部收起").click()
    assert page.locator("#statuses-table details[open]").count() == 0


def test_without_script_the_page_holds_the_same(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"], java_script_enabled=False)
    assert page.locator("#statuses-table tbody tr").count() > 10
    assert page.locator("thead button, .tools").count() == 0
    page.locator("#statuses-table summary").first.click()
    assert page.locator("#statuses-table .opened").first.is_visible()


def test_text_in_charts_can_be_selected(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    selected = page.evaluate(
        """() => {
            const text = [...document.querySelectorAll('.wide svg.chart text')].find(one => one.textContent.includes('UTC'));
            getSelection().selectAllChildren(text);
            return getSelection().toString();
        }"""
    )
    assert selected == "Times in UTC"


def test_one_chart_of_each_is_shown(show: Open, pages: dict[str, Path]) -> None:
    for look, shown, hidden in (("light", ".wide", ".narrow"), ("phone", ".narrow", ".wide")):
        page = show(pages["en"], **LOOKS[look])
        assert page.locator(f"figure {shown}").first.is_visible()
        assert not page.locator(f"figure {hidden}").first.is_visible()


def test_printing_opens_the_evidence(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("article details:not([open])").count() == 0
    assert not page.locator(".tools").first.is_visible()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_hostile_logs_change_nothing_but_text(show: Open, hostile: Path, tmp_path: Path, lang: str) -> None:
    path = Path(write(weekly(choose(str(hostile), Wanted()), lang=lang), tmp_path / "hostile.html"))
    page = show(path, **LOOKS["phone"])
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    page.get_by_role("searchbox").fill("script")
    for button in page.locator("thead button").all():
        if button.is_visible():
            button.click()
    page.wait_for_timeout(200)
    assert page.evaluate("window.hit === undefined")
    assert page.said == []
    assert page.asked == [path.as_uri()]
    assert page.locator("script, style").count() == 2
    assert page.locator("img, iframe, object, embed, link, form, foreignObject, animate, set").count() == 0
    names = page.evaluate(
        "[...document.querySelectorAll('*')].flatMap(one => one.getAttributeNames()).filter(name => name.startsWith('on') || name === 'style')"
    )
    assert names == []
    assert page.evaluate("[...document.querySelectorAll('a')].every(link => link.getAttribute('href').startsWith('#'))")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert "{{7*7}}" in page.locator("main").text_content()
    assert faults(page) == []
