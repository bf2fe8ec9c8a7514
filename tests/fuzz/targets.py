"""What must hold whatever bytes come in; each function takes one input and raises AssertionError where something breaks.

The same functions are driven by Hypothesis (``test_fuzz.py``, in CI) and by atheris (``benchmarks/fuzz.py``, for hours).
Invariants: nothing is raised but LoganError, every line is accounted for, the fast ways give what the careful one does.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, cast

from logan import native
from logan.exceptions import LoganError, OptionError
from logan.files import LogFile
from logan.formats import Layout, NotALog, detect
from logan.reading import memory
from logan.reading.blocks import blocks, segments
from logan.reading.parsing import Batch, Rejected, parse
from logan.reading.scanning import Tally
from tests.builders import FTP_FIELDS, HEADER, HTTP_FIELDS, HTTPERR_FIELDS, WAYS, cut_by

OLD_FTP_FIELDS = "time c-ip cs-method cs-uri-stem sc-status sc-win32-status"
_HEADERS = {
    "http": f"{HEADER}#Fields: {HTTP_FIELDS}\n".encode(),
    "ftp": f"{HEADER}#Fields: {FTP_FIELDS}\n".encode(),
    "oldftp": f"{HEADER}#Fields: {OLD_FTP_FIELDS}\n".encode(),
    "httperr": f"#Software: Microsoft HTTP API 2.0\n#Fields: {HTTPERR_FIELDS}\n".encode(),
}


@dataclass(frozen=True)
class Held(LogFile):
    """A log that is held in memory."""

    data: bytes = b""

    def open(self) -> IO[bytes]:
        return cast(IO[bytes], io.BytesIO(self.data))


def held(data: bytes, name: str = "u_ex261116.log") -> Held:
    return Held(name, "plain", len(data), data=data)


def line_count(data: bytes) -> int:
    """Lines as an editor counts them: CR, LF and CRLF end one, NULs are nothing, and what follows the last end is one."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    bare = data.replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return bare.count(b"\n") + (bool(data) and not data.endswith((b"\n", b"\r")))


def detection(data: bytes) -> None:
    """A layout, or a reason in one line."""
    name = ("u_ex261116.log", "x.txt", "httperr1.log", "raw.ibl")[data[0] % 4 if data else 0]
    try:
        layout = detect(data, name=name, looks_like_log=name != "x.txt", service=None, site=None)
    except NotALog as error:
        assert 5 < len(str(error)) < 200
        assert "\n" not in str(error)
    else:
        assert isinstance(layout, Layout)


def read_all(data: bytes, *, careful: bool = False, name: str = "u_ex261116.log") -> tuple[list[Batch], Tally]:
    """All batches of some bytes, read as one file."""
    tally, found = Tally(), []
    for block in blocks([held(data, name)]):
        found += [parse(segment, careful=careful) for segment in segments(block, tally)]
    return found, tally


def accounted(found: list[Batch], tally: Tally) -> None:
    """Every line that was read is a row, a directive, blank, or rejected."""
    lines = sum(len(b) + len(b.rejected) + b.blank for b in found) + tally.directives + len(tally.rejected)
    assert tally.lines == lines, (tally.lines, lines)


def rows_of(found: list[Batch]) -> dict[str, list[Any]]:
    """The rows of some batches as plain values, column by column, whatever the layouts in between."""
    names = sorted({name for batch in found for name in batch.columns})
    rows: dict[str, list[Any]] = {"time": [int(t) for batch in found for t in batch.time]}
    for name in names:
        rows[name] = []
        for batch in found:
            array = batch.columns.get(name)
            rows[name] += [None] * len(batch) if array is None else array.to_pylist()
    return rows


def rejects_of(found: list[Batch]) -> list[Rejected]:
    return [line for batch in found for line in batch.rejected]


def sections(data: bytes) -> None:
    """Headers, line ends, NULs and chunks of any size: no line is lost, and the size of a chunk is invisible."""
    chunk, data = (200 + data[0] * 8 if data else 4096), data[1:]
    whole, tally = read_all(data)
    accounted(whole, tally)
    if tally.files:
        assert tally.lines == line_count(data), (tally.lines, line_count(data))
    torn = re.search(rb"\r\0", data)  # a chunk may end between them, and then the line feed is a line of its own
    fitting = all(len(line) < chunk - 2 for line in data.replace(b"\r", b"\n").split(b"\n"))
    # a format is told by the first 64 KiB, of which such a chunk may hold too little; none that is used does
    if not torn and fitting and _told(data[:chunk]) == _told(data):
        with _chunks_of(chunk):
            cut, other = read_all(data)
        assert rows_of(whole) == rows_of(cut)
        assert (tally.lines, tally.directives) == (other.lines, other.directives)


def _told(head: bytes) -> Layout | None:
    try:
        return detect(head, name="u_ex261116.log", looks_like_log=True, service=None, site=None)
    except NotALog:
        return None


@contextlib.contextmanager
def _chunks_of(size: int) -> Iterator[None]:
    before = memory.CHUNK
    memory.CHUNK = size
    try:
        yield
    finally:
        memory.CHUNK = before


def ways(data: bytes) -> None:
    """The fast ways give what the careful one gives: the same rows, the same rejects, the same blank lines."""
    _agree(_HEADERS["http"] + data)


def ftp_lines(data: bytes) -> None:
    """FTP, old and new: the same, and nothing that stood behind PASS is left."""
    old, data = bool(data and data[0] & 1), data[1:]
    found = _agree(_HEADERS["oldftp" if old else "ftp"] + data)
    for batch in found:
        methods = batch.columns.get("cs_method")
        stems = batch.columns.get("cs_uri_stem")
        if batch.layout.service != "ftp" or methods is None or stems is None:
            continue
        for method, stem in zip(methods.to_pylist(), stems.to_pylist(), strict=True):
            if method is not None and method.upper().endswith((b"]PASS",)) | (method.upper() == b"PASS"):
                assert stem in (None, b"***") or method.upper().removesuffix(b"PASS").strip(b"[]0123456789") != b""


def httperr_lines(data: bytes) -> None:
    """HTTPERR with a header and without one."""
    bare, data = bool(data and data[0] & 1), data[1:]
    _agree(data if bare else _HEADERS["httperr"] + data, "httperr1.log")


def _agree(data: bytes, name: str = "u_ex261116.log") -> list[Batch]:
    careful, tally = read_all(data, careful=True, name=name)
    accounted(careful, tally)
    for way in WAYS[:-1] if native.kernel else ["arrow"]:
        with cut_by(way):
            fast, tally = read_all(data, name=name)
        accounted(fast, tally)
        assert rows_of(fast) == rows_of(careful)
        assert rejects_of(fast) == rejects_of(careful)
        assert sum(b.blank for b in fast) == sum(b.blank for b in careful)
    return careful


def whole(data: bytes) -> None:
    """From bytes to JSON and to the page in a terminal: nothing raises, lines add up, and nothing acts."""
    from rich.console import Console

    from logan.cli.render import render
    from logan.selection import Selection
    from logan.summary import total
    from logan.worker import Worker

    kind = ("http", "ftp", "oldftp", "httperr", "")[data[0] % 5 if data else 0]
    worker = Worker(Selection())
    for block in blocks([held(_HEADERS.get(kind, b"") + data[1:])]):
        worker.take([block])
    summary = total(worker.sums().values())
    lines = summary.lines
    assert lines.read == lines.rows + lines.directives + lines.blank + lines.rejected
    assert lines.rows == summary.hits
    record = summary.to_dict()
    json.dumps(record)
    assert sum(status["hits"] for status in record["statuses"]) == lines.rows
    out = io.StringIO()
    render(summary, console=Console(file=out, width=100, force_terminal=True, color_system=None))
    harmless(out.getvalue())


def harmless(shown: str) -> None:
    """Nothing in a text that acts in a terminal, but line ends."""
    bad = {char for char in shown if not char.isprintable() and char != "\n"}
    assert not bad, bad


def lookup(data: bytes) -> None:
    """Any numbers and any reason get an entry with a title in both languages; any code gets entries or OptionError."""
    from logan.catalogue import explain
    from logan.catalogue.lookup import lookup as look_up

    text = data.decode("utf-8", "replace")
    numbers = [int.from_bytes(data[n : n + 5], "little", signed=bool(n % 2)) for n in (0, 5, 10)]
    for service in ("http", "ftp", "httperr", "smtp", text[:10]):
        for status in (numbers[0], numbers[0] % 700, None):
            entry = look_up(service, status, numbers[1] % 40, numbers[2], text[10:40] or None)
            assert entry.text("en").title
            assert entry.text("zh").title
    try:
        entries = explain(text)
    except OptionError as error:
        assert str(error).count("\n") <= 1
    else:
        assert entries


_OPTIONS = ("--since", "--until", "--tz", "--site", "--status", "--uri", "--client", "--method", "--top", "--sort", "--lang",
            "--format", "--fail-on", "--client-field", "--proxy", "--log-tz", "--encoding", "--workers",
            "--on-bad-lines", "--quiet", "--show-secrets", "--nonsense")  # fmt: skip


def options(data: bytes) -> None:
    """Any value for any option: an exit code that the contract knows, and never a fault in logan itself."""
    arguments = ["summarize", _sample()]
    parts = data.split(b"\n")[:6]
    for part in parts:
        if part:
            arguments.append(_OPTIONS[part[0] % len(_OPTIONS)])
            text = part[1:].decode("utf-8", "replace").replace("\0", "")
            arguments.append(re.sub(r"[/\\]", "", text))  # behind a flag it is a source, and ``/*`` the whole disk
    run(arguments)


def codes(data: bytes) -> None:
    """Any text behind ``logan explain``."""
    parts = [part.decode("utf-8", "replace").replace("\0", "") for part in data.split(b"\n")[:3]]
    run(["explain", *(part for part in parts if not part.startswith("--catalogue"))])


def run(arguments: list[str]) -> int:
    """One run of the command line inside this process; returns its exit code."""
    from logan.cli import _run

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = _run(arguments)
    assert code in (0, 1, 2, 3), code
    assert "fault in logan itself" not in err.getvalue(), err.getvalue()
    assert "Traceback" not in err.getvalue(), err.getvalue()
    return code


_folder: list[tempfile.TemporaryDirectory[str]] = []


def _sample() -> str:
    """A small log on disk, written once."""
    if not _folder:
        _folder.append(tempfile.TemporaryDirectory())
    path = os.path.join(_folder[0].name, "u_ex261116.log")
    if not os.path.exists(path):
        row = b"2026-11-16 08:00:00 10.0.0.1 GET /a b=1 443 - 203.0.113.9 curl/8.0 - %d 0 2 15\n"
        with open(path, "wb") as stream:
            stream.write(_HEADERS["http"] + row % 200 + row % 404 + row % 500)
    return path


def archives(data: bytes) -> None:
    """A file that calls itself .gz or .zip: read, or left out with a reason."""
    from logan.summarizing import summarize

    _sample()
    ending, data = (".gz" if data and data[0] & 1 else ".zip"), data[1:]
    path = os.path.join(_folder[0].name, f"fuzzed{ending}")
    with open(path, "wb") as stream:
        stream.write(data)
    try:
        summary = summarize(path)
    except LoganError as error:
        assert "\n" not in str(error)
    else:
        lines = summary.lines
        assert lines.read == lines.rows + lines.directives + lines.blank + lines.rejected


def saved(data: bytes) -> None:
    """A file that calls itself a saved summary: loaded, or refused."""
    import gzip

    from logan.summary import Summary

    _sample()
    path = os.path.join(_folder[0].name, "fuzzed.logan")
    with open(path, "wb") as stream:
        stream.write(data[1:] if data and data[0] & 1 else gzip.compress(data[1:], 1))
    with contextlib.suppress(LoganError):
        Summary.load(path)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "detection": detection,
    "sections": sections,
    "paths": ways,
    "ftp": ftp_lines,
    "httperr": httperr_lines,
    "whole": whole,
    "lookup": lookup,
    "options": options,
    "codes": codes,
    "archives": archives,
    "saved": saved,
}
