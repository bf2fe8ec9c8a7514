"""Why a line or a file was left out, in the language of whoever reads it.

Reasons are written in English where the trouble is met, and a summary keeps them as text. Here the sentence that one was
made from is found again in ``reasons.toml``.
"""

from __future__ import annotations

import re
from functools import cache

from logan.documents import document

#: A reason can hold another one, which can hold what the system said; nothing that `logan` writes goes deeper.
_DEPTH = 3
#: Longer than any reason of `logan`: what a stranger put into a saved summary.
_LONG = 1000


def reason_in(reason: str, lang: str) -> str:
    """A reason in a language; as it is in English, and where its sentence is not known.

    >>> reason_in("14 values for 15 fields", "zh"), reason_in("14 values for 15 fields", "en")
    ('有 14 个值，与 15 个字段不符', '14 values for 15 fields')
    >>> reason_in("cannot be read: Permission denied; read up to line 7", "zh")
    '无法读取：没有权限；已读到第 7 行'
    """
    return _told(reason, _DEPTH) if lang.lower().startswith("zh") and len(reason) < _LONG else reason


def _told(reason: str, depth: int) -> str:
    for pattern, text in _sentences() if depth else ():
        match = pattern.fullmatch(reason)
        if match:
            parts = match.groupdict()
            if "reason" in parts:
                parts["reason"] = _told(parts["reason"], depth - 1)
            return text.format(**parts)
    return reason


@cache
def _sentences() -> list[tuple[re.Pattern[str], str]]:
    """A pattern for each English sentence, and the Chinese one."""
    return [(re.compile(_pattern(entry["en"]), re.DOTALL), entry["zh"]) for entry in document("reasons.toml")["reason"]]


def _pattern(sentence: str) -> str:
    parts = re.split(r"\{(\w+)\}", sentence)
    return "".join(f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
