"""From the numbers of a row to its meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.catalogue.lookup import lookup
from logan.catalogue.win32 import decode


@pytest.mark.parametrize(
    ("service", "status", "substatus", "win32", "code", "match"),
    [
        ("http", 403, 14, 0, "403.14", "pair"),
        ("http", 403, 14, None, "403.14", "pair"),
        ("http", 404, 0, 2, "404.0 + 2", "combination"),
        ("http", 404, 0, 3, "404.0 + 3", "combination"),
        ("http", 401, 1, 2148074252, "401.1 + 2148074252", "combination"),
        ("http", 500, 19, 183, "500.19 + 183", "combination"),
        ("http", 200, 0, 64, "200 + 64", "combination"),
        ("http", 200, None, 64, "200 + 64", "combination"),
        ("http", 410, 501, 0, "410.501", "any status"),
        ("http", 206, 502, 0, "206.502", "any status"),
        ("http", 403, 99, 0, "403.99", "status"),
        ("http", 410, 0, 0, "410", "status"),
        ("http", 299, 0, 0, "299", "class"),
        ("http", 799, 0, 0, "799", "unknown"),
        ("ftp", 421, None, None, "ftp:421", "candidates"),
        ("ftp", 530, 41, 1326, "ftp:530.41 + 1326", "combination"),
        ("ftp", 530, 41, 0, "ftp:530.41", "pair"),
        ("ftp", 550, None, 5, "ftp:550 + 5", "combination"),
        ("ftp", 550, None, 2, "ftp:550 + 2", "combination"),
        ("ftp", 550, 6, 5, "ftp:550.6", "pair"),
        ("ftp", 226, 0, 0, "ftp:226", "status"),
        ("ftp", 299, 0, 0, "ftp:299", "class"),
        ("smtp", 550, None, None, "smtp:550", "unknown"),
    ],
)
def test_lookup(service: str, status: int, substatus: int | None, win32: int | None, code: str, match: str) -> None:
    found = lookup(service, status, substatus, win32)
    assert (found.entry.code, found.match) == (code, match)


def test_http_and_ftp_do_not_mix() -> None:
    assert "Misdirected" in lookup("http", 421, 0).text().title
    assert "closing control connection" in lookup("ftp", 421, 0).text().title


def test_a_substatus_that_is_not_logged_gets_candidates_and_the_setting() -> None:
    found = lookup("http", 401, None, 2148074252, substatus_logged=False)
    assert found.match == "candidates"
    found = lookup("http", 403, None, substatus_logged=False)
    assert "403.14" in {entry.code for entry in found.candidates}
    assert "Select Fields" in found.note["en"]
    assert "sc-substatus" in found.text("zh").meaning


def test_a_substatus_that_is_absent_is_another_answer() -> None:
    absent, zero = lookup("http", 403, None, substatus_logged=True), lookup("http", 403, 0)
    assert not absent.candidates
    assert "(-)" in absent.note["en"]
    assert zero.note == {}


def test_success_needs_no_candidates() -> None:
    assert lookup("http", 200, None, 0).note == {}


def test_unlogged_substatus_with_a_telling_win32_code() -> None:
    found = lookup("http", 500, None, 183)
    assert found.entry.code == "500.19 + 183"
    assert found.match == "candidates"


def test_two_senders_of_one_number_are_both_told() -> None:
    found = lookup("http", 502, 5)
    assert {entry.component for entry in found.entries} == {"ANCM", "ARR"}
    text = found.text()
    assert "ARR: " in text.meaning
    assert len(text.causes) == sum(len(entry.causes["en"]) for entry in found.entries)


def test_win32_is_told_where_no_combination_is_known() -> None:
    assert "ERROR_ACCESS_DENIED" in lookup("http", 405, 0, 5).text("zh").meaning


def test_negative_win32_codes_are_the_same_as_unsigned_ones() -> None:
    assert lookup("http", 401, 1, 2148074252 - 2**32).entry == lookup("http", 401, 1, 2148074252).entry


@pytest.mark.parametrize("reason", ["QueueFull", "queuefull"])
def test_httperr_by_reason(reason: str) -> None:
    assert lookup("httperr", 503, reason=reason).entry.code == "httperr:QueueFull"


def test_httperr_with_an_unknown_reason_falls_back_to_the_status() -> None:
    found = lookup("httperr", 503, reason="Brand_New")
    assert not found.entry.known
    assert "Brand_New" in found.text().meaning
    assert "503" in found.text("zh").meaning
    assert lookup("httperr", None).match == "unknown"


def test_ftp_events_have_no_status() -> None:
    assert lookup("ftp", None, reason="DataChannelClosed").entry.event == "DataChannelClosed"
    closed = lookup("ftp", None, 14, 64, "ControlChannelClosed")
    assert closed.entry.code == "ftp:ControlChannelClosed.14"
    assert "ERROR_NETNAME_DELETED" in closed.text().meaning
    assert lookup("ftp", None).match == "unknown"


@pytest.mark.parametrize(
    ("code", "known", "words"),
    [
        (5, True, "denied"),
        (0x80070005, True, "denied"),
        (0x80070000 | 1326, True, "password"),
        (0x8009030E, True, "credentials"),
        (0xC000006D, True, "Logon failure"),
        (0xC0001234, False, "NTSTATUS"),
        (12999, False, "WinHTTP"),
        (10999, False, "WinSock"),
        (0x8013FFFF, False, ".NET"),
        (0x8009FFFF, False, "SSPI"),
        (0x87FF1234, False, "facility"),
        (60001, False, "Win32"),
        (0x00190001, False, "success"),
    ],
)
def test_win32_decoder(code: int, known: bool, words: str) -> None:
    entry = decode(code)
    assert entry.known is known
    assert entry.status == code
    assert words.lower() in f"{entry.title['en']} {entry.meaning['en']}".lower()


@given(
    st.sampled_from(["http", "ftp", "httperr", "smtp"]),
    st.none() | st.integers(0, 2**31),
    st.none() | st.integers(0, 2**31),
    st.none() | st.integers(-(2**31), 2**32 - 1),
    st.none() | st.text(),
    st.booleans(),
)
def test_every_row_gets_an_answer_in_both_languages(
    service: str, status: int | None, substatus: int | None, win32: int | None, reason: str | None, logged: bool
) -> None:
    found = lookup(service, status, substatus, win32, reason, substatus_logged=logged)
    for lang in ("en", "zh"):
        text = found.text(lang)
        assert text.title
        assert text.meaning
