"""The invariants of ``targets.py`` under what Hypothesis makes up, and under what fuzzing has found before."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import FTP_FIELDS, HEADER, HTTP_FIELDS, HTTPERR_FIELDS
from tests.fuzz.targets import TARGETS, saved

CASES = sorted((Path(__file__).parent / "cases").glob("*.bin"))

#: What real lines are made of, and what breaks readers.
TOKENS = [b"2026-11-16", b"08:00:00", b"23:59:59", b"00:00:01", b"203.0.113.9", b"fe80::1%14", b"GET", b"/a", b"-", b"200", b"404", b"0",
          b"2148074254", b"99999999999999999999", b"-5", b"1e3", b"[1]USER", b"[12]PASS", b"PASS", b"ControlChannelOpened", b"N/A", b"QueueFull",
          b"HTTP/1.1", b"443", b'"', b'""', b'"x y"', b"#", b"#Fields:", b"a\x1fb", b"\x1e\x1d\x1c\x01\x02", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3\xa4",
          b"\x00", b"\t", b"", b"/\x1b[2J", b"(S(lit3py55t21z5v55vlm25s55))", b"2026-02-30", b"0000-01-01", b"9999-12-31", b"25:00:00"]  # fmt: skip
LINES = [f"#Fields: {HTTP_FIELDS}".encode(), f"#Fields: {FTP_FIELDS}".encode(), f"#Fields: {HTTPERR_FIELDS}".encode(), b"#Fields:", b"#Fields: date",
         b"#Fields: time c-ip sc-status", b"#Fields: date time date time", b"#Date: 2026-11-16 08:00:00", b"#Date: 2026-11-00", b"#Date: 9999-12-31",
         b"#Software: IIS Advanced Logging Module", *HEADER.encode().splitlines()]  # fmt: skip

rows = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=17).map(b" ".join)
good = st.sampled_from(
    [
        b"2026-11-16 08:00:00 10.0.0.1 GET /a - 443 - 203.0.113.9 curl/8.0 - 200 0 0 15",
        b"2026-11-16 08:00:00 203.0.113.9 - 10.0.0.1 21 PASS geheim 530 1326 41 5f0c -",
        b"2026-11-16 08:00:00 203.0.113.9 5000 10.0.0.1 80 HTTP/1.1 GET /a 503 1 N/A Pool",
        b"08:00:00 203.0.113.9 [1]PASS ann@example.com 230 0",
    ]
)
lines = st.one_of(good, rows, st.sampled_from(LINES), st.binary(max_size=60))
ends = st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b"\0\n", b""])
logs = st.lists(st.tuples(lines, ends), max_size=14).map(lambda parts: b"".join(a + b for a, b in parts))
first = st.binary(min_size=1, max_size=1)
common = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_was_found_before(path: Path) -> None:
    TARGETS[path.stem.partition("-")[0]](path.read_bytes())


@pytest.mark.parametrize("target", ["detection", "sections", "paths", "ftp", "httperr"])
@common
@given(st.tuples(first, logs).map(b"".join))
def test_reading(target: str, data: bytes) -> None:
    TARGETS[target](data)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(first, logs).map(b"".join))
def test_from_bytes_to_page(data: bytes) -> None:
    TARGETS["whole"](data)


code_texts = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"\A(http|ftp|win32|httperr|asp)?[:. -]?[0-9A-Fa-fx]{1,12}([.-][0-9A-Za-z]{1,6}){0,3}\Z"),
)


@common
@given(code_texts)
def test_codes(text: str) -> None:
    TARGETS["lookup"](text.encode("utf-8", "surrogatepass"))


@settings(max_examples=15, deadline=None)
@given(st.lists(code_texts, min_size=1, max_size=3))
def test_explain(texts: list[str]) -> None:
    TARGETS["codes"]("\n".join(texts).encode("utf-8", "replace"))


VALUES = ["", "0", "-1", "x", "404", "500.19", "5xx", "2026-11-16", "2026-13-01", "0001-01-01T00:00-23:59", "9999-12-31T23:59+00:01", "+99:99",
          "Asia/Shanghai", "../../etc/passwd", "/etc/passwd", "*" * 60, "[!", "[a-", "**", "a" * 5000, "error_rate>5%", "error_rate>", "finding>=x",
          "10.0.0.0/8", "::/0", "300.1.1.1/99", "utf-16", "idna", "undefined", "rot13", "base64", "punycode", "W47", "\x1b[2J", "１２", "٣",
          "1e309", "nan", "zh", "json", "csv", "x-forwarded-for"]  # fmt: skip


@pytest.mark.parametrize("option", range(22))
def test_options(option: int) -> None:
    """Each option with each of the values, some at random for a second option."""
    dice = random.Random(option)
    for value in dice.sample(VALUES, 12):
        other = bytes([dice.randrange(22)]) + dice.choice(VALUES).encode()
        TARGETS["options"](bytes([option]) + value.encode() + b"\n" + other)


@common
@given(st.binary(max_size=300), st.booleans())
def test_archives(data: bytes, zipped: bool) -> None:
    head = b"\0PK\x03\x04" if zipped else b"\1\x1f\x8b\x08"
    TARGETS["archives"](head + data)


def test_damaged_zips() -> None:
    """A real zip with single bytes changed, each of its bytes in turn."""
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W3SVC1/u_ex261116.log", b"#Fields: date time sc-status\n2026-11-16 08:00:00 200\n" * 3)
    data, dice = out.getvalue(), random.Random(1)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] = dice.randrange(256)
        TARGETS["archives"](b"\0" + bytes(changed))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["schema", "files", "lines", "counts", "groups", "columns"]), inner)
    ),
    max_leaves=10,
)


@common
@given(values)
def test_saved_summaries(value: object) -> None:
    saved(b"\0" + json.dumps(value).encode())
    saved(
        b"\0"
        + json.dumps(
            {"schema": "logan.saved/1", "files": value, "counts": value, "groups": value, "lines": value}
        ).encode()
    )
