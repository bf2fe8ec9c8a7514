"""What is secret is not shown unless asked for: not on the screen, not in JSON, CSV, HTML, charts or saved rejects."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import FTP_FIELDS, http_log, http_row, write
from tests.faults.running import logan

SECRET = "hunter2hunter2hunter2"
QUERIES = [f"user=ann&password={SECRET}", f"access_token={SECRET}", f"sid={SECRET}", f"code={SECRET}", f"x=1&api_key={SECRET}",
           f"|12|800a000d|Type_mismatch&pwd={SECRET}"]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs with one secret at each place where secrets stand."""
    folder = tmp_path_factory.mktemp("secrets")
    rows = [http_row(f"08:{n:02}:00", "500 0 0", uri="/login.asp", query=query) * 3 for n, query in enumerate(QUERIES)]
    rows += [http_row("09:00:00", "404 0 2", uri="/gone", referer=f"https://www.example.com/a?token={SECRET}") * 3]
    rows += [http_row("09:01:00", "500 0 0", uri=f"/(S({SECRET}aaaa))/a.aspx") * 3]
    rows += [http_row("09:02:00", "500 0 0", uri=f"/a;jsessionid={SECRET}") * 3]
    rows += [http_row("09:03:00", "404 0 2", uri=f"/x/password={SECRET}", taken="99999") * 30]
    rows += [f"2026-11-16 torn GET /a password={SECRET}&x=1\n", f"torn again ftp://ann:{SECRET}@files.example.com/\n"]
    write(folder, "W3SVC1/u_ex261116.log", http_log(*rows))
    head = "2026-11-16 08:00:00 203.0.113.9"
    ftp = f"{head} - 10.0.0.1 21 PASS {SECRET} 530 1326 41 5f0c -\n{head} - 10.0.0.1 21 PASS {SECRET}\n"
    write(folder, "FTPSVC2/u_ex261116.log", http_log(ftp * 3, fields=FTP_FIELDS))
    old = f"08:00:01 203.0.113.9 [1]PASS {SECRET} 530 1326\n08:00:02 203.0.113.9 [1]PASS {SECRET}\n"
    lead = "#Software: Microsoft Internet Information Services 6.0\n#Version: 1.0\n#Date: 2026-11-16 08:00:00\n"
    write(
        folder,
        "MSFTPSVC1/ex261116.log",
        lead + "#Fields: time c-ip cs-method cs-uri-stem sc-status sc-win32-status\n" + old * 3,
    )
    write(folder, "MSFTPSVC2/ex261116.log", f"08:00:01 203.0.113.9 [1]PASS {SECRET} 530\n" * 2)  # above any #Fields
    write(
        folder,
        "before/W3SVC1/u_ex261109.log",
        http_log(*(http_row(date="2026-11-09", uri=f"/{n}") for n in range(300))),
    )
    row = "2026-11-16 08:00:00 203.0.113.9 5000 10.0.0.1 80 HTTP/1.1 GET {} 503 1 QueueFull Pool\n"
    write(folder, "HTTPERR/httperr1.log", "".join(row.format(f"/a?{query}") for query in QUERIES))
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ["summarize", ".", "--top", "100"],
        ["summarize", ".", "--lang", "zh", "--sort", "hits"],
        ["summarize", ".", "--format", "json", "--top", "100"],
        ["summarize", ".", "--format", "csv", "--top", "100"],
        ["summarize", ".", "--on-bad-lines", "error"],
        ["compare", "before", "W3SVC1", "--top", "100"],
        ["compare", "before", "W3SVC1", "--format", "json"],
        ["compare", "before", "W3SVC1", "--format", "csv"],
    ],
    ids=" ".join,
)
def test_nothing_secret_is_printed(folder: Path, command: list[str]) -> None:
    run = logan(*command, cwd=folder)
    assert SECRET not in run.stdout
    assert SECRET not in run.stderr


@pytest.mark.parametrize("kind", ["html", "png"])
def test_nothing_secret_is_in_a_report(folder: Path, tmp_path: Path, kind: str) -> None:
    run = logan("report", ".", "-o", tmp_path / f"r.{kind}", cwd=folder)
    assert run.returncode == 0, run.stderr
    assert SECRET.encode() not in (tmp_path / f"r.{kind}").read_bytes()
    assert SECRET not in run.stdout + run.stderr


def test_nothing_secret_is_in_a_chart(folder: Path, tmp_path: Path) -> None:
    for name in ("worst-urls", "slow-urls"):
        run = logan("chart", name, ".", "-o", tmp_path / f"{name}.svg", cwd=folder)
        assert run.returncode == 0, run.stderr
        assert SECRET not in (tmp_path / f"{name}.svg").read_text(encoding="utf-8")


def test_ftp_passwords_are_gone_for_good(folder: Path, tmp_path: Path) -> None:
    """Unlike what stands in a query, they are masked as they are read: no file that is written holds them."""
    for source in ("FTPSVC2", "MSFTPSVC1"):
        out = tmp_path / source
        assert logan("export", source, "-o", f"{out}.csv", cwd=folder).returncode == 0
        assert (
            logan("summarize", source, "--save", f"{out}.logan", "--rejects", f"{out}.rejects", cwd=folder).returncode
            == 0
        )
        for ending in ("csv", "rejects"):
            assert SECRET not in Path(f"{out}.{ending}").read_text(encoding="utf-8")
        import gzip

        assert SECRET.encode() not in gzip.decompress(Path(f"{out}.logan").read_bytes())


def test_secrets_are_shown_where_asked_for(folder: Path) -> None:
    run = logan("summarize", "W3SVC1", "--show-secrets", "--top", "100", cwd=folder)
    assert SECRET in run.stdout


@pytest.mark.parametrize(
    "command",
    [
        [f"https://anna:{SECRET}@files.example.com/x"],
        ["summarize", f"--https://anna:{SECRET}@files.example.com/x"],
        ["summarize", ".", "--format", f"https://anna:{SECRET}@files.example.com/x"],
        ["explain", "404", "--lang", f"https://files.example.com/u_ex1.log?sig={SECRET}"],
    ],
    ids=["command", "option", "value", "query"],
)
def test_wrong_usage_names_no_password(command: list[str]) -> None:
    run = logan(*command)
    assert run.returncode == 2
    assert "Usage: " in run.stderr and "***" in run.stderr
    assert SECRET not in run.stdout + run.stderr
