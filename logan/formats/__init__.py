"""The log formats, one module each, and `detect`, which tells them apart by content.

A new format needs a module with `recognize(line) -> Layout | None` and `tokens(line, layout)`, and a line in
`_HEADERLESS` below.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from itertools import chain, islice

from logan.formats import httperr, iis, ncsa, w3c
from logan.formats.layout import Layout, NotALog, Tokens

__all__ = ["Layout", "NotALog", "detect", "tokenizer"]

#: Layouts that are certain without a header, tried in this order on the first row of a file.
_HEADERLESS: tuple[Callable[[bytes], Layout | None], ...] = (iis.recognize, ncsa.recognize, httperr.recognize)

_TOKENIZERS: dict[str, Callable[[bytes, Layout], Tokens]] = {
    "w3c": w3c.tokens,
    "iis": iis.tokens,
    "ncsa": ncsa.tokens,
}

_LINE = re.compile(rb"[^\r\n]+")
_BINARY = {
    b"\xff\xd8\xff": "is a JPEG picture",
    b"\x89PNG": "is a PNG picture",
    b"GIF8": "is a GIF picture",
    b"%PDF": "is a PDF document",
    **{b"BZh%d1AY&SY" % level: "is bzip2 data; unpack it first" for level in range(1, 10)},
    b"\xfd7zXZ\0": "is xz data; unpack it first",
    b"\x28\xb5\x2f\xfd": "is zstd data; unpack it first",
    b"7z\xbc\xaf\x27\x1c": "is a 7z archive; unpack it first",
    b"Rar!\x1a\x07": "is a RAR archive; unpack it first",
    b"MZ": "is a program",
    b"ElfFile": "is a Windows event log; logan reads IIS logs",
    b"\xff\xfe": "is UTF-16 text; save it as UTF-8 first",
    b"\xfe\xff": "is UTF-16 text; save it as UTF-8 first",
}
#: What is read as it is, where its ending tells so.
_PACKED = {b"\x1f\x8b": ("gzip data", ".gz"), b"PK\x03\x04": ("a zip archive", ".zip")}
_MAGIC = re.compile(b"|".join(map(re.escape, [*_BINARY, *_PACKED])))
#: How a saved summary begins, unpacked.
_SAVED = b'{"schema":"logan.saved/'


def tokenizer(layout: Layout) -> Callable[[bytes, Layout], Tokens]:
    """The careful path for one line of this layout: its values, or the reason why it cannot be read."""
    return _TOKENIZERS[layout.format]


def detect(
    head: bytes, *, name: str, looks_like_log: bool, service: str | None, site: str | None, zipped: bool = False
) -> Layout:
    """The layout in force at the start of a file, from its first bytes.

    `service` and `site` are what the path tells, `zipped` says that it is the member of a zip; a layout without fields means that a ``#Fields`` line is to come.
    Raises NotALog with a reason.
    """
    if name.lower().endswith(".ibl"):
        raise NotALog("is a centralized binary log (.ibl), which only Log Parser can read; switch IIS to W3C logging")
    if magic := _MAGIC.match(head):
        raise NotALog(_BINARY.get(magic[0]) or _packed(head, name, *_PACKED[magic[0]], zipped))
    start = Layout("w3c", service, site)
    if w3c.is_directive(head):  # as nearly all do
        return start
    lines = (line[0] for line in _LINE.finditer(head.removeprefix(b"\xef\xbb\xbf")))
    filled = (line for line in lines if line.strip(b"\0 "))
    rows = [*islice(filled, 3)]
    if not rows:
        if looks_like_log or name.lower().endswith(".log"):
            return start
        raise NotALog("is empty")
    if w3c.is_directive(rows[0]):
        return start
    for row in rows:
        for recognize in _HEADERLESS:
            layout = recognize(row)
            if layout:
                return layout.inside(service, site)
    if looks_like_log or any(w3c.is_directive(row) for row in chain(rows, filled)):
        return start
    binary = head.count(b"\0") or sum(byte < 9 for byte in head[:4096])
    raise NotALog(
        "is binary data, not a log" if binary else "is no log that logan knows: no #Fields line, no known layout"
    )


def _packed(head: bytes, name: str, what: str, ending: str, zipped: bool) -> str:
    """Why packed data is not read, and what to do: it is unpacked once, by its ending."""
    saved = what == "gzip data" and _unpacked(head).startswith(_SAVED)
    if saved:
        what, ending = "a saved summary", ".logan"
    outer = "a zip" if zipped else "gzip data" if name.lower().endswith(".gz") else None
    if outer:
        return f"is {what} within {outer}; unpack it first"
    if name == "<stdin>":
        return f"is {what}; put it into a file ending in {ending}"
    if saved and name.lower().endswith(ending):
        return "is a saved summary, which holds no rows; give the logs it was made of"
    return f"is {what} without the ending {ending}; rename it"


def _unpacked(head: bytes) -> bytes:
    """The first bytes of gzip data; nothing where it is damaged."""
    try:
        return zlib.decompressobj(31).decompress(head, len(_SAVED))
    except zlib.error:
        return b""
