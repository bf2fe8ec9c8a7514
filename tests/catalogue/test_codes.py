"""What people type, and what they mean by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import logan
from logan.catalogue import explain, find
from logan.exceptions import OptionError

CONTRACT = {
    "service", "status", "substatus", "title", "meaning", "causes", "remedies", "applies_to", "kb", "sources",
}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("404", ["404"]),
        ("403.14", ["403.14"]),
        ("403-14", ["403.14"]),
        ("HTTP 403.14", ["403.14"]),
        ("http:403.14", ["403.14"]),
        ("HTTP/1.1 403", ["403"]),
        ("HTTP Error 403.14 - Forbidden", ["403.14"]),
        ("HTTP 错误 403.14", ["403.14"]),
        ("４０３．１４", ["403.14"]),
        ("500-11", ["500.11"]),
        ("500-100.ASP", ["500.100"]),
        ("500.19", ["500.19"]),
        (" 404 ", ["404"]),
        ("404 0 2", ["404.0 + 2"]),
        ("404.0 + 2", ["404.0 + 2"]),
        ("404/0/2", ["404.0 + 2"]),
        ("500 0 5", ["500.0", "win32:5"]),
        ("ftp:530", ["ftp:530"]),
        ("ftp 530", ["ftp:530"]),
        ("FTP530", ["ftp:530"]),
        ("ftp:530.41", ["ftp:530.41"]),
        ("ftp 530 1326 41", ["ftp:530.41 + 1326"]),
        ("530.41", ["ftp:530.41"]),
        ("550", ["ftp:550"]),
        ("530", ["ftp:530", "530"]),  # Cloudflare's comes last
        ("421", ["421", "ftp:421"]),
        ("426", ["426", "ftp:426"]),
        ("451", ["451", "ftp:451", "451"]),  # the last one is Exchange ActiveSync
        ("500", ["500", "ftp:500"]),
        ("501", ["501", "ftp:501"]),
        ("520", ["520"]),
        ("226", ["226", "ftp:226"]),
        ("502.5", ["502.5", "502.5"]),
        ("410.501", ["410.501"]),
        ("win32:5", ["win32:5"]),
        ("5", ["win32:5"]),
        ("183", ["win32:183"]),
        ("1326", ["win32:1326"]),
        ("2148074254", ["win32:2148074254"]),
        ("0x8009030E", ["win32:2148074254"]),
        ("0x8009030e", ["win32:2148074254"]),
        ("0x80070005", ["win32:2147942405", "asp:80070005"]),
        ("win32:0x5", ["win32:5"]),
        ("win32:-2147024891", ["win32:2147942405"]),
        ("ERROR_ACCESS_DENIED", ["win32:5"]),
        ("error_access_denied", ["win32:5"]),
        ("httperr:QueueFull", ["httperr:QueueFull"]),
        ("QueueFull", ["httperr:QueueFull"]),
        ("queuefull", ["httperr:QueueFull"]),
        ("Timer ConnectionIdle", ["httperr:Timer_ConnectionIdle"]),
        ("N/A", ["httperr:N/A"]),
        ("Version_N/S", ["httperr:Version_N/S"]),
        ("asp:0113", ["asp:0113"]),
        ("asp:113", ["asp:0113"]),
        ("ASP 0113", ["asp:0113"]),
        ("ASP_0113", ["asp:0113"]),
        ("800A000D", ["asp:800A000D"]),
        ("asp:0x800a000d", ["asp:800A000D"]),
        ("ControlChannelOpened", ["ftp:ControlChannelOpened"]),
        ("4xx", ["4xx"]),
        ("ftp:5xx", ["ftp:5xx"]),
    ],
)
def test_codes(typed: str, codes: list[str]) -> None:
    found = explain(typed)
    assert [entry.code for entry in found] == codes
    assert all(entry.known for entry in found)


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [
        ("403.99", "403.99", "403.99"),
        ("299", "299", "2xx"),
        ("ftp:299", "ftp:299", "2xx"),
        ("799", "799", "does not know"),
        ("asp:9999", "asp:9999", "ASP 9999"),
        ("0xC0001234", "win32:3221230132", "NTSTATUS"),
        ("win32:12999", "win32:12999", "WinHTTP"),
        ("99999", "win32:99999", "0x0001869F"),
    ],
)
def test_unknown_codes_get_their_class_and_say_so(typed: str, code: str, words: str) -> None:
    (entry,) = explain(typed)
    assert entry.code == code
    assert not entry.known
    assert words in f"{entry.title['en']} {entry.meaning['en']}"
    assert entry.title["zh"] != entry.title["en"] or "0x" in entry.title["en"]


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("QueFull", "QueueFull"),
        ("4O4", "404"),
        ("ERROR_ACCES_DENIED", "ERROR_ACCESS_DENIED"),
        ("httperr:Timer_ConectionIdle", "Timer_ConnectionIdle"),
        ("hello", "403.14"),
        ("", "403.14"),
        ("4294967296", "403.14"),
    ],
)
def test_text_that_is_no_code_gets_a_hint(typed: str, near: str) -> None:
    with pytest.raises(OptionError, match="is no code") as caught:
        explain(typed)
    assert near in str(caught.value)


def test_several_codes_keep_their_order() -> None:
    assert [entry.code for entry in explain("403.14", 404, "win32:5")] == ["403.14", "404", "win32:5"]


@pytest.mark.parametrize(
    "typed", ["403.14", "530", "win32:5", "httperr:QueueFull", "asp:0113", "404 0 2", "4xx", "299"]
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_to_dict_keeps_the_contract(typed: str, lang: str) -> None:
    for entry in explain(typed):
        given_ = entry.to_dict(lang)
        assert given_.keys() >= CONTRACT
        assert isinstance(given_["causes"], list)
        if entry.service in ("httperr", "asp", "win32"):
            assert isinstance(given_["status"], str)


def test_zh_is_chinese() -> None:
    assert explain("403.14")[0].to_dict("zh")["title"] != explain("403.14")[0].to_dict("en")["title"]


def test_notebook_shows_escaped_html() -> None:
    (entry,) = explain("404")
    html = entry._repr_html_()
    assert "&lt;Rejected-By-UrlScan&gt;" in html
    assert "<Rejected" not in html


def test_explain_is_a_name_of_the_library() -> None:
    assert logan.explain("403.14")[0].status == 403


@given(st.text(max_size=30))
def test_any_text_gets_entries_or_a_hint(typed: str) -> None:
    try:
        found = explain(typed)
    except OptionError:
        return
    assert found


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("directory listing", "403.14"),
        ("目录列表", "403.14"),
        ("queue full", "httperr:QueueFull"),
        ("client certificate required", "403.7"),
        ("ERROR_ACCESS_DENIED", "win32:5"),
        ("KB942062", "403.14"),
        ("Cannot Find The File Zzz", None),
    ],
)
def test_search(words: str, code: str | None) -> None:
    found = [entry.code for entry in find(words)[:5]]
    assert code is None or code in found


def test_search_for_nothing() -> None:
    assert find("  ") == []
    assert find("qqqqzzzz") == []
    assert {entry.service for entry in find("denied", service="ftp")} == {"ftp"}
