"""Whatever is left out is told in Chinese too: each sentence is met where it is made, by a file or a line."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from pathlib import Path

import pytest

from logan import files, reasons
from logan.documents import document
from logan.formats import _BINARY
from logan.reasons import reason_in
from logan.summarizing import summarize
from tests.builders import HEADER, http_log, http_row, write

SENTENCES = document("reasons.toml")["reason"]
#: What the system says, in its own words.
SYSTEM = [
    "Permission denied",
    "No such file or directory",
    "Is a directory",
    "Input/output error",
    "Stale file handle",
    "Too many levels of symbolic links",
    "File name too long",
    "File 'a.log' is encrypted, password required for extraction",
    "That compression method is not supported",
    "File is not a zip file",
    "Not a gzipped file (b'no')",
    "Invalid argument",
    "Operation not permitted",
    "Connection timed out",
    "Transport endpoint is not connected",
]
CJK = re.compile("[\u4e00-\u9fff]")
SAVED = gzip.compress(b'{"schema":"logan.saved/1"}')
IIS_ROW = "10.0.0.5, -, 11/16/2026, 08:00:00, W3SVC1, WEB01, 10.0.0.1, 15, 300, 5000, 200, 0, GET, /a, -,\n"
NCSA_ROW = '10.0.0.5 - - [16/Nov/2026:08:00:00 +0000] "GET /a HTTP/1.1" 200 50\n'

#: Rows behind good ones of the same log.
LINES = {
    "short": http_log(http_row(), "2026-11-16 08:00:00 GET /a\n"),
    "glued": http_log(http_row(), http_row().strip() + "#Software: Microsoft\n"),
    "headless": http_row() + "#Fields: date time\n",
    "iis": IIS_ROW * 2 + "10.0.0.5, -, 11/16/2026\n" + IIS_ROW.replace("08:00", "8 o'clock"),
    "ncsa": NCSA_ROW * 2 + "no row\n" + NCSA_ROW.replace("16/Nov", "31/Nov"),
    "long": http_log(http_row(), "x" * (3 << 20) + "\n"),
    "dates": http_log(http_row(date="2026-02-30"), http_row(date="1026-11-16"), http_row(date="today")),
    "values": http_log(http_row(time="25:00:00"), http_row(taken="long")),
    "no-fields-of-time": HEADER + "#Fields: cs-method cs-uri-stem sc-status\nGET /a 200\n",
    "no-date": HEADER.replace("#Date", "#Remark") + "#Fields: time cs-method sc-status\n08:00:00 GET 200\n",
}


def zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


#: Files that are no logs, or are damaged.
FILES = {
    **{f"{n}.log": magic + b"\1" * 50 for n, magic in enumerate(_BINARY)},
    "a.ibl": b"x",
    "empty.txt": b"",
    "binary.txt": b"\0\1\2",
    "prose.txt": b"Dear sirs,\n",
    "packed.log": gzip.compress(b"x"),
    "packed2.log": zipped("a.log", b"x"),
    "twice.log.gz": gzip.compress(gzip.compress(b"x")),
    "within.zip": zipped("u_ex1.log", gzip.compress(b"x")),
    "kept.log": SAVED,
    "kept2.log.gz": gzip.compress(SAVED),
    "torn.log.gz": gzip.compress(http_log(http_row()).encode())[:-20],
    "damaged.log.gz": b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"\xff" * 50,
    "bomb.log.gz": gzip.compress(HEADER.encode() + bytes(5 << 20)),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """All reasons that come of the cases."""
    root = tmp_path_factory.mktemp("reasons")
    for name, text in LINES.items():
        write(root, f"{name}/u_ex261116.log", text)
    for name, data in FILES.items():
        path = root / "files" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "BOMB_BYTES", 4 << 20)
        summary = summarize(str(root))
    return [*(reject.reason for reject in summary.rejects), *(reason for _, reason in summary.skipped)]


def test_each_reason_has_chinese_words(told: list[str]) -> None:
    assert len(set(told)) > 40
    english = {reason: reason_in(reason, "zh") for reason in told}
    assert not {reason for reason, chinese in english.items() if not CJK.search(chinese) or reason == chinese}
    assert not {chinese for chinese in english.values() if re.search(r"\b(is|the|read|first|it)\b", chinese)}


def test_each_sentence_is_met(told: list[str]) -> None:
    """What nobody says any more goes."""
    within = [reason.partition("; read up to")[0] for reason in told]
    parts = [*told, *within, "gzip data", "a zip archive", "a saved summary", *_TESTED_ELSEWHERE, *SYSTEM]
    met = {text for reason in parts for pattern, text in reasons._sentences() if pattern.fullmatch(reason)}
    assert [entry["en"] for entry in SENTENCES if entry["zh"] not in met] == []


#: Met by tests of what cannot be made here everywhere: devices, links, rights, standard input, saved summaries.
_TESTED_ELSEWHERE = [
    "is not a regular file",
    "is a link that leads nowhere",
    "cannot be listed: Permission denied",
    "cannot be read: Permission denied",
    "there is no standard input",
    "is a saved summary, which holds no rows; give the logs it was made of",
    "is gzip data; put it into a file ending in .gz",
    "the date does not exist",
]


def test_sentences_have_the_same_places_in_both_languages() -> None:
    for entry in SENTENCES:
        assert set(entry) == {"en", "zh"}
        assert sorted(re.findall(r"\{\w*\}", entry["en"])) == sorted(re.findall(r"\{\w*\}", entry["zh"])), entry
        assert CJK.search(entry["zh"]) and not CJK.search(entry["en"])
    assert len({entry["en"] for entry in SENTENCES}) == len(SENTENCES)


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("is gzip data within a zip; unpack it first", "是 zip 里的 gzip 数据，请先解压"),
        ("is a saved summary within gzip data; unpack it first", "是 gzip 里的已保存的汇总，请先解压"),
        ("is a zip archive without the ending .zip; rename it", "是 zip 压缩包，但扩展名不是 .zip，请改扩展名"),
        ("is bzip2 data; unpack it first", "是 bzip2 压缩数据，请先解压"),
        ("time-taken is no number: 'is no log'", "time-taken 的值不是数字：'is no log'"),
        ("sc-status is no number: '{reason}'", "sc-status 的值不是数字：'{reason}'"),
        ("cannot be read: Something Else", "无法读取：Something Else"),
        ("a reason of its own", "a reason of its own"),
        ("", ""),
    ],
)
def test_in_chinese(reason: str, chinese: str) -> None:
    assert reason_in(reason, "zh-CN") == chinese
    assert reason_in(reason, "en") == reason


def test_a_reason_from_a_saved_summary_costs_nothing() -> None:
    """Strangers write these too: no depth and no length brings it to its knees."""
    nested = "cannot be read: " * 50 + "Permission denied"
    assert reason_in(nested, "zh") == "无法读取：" * 3 + nested.removeprefix("cannot be read: " * 3)
    assert reason_in("is " * 10**6, "zh") == "is " * 10**6


def test_the_page_for_a_chinese_reader_has_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import logan
    from logan.cli.render import render

    write(tmp_path, "logs/u_ex261116.log", LINES["short"])
    write(tmp_path, "logs/u_ex261117.log", b"%PDF")
    summary = summarize(str(tmp_path / "logs"))
    render(summary, lang="zh")
    shown = capsys.readouterr().out
    logan.report(summary, str(tmp_path / "week.html"), lang="zh")
    page = (tmp_path / "week.html").read_text("utf-8")
    for text in ("有 4 个值，与 15 个字段不符", "是 PDF 文档"):
        assert text in shown and text in page
    render(summary, lang="en")
    assert "4 values for 15 fields" in capsys.readouterr().out
