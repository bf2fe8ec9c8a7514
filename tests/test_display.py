"""Text from a log, made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.display import cells, cut, markup, masked, plain, without_credentials

# fmt: off
HARMLESS = [
    # what the log holds                what is shown
    (None,                              "-"),
    ("",                                ""),
    ("/a/b.aspx",                       "/a/b.aspx"),
    ("LINDQVIST\\anna",                 "LINDQVIST\\anna"),
    ("[::1]",                           "[::1]"),
    ("/\x1b[2J\x1b]0;owned\x07",        r"/\x1b[2J\x1b]0;owned\x07"),
    ("/\x9b31m",                        r"/\x9b31m"),
    ("a\r\nb\tc\0",                     r"a\r\nb\tc\x00"),
    ("a\u2028b\u0085c",                 r"a\u2028b\x85c"),
    ("/invoice\u202efdp.exe",           r"/invoice\u202efdp.exe"),
    ("\u2066a\u2069\u200e\u200b\ufeff", r"\u2066a\u2069\u200e\u200b\ufeff"),
    ("/产品/目录.aspx",                  "/产品/目录.aspx"),
    ("\ud800",                          r"\ud800"),
    ("e" + "\u0301" * 50,               "e" + "\u0301" * 4),
    (404,                               "404"),
]

SECRETS = [
    # what the log holds                                      what must not be shown
    ("/login?user=anna&password=geheim",                      "geheim"),
    ("/login?PWD=geheim&x=1",                                 "geheim"),
    ("/a?access_token=geheim#top",                            "geheim"),
    ("/a?api-key=geheim",                                     "geheim"),
    ("/a?x=1;jsessionid=geheim",                              "geheim"),
    ("/blob?sv=2024&sig=geheim%3D",                           "geheim"),
    ("password=geheim",                                       "geheim"),
    ("2026-11-16 08:00:00 GET /a password=geheim&b=1 443",    "geheim"),
    ("/(S(lit3py55t21z5v55vlm25s55))/a.aspx",                 "lit3py55t21z5v55vlm25s55"),
    ("ftp://anna:geheim@files.example.com/",                  "geheim"),
    ("/fn?code=abcdefghijklmnopqrstuvwxyz012345",             "abcdefghijklmnopqrstuvwxyz012345"),
    ("[4711]PASS geheim",                                     "geheim"),
]
# fmt: on


@pytest.mark.parametrize(("text", "shown"), HARMLESS)
def test_plain(text: object, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_secrets_are_masked_unless_asked_for(text: str, secret: str) -> None:
    assert secret not in plain(text)
    assert "***" in plain(text)
    assert secret in plain(text, secrets=True)


@pytest.mark.parametrize(
    "text", ["/list?code=12", "/a?page=2&sort=name", "/passwords.txt", "/a?compass=1", "/f(x)", "a@b"]
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("错误页面", 8, "错误页面"),
        ("错误页面", 7, "错误页…"),
        ("错", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_cut_to_cells(text: str, width: int, shown: str) -> None:
    assert plain(text, width) == shown


def test_markup_does_not_act() -> None:
    from rich.text import Text

    assert Text.from_markup(markup("[red]a[/red] [link=x]")).plain == "[red]a[/red] [link=x]"


@given(st.text(st.characters(), max_size=60), st.integers(1, 20))
def test_whatever_comes_in_what_comes_out_fits_and_does_nothing(text: str, width: int) -> None:
    shown = plain(text, width)
    assert cells(shown) <= width
    assert all(char.isprintable() for char in shown)
    assert cut(shown, width) == shown


def test_a_megabyte_costs_no_more_than_what_is_shown() -> None:
    assert cells(plain("\x1b" * 2_000_000, 40)) <= 40


# fmt: off
ADDRESSES = [
    # what was asked to be read                               what is shown of it
    ("https://anna:geheim@web01/logs/u_ex1.log",              "https://***@web01/logs/u_ex1.log"),
    ("HTTPS://anna:ge@he:im@web01:8443/logs",                 "HTTPS://***@web01:8443/logs"),
    ("sftp://anna:ge/he?im@web01/logs",                       "sftp://***@web01/logs"),
    ("https://anna:ge heim@web01/logs",                       "https://***@web01/logs"),
    ("https://geheim@web01/logs",                             "https://***@web01/logs"),
    ("abfs://key:geheim@account/logs/*.log",                  "abfs://***@account/logs/*.log"),
    ("abfss://logs@account.dfs.core.windows.net/u_ex?.log",   "abfss://logs@account.dfs.core.windows.net/u_ex?.log"),
    ("https://web01/my logs/u_ex1.log?sv=2024&sig=ge%2Bheim", "https://web01/my logs/u_ex1.log?***"),
    ("https://web01/u_ex1.log?geheim",                        "https://web01/u_ex1.log?***"),
    ("gs://logs/u_ex1.log?X-Goog-Signature=geheim",           "gs://logs/u_ex1.log?***"),
    ("simplecache::https://anna:geheim@web01/u_ex1.log",      "simplecache::https://***@web01/u_ex1.log"),
    ("403, url='https://web01/a?sig=geheim', retry? a=b",     "403, url='https://web01/a?***', retry? a=b"),
    ("https://web01/a?sig=geheim: is not there.",             "https://web01/a?***: is not there."),
    ("https://web01:8443/logs/a@b",                           "https://web01:8443/logs/a@b"),
    ("//web01/logs/sig=1/anna:x@y/u_ex1.log",                 "//web01/logs/sig=1/anna:x@y/u_ex1.log"),
    (r"C:\logs\W3SVC1\u_ex1.log?a=b",                         r"C:\logs\W3SVC1\u_ex1.log?a=b"),
    (r"C:\logs\anna:x@y\u_ex1.log",                           r"C:\logs\anna:x@y\u_ex1.log"),
    # of a URL that was made a path
    ("https:/anna:ge@he:im@web01/u_ex1.log?sig=geheim",       "https:/***@web01/u_ex1.log?***"),
    (r"https:\anna:geheim@web01\u_ex1.log?geheim",            r"https:\***@web01\u_ex1.log?***"),
    ("abfss:/logs@account.dfs.core.windows.net/a?sig=geheim", "abfss:/logs@account.dfs.core.windows.net/a?***"),
]
# fmt: on


@pytest.mark.parametrize(("address", "shown"), ADDRESSES)
def test_an_address_is_shown_without_what_opens_it(address: str, shown: str) -> None:
    assert without_credentials(address) == shown
    assert without_credentials(shown) == shown
