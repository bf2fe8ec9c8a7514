"""The answer to a lookup: entries, and what has to be said beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from logan.catalogue.model import Entry, Texts, in_language, list_in_language

Match = Literal["combination", "pair", "any status", "reason", "status", "candidates", "class", "unknown"]
#: Joins the parts of a title.
COLON = {"en": ": ", "zh": "："}


class Text(NamedTuple):
    """An explanation in one language; `meaning` is complete, with what the win32 code and the note say."""

    title: str
    meaning: str
    causes: tuple[str, ...]
    remedies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a row means.

    `entries` are the meanings, the likeliest first: more than one where a number has several senders. `candidates` are
    the finer meanings between which the log does not decide. `match` says how the answer was found, `win32` explains
    the win32 code where it is not part of the entry, `note` is what has to be said beside.
    """

    entries: tuple[Entry, ...]
    match: Match
    candidates: tuple[Entry, ...] = ()
    win32: Entry | None = None
    note: Texts = field(default_factory=dict)

    @property
    def entry(self) -> Entry:
        """The likeliest meaning."""
        return self.entries[0]

    def text(self, lang: str = "en") -> Text:
        """Title, meaning, causes and remedies in "en" or "zh"."""
        title = in_language(self.entry.title, lang)
        meaning = [in_language(self.entry.meaning, lang)]
        causes = list(list_in_language(self.entry.causes, lang))
        remedies = list(list_in_language(self.entry.remedies, lang))
        for other in self.entries[1:]:
            sender = f"{other.sender(lang)}{COLON.get(lang, ': ')}" if other.component else ""
            title += f" / {in_language(other.title, lang)}"
            meaning.append(sender + in_language(other.meaning, lang))
            causes += [sender + text for text in list_in_language(other.causes, lang)]
            remedies += [sender + text for text in list_in_language(other.remedies, lang)]
        if self.win32:
            name = f" ({self.win32.name})" if self.win32.name else ""
            meaning.append(f"win32 {self.win32.status}{name}: {sentence(in_language(self.win32.title, lang), lang)}")
        meaning.append(in_language(self.note, lang))
        blank = "" if lang == "zh" else " "
        return Text(title, blank.join(part for part in meaning if part), tuple(causes), tuple(remedies))


def sentence(text: str, lang: str) -> str:
    """`text` with the full stop of its language."""
    return text + ("。" if lang == "zh" else ".")
