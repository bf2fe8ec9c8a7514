"""Ten thousand ways to damage a log: none raises, and every line is accounted for.

Each mutation cuts, joins, flips, fills or reorders pieces of sample files; the number of lines is counted
independently, by splitting at line ends.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from logan.summarizing import summarize
from tests.builders import FTP_FIELDS, HEADER, HTTPERR_FIELDS, http_log, http_row

SAMPLES = Path(__file__).parents[1] / "samples"


def seeds() -> list[bytes]:
    """The first lines of one sample of each kind, and some small logs of other formats."""
    found = []
    for folder in ("W3SVC1", "W3SVC2", "W3SVC3", "MSFTPSVC1", "FTPSVC2", "HTTPERR"):
        path = sorted((SAMPLES / folder).glob("*.log"))[0]
        found.append(b"".join(path.read_bytes().splitlines(keepends=True)[:25]))
    native = "10.0.0.9, -, 6/1/2009, 9:05:00, W3SVC1, WEB, 10.0.0.1, 15, 300, 900, 200, 0, GET, /a, -,\n"
    ncsa = '203.0.113.9 - ann [16/Nov/2026:09:00:00 +0200] "GET /a?b=1 HTTP/1.1" 200 512\n'
    advanced = "#Software: IIS Advanced Logging Module\n#Fields: date-local time-local c-ip cs(User-Agent) sc-status\n"
    advanced += '2026-11-16 08:00:00.1 "10.0.0.1" "Mozilla ""5"" (x)" 200\n'
    return [*found, native.encode() * 5, ncsa.encode() * 5, advanced.encode() * 3, http_log(http_row()).encode() * 3]


def flip(data: bytearray, dice: random.Random) -> None:
    for _ in range(dice.randint(1, 20)):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def cut(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    del data[start : start + dice.randint(1, 200)]


def zeros(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    data[start : start + dice.randint(1, 100)] = b"\0" * dice.randint(1, 100)


def join(data: bytearray, dice: random.Random) -> None:
    for _ in range(dice.randint(1, 5)):
        at = data.find(b"\n", dice.randrange(len(data)))
        if at >= 0:
            del data[at]


def reorder(data: bytearray, dice: random.Random) -> None:
    lines = bytes(data).splitlines(keepends=True)
    dice.shuffle(lines)
    data[:] = b"".join(lines)


def insert(data: bytearray, dice: random.Random) -> None:
    words = [b"\r", b"\n", b"\r\r\n", b"\t", b'"', b"#", b"\xff\xfe", b"\xef\xbb\xbf", b"  ", b"\x1f\x1e", b"#Fields: ",
             f"#Fields: {FTP_FIELDS}\n".encode(), f"#Fields: {HTTPERR_FIELDS}\n".encode(), HEADER.encode(), b"#Fields:\n",
             b"#Fields: date\n", b"#Fields: date time date time\n", b"#Date: 2026-99-99 00:00:00\n", b"\x00" * 70]  # fmt: skip
    at = dice.randrange(len(data))
    data[at:at] = dice.choice(words)


MUTATIONS: list[Callable[[bytearray, random.Random], None]] = [flip, cut, zeros, join, reorder, insert]


def line_count(data: bytes) -> int:
    """Lines as an editor counts them: CR, LF and CRLF end one, NULs are nothing, and what follows the last end is one."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    bare = data.replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    ends = bare.count(b"\n")
    unfinished = bool(data) and not data.endswith((b"\n", b"\r"))
    return ends + unfinished


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_nothing_raises_and_the_lines_add_up(tmp_path: Path, part: int) -> None:
    kinds, path = seeds(), tmp_path / "u_ex261116.log"
    for number in range(part * 1000, (part + 1) * 1000):
        dice = random.Random(number)
        data = bytearray(dice.choice(kinds))
        for _ in range(dice.randint(1, 4)):
            if data:
                dice.choice(MUTATIONS)(data, dice)
        path.write_bytes(data)
        summary = (
            summarize([path, SAMPLES / "W3SVC1" / "u_ex261026.log"] if number % 100 == 0 else path)
            if not _refused(data)
            else None
        )
        if summary is None:
            continue
        lines = summary.lines
        assert lines.read == lines.rows + lines.directives + lines.blank + lines.rejected, number
        assert lines.rows == summary.hits, number
        if number % 100:
            assert lines.read == line_count(bytes(data)), number


def _refused(data: bytes) -> bool:
    """Data that begins like another kind of file is refused as a whole, with a sentence (see test_files)."""
    return bytes(data[:2]) in (b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b", b"MZ", b"PK") or data[:4] in (b"%PDF", b"GIF8")
