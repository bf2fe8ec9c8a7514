"""Lines of every kind: what is a row, what is set aside and why, and that both paths agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan.reading import memory
from logan.reading.values import integer
from tests.builders import (
    FTP_FIELDS,
    HEADER,
    HTTP_FIELDS,
    HTTPERR_FIELDS,
    WAYS,
    batches,
    http_log,
    http_row,
    values,
    write,
)

ROW = http_row()
SHORT = ROW.rsplit(" ", 3)[0] + "\n"

CASES = {  # name: (text, rows, rejected, blank)
    "clean": (http_log(ROW, ROW), 2, 0, 0),
    "exact duplicates stay": (http_log(ROW, ROW, ROW), 3, 0, 0),
    "carriage return line feed": (http_log(ROW, ROW).replace("\n", "\r\n"), 2, 0, 0),
    "lone carriage returns": (http_log(ROW, ROW).replace("\n", "\r"), 2, 0, 0),
    "mixed line ends": (http_log(ROW) + ROW.replace("\n", "\r\n") + ROW.replace("\n", "\r") + ROW, 4, 0, 0),
    "byte order mark": ("\ufeff" + http_log(ROW), 1, 0, 0),
    "blank lines": (http_log("\n", ROW, "\n \n"), 1, 0, 3),
    "no line end at the end": (http_log(ROW, ROW).rstrip("\n"), 2, 0, 0),
    "torn line": (http_log(SHORT, ROW), 1, 1, 0),
    "torn last line": (http_log(ROW) + SHORT.rstrip("\n"), 1, 1, 0),
    "merged lines": (http_log(ROW.rstrip("\n") + ROW, ROW), 1, 1, 0),
    "double space before a user name": (http_log(ROW.replace(" - 203", r"  random\user 203")), 1, 0, 0),
    "trailing space": (http_log(ROW.replace("\n", " \n")), 1, 0, 0),
    "quote in a value": (http_log(ROW.replace("/a", '/a"b')), 1, 0, 0),
    "value of one quote": (http_log(ROW.replace("curl/8.0", '"')), 1, 0, 0),
    "hash in a value": (http_log(ROW.replace("/a", "/a#b")), 1, 0, 0),
    "hash begins a value": (http_log(ROW.replace("/a", "#Fields:")), 1, 0, 0),
    "win32 over 2^31": (http_log(http_row(status="401 1 2148074254")), 1, 0, 0),
    "win32 over 2^32": (http_log(http_row(status="401 1 67567567567")), 1, 0, 0),
    "win32 over 2^63": (http_log(http_row(status="401 1 99999999999999999999")), 0, 1, 0),
    "status over 2^31": (http_log(http_row(status="99999999999 1 0")), 0, 1, 0),
    "hexadecimal status": (http_log(http_row(status="0xC8 0 0")), 0, 1, 0),
    "plus before a number": (http_log(http_row(taken="+15")), 0, 1, 0),
    "negative time": (http_log(http_row(taken="-15")), 1, 0, 0),
    "text for a number": (http_log(http_row(taken="fast")), 0, 1, 0),
    "dashes for numbers": (http_log(http_row(status="- - -", taken="-")), 1, 0, 0),
    "embedded NUL": (http_log(ROW.replace("/a", "/a\0")), 1, 0, 0),
    "NUL in a number": (http_log(http_row(taken="1\0005")), 1, 0, 0),
    "trailing NULs": (http_log(ROW) + "\0" * 4096, 1, 0, 1),
    "fields line ends in a space": (http_log(ROW, fields=HTTP_FIELDS + " "), 1, 0, 0),
    "header in the middle of a line": (http_log(ROW.rstrip("\n") + "#Software: Microsoft IIS\n", ROW), 1, 1, 0),
    "row above the header": (ROW + http_log(ROW), 1, 1, 0),
    "header repeated": (http_log(ROW) * 50, 50, 0, 0),
    "no such date": (http_log(http_row(date="2026-02-30")), 0, 1, 0),
    "no such time": (http_log(http_row(time="25:00:00")), 0, 1, 0),
    "fraction of a second": (http_log(http_row(time="08:00:00.250")), 1, 0, 0),
    "time without seconds": (http_log(http_row(time="08:00")), 1, 0, 0),
    "zone in an IPv6 address": (http_log(http_row(client="fe80::1%14")), 1, 0, 0),
    "UTF-8 path": (http_log(http_row(uri="/中文/مرحبا")), 1, 0, 0),
    "duplicate field names": (http_log("2026-11-16 08:00:00 0 x 200\n", fields="date time a a sc-status"), 1, 0, 0),
    "tab in a value": (http_log(http_row(uri="/a\tb")), 1, 0, 0),
    "tabs between values": (http_log(ROW.replace(" ", "\t")), 1, 0, 0),
    "unit separator in a value": (http_log(http_row(uri="/a\x1fb"), SHORT), 1, 1, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("way", WAYS)
def test_lines_are_accounted_for(tmp_path: Path, name: str, way: str) -> None:
    text, rows, rejected, blank = CASES[name]
    found, tally = batches(write(tmp_path, "u_ex261116.log", text), way)
    counted = [sum(len(b) for b in found), sum(len(b.rejected) for b in found), sum(b.blank for b in found)]
    assert counted == [rows, rejected, blank]
    assert tally.lines == sum(counted) + tally.directives


def test_columns_go_by_name_when_the_field_list_changes(tmp_path: Path) -> None:
    text = http_log("2026-11-16 08:00:00 GET 404 7\n", fields="date time cs-method sc-status sc-substatus")
    text += "#Fields: date time sc-substatus sc-status cs-method\n2026-11-16 08:00:01 7 404 POST\n"
    found, _ = batches(write(tmp_path, "u_ex1.log", text))
    assert values(found, "sc_status") == ["404", "404"]
    assert values(found, "sc_substatus") == ["7", "7"]
    assert values(found, "cs_method") == ["GET", "POST"]


def test_ftp_has_win32_before_substatus(tmp_path: Path) -> None:
    row = "2026-11-16 08:00:00 203.0.113.9 - 10.0.0.1 21 PASS *** 530 1326 41 abc -\n"
    found, _ = batches(write(tmp_path, "u_ex1.log", http_log(row, fields=FTP_FIELDS)))
    assert found[0].layout.service == "ftp"
    assert (values(found, "sc_win32_status"), values(found, "sc_substatus")) == (["1326"], ["41"])


@pytest.mark.parametrize("way", WAYS)
def test_what_follows_pass_is_masked_as_it_is_read(tmp_path: Path, way: str) -> None:
    rows = "08:00:00 203.0.113.9 [7]USER ann 331\n08:00:01 203.0.113.9 [7]PASS s3cret@example.com 230\n08:00:02 203.0.113.9 [7]PASS torn-s3cret\n"
    text = HEADER + "#Fields: time c-ip cs-method cs-uri-stem sc-status\n" + rows
    found, _ = batches(write(tmp_path, "MSFTPSVC1/ex261116.log", text), way)
    assert values(found, "cs_uri_stem") == ["ann", "***"]
    kept = repr([b.columns["cs_uri_stem"].names.to_pylist() for b in found]) + repr([b.rejected for b in found])
    assert "s3cret" not in kept


@pytest.mark.parametrize("way", WAYS)
def test_a_password_in_the_wrong_column_of_a_rejected_line_is_in_no_dictionary(tmp_path: Path, way: str) -> None:
    row = "2026-11-16 08:00:00 203.0.113.9 bob 10.0.0.1 21 USER bob 331 0 0 s1 -\n"
    odd = row.replace("00 203", "00  203")  # read with care
    shifted = "2026-11-16 08:00:00 203.0.113.9 bob 21 PASS s3cret 230 0 0 s1 - x\n"
    found, _ = batches(write(tmp_path, "u_ex1.log", http_log(row, odd, shifted, fields=FTP_FIELDS)), way)
    assert sum(map(len, found)) == 2 and "PASS ***" in found[0].rejected[0].text
    for batch in found:
        for array in batch.columns.values():
            kept = array.names if hasattr(array, "names") else array
            assert b"s3cret" not in kept.to_pylist()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("password", ["correct horse battery", "horse", " horse", "horse\t530 1326 x"])
def test_nothing_that_follows_pass_in_a_rejected_line_is_kept(tmp_path: Path, way: str, password: str) -> None:
    row = f"2026-11-16 08:00:00 203.0.113.9 - 10.0.0.1 21 PASS {password} 530 1326 41 s1 - and more\n"
    found, _ = batches(write(tmp_path, "u_ex1.log", http_log(row, fields=FTP_FIELDS)), way)
    (rejected,) = found[0].rejected
    assert rejected.text == "2026-11-16 08:00:00 203.0.113.9 - 10.0.0.1 21 PASS ***"


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        # a second date is that of the rows below it, and no midnight after those above
        (["#Date: 2026-11-16", "23:00:00 /a", "#Date: 2026-11-20", "01:00:00 /b"], ["2026-11-16", "2026-11-20"]),
        (["#Date: 2026-11-16", "23:00:00 /a", "#Start-Date: 2026-11-20", "01:00:00 /b"], ["2026-11-16", "2026-11-20"]),
        (["#Date: 2026-11-16", "23:00:00 /a", "#DATE : 2026-11-20", "01:00:00 /b"], ["2026-11-16", "2026-11-20"]),
        (["#Date: 2026-11-16", "23:00:00 /a", "#End-Date: 2026-11-20", "23:10:00 /b"], ["2026-11-16", "2026-11-16"]),
        # below a torn one nobody knows the day
        (["#Date: 2026-11-16", "#Date: 2026-1", "01:00:00 /a"], [None]),
        (["#Date: 2026-11-16", "#Date", "01:00:00 /a"], [None]),
        (["#Date: 2026-11-16", "#Start-Date", "01:00:00 /a"], [None]),
        (["#Date: 2026-11-16", "01:00:00 /a", "#Date:", "01:00:00 /b"], ["2026-11-16", None]),
        (["#Date: 2026-11-16", "#Dat", "01:00:00 /a"], ["2026-11-16"]),
    ],
)
def test_rows_without_a_date_have_that_of_the_header_above(
    tmp_path: Path, lines: list[str], days: list[str | None]
) -> None:
    date, *rest = lines
    fields = "#Fields: time cs-uri-stem"
    for header in ([date, fields], [fields, date]):
        found, _ = batches(write(tmp_path, "ex1.log", "\n".join(["#Software: IIS", *header, *rest, ""])))
        read = [str(np.datetime64(int(at), "us"))[:10] for batch in found for at in batch.time]
        assert read == [day for day in days if day]
        assert sum(len(batch.rejected) for batch in found) == days.count(None)


def test_rows_without_a_date_roll_over_midnight(tmp_path: Path) -> None:
    rows = "23:59:58 /a 200\n23:59:57 /b 200\n00:00:01 /c 200\n"
    found, _ = batches(write(tmp_path, "ex1.log", HEADER + "#Fields: time cs-uri-stem sc-status\n" + rows))
    days = [int(t) // 86_400_000_000 for batch in found for t in batch.time]
    assert days == [20773, 20773, 20774]


def test_not_available_is_a_reason_and_not_a_missing_value(tmp_path: Path) -> None:
    row = "2026-11-16 08:00:00 203.0.113.9 5000 10.0.0.1 80 HTTP/1.1 GET /a?b=1 503 1 N/A Pool\n"
    found, _ = batches(write(tmp_path, "HTTPERR/httperr1.log", http_log(row, fields=HTTPERR_FIELDS)))
    assert (found[0].layout.service, values(found, "s_reason")) == ("httperr", ["N/A"])


@pytest.mark.parametrize("extra", ["", " Pool", " - Pool", " - - 503 1 N/A Pool TCP"])
def test_httperr_without_a_header(tmp_path: Path, extra: str) -> None:
    base = "2026-11-16 08:00:00 203.0.113.9 5000 10.0.0.1 80 HTTP/1.1 GET /a"
    row = {"": f"{base} 503 1 QueueFull", " Pool": f"{base} 503 1 QueueFull Pool"}.get(extra)
    row = row or (f"{base} 5 503 1 QueueFull Pool" if extra == " - Pool" else f"{base} 5 - 503 1 QueueFull Pool TCP")
    found, _ = batches(write(tmp_path, "httperr1.log", row + "\n"))
    assert (values(found, "s_reason"), values(found, "sc_status")) == (["QueueFull"], ["503"])


def test_invalid_utf8_stays_readable_and_a_code_page_is_honoured(tmp_path: Path) -> None:
    path = write(tmp_path, "ex1.log", http_log(http_row(uri="/§")).encode("latin-1"))
    assert values(batches(path)[0], "cs_uri_stem") == ["/\\xa7"]
    path = write(tmp_path, "ex2.log", http_log(http_row(uri="/中文")).encode("gbk"))
    assert values(batches(path, encoding="gbk")[0], "cs_uri_stem") == ["/中文"]


def test_a_rejected_line_is_named_by_path_and_number(tmp_path: Path) -> None:
    path = write(tmp_path, "u_ex1.log", http_log(ROW, ROW) + http_log(ROW, SHORT, ROW))
    [line] = [line for batch in batches(path)[0] for line in batch.rejected]
    assert (line.path, line.line, line.text) == (str(path), 12, SHORT.rstrip("\n"))
    assert line.reason == "12 values for 15 fields"


@pytest.mark.parametrize("way", WAYS)
def test_mended_rows_keep_the_order_of_the_file(tmp_path: Path, way: str) -> None:
    rows = [http_row(uri=f"/{n}") for n in range(9)]
    rows[4] = rows[4].replace(" - 203", r"  EXCH\ann 203")
    found, _ = batches(write(tmp_path, "u_ex1.log", http_log(*rows)), way)
    assert values(found, "cs_uri_stem") == [f"/{n}" for n in range(9)]


@pytest.mark.parametrize(
    ("text", "number"),
    [(b"0", 0), (b"-5", -5), (b"9223372036854775807", 2**63 - 1), (b"9223372036854775808", None), (b"1e3", None),
     (b"", None), (b" 1", None), (b"\xc2\xb2", None), (b"1_0", None)],
)  # fmt: skip
def test_integer(text: bytes, number: int | None) -> None:
    assert integer(text) == number


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 1, 9 << 20])
def test_a_line_longer_than_a_mebibyte_is_set_aside(tmp_path: Path, size: int) -> None:
    long = ROW.replace("/a", "/" + "a" * (size - len(ROW) + 2))
    assert len(long.rstrip("\n")) == size
    found, tally = batches(write(tmp_path, "u_ex1.log", http_log(ROW, long, ROW)))
    rejected = [*tally.rejected, *(line for batch in found for line in batch.rejected)]
    assert sum(len(b) for b in found) + len(rejected) == 3
    assert len(rejected) == (size > 1 << 20)


printable = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize("way", WAYS[:-1])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(st.just(ROW), printable.map(lambda t: ROW.replace("/a", t)), printable.map(lambda t: t + "\n")),
        max_size=20,
    )
)
def test_all_ways_give_the_same_rows(tmp_path: Path, way: str, rows: list[str]) -> None:
    path = write(tmp_path, "u_ex1.log", http_log(*rows))
    (fast, tally), (careful, other) = batches(path, way), batches(path, "careful")
    assert tally.lines == other.lines
    for column in ("cs_uri_stem", "cs_username", "sc_status", "sc_win32_status", "time_taken", "cs_referer"):
        assert values(fast, column) == values(careful, column)
    assert [r for b in fast for r in b.rejected] == [r for b in careful for r in b.rejected]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chunk=st.integers(300, 5000),
    lines=st.lists(st.sampled_from([ROW, SHORT, "\n", HEADER, f"#Fields: {HTTP_FIELDS}\n"]), max_size=60),
)
def test_the_size_of_a_chunk_is_invisible(tmp_path: Path, chunk: int, lines: list[str]) -> None:
    path = write(tmp_path, "u_ex1.log", http_log(*lines))
    whole, tally = batches(path)
    before = memory.CHUNK
    try:
        memory.CHUNK = chunk
        cut, other = batches(path)
    finally:
        memory.CHUNK = before
    assert (tally.lines, tally.directives) == (other.lines, other.directives)
    assert values(whole, "cs_uri_stem") == values(cut, "cs_uri_stem")
    assert [r for b in whole for r in b.rejected] == [r for b in cut for r in b.rejected]
