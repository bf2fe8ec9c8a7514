"""Every fact of the Chinese document is in the catalogue, corrected where it was wrong.

``document_items.tsv`` lists the document item by item: where it stands, its code, and the articles, specifications,
headers and statements on retrying that it names.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from logan.catalogue.model import Entry
from logan.catalogue.store import classes, index, notes

ITEMS = list(
    csv.DictReader(
        (Path(__file__).parent / "document_items.tsv").read_text(encoding="utf-8").splitlines(), delimiter="\t"
    )
)
CODES = [item for item in ITEMS if item["kind"] == "code"]


def ident(item: dict[str, str]) -> str:
    return f"{item['section']}@{item['line']} {item['protocol']} {item['status']} {item['substatus']}".strip()


def entries(service: str, status: int, substatus: int | None = None) -> tuple[Entry, ...]:
    return index(service).get(service, (status, substatus, None, None))


def entry_of(item: dict[str, str]) -> Entry:
    substatus = int(item["substatus"]) if item["substatus"] else None
    found = entries(item["protocol"].lower(), int(item["status"]), substatus)
    assert found, "not in the catalogue"
    return found[0]


def words(entry: Entry) -> str:
    """All that an entry says, in one text."""
    parts = [*entry.title.values(), *entry.meaning.values(), *entry.document.values(), *entry.retry.values()]
    parts += [text for texts in (*entry.causes.values(), *entry.remedies.values()) for text in texts]
    code = entry.code
    shared = [text for note in notes() if code in note.applies for text in note.text.values()]
    return " ".join([*parts, *shared, *entry.rfc, *entry.headers, *entry.sources])


def test_the_list_is_whole() -> None:
    kinds = [item["kind"] for item in ITEMS]
    assert (kinds.count("code"), kinds.count("class"), kinds.count("note")) == (275, 23, 10)
    keys = {(item["protocol"], item["status"], item["substatus"]) for item in CODES}
    assert sum(protocol == "HTTP" for protocol, *_ in keys) == 94
    assert sum(protocol == "FTP" for protocol, *_ in keys) == 39


@pytest.mark.parametrize("item", CODES, ids=ident)
def test_code_is_there(item: dict[str, str]) -> None:
    entry = entry_of(item)
    assert "document" in " ".join(entry.sources).lower(), "the document is not among the sources"


@pytest.mark.parametrize("item", [item for item in ITEMS if item["kind"] == "class"], ids=ident)
def test_class_is_there(item: dict[str, str]) -> None:
    for digit in item["status"].removesuffix("xx").split("/"):
        assert (item["protocol"].lower(), int(digit)) in classes()


@pytest.mark.parametrize("item", [item for item in CODES if item["kb"]], ids=ident)
def test_articles(item: dict[str, str]) -> None:
    entry = entry_of(item)
    for article in item["kb"].split(";"):
        assert int(article) in entry.kb


@pytest.mark.parametrize("item", [item for item in CODES if item["rfc"]], ids=ident)
def test_specifications(item: dict[str, str]) -> None:
    said = words(entry_of(item))
    # what has replaced the specifications that the document names
    newer = {"2616": "9110", "2068": "9110", "1945": "9110", "2617": "9110", "2518": "4918", "2817": "9110"}
    for number in item["rfc"].split(";"):
        assert f"RFC {number}" in said or (number in newer and f"RFC {newer[number]}" in said), f"RFC {number}"


@pytest.mark.parametrize("item", [item for item in CODES if item["headers"]], ids=ident)
def test_headers(item: dict[str, str]) -> None:
    said = words(entry_of(item)).lower()
    missing = [header for header in item["headers"].split(";") if header.lower() not in said]
    assert not missing


@pytest.mark.parametrize("item", [item for item in ITEMS if item["retry"]], ids=ident)
def test_retry_statements(item: dict[str, str]) -> None:
    if item["kind"] == "class":
        text = classes()[item["protocol"].lower(), int(item["status"][0])].meaning
    else:
        text = entry_of(item).retry
    assert text.keys() == {"en", "zh"}
    if item["protocol"] == "FTP":
        temporary = item["status"].startswith("4")
        words = ("temporary", "transient", "暂时", "临时") if temporary else ("permanent", "again", "永久", "再")
        assert any(word in text["en"].lower() for word in words[:2])
        assert any(word in text["zh"] for word in words[2:])


# What no table can say


@pytest.mark.parametrize(
    ("status", "substatus"), [(401, 7), (403, 18), (403, 19), (403, 20), (500, 16), (500, 18), (503, None)]
)
def test_remark_iis_6_only(status: int, substatus: int | None) -> None:
    """The document marks these "IIS 6.0 only": the entry says which versions it is true of."""
    entry = entries("http", status, substatus)[0]
    remark = " ".join([entry.applies_to, *entry.document.values(), *entry.meaning.values()])
    assert "6" in remark


def test_both_causes_of_403_1() -> None:
    """No execute permission on the folder, and a script map that does not take the verb."""
    causes = [cause.lower() for cause in entries("http", 403, 1)[0].causes["en"]]
    assert any("script" in cause and ("permission" in cause or "execute" in cause) for cause in causes)
    assert any("verb" in cause for cause in causes)


@pytest.mark.parametrize(
    ("status", "substatus", "en", "zh"),
    [
        (401, 3, "NTFS", "NTFS"),
        (403, 2, "default document", "默认文档"),
        (403, 3, "NTFS", "NTFS"),
        (403, 4, "https", "https"),
        (403, 5, "128", "128"),
        (403, 6, "address", "IP"),
        (403, 7, "client certificate", "客户端证书"),
        (403, 8, "domain", "域名"),
        (403, 9, "Windows XP", "XP"),
        (403, 12, "certificate", "证书"),
        (404, None, "URLScan", "URLScan"),
        (500, None, "Event Viewer", "事件查看器"),
        (500, None, "friendly", "友好"),
        (500, 12, "Global.asa", "Global.asa"),
        (500, 12, "virus", "病毒"),
        (500, 100, "default web site", "默认"),
        (502, None, "CGI", "CGI"),
    ],
)
def test_causes_of_section_f(status: int, substatus: int | None, en: str, zh: str) -> None:
    said = words(replace(entries("http", status, substatus)[0])).lower()
    assert en.lower() in said
    assert zh.lower() in said


@pytest.mark.parametrize(
    ("status", "en", "zh"),
    [
        (150, "20", "20"),
        (226, "20", "20"),
        (230, "password", "密码"),
        (331, "exist", "账户"),
        (426, "data", "数据"),
        (530, "anonymous", "匿名"),
        (550, "does not exist", "不存在"),
        (550, "write", "写"),
    ],
)
def test_causes_of_section_h(status: int, en: str, zh: str) -> None:
    said = words(entries("ftp", status)[0]).lower()
    assert en in said
    assert zh in said or zh.replace("账", "帐") in said


@pytest.mark.parametrize(
    ("status", "substatus", "right", "old"),
    [
        (421, None, "Misdirected", "FTP"),
        (425, None, "Too Early", "3658"),
        (417, None, "Expect", None),
        (500, 12, "restart", None),
        (600, None, "standard", None),
    ],
)
def test_mistakes_of_the_document_are_mended_and_named(
    status: int, substatus: int | None, right: str, old: str | None
) -> None:
    entry = entries("http", status, substatus)[0]
    assert right.lower() in f"{entry.title['en']} {entry.meaning['en']}".lower()
    assert entry.document.keys() == {"en", "zh"}
    assert old is None or old in entry.document["en"]


def test_port_20_is_said_to_be_for_active_mode() -> None:
    for status in (150, 226):
        assert "active" in words(entries("ftp", status)[0])


@pytest.mark.parametrize(
    ("key", "en"),
    [
        ("log-folders", "inetpub\\logs\\LogFiles"),
        ("substatus-401", "logged by default"),
        ("substatus-403", "403"),
        ("ten-connections", "10"),
        ("urlscan", "Rejected by URLScan"),
        ("friendly-errors", "294807"),
        ("asp-error-page", "Default Web Site"),
        ("ftp-ports", "active"),
        ("ftp-331", "331"),
    ],
)
def test_notes_of_the_document(key: str, en: str) -> None:
    found = {note.key: note for note in notes()}
    assert en in found[key].text["en"]
