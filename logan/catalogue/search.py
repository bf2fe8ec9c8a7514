"""Entries by words, in either language."""

from __future__ import annotations

import re

from logan.catalogue.model import LANGUAGES, SERVICES, Entry, in_language, list_in_language
from logan.catalogue.store import load, remembered

#: What a word weighs by where it stands.
_WEIGHTS = (12, 8, 3, 2, 1)
_HAN = re.compile(r"[\u3400-\u9fff]{3,}")


def find(text: str, *, service: str | None = None) -> list[Entry]:
    """The entries in which all words of `text` occur, the best first; some of the words where no entry has them all.

    >>> find("directory listing")[0].code
    '403.14'
    """
    words = [word for word in re.split(r"[\s,;，；、。]+", text.casefold()) if word]
    if not words:
        return []
    best = _ranked(words, service, every=True)
    if not best:
        finer = [piece for word in words for piece in _pieces(word)]
        best = _ranked(finer, service, every=True) or _ranked(finer, service, every=False)
    return best


def _pieces(word: str) -> list[str]:
    """Chinese is written without blanks: a run of characters is cut into pairs."""
    if not _HAN.fullmatch(word):
        return [word]
    return [word[i : i + 2] for i in range(len(word) - 1)]


def _ranked(words: list[str], service: str | None, *, every: bool) -> list[Entry]:
    scored = []
    for position, (entry, places) in enumerate(_places()):
        if service not in (None, entry.service):
            continue
        scores = [_score(word, places) for word in words]
        if all(scores) if every else any(scores):
            scored.append((-sum(scores), sum(score == 0 for score in scores), position, entry))
    return [entry for *_, entry in sorted(scored, key=lambda item: (item[1], item[0], item[2]))]


def _score(word: str, places: tuple[str, ...]) -> int:
    for weight, place in zip(_WEIGHTS, places, strict=True):
        at = place.find(word)
        if at >= 0:
            after = place[at + len(word) : at + len(word) + 1]
            alone = not after.isalnum() and not (at and place[at - 1].isalnum())
            return 2 * weight + alone
    return 0


@remembered
def _places() -> tuple[tuple[Entry, tuple[str, ...]], ...]:
    """Each entry with its words: code and names, title, meaning, causes, remedies; in lower case."""
    entries = [entry for part in (*SERVICES, "combinations") for entry in load(part)]
    return tuple((entry, tuple(text.casefold() for text in _words(entry))) for entry in entries)


def _words(entry: Entry) -> tuple[str, ...]:
    names = (entry.code, entry.name, entry.hresult, entry.event, entry.component, *entry.rfc)
    names = (*names, *(f"kb{number}" for number in entry.kb))
    return (
        " ".join(name for name in names if name),
        *(" ".join(in_language(texts, lang) for lang in LANGUAGES) for texts in (entry.title, entry.meaning)),
        *(
            " ".join(text for lang in LANGUAGES for text in list_in_language(texts, lang))
            for texts in (entry.causes, entry.remedies)
        ),
    )
