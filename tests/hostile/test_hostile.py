"""Strings of strangers never act: not in a terminal, not in a spreadsheet, not in a page, not on disk, not in time."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import os
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from logan.display import masked, plain
from logan.selection import _glob
from logan.summarizing import summarize
from logan.writing import cell
from tests.builders import HTTP_FIELDS, http_log, http_row, write
from tests.fuzz.targets import run as exit_code
from tests.hostile.strings import HOSTILE

FTP_OLD = "#Software: Microsoft Internet Information Services 6.0\n#Version: 1.0\n#Date: 2026-11-16 08:00:00\n#Fields: time c-ip cs-username cs-method cs-uri-stem sc-status sc-win32-status\n"


def hostile_log() -> str:
    """Each string as path, user agent, user, referer, client and host; as errors, so that all of them are shown."""
    rows = []
    for number, text in enumerate(HOSTILE):
        stamp = f"{8 + number // 60:02}:{number % 60:02}:00"
        rows.append(
            http_row(
                stamp,
                "500 0 0",
                uri=text,
                agent=text,
                user=text,
                referer=text,
                client=f"203.0.113.{number % 9}",
                taken="90000",
            )
            * 3
        )
        rows.append(http_row(stamp, "404 0 2", uri=text, client=text, query=text, method=text[:20]) * 2)
        rows.append(http_row(stamp, "401 1 1326", user=text, client="203.0.113.77") * 3)
        rows.append(f"torn {text}\n")
    return http_log(*rows)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of hostile logs, in which the process stands too."""
    folder = tmp_path_factory.mktemp("hostile")
    write(folder, "logs/W3SVC1/u_ex261116.log", hostile_log())
    write(folder, "logs/W3SVC1/u_ex261109.log", hostile_log().replace("2026-11-16", "2026-11-09"))
    rows = "".join(f"08:{n:02}:00 203.0.113.9 {text} [{n}]USER {text} 530 1326\n" for n, text in enumerate(HOSTILE))
    write(folder, "logs/MSFTPSVC1/ex261116.log", FTP_OLD + rows)
    errors = "".join(
        f"2026-11-16 08:{n:02}:00 203.0.113.9 5000 10.0.0.1 80 HTTP/1.1 GET {text} 503 {n} {text[:40]} {text}\n"
        for n, text in enumerate(HOSTILE)
    )
    head = "#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename\n"
    write(folder, "logs/HTTPERR/httperr1.log", "#Software: Microsoft HTTP API 2.0\n" + head + errors)
    sites = "".join(f"2026-11-16 08:{n:02}:00 {text[:60]} GET /x 203.0.113.9 500\n" for n, text in enumerate(HOSTILE))
    write(
        folder,
        "logs/W3SVC/u_ex261116.log",
        "#Fields: date time s-sitename cs-method cs-uri-stem c-ip sc-status\n" + sites,
    )
    if os.name == "posix":
        write(folder, "logs/\x1b[2Jevil\u202e.log", "no log at all\n")
    before = os.getcwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


def harmless(shown: str) -> None:
    """Nothing that acts: no control or format characters but line feeds, and never many marks upon one letter."""
    bad = {
        char
        for char in shown
        if char != "\n" and (not char.isprintable() or unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs"))
    }
    assert not bad, bad
    assert "\u0301" * 6 not in shown


COMMANDS = [
    ["summarize", "logs"],
    ["summarize", "logs", "--lang", "zh", "--top", "100"],
    ["summarize", "logs", "--show-secrets", "--sort", "hits"],
    ["compare", "logs", "--week", "2026-W47"],
    ["compare", "logs/W3SVC1/u_ex261109.log", "logs/W3SVC1/u_ex261116.log"],
    ["explain", "/\x1b[2J"],
    ["explain", "--search", "\x1b[31m\u202e"],
    ["explain", "httperr:\x1b]0;x\x07"],
    ["summarize", "no\x1b[2Jsuch.log"],
    ["summarize", "logs", "--tz", "\x1b[2J"],
    ["summarize", "logs", "--on-bad-lines", "error"],
    ["summarize", "logs", "--site", "\x1b[2J"],
    ["chart", "worst-urls", "logs", "-o", "out/x.svg"],
    ["chart", "worst-clients", "logs", "-o", "out/x.png", "--lang", "zh"],
    ["report", "logs", "-o", "out/r.html", "--lang", "zh"],
    ["export", "logs", "-o", "out/x.jsonl"],
]


@pytest.mark.parametrize(
    "command", COMMANDS, ids=lambda command: " ".join(command)[:40].encode("ascii", "backslashreplace").decode()
)
def test_nothing_acts_in_a_terminal(logs: Path, capfd: pytest.CaptureFixture[str], command: list[str]) -> None:
    """As in a terminal with colours; what rich itself adds are colours only."""
    (logs / "out").mkdir(exist_ok=True)
    from logan.cli import _run

    _run(command)
    shown = capfd.readouterr()
    for text in (shown.out, shown.err):
        harmless(text)
        assert "Traceback" not in text
        assert "fault in logan itself" not in text


def test_rich_markup_and_emoji_are_shown_as_they_are(logs: Path) -> None:
    from rich.console import Console

    from logan.cli.render import render

    out = io.StringIO()
    log = write(logs, "markup/u_ex1.log", http_log(http_row(status="500 0 0", uri="/[red]a[/red]:skull:[/]") * 5))
    render(summarize(log), console=Console(file=out, width=120, force_terminal=True, color_system="truecolor"))
    assert "/[red]a[/red]:skull:[/]" in out.getvalue()
    assert "💀" not in out.getvalue()
    links = out.getvalue().count("\x1b]8")
    assert links == 0


def cells_of(text: str) -> list[str]:
    return [value for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for value in row]


@pytest.mark.parametrize(
    "command",
    [
        ["summarize", "logs", "--format", "csv"],
        ["compare", "logs", "--week", "2026-W47", "--format", "csv"],
        ["explain", "404", "--format", "csv"],
    ],
)
def test_csv_on_stdout_runs_no_formula(logs: Path, capfd: pytest.CaptureFixture[str], command: list[str]) -> None:
    from logan.cli import _run

    assert _run(command) == 0
    for value in cells_of(capfd.readouterr().out):
        assert not value.lstrip(" ").startswith(("=", "+", "@", "\t", "\r", "|", "%")), value
        assert not value.startswith("-") or value.lstrip("-").replace(".", "").isdigit() or value == "-", value


def test_csv_files_run_no_formula(logs: Path) -> None:
    (logs / "out").mkdir(exist_ok=True)
    assert exit_code(["export", "logs", "-o", "out/x.csv", "--quiet"]) == 0
    assert exit_code(["summarize", "logs", "--rejects", "out/rejects.csv", "--quiet"]) == 0
    for name in ("x.csv", "rejects.csv"):
        for value in cells_of((logs / "out" / name).read_text(encoding="utf-8")):
            assert value[:1] not in ("=", "+", "@", "\t", "\r", "|", "%"), (name, value)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1+1", "@x", "\t=1", "\r=1", "\n=1", " =1", "|x", "%x", "\ufeff=1", "＝1+1", "＋1", "－1", "＠x"],
)
def test_cells_that_a_spreadsheet_would_run(text: str) -> None:
    assert str(cell(text)).startswith("'")


class _Page(html.parser.HTMLParser):
    """What a browser would run in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        self.found += [
            f"{tag} {value}"
            for name, value in attrs
            if name in ("href", "src") and (value or "").lower().startswith("javascript")
        ]
        if tag in ("iframe", "object", "embed", "base"):
            self.found.append(tag)


def test_the_report_runs_nothing(logs: Path) -> None:
    (logs / "out").mkdir(exist_ok=True)
    assert exit_code(["report", "logs", "-o", "out/r.html", "--quiet"]) == 0
    text = (logs / "out" / "r.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert not page.found
    assert "<script>alert" not in text
    assert "<img/src=x" not in text
    for char in "\x1b\x07\x9b\u202e\u2066\u2028":
        assert char not in text


def test_the_html_for_notebooks_runs_nothing(logs: Path) -> None:
    text = summarize("logs")._repr_html_()
    assert "<script>" not in text
    assert "<img" not in text
    assert "\x1b" not in text


def test_names_from_logs_never_become_paths(logs: Path, tmp_path: Path) -> None:
    """A folder of Parquet files is named after sites; sites are named by the log."""
    target = tmp_path / "deep" / "er" / "out"
    target.parent.mkdir(parents=True)
    exit_code(["export", "logs", "-o", f"{target}/", "--quiet"])
    outside = [
        path for path in tmp_path.rglob("*") if target not in path.parents and path not in (target, *target.parents)
    ]
    assert not outside
    assert not (logs / "evil.log").exists()
    assert all(".." not in path.relative_to(target).parts for path in target.rglob("*"))


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 40 + "b",
        "*" * 200,
        "?*" * 60 + "x",
        "[" * 200,
        "[!" + "a" * 500 + "]",
        "*[a-z]*" * 30 + "0",
        "(a+)+$",
        "\\" * 50,
    ],
)
def test_globs_of_users_cannot_hang(pattern: str) -> None:
    start = time.monotonic()
    match = _glob(pattern)
    for text in (b"a" * 20_000, b"/" + b"ab" * 5_000, b""):
        match(text)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    "unit",
    [
        "password=",
        "&",
        "?a=",
        "token=&",
        "(S(",
        "http://a:",
        "%3d",
        "pass ",
        "]PASS ",
        "a@",
        "session",
        ";;",
        "key=x",
        "\x1b",
        "_token",
    ],
)
def test_masking_takes_time_in_proportion(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        start = time.perf_counter()
        masked(text)
        plain(text)
        return time.perf_counter() - start

    seconds(2_000)
    assert seconds(200_000) < 3


FIELD_NAMES = [
    "\x1b[2J",
    "=1+1",
    "../../x",
    "a" * 5000,
    "timestamp",
    "service",
    "title",
    "__class__",
    "sc-status sc-status sc-status",
    "{0}",
    "'; drop table x",
]


@pytest.mark.parametrize("name", FIELD_NAMES)
def test_field_names_are_a_stranger_s_too(tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    row = http_row(status="500 0 0").rstrip("\n") + " x" * len(name.split()) + "\n"
    log = write(tmp_path, "u_ex1.log", http_log(row * 3, fields=f"{HTTP_FIELDS} {name}"))
    from logan.cli import _run

    for command in (
        ["summarize", str(log)],
        ["export", str(log), "-o", str(tmp_path / "x.csv")],
        ["export", str(log), "-o", str(tmp_path / "x.parquet")],
    ):
        assert _run(command) == 0, command
    shown = capfd.readouterr()
    harmless(shown.out)
    harmless(shown.err)
    assert "fault in logan itself" not in shown.err
    for value in cells_of((tmp_path / "x.csv").read_text(encoding="utf-8")):
        assert value[:1] not in ("=", "+", "@")


def test_json_is_json(logs: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from logan.cli import _run

    assert _run(["summarize", "logs", "--format", "json", "--quiet", "--top", "100"]) == 0
    text = capfd.readouterr().out
    record = json.loads(text)
    assert any(status["hits"] for status in record["statuses"])
    assert not any(ord(char) < 32 and char != "\n" for char in text)  # JSON escapes them
