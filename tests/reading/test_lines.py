"""Where lines end, by both ways of looking, against splitting them one by one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.reading.lines import Lines, tidied
from tests.builders import WAYS, cut_by

FAST = WAYS[:-1]
TEXTS = st.lists(
    st.sampled_from([b"#Fields: a", b"#", b"x#", b"\n", b"\r\n", b"\r", b"\0", b"\xff", "中".encode(), b"a" * 61]),
    max_size=60,
).map(b"".join)


def told(data: bytes) -> Lines:
    """The same with regular expressions."""
    unfinished = not data.endswith((b"\n", b"\r"))
    bare = data.replace(b"\0", b"")
    if unfinished and data and (not bare or bare.endswith((b"\n", b"\r"))):
        bare += b" "
    bare = re.sub(rb"\r\n|\r", b"\n", bare)
    starts = [match.start() for match in re.finditer(rb"(?m)^#", bare)]
    ends = bare.count(b"\n") + (bare != b"" and not bare.endswith(b"\n"))
    return Lines(bare, ends, [(start, bare.count(b"\n", 0, start)) for start in starts])


@settings(max_examples=400, deadline=None)
@given(data=TEXTS, way=st.sampled_from(FAST))
def test_lines_and_directives(data: bytes, way: str) -> None:
    with cut_by(way):
        found = tidied(data, recode=False)
    expected = told(data)
    assert bytes(found.data).replace(b"\r\n", b"\n") == expected.data
    assert found.total == expected.total
    places = [(len(bytes(found.data)[:start].replace(b"\r\n", b"\n")), above) for start, above in found.directives]
    assert places == expected.directives


@pytest.mark.parametrize("way", FAST)
@pytest.mark.parametrize("before", [0, 1, 62, 63, 64, 127, 128, (1 << 20) - 1, 1 << 20])
def test_a_line_end_across_any_border(way: str, before: int) -> None:
    data = b"a" * before + b"\r\n#b\n" + b"c" * before + b"\n#d"
    with cut_by(way):
        found = tidied(data, recode=False)
    assert (found.data, found.total) == (data, 4)
    assert found.directives == [(before + 2, 1), (2 * before + 6, 3)]
    with cut_by(way):
        assert tidied(b"a" * before + b"\rb", recode=False).data == b"a" * before + b"\nb"
        assert tidied(b"a" * before + b"\rb" + b"c" * 200, recode=False).total == 2
        assert tidied(b"\n" * before + b"b", recode=False).total == before + 1
        assert tidied(b"a" * before + b"\r", recode=False).data == b"a" * before + b"\n"
        assert tidied(b"a" * before + b"\0b", recode=False).data == b"a" * before + b"b"


@pytest.mark.parametrize("way", FAST)
def test_what_is_no_text_stays_readable(way: str) -> None:
    with cut_by(way):
        assert tidied("é\n".encode(), recode=True).data == "é\n".encode()
        assert tidied(b"\xe9\n", recode=True).data == b"\\xe9\n"
        assert tidied(b"\xe9\n", recode=True, encoding="cp1252").data == "é\n".encode()
        assert tidied(b"\xe9\n", recode=False).data == b"\xe9\n"


UTF8 = st.lists(
    st.sampled_from([b"a" * 9, "é中😀".encode(), b"\xe4\xb8", b"\xed\xa0\x80", b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf"])
    | st.just(b"\0") | st.binary(max_size=4),
    max_size=12,
).map(b"".join)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(data=UTF8, way=st.sampled_from(FAST))
def test_bytes_that_are_no_text_are_those_that_python_cannot_decode(data: bytes, way: str) -> None:
    data = data.replace(b"\r", b"")
    with cut_by(way):
        found = bytes(tidied(data, recode=True).data)
    assert found == told(data).data.decode("utf-8", "backslashreplace").encode()
