"""The command line from outside: exit codes, sentences for errors, stdout for answers, stderr for all else."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import http_log, http_row, write


def run(*arguments: object, stdin: bytes | None = None, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "logan", *(str(argument) for argument in arguments)]
    env = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **environment}
    return subprocess.run(command, capture_output=True, input=stdin, env=env, check=False)


COMMANDS = ["summarize", "explain", "chart", "report", "compare", "export"]


def test_help_lists_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0 and done.stderr == b""
    assert all(f"  {name} ".encode() in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0 and b"Usage: " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["summarize", "no-such-place"], 1, "no such file or folder"),
        (["summarize", "*.nothing"], 1, "no file matches"),
        (["summarize"], 2, "Missing argument"),
        (["summarize", "samples", "--since", "yesterday"], 2, "is no date or time"),
        (["summarize", "samples", "--tz", "Mars/Base"], 2, "is no time zone"),
        (["summarize", "samples", "--since", "2026-11-16", "--until", "2026-11-16"], 2, "--until is not after --since"),
        (["summarize", "samples", "--status", "4o4"], 2, "is no status"),
        (["summarize", "samples", "--proxy", "ten", "--client-field", "x"], 2, "does not appear to be"),
        (["summarize", "samples", "--encoding", "klingon"], 2, "is no encoding"),
        (["summarize", "samples", "--format", "xml"], 2, "xml"),
        (["summarize", "samples", "--sort", "sideways"], 2, "is no order"),
        (["summarize", "samples", "--fail-on", "moon>full"], 2, "moon"),
        (["summarize", "samples", "--rejects", "no/such/folder/x.csv"], 1, "cannot be written"),
        (["explain", "foo"], 2, "is no code"),
        (["chart", "errors", "samples", "-o", "x.gif"], 2, "x.gif"),
        (["chart", "sculpture", "samples", "-o", "x.png"], 2, "sculpture"),
        (["report", "samples", "--week", "2026-W99", "-o", "x.html"], 2, "W99"),
        (["export", "samples", "-o", "x.xlsx"], 2, ".parquet"),
        (["compare", "samples"], 2, "BEFORE and AFTER"),
        (["frobnicate"], 2, "No such command"),
    ],
)
def test_wrong_input_gets_a_sentence(arguments: list[str], code: int, words: str) -> None:
    done = run(*arguments)
    text = done.stderr.decode()
    assert done.returncode == code, text
    assert words in text and "Traceback" not in text and done.stdout == b""
    assert len([line for line in text.splitlines() if not line.startswith(("Usage", "Try"))]) <= 3


def test_json_is_one_document_on_stdout_and_remarks_are_on_stderr() -> None:
    done = run("summarize", "samples", "--format", "json")
    data = json.loads(done.stdout)
    assert data["schema"] == "logan.summary/1"
    assert b"5 lines could not be read" in done.stderr
    assert run("summarize", "samples", "--format", "json", "--quiet").stderr == b""


def test_remarks_are_in_the_language_of_the_answer(tmp_path: Path) -> None:
    for n in range(5):
        (tmp_path / f"{n}.log").write_bytes(b"%PDF")
    for command in (
        ["summarize"],
        ["report", "-o", str(tmp_path / "week.html")],
        ["chart", "statuses", "-o", str(tmp_path / "x.png")],
    ):
        said = run(*command, "samples", str(tmp_path), "--lang", "zh").stderr.decode()
        assert "logan: 有 5 行无法读取，首个出错处：samples" in said
        assert "0.log：是 PDF 文档" in said and "logan: 另跳过 " in said
        assert not re.search(r"lines could|left out|is a", said)


@pytest.mark.parametrize("week", ["2026-W47", "2026w47", "last"])
def test_a_week_is_compared_with_the_one_before(tmp_path: Path, week: str) -> None:
    options = ("--format", "json", "--quiet")
    done = run("compare", "samples", "--week", week, *options)
    data = json.loads(done.stdout)
    assert (data["before"]["first"][:10], data["after"]["first"][:10]) == ("2026-11-09", "2026-11-16")
    for _ in range(2):  # the second time from the cache
        assert run("compare", "samples", "--week", week, "--cache", str(tmp_path / "c"), *options).stdout == done.stdout
    assert list((tmp_path / "c").iterdir())


def test_what_was_left_out_is_told_for_any_week(tmp_path: Path) -> None:
    for day in ("2026-11-02", "2026-11-09", "2026-11-16"):
        write(tmp_path, f"u_ex{day}.log", http_log(http_row(date=day), "torn\n" * (day == "2026-11-02")))
    write(tmp_path, "u_ex261101.log", b"%PDF")
    for week in ("2026-W46", "2026-W47"):
        said = run("compare", str(tmp_path), "--week", week, "--lang", "en").stderr.decode().splitlines()
        assert [line.split(":")[1] for line in said] == [" 1 line could not be read", " left out"]


def test_two_folders_are_compared_with_a_cache(tmp_path: Path) -> None:
    sources = ("samples/W3SVC1", "samples/W3SVC2", "--format", "json", "--quiet")
    plain = run("compare", *sources).stdout
    for _ in range(2):
        assert run("compare", *sources, "--cache", str(tmp_path / "c")).stdout == plain


@pytest.mark.parametrize("week", ["2026-W30", "2026-W44", "2027-W01"])
def test_a_week_without_the_one_before_is_said(week: str) -> None:
    done = run("compare", "samples", "--week", week)
    assert done.returncode == 2 and done.stdout == b""
    assert f"{week}: that week and the one before it are not both in these logs.".encode() in done.stderr


def test_a_gap_is_not_stepped_over(tmp_path: Path) -> None:
    """What is compared with the week before is not compared with that of last spring."""
    for day in ("2026-03-02", "2026-11-16"):
        write(tmp_path, f"u_ex{day}.log", http_log(http_row(date=day)))
    assert b"2026-W10, 2026-W47" in run("compare", str(tmp_path), "--week", "last").stderr
    empty = write(tmp_path, "e/u_ex260101.log", "")
    assert b"are not both in these logs" in run("compare", str(empty), "--week", "last").stderr


def test_csv_has_a_row_for_each_status() -> None:
    rows = list(csv.DictReader(io.StringIO(run("summarize", "samples", "--format", "csv", "-q").stdout.decode())))
    assert sum(int(row["hits"]) for row in rows) == json.loads(Path("samples/truth.json").read_text())["lines"]["rows"]
    assert any(row["status"] == "500" and row["substatus"] == "19" and row["title"] for row in rows)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_for_people(lang: str) -> None:
    done = run("summarize", "samples", "--lang", lang)
    text = done.stdout.decode()
    assert done.returncode == 0 and "500.19" in text and "\x1b" not in text
    assert ("配置" in text) is (lang == "zh")


def test_the_language_follows_the_locale() -> None:
    assert "目录" in run("explain", "403.14", LC_ALL="zh_CN.UTF-8").stdout.decode()


def test_standard_input() -> None:
    done = run("summarize", "-", "--format", "json", stdin=http_log(http_row(), http_row(status="404 0 2")).encode())
    assert json.loads(done.stdout)["totals"]["hits"] == 2


def test_rejected_lines_are_written_whole(tmp_path: Path) -> None:
    log = write(tmp_path, "u_ex1.log", http_log("=torn\n", http_row()))
    assert run("summarize", log, "--rejects", tmp_path / "r.csv", "-q").returncode == 0
    with (tmp_path / "r.csv").open(newline="", encoding="utf-8") as stream:
        [row] = csv.DictReader(stream)
    assert row == {"path": str(log), "line": "5", "reason": "1 values for 15 fields", "text": "'=torn"}


def test_on_bad_lines_error_stops_with_the_line_shown(tmp_path: Path) -> None:
    log = write(tmp_path, "u_ex1.log", http_log("torn\n", http_row()))
    done = run("summarize", log, "--on-bad-lines", "error")
    assert run("compare", log, log, "--on-bad-lines", "error").stderr == done.stderr
    assert done.returncode == 1
    assert done.stderr.decode().startswith(f"logan: {log}:5: 1 values for 15 fields\n    torn\n")


@pytest.mark.parametrize(("rule", "code"), [("error_rate>0.1%", 3), ("error_rate>99%", 0), ("finding>=critical", 3)])
def test_fail_on(rule: str, code: int) -> None:
    assert run("summarize", "samples", "--fail-on", rule, "-q").returncode == code


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("5xx", {("http", 500, None)}),
        ("ftp:5xx", {("ftp", 530, None), ("ftp", 550, None)}),
        ("530", {("ftp", 530, None)}),
        ("timer_connectionidle", set()),
        ("httperr:timer_connectionidle", {("httperr", None, "Timer_ConnectionIdle")}),
    ],
)
def test_a_status_is_written_as_in_charts(code: str, meant: set[object]) -> None:
    done = run("summarize", "samples", "--status", code, "--format", "json", "-q")
    if not meant:
        assert (done.returncode, b"is no status" in done.stderr) == (2, True)
        return
    rows = json.loads(done.stdout)["statuses"]
    assert {
        (row["service"], row["status"], row["reason_phrase"] if row["service"] == "httperr" else None) for row in rows
    } == meant


def test_drill_down(tmp_path: Path) -> None:
    done = run("summarize", "samples", "--status", "500.19", "--site", "w3svc1", "--format", "json", "-q")
    data = json.loads(done.stdout)
    assert {(row["status"], row["substatus"]) for row in data["statuses"]} == {(500, 19)}
    lines = data["lines"]
    assert lines["rows"] == sum(row["hits"] for row in data["statuses"])
    assert lines["read"] == lines["rows"] + lines["directives"] + lines["blank"] + lines["rejected"]


def test_saved_weeks_compare_and_add_up(tmp_path: Path) -> None:
    for week, (since, until) in {"46": ("2026-11-09", "2026-11-16"), "47": ("2026-11-16", "2026-11-23")}.items():
        saved = run(
            "summarize", "samples", "--since", since, "--until", until, "--save", tmp_path / f"{week}.logan", "-q"
        )
        assert saved.returncode == 0
    done = run("compare", tmp_path / "46.logan", tmp_path / "47.logan", "--format", "json")
    assert done.returncode == 0 and "500" in done.stdout.decode()
    assert run("compare", "samples", "--week", "2026-W47", "-q").returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is no signal there")
def test_a_closed_pipe_is_quiet() -> None:
    command = (
        f"{sys.executable} -m logan export --help | head -c 10; {sys.executable} -m logan explain --list http | head -1"
        f"; {sys.executable} -m logan summarize samples -q | head -1"
    )
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", command], capture_output=True, check=False)
    assert (done.stderr, done.returncode) == (b"", 0)


@pytest.mark.parametrize("command", ["summarize", "report"])
def test_what_opens_an_address_is_in_no_error(command: str) -> None:
    done = run(command, "https://anna:geheim@127.0.0.1:9/logs?sig=geheim", "--since", "2026-11-16")
    assert done.returncode == 1 and b"https://***@127.0.0.1:9/logs?***: " in done.stderr
    assert b"geheim" not in done.stderr + done.stdout


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT there")
@pytest.mark.parametrize("threads", [False, True])
def test_ctrl_c_leaves_with_130_and_says_so_in_one_line(tmp_path: Path, threads: bool) -> None:
    """While standard input keeps the only thread waiting, and while it keeps one of several."""
    log = http_log(*[http_row()] * 20_000)
    more = [write(tmp_path, "u_ex1.log", log)] if threads else []
    with subprocess.Popen(
        [sys.executable, "-m", "logan", "summarize", *map(str, more), "-", "--save", str(tmp_path / "x.logan")],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored where tests run in the background
    ) as process:
        try:
            assert process.stdin and process.stderr
            process.stdin.write(log.encode())  # far more than a pipe holds: it is being read
            process.stdin.flush()
            process.send_signal(signal.SIGINT)
            code = process.wait(20)
        finally:
            process.kill()
        assert (code, process.stderr.read()) == (130, b"logan: interrupted; no file is left half-written.\n")
    assert not (tmp_path / "x.logan").exists()


def test_an_interrupt_within_a_lock_of_python_is_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C in the middle of a wait for a queue comes out as "RuntimeError: release unlocked lock"."""
    from logan import cli

    def interrupted(command: str | None) -> Callable[..., None]:
        def run(**options: object) -> None:
            try:
                raise KeyboardInterrupt
            finally:
                raise RuntimeError("release unlocked lock")

        return run

    monkeypatch.setattr(cli, "app", interrupted)
    assert cli._run(["summarize"]) == 130
    assert "interrupted" in capsys.readouterr().err
