"""Text from a log, made harmless and short enough to be shown to a person.

Every string in a log was written by a stranger: it can hold terminal escapes, line ends, characters that turn the
direction of writing around, and passwords in a query string. `plain` takes care of all of them, and is the only way
from a log to a terminal or a picture. HTML still has to be escaped, see `html.escape`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any, TypeVar

Item = TypeVar("Item")

#: Written where a log holds nothing.
ABSENT = "-"
MASK = "***"
#: Marks over one letter that are shown; more of them would run over the lines above and below.
_MARKS = 4

_SECRET_KEY = (
    r"pass(?:word|wd|phrase)?|passwd|pwd|kennwort|secret|client[_-]?secret|(?:access|refresh|id|auth|csrf|sas|bearer|api)?"
    r"[_-]?token|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|subscription-key|sig|signature|"
    r"x-amz-signature|x-amz-security-token|x-amz-credential|auth|authorization|credentials?|session[_-]?(?:id|key)?|"
    r"sid|jsessionid|phpsessid|asp\.net_sessionid|aspsessionid\w*|\.aspxauth|ticket|jwt|samlresponse|otp|pin|cvv|cvc"
)
_QUERY_SECRET = re.compile(rf"(?i)((?:^|[?&;,+\s/\"'(])(?:{_SECRET_KEY})(?:=|%3d))([^&;#\s]+)")
#: `code` is often a harmless number; a long one is an authorization code or the key of an Azure function.
_CODE = re.compile(r"(?i)((?:^|[?&;])(?:code|key)=)([^&;#\s]{16,})")
#: ASP.NET puts session and forms ticket into the path where cookies are off: /(S(lit3py55t21z5v55vlm25s55))/
_COOKIELESS = re.compile(r"\(([A-Z])\([A-Za-z0-9_\-]{16,}\)")
_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.\-]*://[^/\s:@]*:)[^/\s@]+@")
#: What stands before the @ of an address, as far as the last @ before the path; a password may itself hold any of them.
_CREDENTIALS = re.compile(
    r"(?i)([a-z][a-z0-9+.\-]{0,30}://|[a-z][a-z0-9+.\-]{1,30}:[/\\])"
    r"([^/?#\n]*|[^/?#\s:@]*:(?!\d*[/?#])[^\s@]*)@"
)
#: What has an address in it, be it one that lost a slash on the way, as in a pathlib.Path. ``C:`` is a drive.
_ADDRESS = re.compile(r"(?i)://|[a-z][a-z0-9+.\-]+:[/\\]")
#: Here a word alone before the @ is the container: abfss://logs@account.dfs.core.windows.net/
_CONTAINER_SCHEMES = ("abfs", "abfss", "az", "wasb", "wasbs")
#: The query of an address: as a whole on the web, elsewhere (where ? can be a wildcard) if it holds a value.
_QUERY = re.compile(
    r"(?i)((?:https?:[/\\]{1,2}[^?]*|(?:://|[a-z][a-z0-9+.\-]+:[/\\])[^?]*(?=\?[^\s'\"<>]*=))\?)"
    r"(?!\*{3})[^\s'\"<>]*[^\s'\"<>:.,]"
)
_FTP_PASSWORD = re.compile(r"(?i)(\]PASS\s+|^PASS\s+)(?!\*\*\*)\S+")


class Listing(list[Item]):
    """A list whose items stand one below the other at the prompt, and show themselves in a notebook."""

    def __repr__(self) -> str:
        return "[" + ",\n ".join(map(repr, self)) + "]"

    def _repr_html_(self) -> str:
        from html import escape

        shown = (getattr(item, "_repr_html_", None) for item in self)
        return "".join(
            html() if html else f"<p>{escape(repr(item))}</p>" for item, html in zip(self, shown, strict=True)
        )


def plain(text: object, width: int | None = None, *, secrets: bool = False) -> str:
    """`text` on one line without anything that acts, secrets masked, and cut to `width` terminal cells.

    Control, format and bidirectional characters come back as escapes such as ``\\x1b``. None gives "-". Square
    brackets stay, as they belong to addresses: give the result to rich as `rich.text.Text`, or use `markup`.
    With `secrets`, passwords and the like are shown as they are.

    >>> plain("/a\\x1b[2J?user=x&password=hunter2"), plain("/a/very/long/path", 8)
    ('/a\\\\x1b[2J?user=x&password=***', '/a/very…')
    """
    if text is None:
        return ABSENT
    if width is not None and width <= 0:
        return ""
    raw = str(text)
    # far more than fits is not even looked at; a secret that starts inside is still cut off as a whole
    limit = None if width is None else 8 * width + 256
    raw = raw if limit is None else raw[:limit]
    shown = visible(raw if secrets else masked(raw))
    if width is None:
        return shown
    return cut(shown, width)


def markup(text: object, width: int | None = None) -> str:
    """The same as `plain`, safe inside a string that rich reads as markup.

    >>> markup("[red]/a[/red]")
    '\\\\[red]/a\\\\[/red]'
    """
    from rich.markup import escape

    return escape(plain(text, width))


def masked(text: str) -> str:
    """`text` with passwords, tokens and session keys replaced by ``***``.

    >>> masked("/login?user=anna&pwd=geheim&x=1")
    '/login?user=anna&pwd=***&x=1'
    """
    if "=" in text or "%3" in text:
        text = _QUERY_SECRET.sub(rf"\1{MASK}", text)
        text = _CODE.sub(rf"\1{MASK}", text)
    if "(" in text:
        text = _COOKIELESS.sub(rf"(\1({MASK})", text)
    if "@" in text:
        text = _USERINFO.sub(rf"\1{MASK}@", text)
    if "PASS" in text or "pass" in text:
        text = _FTP_PASSWORD.sub(rf"\1{MASK}", text)
    return text


def without_credentials(text: str) -> str:
    """`text` without what opens the addresses in it: user and password before the @, signature and token in the query.

    Stricter than `masked`: these are the keys of whoever runs logan, who never needs to see them.

    >>> without_credentials("https://anna:geheim@web01/logs/u_ex261116.log?sv=2024&sig=geheim")
    'https://***@web01/logs/u_ex261116.log?***'
    >>> without_credentials("abfss://logs@account.dfs.core.windows.net/site/*.log")
    'abfss://logs@account.dfs.core.windows.net/site/*.log'
    >>> without_credentials("https:/anna:geheim@web01/u_ex261116.log")
    'https:/***@web01/u_ex261116.log'
    """
    if not _ADDRESS.search(text):
        return text
    return masked(_QUERY.sub(rf"\1{MASK}", _CREDENTIALS.sub(_without_user, text)))


def _without_user(match: re.Match[str]) -> str:
    start, user = match.groups()
    is_container = ":" not in user and start.split(":")[0].lower() in _CONTAINER_SCHEMES
    return match[0] if is_container else f"{start}{MASK}@"


def without_secrets(value: Any) -> Any:
    """What is to become JSON, with each string in it masked.

    >>> without_secrets({"uris": [{"uri_stem": "/a;jsessionid=4711"}]})
    {'uris': [{'uri_stem': '/a;jsessionid=***'}]}
    """
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: without_secrets(item) for key, item in value.items()}
    return [without_secrets(item) for item in value] if isinstance(value, list | tuple) else value


def visible(text: str) -> str:
    """`text` with each character that would act, or that cannot be seen, written as an escape.

    >>> visible("a\\rb\\u202ec")
    'a\\\\rb\\\\u202ec'
    """
    if text.isprintable() and text.isascii():
        return text
    pieces: list[str] = []
    marks = 0
    for char in text:
        if not char.isprintable():
            pieces.append(_escape(char))
            marks = 0
        elif unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
            marks += 1
            if marks <= _MARKS:
                pieces.append(char)
        else:
            pieces.append(char)
            marks = 0
    return "".join(pieces)


@cache
def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def cut(text: str, width: int) -> str:
    """`text` within `width` terminal cells, with an ellipsis where something is missing.

    >>> cut("/search/results", 8), cut("错误", 3)
    ('/search…', '错…')
    """
    if text.isascii():
        return text if len(text) <= width else text[: width - 1] + "…"
    if cells(text) <= width:
        return text
    taken, used = [], 0
    for char in text:
        used += cells(char)
        if used > width - 1:
            break
        taken.append(char)
    return "".join(taken) + "…"


def cells(text: str) -> int:
    """How many terminal cells a text takes; a CJK character takes two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
