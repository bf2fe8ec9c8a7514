"""Names behind numbers: URLs, clients, users and referrers are counted by number and named at the end."""

from __future__ import annotations

import numpy as np

from logan.arrays import Coded, Integers, Texts, looked_up
from logan.numbering import numbering
from logan.reading.lexicon import Lexicon


class Names:
    """Distinct byte strings ↔ small numbers: 0 stands for no name, the others come in the order of their coming.

    No Python object is made of a name before it is asked for.
    """

    def __init__(self) -> None:
        self._known = numbering()

    def __len__(self) -> int:
        return len(self._known) + 1

    def numbers(self, column: Coded, lexicon: Lexicon | None = None) -> Integers:
        """The number of each row's name; `lexicon` is the one whose codes the column has, if it has such."""
        if lexicon is not None:
            return lexicon.numbers(self._known, column, self._number)
        return looked_up(self._number(column.names), column)

    def _number(self, texts: Texts) -> Integers:
        if not len(texts):
            return np.zeros(0, np.int64)
        return self._known.number(_shortened(texts)) + 1

    def since(self, number: int) -> Texts:
        """The names from a number (1 or more) on."""
        return self._known.pick(np.arange(number - 1, len(self._known)))

    def texts(self) -> list[str | None]:
        """All names, decoded, by number."""
        return [None, *self.since(1).decoded()]

    def named(self, numbers: Integers) -> list[str | None]:
        """The names of these numbers, decoded; None for 0. Equal ones are one object, and no others are made."""
        used, places = np.unique(numbers, return_inverse=True)
        none = int(len(used) > 0 and used[0] == 0)
        texts = [*[None] * none, *self._known.pick(used[none:] - 1).decoded()]
        return [texts[place] for place in places.tolist()]

    def ranks(self, numbers: Integers) -> Integers:
        """The places of these names in the order of texts; that of "no name" is the first."""
        used, places = np.unique(numbers, return_inverse=True)
        texts = [text or "" for text in self.named(used)]
        rank = np.zeros(len(used), np.int64)
        rank[sorted(range(len(used)), key=lambda n: (used[n] > 0, texts[n]))] = np.arange(len(used))
        return rank[places]

    def some(self, numbers: Integers) -> list[bytes]:
        """The names of these numbers."""
        if not len(self._known):  # there is only "no name"
            return [b""] * len(numbers)
        found = self._known.pick(np.maximum(numbers - 1, 0)).values()
        return [name if number else b"" for name, number in zip(found, numbers.tolist(), strict=True)]

    def keep(self, numbers: Integers) -> None:
        """Forget all other names; the kept ones, without 0, are numbered from 1 in the order given."""
        kept = self._known.pick(numbers - 1)
        self._known = numbering()
        self._known.number(kept)


#: Longer names are told by their beginning. (No URL of IIS is longer unless it was told to take such.) As many as are
#: held at a time have to stay below the 2 GiB that offsets can tell.
LONGEST = 4096


def _shortened(texts: Texts) -> Texts:
    if int(texts.lengths.max()) <= LONGEST:
        return texts
    return Texts.of([value[:LONGEST] for value in texts.values()])
