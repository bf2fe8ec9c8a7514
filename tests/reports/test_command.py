"""``logan report``: the file goes where it should, the remark to stderr, and mistakes are said in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from logan.cli import main
from tests.reports.conftest import SAMPLES


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["report", *arguments])
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


def test_without_a_name_the_file_is_called_after_the_week(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, str(SAMPLES / "FTPSVC2"), "--lang", "en")
    assert (code, out) == (0, "")
    assert [file.name for file in tmp_path.iterdir()] == ["logan-2026-W47.html"]
    assert err.splitlines()[-1] == f"logan: {tmp_path / 'logan-2026-W47.html'}"


def test_saved_weeks_are_reported_and_quiet_is_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, since, until in ((46, "2026-11-09", "2026-11-16"), (47, "2026-11-16", "2026-11-23")):
        arguments = ["--since", since, "--until", until, "--save", str(tmp_path / f"week{number}.logan"), "-q"]
        with pytest.raises(SystemExit):
            main(["summarize", str(SAMPLES / "FTPSVC2"), *arguments])
    capsys.readouterr()
    target = tmp_path / "weekly.html"
    saved = [str(tmp_path / f"week{number}.logan") for number in (47, 46)]
    assert run(capsys, *saved, "-o", str(target), "--quiet", "--lang", "zh") == (0, "", "")
    text = target.read_text(encoding="utf-8")
    assert "2026 年第 47 周" in text
    assert "与第 46 周比较" in text


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["-o", "weekly.pdf"], 2, ".html or .png"),
        (["--week", "47"], 2, "no ISO week"),
        (["--week", "2026-W30"], 1, "no rows in week 2026-W30"),
        (["--week", "9999-W52"], 1, "no rows in week 9999-W52"),
        (["--week", "0001-W01"], 1, "no rows in week 0001-W01"),
        (["--week", "9999-w52", "--tz", "-12:00"], 1, "no rows in week 9999-W52"),
        (["--week", "0001w1", "--tz", "Asia/Shanghai"], 1, "no rows in week 0001-W01"),
        (["--week", "9999-W53"], 2, "no ISO week"),
        (["--since", "9999-12-31", "--tz", "-12:00"], 1, "no rows in this period"),
        (["--until", "0001-01-01", "--tz", "+14:00"], 1, "no rows in this period"),
        (["--week", "2026-W47", "--since", "2026-11-16"], 2, "either"),
        (["-o", "missing/folder/weekly.html"], 1, "cannot be written"),
    ],
)
def test_mistakes_are_said_in_a_line(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    left, out, err = run(capsys, str(SAMPLES / "FTPSVC2"), *arguments)
    assert (left, out) == (code, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1
