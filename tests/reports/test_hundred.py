"""A hundred reports of small and odd logs: each whole, harmless, with every section, and its sums those of the logs."""

from __future__ import annotations

import ctypes
import gc
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

import logan
from logan.analysis.traffic import traffic
from logan.reports import html
from logan.reports.model import Weekly
from logan.reports.periods import Wanted, choose
from logan.reports.png import to_png
from logan.reports.weekly import weekly
from tests.builders import FTP_FIELDS, HEADER, HTTPERR_FIELDS, http_log, http_row, write
from tests.reports.conftest import PAYLOADS
from tests.reports.pages import Page

#: What every log has in a name: if it is ever an element, something was not escaped.
TAG = "<x-raw>'\"&amp;"
SECTIONS = ("figures", "findings", "trend", "sites", "statuses", "where", "slow", "ftp", "httperr", "gaps", "lines")
#: Language, time zone, names masked, secrets shown: every log is reported in each of these ways.
WAYS = (
    ("en", "UTC", False, False),
    ("zh", "Asia/Shanghai", False, False),
    ("en", "America/St_Johns", True, False),
    ("zh", "+05:45", False, True),
)
SEED = "W3SVC1/u_ex261118.log"


def many(count: int, **given: str | Callable[[int], str]) -> str:
    """A log of `count` rows a minute apart; what is given may depend on the number of the row."""
    rows = []
    for n in range(count):
        values = {name: value(n) if callable(value) else value for name, value in given.items()}
        rows.append(
            http_row(**{"time": f"{8 + n // 60:02d}:{n % 60:02d}:00", "uri": f"/{TAG}", "date": "2026-11-18", **values})
        )
    return http_log(*rows)


def lines(fields: str, *rows: str) -> str:
    return f"{HEADER}#Fields: {fields}\n" + "".join(f"{row}\n" for row in rows)


def hostile() -> str:
    names = [payload.replace(" ", "+").replace("\x00", "").replace("\n", "") for payload in PAYLOADS]
    return many(
        60,
        uri=lambda n: f"/{names[n % len(names)]}",
        user=lambda n: names[(n + 1) % len(names)],
        query=lambda n: names[(n + 2) % len(names)],
        agent=lambda n: names[(n + 3) % len(names)],
        referer=lambda n: names[(n + 4) % len(names)],
        client=lambda n: names[(n + 5) % len(names)] if n % 2 else "192.0.2.7",
        status=lambda n: ("404 0 2", "500 0 0", "401 1 1326", "200 0 0")[n % 4],
    )


def ftp(*replies: str) -> str:
    return lines(FTP_FIELDS, *(
        f"2026-11-18 10:{n:02d}:00 198.51.100.{n % 5} u{n % 3}{TAG} 10.0.0.1 21 {reply} s{n} /f{TAG}" for n, reply in enumerate(replies)
    ))  # fmt: skip


def httperr(*reasons: str) -> str:
    return lines(HTTPERR_FIELDS, *(
        f"2026-11-18 11:{n:02d}:00 203.0.113.5 4711 10.0.0.1 80 HTTP/1.1 GET /{TAG} {reason} Pool{TAG}" for n, reason in enumerate(reasons)
    ))  # fmt: skip


def years() -> str:
    begin = date(2024, 1, 3)
    days = [begin + timedelta(days=8 * n) for n in range(138)]
    status = ("200 0 0", "404 0 2", "500 19 183")
    return http_log(*(http_row(date=f"{day}", uri=f"/{TAG}", status=status[n % 3]) for n, day in enumerate(days)))


REFUSED, LET_IN = "PASS *** 530 1326 41", "PASS *** 230 0 0"
NO_FIELDS = "date time cs-uri-stem"
#: {name: {file: text}}
LOGS: dict[str, dict[str, str]] = {
    "one row": {SEED: many(1)},
    "one error": {SEED: many(1, status="500 0 0")},
    "no time-taken": {SEED: many(30, taken="-")},
    "no status": {SEED: lines(NO_FIELDS, *(f"2026-11-18 09:{n:02d}:00 /{TAG}" for n in range(9)))},
    "few fields": {SEED: lines("date time sc-status", *(f"2026-11-18 09:{n:02d}:00 {200 + 101 * (n % 4)}" for n in range(9)))},
    "all well": {SEED: many(50)},
    "only server errors": {SEED: many(40, status=lambda n: f"{500 + n % 6} {n % 3} 0")},
    "only client errors": {SEED: many(40, status=lambda n: f"{400 + n % 30} 0 0")},
    "only handshakes": {SEED: many(20, status=lambda n: ("401 2 5", "401 1 2148074254")[n % 2])},
    "only hang-ups": {SEED: many(30, status="200 0 64", taken="45000")},
    "instant": {SEED: many(40, taken="0")},
    "eternal": {SEED: many(40, taken="2147483647")},
    "forty kinds": {SEED: many(200, status=lambda n: f"{200 + 11 * (n % 37)} {n % 5} {n % 7}")},
    "hostile": {SEED: hostile()},
    "torn": {SEED: many(5) + f"torn {TAG} <script>\n" * 7 + many(5)},
    "IPv6": {SEED: many(40, client=lambda n: f"2001:db8::{n % 9:x}", status=lambda n: "404 0 2" if n % 3 else "200 0 0")},
    "Chinese": {SEED: many(40, uri="/订单/" + "很长" * 90 + TAG, user="张三", status="404 0 2")},
    "thirty sites": {f"W3SVC{n}/u_ex261118.log": many(3, status=("200 0 0", "503 0 0")[n % 2]) for n in range(1, 31)},
    "summer time ends": {SEED: many(600, date=lambda n: f"2026-10-{24 + n // 300}", time=lambda n: f"{n % 24:02d}:30:00")},
    "three years": {SEED: years()},
    "FTP": {"FTPSVC2/u_ex261118.log": ftp(LET_IN, "RETR a 226 0 0", "STOR b 550 2 0", "QUIT - 221 0 0")},
    "FTP refused": {"FTPSVC2/u_ex261118.log": ftp(*[REFUSED] * 50)},
    "HTTPERR": {"HTTPERR/httperr1.log": httperr(*["503 1 AppOffline"] * 9, "400 - BadRequest", "- 1 Timer_ConnectionIdle")},
    "HTTPERR routine": {"HTTPERR/httperr1.log": httperr(*["- - Timer_ConnectionIdle"] * 12)},
    "all kinds": {
        SEED: many(90, status=lambda n: ("200 0 0", "500 0 0", "404 0 2")[n % 3], taken=lambda n: f"{n * n}"),
        "FTPSVC2/u_ex261118.log": ftp(*[REFUSED] * 20, LET_IN),
        "HTTPERR/httperr1.log": httperr(*["503 1 QueueFull"] * 9),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    name: str
    way: tuple[str, str, bool, bool]
    rows: int
    report: Weekly


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """A hundred reports, not yet drawn; each log is read once, and compared with the log before it in the list."""
    folder, found, before = tmp_path_factory.mktemp("hundred"), [], None
    for number, (name, files) in enumerate(LOGS.items()):
        place = folder / str(number)
        for file, text in files.items():
            write(place, file, text)
        rows = sum(line[:2] == "20" for text in files.values() for line in text.splitlines())
        summary = logan.summarize(str(place), on_bad_lines="skip", workers=1)
        for way in WAYS:
            lang, tz, anonymize, show = way
            period = choose(summary, Wanted(tz=tz), before if way is not WAYS[0] else None)
            report = weekly(period, lang=lang, tz=tz, anonymize=anonymize, show_secrets=show)
            found.append(Case(name, way, rows, report))
        before = summary
    return found


def number(text: str) -> int:
    return int(text.replace(",", "")) if text != "–" else 0


def tables(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    """The tables by their id, as the text of their cells."""
    for found in re.finditer(r'<table[^>]* id="([\w-]+)".*?<tbody>(.*?)</tbody>', text, flags=re.DOTALL):
        rows = found[2].split("<tr")[1:]
        yield (
            found[1],
            [
                [
                    re.sub(r"<[^>]*>", "", cell).strip()
                    for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
                ]
                for row in rows
            ],
        )


def check(case: Case, text: str) -> None:
    report, page = case.report, Page(text)
    # whole
    assert not page.open
    ids = [str(attributes["id"]) for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert set(SECTIONS) <= set(ids)
    names = {heading.strip() for heading in page.texts["h2"]}
    assert {report.words.say(f"head-{section}") for section in SECTIONS} <= names
    # asks for nothing
    for _, attributes in page.elements:
        for name in ("href", "src", "xlink:href", "action", "data", "poster", "srcset"):
            assert (attributes.get(name) or "#").startswith("#")
        assert "url(" not in (attributes.get("style") or "")
    assert not {"link", "iframe", "object", "embed", "form", "base", "img"} & {tag for tag, _ in page.elements}
    assert not re.search(r"url\((?!#)|@import", page.texts["style"][0])
    assert not re.search(r'(?:href|src)="[a-z]+:', text)
    # harmless
    assert "<x-raw" not in text
    assert len(page.all("script")) == len(page.all("style")) == 1
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    # says what was read
    summary = report.summary
    totals = traffic(summary).totals
    assert summary.hits == summary.lines.rows == case.rows
    values = re.findall(r'<dd class="value">(.*?)</dd>', text)
    assert [number(value) for value in values[:2]] == [totals.requests, totals.errors]
    found = dict(tables(text))
    assert number(found["lines-table"][1][1]) == case.rows
    assert sum(number(row[2]) for row in found["sites-table"]) == case.rows
    assert sum(number(row[4]) for row in found["sites-table"]) == totals.errors
    if not report.statuses_left_out:
        assert sum(number(row[-2]) for row in found["statuses-table"]) == case.rows
    assert sum(number(row[1]) for row in found["days"]) == case.rows
    assert sum(number(row[2]) for row in found["days"]) == totals.errors
    assert sum(number(row[3]) for row in found["days"]) == totals.client_errors
    assert sum(number(row[4]) for row in found["days"]) == totals.server_errors


def resident() -> int:
    """Bytes of this process in memory; 0 where the system does not say."""
    pa.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)  # what other tests of this process have left free is not held
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


def held() -> tuple[int, int]:
    """How many objects there are, and how many of them are figures."""
    gc.collect()
    everything = gc.get_objects()
    return len(everything), sum(isinstance(one, Figure) for one in everything)


@pytest.mark.slow
def test_a_hundred_reports_are_whole_harmless_and_add_up_and_leave_nothing_behind(
    cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Charts take nine tenths of the time, so those of the last way, which are as Chinese as the second's, are left."""
    assert len(cases) == 100
    draw = html._charts
    monkeypatch.setattr(html, "_charts", lambda report: {} if report.tz == WAYS[3][1] else draw(report))
    counted: list[tuple[int, int, int]] = []
    for place, case in enumerate(cases):
        if place in (40, 99):
            counted.append((*held(), resident()))
        try:
            check(case, html.to_html(case.report))
        except Exception as error:
            error.add_note(f"{case.name}, {case.way}")
            raise
    (objects, figures, memory), (objects_then, figures_then, memory_then) = counted
    assert (figures, figures_then) == (0, 0)
    assert objects_then - objects < 5_000
    assert memory_then - memory < 64_000_000


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Glyph")
def test_pictures_leave_nothing_behind_either(cases: list[Case]) -> None:
    names = ("hostile", "three years", "HTTPERR", "all kinds", "thirty sites")
    counted = []
    for place, name in enumerate(names):
        case = next(one for one in cases if one.name == name and one.way == WAYS[place % 2])
        data = to_png(case.report)
        assert imread(BytesIO(data)).shape[:2] == (2000, 1600)
        counted.append(held())
    assert not any(figures for _, figures in counted)
    assert counted[-1][0] - counted[2][0] < 5_000
