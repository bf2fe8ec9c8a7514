"""What a person sees."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from logan.cli.fields_off import fields_off
from logan.cli.layout import columns, sparkline
from logan.cli.messages import Words, _texts
from logan.cli.render import SORTS, render
from logan.exceptions import OptionError
from logan.summary import Summary
from tests.analysis.logs import http_log, http_row, of, of_rows

HOSTILE = "/\x1b[31m[bold red]a[/bold red]\u202e\x07:smile:"
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

BUSY = [
    *(http_row(f"08:{n:02}:00", taken=str(50 + n)) for n in range(40)),
    *(http_row(f"09:{n:02}:00", "404 0 2", uri=f"/gone/{n % 7}", client=f"203.0.113.{n}") for n in range(20)),
    *(http_row(f"10:{n:02}:00", "500 19 183", uri="/app", client="203.0.113.5") for n in range(10)),
    *(http_row(f"11:{n:02}:00", "401 2 5") for n in range(5)),
    http_row("12:00:00", "200 0 64"),
    "2026-11-16 torn\n",
]


def shown(summary: Summary, width: int = 80, *, color: bool = False, **options: Any) -> str:
    stream = io.StringIO()
    render(
        summary,
        console=Console(file=stream, width=width, force_terminal=color, color_system="standard" if color else None),
        **options,
    )
    return stream.getvalue()


def test_parts_come_in_their_order() -> None:
    text = shown(of_rows(*BUSY))
    parts = ["Period", "Files", "Lines", "Traffic", "Errors", "Trend", "Findings", "Failures by status", "Slow URLs"]
    parts += ["Could not be answered", "Rejected lines"]
    places = [text.index(f"\n{part}") for part in parts]
    assert places == sorted(places)
    assert text.index("Period") > 20  # the verdict stands above


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-16 08:00 to 2026-11-16 12:00 UTC",
        "81 = 76 rows + 4 directives + 0 blank + 1 rejected",
        "30 of 71 requests, 42.3%",
        "handshakes of Windows authentication 5",
        "clients that hung up 1 (no failures, so no part of the rate)",
        "at most 15 at 2026-11-16 09:00",
        "500.19 · win32 183",
        "/app 10",
        "203.0.113.5 10",
        "(+4)",
        "p50",
        'BytesSent,BytesRecv,Host" /commit:apphost',
        "2026-11-16 torn",
    ],
)
def test_what_it_says(line: str) -> None:
    assert line in shown(of_rows(*BUSY), 160)


@pytest.mark.parametrize("width", [40, 80, 132])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_lines_fit(width: int, lang: str) -> None:
    text = shown(of_rows(*BUSY, http_row(uri="/产品/" + "很长的名字" * 30, status="404 0 2")), width, lang=lang)
    long = [line for line in text.splitlines() if cell_len(line) > width]
    assert [line for line in long if "appcmd" not in line] == []  # a command stays in one piece, to be copied


@pytest.mark.parametrize("color", [True, False])
def test_what_a_stranger_wrote_does_not_act(color: bool) -> None:
    rows = [http_row(status="404 0 2", uri=HOSTILE, client="[red]x"), f"{HOSTILE} torn\n"]
    log = http_log(*rows, *(http_row(uri=HOSTILE + "/slow") for _ in range(3)))
    text = shown(of(**{"W3SVC1": log}), 160, color=color)
    own = re.sub(r"\x1b\[[0-9;]*m", "", text) if color else text
    assert not CONTROL.search(own.replace("\n", ""))
    assert "[bold red]a[/bold red]" in own
    assert ":smile:" in own
    assert r"\x1b[31m" in own


def test_secrets_are_masked_unless_asked_for() -> None:
    summary = of_rows(http_row(), "/login?password=hunter2 torn\n")
    assert "hunter2" not in shown(summary)
    assert "hunter2" in shown(summary, show_secrets=True)


def test_no_colour_when_piped() -> None:
    assert "\x1b" not in shown(of_rows(*BUSY))
    assert "\x1b[" in shown(of_rows(*BUSY), color=True)


def test_empty_summary() -> None:
    text = shown(Summary())
    assert text.startswith("There are no rows to summarize.")
    assert "Findings" not in text
    assert shown(Summary(), lang="zh").startswith("没有可汇总的日志行。")


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([http_row()], "All is well: no request failed (requests: 1)."),
        ([http_row(status="401 2 5")], "There is nothing but handshakes and routine rows"),
        ([http_row(), http_row(status="404 0 2")], "Too few requests to judge by: 1 of 2 requests failed, 50.0%."),
        ([*[http_row()] * 100, http_row(status="404 0 2")], "Nothing stands out: 1 of 101 requests failed, 1.0%."),
    ],
)
def test_verdicts(monkeypatch: pytest.MonkeyPatch, rows: list[str], verdict: str) -> None:
    _found(monkeypatch)
    assert shown(of_rows(*rows)).startswith(verdict)


def _found(monkeypatch: pytest.MonkeyPatch, *severities: str) -> None:
    from importlib import import_module

    items = [
        SimpleNamespace(
            id=f"rule-{n}", severity=severity, service="http", site="W3SVC1", hits=48, first=1794816000000000,
            last=1794818800000000, title=lambda lang: "A [b]title[/b].", advice=lambda lang: "Open web.config.",
            explanation=lambda lang: "",
            evidence={"uris": [{"uri_stem": "/app", "hits": 9}], "clients": ["203.0.113.5"]},
        )
        for n, severity in enumerate(severities)
    ]  # fmt: skip
    monkeypatch.setattr(import_module("logan.analysis.findings"), "findings", lambda summary: items)


def test_the_worst_finding_makes_the_verdict_and_all_but_remarks_have_their_next_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _found(monkeypatch, "critical", "warning", "info")
    text = shown(of_rows(http_row()), 160)
    assert text.startswith("Act now: A [b]title[/b] (1 critical, 1 to look at; 0 of 1 requests failed, 0.0%).")
    assert text.count("Next: Open web.config.") == 2
    assert "48 rows · 2026-11-16 08:00 - 08:46 · W3SVC1 · /app · 203.0.113.5" in text
    _found(monkeypatch, "info", "info")
    assert shown(of_rows(http_row()), 160).count("Next: Open web.config.") == 2


def test_times_are_of_the_zone() -> None:
    assert "2026-11-16 13:45 to" in shown(of_rows(http_row("08:00:00")), tz="Asia/Kathmandu")


def test_chinese() -> None:
    text = shown(of_rows(*BUSY), lang="zh")
    for part in ("时段", "发现", "失败（按状态码）", "慢 URL", "因字段没有记录而无法回答", "无法读取的行"):
        assert part in text


def test_wide_cells_align() -> None:
    lines = columns([["URL", "次数", "p50"], ["/产品/目录", "1,200", "5"], ["/a", "3", "12"]], 60, left=1)
    assert {cell_len(line) for line in lines} == {cell_len(lines[0])}
    assert lines[1].startswith("/产品/目录  1,200")


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("worst", "500.19"),
        ("hits", "404.0"),
        ("status", "404.0"),
        ("first", "404.0"),
        ("last", "500.19"),
        ("share", "404.0"),
    ],
)
def test_orders(sort: str, first: str) -> None:
    text = shown(of_rows(*BUSY), sort=sort, top=1)
    codes = re.findall(r"\b(404\.0|500\.19)\b", text[text.index("Failures by status") :])
    assert codes[0] == first
    assert "Further statuses: 1, errors: " in text
    assert sort in SORTS


def test_an_order_that_does_not_exist_is_refused() -> None:
    with pytest.raises(OptionError, match="worst"):
        shown(Summary(), sort="size")


@pytest.mark.parametrize(
    ("numbers", "encoding", "bars"),
    [
        ([0, 1, 100], "utf-8", "▁▂█"),
        ([0, 0], "utf-8", "▁▁"),
        ([], "utf-8", ""),
        ([0, 1, 100], "cp1252", "_.#"),
        ([5, 5], "gbk", "██"),
        ([1], "no-such-encoding", "#"),
    ],
)
def test_sparkline(numbers: list[int], encoding: str, bars: str) -> None:
    assert sparkline(numbers, encoding) == bars


@pytest.mark.parametrize("days", [1, 3, 40, 400, 4000])
def test_the_trend_fits_whatever_the_period(days: int) -> None:
    from datetime import date, timedelta

    rows = [
        http_row(status="500 0 0", date=str(date(2015, 1, 1) + timedelta(days=n)))
        for n in range(0, days, max(1, days // 50))
    ]
    line = next(line for line in shown(of_rows(*rows)).splitlines() if line.startswith("Trend"))
    assert 1 <= len(line.split()[1]) <= 60


def test_fields_that_are_off_and_fields_that_are_partly_on() -> None:
    short = "date time cs-uri-stem sc-status"
    log = http_log("2026-11-16 08:00:00 /a 200\n", fields=short) + http_log(http_row(), http_row(), http_row())
    off = {field.name: field.sites for field in fields_off(of(W3SVC1=log))}
    assert off["sc-substatus"] == (("W3SVC1", 0.75),)
    assert off["sc-bytes"] == (("W3SVC1", 0.0),)
    useful = "sc-substatus sc-win32-status time-taken cs(Referer) sc-bytes cs-host X-Forwarded-For"
    full = http_log("2026-11-16 08:00:00 /a 200 0 0 1 - 1 a -\n", fields=f"{short} {useful}")
    assert fields_off(of(W3SVC1=full)) == []
    assert "Could not be answered" not in shown(of(W3SVC1=full))


def test_every_text_is_there_in_both_languages_with_the_same_placeholders() -> None:
    for part, names in _texts().items():
        for name, text in names.items():
            assert set(text) == {"en", "zh"}, f"{part}.{name}"
            english, chinese = (set(re.findall(r"\{(\w+)\}", text[lang])) for lang in ("en", "zh"))
            assert english == chinese, f"{part}.{name}"
    assert Words("fr").lang == "en"
