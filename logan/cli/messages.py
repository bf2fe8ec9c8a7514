"""The words of the command line in the language of its user, from ``messages.toml``."""

from __future__ import annotations

from functools import cache

from logan.documents import document

Texts = dict[str, dict[str, dict[str, str]]]


@cache
def _texts() -> Texts:
    return document("cli/messages.toml")


class Words:
    """Texts in one language; what is no Chinese gets English.

    >>> Words("zh_CN.UTF-8")("traffic.sent", size="1 MB")
    '发送 1 MB'
    """

    def __init__(self, lang: str) -> None:
        self.lang = "zh" if lang.lower().startswith("zh") else "en"

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key such as ``head.files``, its placeholders filled in."""
        part, _, name = key.partition(".")
        return _texts()[part][name][self.lang].format(**values)

    @property
    def comma(self) -> str:
        return "、" if self.lang == "zh" else ", "

    def count(self, key: str, number: int) -> str:
        """A text with a number in it, ``n``, with thousands separated."""
        return self(key, n=f"{number:,}")


def size(number: int) -> str:
    """Bytes for people, in steps of 1000.

    >>> size(512), size(2737826)
    ('512 B', '2.7 MB')
    """
    value, units = float(number), ["B", "kB", "MB", "GB", "TB", "PB"]
    while value >= 999.95 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{number} B" if units[0] == "B" else f"{value:,.1f} {units[0]}"


def percent(share: float | None) -> str:
    """A share of 0 to 1 for people; what is not nothing never reads 0.

    >>> percent(0.104), percent(0.00001), percent(0.9999)
    ('10.4%', '<0.1%', '>99.9%')
    """
    if share is None:
        return "-"
    if 0 < share < 0.001:
        return "<0.1%"
    if 0.999 < share < 1:
        return ">99.9%"
    return f"{share:.1%}"
