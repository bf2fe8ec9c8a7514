"""What a file is told by: its first lines, each by itself."""

from __future__ import annotations

import pytest

from logan.formats import NotALog, detect

NCSA = b'10.0.0.1 - - [16/Nov/2026:09:00:00 +0200] "GET /a HTTP/1.1" 200 5\n'


@pytest.mark.parametrize(
    ("head", "format_"),
    [
        (b"#Fields: date time\n", "w3c"),
        (b"\0\0#Fields: date time\n", "w3c"),
        (b"\xef\xbb\xbf#Software : IIS\r\n", "w3c"),
        (b"\n\n#Remark\t: x\n", "w3c"),
        (NCSA, "ncsa"),
        (b"# a heading\n" + NCSA, "ncsa"),
        (b"#Date\n:\n" + NCSA, "ncsa"),  # a colon on the next line makes no directive
        (b"#Remark\r:\r" + NCSA, "ncsa"),
        (b"#Remark\n:\nhello\n", None),
        (b"#Fields\nhello\n", None),
        (b"hello\n#Fields: date time\n", "w3c"),
    ],
)
def test_by_the_lines(head: bytes, format_: str | None) -> None:
    try:
        found = detect(head, name="x.txt", looks_like_log=False, service=None, site=None).format
    except NotALog as reason:
        assert "no log that logan knows" in str(reason)
        found = None
    assert found == format_
