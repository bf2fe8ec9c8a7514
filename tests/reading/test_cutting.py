"""Lines → columns by both fast ways, value by value; what a whole log makes of it stands in test_parsing."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from shutil import which
from sysconfig import get_path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan import native
from logan.arrays import Texts
from logan.arrow import to_arrow
from logan.reading.cutting import Rows, cut, plan
from logan.reading.values import DAY, LIMITS, MICROSECONDS, integer
from logan.reading.values import _clock as clock
from logan.reading.values import _day as day
from tests.builders import WAYS, cut_by

FIELDS = ("date", "time", "cs-method", "cs-uri-stem", "cs-uri-query", "sc-status", "sc-bytes")
FAST = WAYS[:-1]
RESULTS = st.lists(st.sampled_from(list("0123456789-:.,/ xZ\r\0")), max_size=14).map("".join)


def rows_of(lines: list[str], wanted: frozenset[str] | None = None) -> Rows:
    data = "".join(line + "\n" for line in lines).encode()
    return cut(data, data.count(b"\n"), plan(FIELDS, wanted))


def row(day: str = "2026-11-16", time: str = "08:00:00", status: str = "200", size: str = "5", stem: str = "/a") -> str:
    return f"{day} {time} GET {stem} - {status} {size}"


def test_the_compiled_part_is_there_where_there_is_a_compiler() -> None:
    """Otherwise all tests of it would be skipped, and nobody would notice."""
    if not (which("cc") or which("gcc")) or not Path(get_path("include"), "Python.h").exists():
        pytest.skip("no compiler, or no headers of Python")
    code = "import logan.native; print(logan.native.kernel)"
    bare = {name: value for name, value in os.environ.items() if name != "LOGAN_PURE"}
    assert "_kernel" in subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=bare).stdout


@pytest.mark.parametrize("way", FAST)
def test_columns(way: str) -> None:
    with cut_by(way):
        rows = rows_of([row(), row(time="23:59:59.5", stem="/b", status="404", size="-"), row(stem="/a", size="-7")])
    start = (day(b"2026-11-16") or 0) + 8 * 3600 * MICROSECONDS
    assert rows.time.tolist() == [start, start + 57599_500_000, start]
    found = {name: array.to_pylist() for name, array in rows.columns.items()}
    assert found == {
        "cs_method": [b"GET"] * 3,
        "cs_uri_stem": [b"/a", b"/b", b"/a"],
        "cs_uri_query": [None] * 3,
        "sc_status": [b"200", b"404", b"200"],
        "sc_bytes": [5, None, -7],
    }
    for column in rows.columns.values():
        to_arrow(column).validate(full=True)


ODD = {
    "one value too few": "2026-11-16 08:00:00 GET /a - 200",
    "one value too many": row() + " 7",
    "a bad date": row(day="2026-02-29"),
    "a bad year": row(day="9026-11-16"),
    "a bad time": row(time="24:00:00"),
    "a word for a status": row(status="ok"),
    "a status of 33 bits": row(status="4294967296"),
    "a negative status": row(status="-1"),
    "a size of 65 bits": row(size="18446744073709551615"),
    "a long line": row(stem="/" + "a" * (1 << 20)),
    "blanks": "   ",
}


@pytest.mark.parametrize("way", FAST)
@pytest.mark.parametrize("name", ODD)
def test_an_odd_line_is_named_by_its_place(way: str, name: str) -> None:
    lines = ["", row(), ODD[name], row(), "", ODD[name]]
    data = "\n".join(lines).encode()
    with cut_by(way):
        rows = cut(data, len(lines), plan(FIELDS, None))
    found = [(n, data[start:stop], before) for n, start, stop, before in rows.odd.tolist()]
    if name == "a long line" and way == "arrow":  # which sets all of them aside
        assert [line for _, line, _ in found] == [line.encode() for line in lines]
        return
    bad = ODD[name].encode()
    assert (len(rows), rows.blank, found) == (2, 2, [(2, bad, 1), (5, bad, 2)])


def test_memory_is_not_reserved_for_rows_that_cannot_be_there() -> None:
    """Four million blank lines under 500 fields would ask for 32 GiB."""
    fields = ("date", "time", *(f"x-{number}" for number in range(500)))
    data = ("2026-11-16 08:00:00" + " v" * 500).encode() + b"\n" * (1 << 22)
    with cut_by("compiled"):
        assert native.kernel
        tracemalloc.start()
        try:
            rows = cut(data, 1 << 22, plan(fields, None))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (len(rows), rows.blank) == (1, (1 << 22) - 1)
    assert most < 64 << 20


def test_shortest_rows_fill_all_the_room_there_is() -> None:
    fields = ("date", "time", "cs-method", "cs-uri-stem")
    for end in ("\n", ""):
        for count in range(1, 200):
            data = ("2026-11-16 8:00  \n" * count).removesuffix("\n").encode() + end.encode()
            with cut_by("compiled"):
                assert len(cut(data, count, plan(fields, None))) == count


def test_nothing_is_kept_of_a_line_that_is_odd() -> None:
    """A dictionary with a value that no row has could tell a password."""
    with cut_by("compiled"):
        rows = rows_of([row(), row(stem="/secret", size="x"), row(stem="/secret") + " y"])
    assert rows.columns["cs_uri_stem"].names.to_pylist() == [b"/a"]


@settings(max_examples=400, deadline=None)
@given(text=RESULTS, way=st.sampled_from(FAST))
def test_dates_times_and_numbers_are_read_as_one_by_one(text: str, way: str) -> None:
    value = text.replace(" ", "").replace("\r", "") or "-"
    dates = [value, f"20{value[:2]}-{value[2:4]}-{value[4:6]}", value[:4] + "-02-29"]
    times = [value, f"{value[:2]}:{value[2:4]}:{value[4:6]}", f"08:00:00.{value}", f"08:00{value}"]
    raw = value.encode()
    with cut_by(way):
        for text in dates:
            expected = day(text.encode())
            assert rows_of([row(day=text, time="00:00")]).time.tolist() == [expected] * (expected is not None), text
        for text in times:
            expected = clock(text.encode())
            rows = rows_of([row(day="1980-01-01", time=text)])
            assert rows.time.tolist() == [(day(b"1980-01-01") or 0) + (expected or 0)] * (expected is not None), text
        number = integer(raw, LIMITS["integer"])
        rows = rows_of([row(size=value)])
        assert rows.columns["sc_bytes"].to_pylist() == [number] * (number is not None or value == "-")
        assert len(rows_of([row(status=value)])) == (value == "-" or integer(raw, LIMITS["integer32"]) is not None)


@pytest.mark.parametrize("way", FAST)
def test_every_day_of_two_centuries(way: str) -> None:
    """Against Python's calendar, and no day that does not exist."""
    found = ((y, m, d) for y in range(1979, 2201) for m in range(14) for d in (0, 1, 28, 29, 30, 31, 32))
    days = [f"{y}-{m:02}-{d:02}" for y, m, d in found]
    expected = [calendar_day(text) for text in days]
    with cut_by(way):
        rows = rows_of([row(day=text, time="00:00:00") for text in days])
    assert [int(value) // DAY for value in rows.time] == [value for value in expected if value is not None]


def calendar_day(text: str) -> int | None:
    """Days since 1970 by Python's calendar."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return (found - date(1970, 1, 1)).days if 1980 <= found.year < 2200 else None


def test_any_number_of_values_that_come_once(tmp_path: Path) -> None:
    """The tables of distinct values grow, and hold what they held."""
    lines = [row(stem=f"/{number % 70_001}", size=str(number)) for number in range(100_000)]
    with cut_by("compiled"):
        rows = rows_of(lines)
    stems = rows.columns["cs_uri_stem"]
    assert len(stems.names) == 70_001
    assert stems.to_pylist() == [f"/{number % 70_001}".encode() for number in range(100_000)]
    assert rows.columns["sc_bytes"].to_pylist() == list(range(100_000))


@pytest.mark.parametrize("length", range(130))
def test_values_and_lines_of_any_length(length: int) -> None:
    """Bytes are looked at 64 at a time and hashed eight at a time: no border is a place to lose one."""
    stems = ["/" + "a" * length, "/" + "a" * length + "b", "/" + "a" * (length - 1) + "c"]
    with cut_by("compiled"):
        for end in ("\n", "\r\n"):
            data = end.join(row(stem=stem) for stem in [*stems, *stems]).encode()
            for whole in (data, data + end.encode()):
                rows = cut(whole, 6, plan(FIELDS, None))
                assert rows.columns["cs_uri_stem"].to_pylist() == [stem.encode() for stem in [*stems, *stems]]
                assert rows.columns["sc_bytes"].to_pylist() == [5] * 6


def test_threads_do_not_meet() -> None:
    texts = [[row(stem=f"/{thread}/{number % 500}") for number in range(3000)] for thread in range(8)]
    with cut_by("compiled"), ThreadPoolExecutor(8) as pool:
        found = list(pool.map(rows_of, texts))
    for thread, rows in enumerate(found):
        assert rows.columns["cs_uri_stem"].to_pylist() == [f"/{thread}/{n % 500}".encode() for n in range(3000)]


def test_what_makes_no_sense_is_refused() -> None:
    with cut_by("compiled"):
        kernel = native.kernel
        assert kernel
        line, kinds = (row() + "\n").encode(), plan(FIELDS, None).kinds
        none = (None,) * len(kinds)
        assert kernel.cut(line, 1, kinds, none)[1] == 1
        for data, lines, wrong in [
            (line * 2, 1, kinds),
            (line, -1, kinds),
            (line, 1, b""),
            (line, 1, bytes(len(kinds))),
            (line, 1, bytes([1, 1, *kinds[2:]])),
            (line, 1, bytes([*kinds[:-1], 9])),
            (line, 1, kinds * 100),
        ]:
            with pytest.raises(ValueError, match=r"fields|lines"):
                kernel.cut(data, lines, wrong, (None,) * len(wrong))
        with pytest.raises(ValueError, match="fields"):
            kernel.cut(line, 1, kinds, none[1:])
        with pytest.raises(TypeError, match="names"):
            kernel.cut(line, 1, kinds, (*none[1:-1], 7, 7))
        many = tuple(f"x-{number}" for number in range(600))
        text = " ".join(["2026-11-16", "08:00:00", *["v"] * 600, "\n"]).encode()
        assert len(cut(text, 1, plan(("date", "time", *many), None)).odd) == 1


def test_fields_in_any_order() -> None:
    """A time before the date, and two fields of one name."""
    text = b"08:00:01 7 2026-11-16 x y\n"
    fields = ("time", "sc-status", "date", "x-a", "x-a")
    for way in FAST:
        with cut_by(way):
            rows = cut(text, 1, plan(fields, None))
        assert rows.time.tolist() == [(day(b"2026-11-16") or 0) + (8 * 3600 + 1) * MICROSECONDS]
        assert [array.to_pylist() for array in rows.columns.values()] == [[b"7"], [b"x"], [b"y"]]


def test_a_short_value_is_none_else_s() -> None:
    """Known ones are told by a number; a NUL in front of one would not change that of their bytes alone."""
    with cut_by("compiled"):
        rows = rows_of(
            [row(status="7"), row(status="\0" + "7"), row(status="7"), row(status="70"), row(status="0")] * 30
        )
    assert rows.columns["sc_status"].to_pylist() == [b"7", b"7", b"70", b"0"] * 30
    assert [number % 5 for number in rows.odd[:, 0].tolist()] == [1] * 30


@pytest.mark.parametrize("count", [1, 63, 64, 65, 127, 128, 129, 300])
@pytest.mark.parametrize("way", FAST)
def test_rows_and_odd_lines_in_groups_of_any_size(way: str, count: int) -> None:
    """Rows are made of 64 lines at a time; blank, short and bad ones stand at each place of such a group."""
    kinds = [row(size="{n}"), "", row(size="{n}"), "2026-11-16 08:00:00 {n}", row(size="{n}x"), row(size="{n}")]
    lines = [kinds[(n * 7 + n // 64) % len(kinds)].replace("{n}", str(n)) for n in range(count)]
    with cut_by(way):
        rows = rows_of(lines)
    good = [n for n, line in enumerate(lines) if line == row(size=str(n))]
    assert rows.columns.get("sc_bytes", Texts.of([])).to_pylist() == good
    assert rows.blank == lines.count("")
    odd = [n for n, line in enumerate(lines) if line and n not in good]
    assert rows.odd[:, 0].tolist() == odd
    assert rows.odd[:, 3].tolist() == [sum(g < n for g in good) for n in odd]
    text = "".join(line + "\n" for line in lines)
    assert [text[start:stop] for start, stop in rows.odd[:, 1:3].tolist()] == [lines[n] for n in odd]


def test_more_short_lines_than_there_can_be_rows() -> None:
    """They are odd one by one, and the rows among them are rows."""
    fields = ("date", "time")
    data = b"a b\n" * 100 + b"2026-11-16 08:00\n" + b"a b\n" * 100
    with cut_by("compiled"):
        assert native.kernel
        assert native.kernel.cut(data, 201, plan(fields, None).kinds, (None, None))[:3] == (201, 1, 0)
        assert cut(data, 201, plan(fields, None)).odd[:, 3].tolist() == [0] * 100 + [1] * 100
