"""`Weeks`: the sums of weeks, of which each becomes a summary when somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from logan.columns import Columns, Part, summary_of
from logan.summary import Summary
from logan.totals import RunningTotal


class Weeks(Mapping[str, Summary]):
    """{week: Summary} in the order of the weeks, "" standing for what belongs to none of them.

    A report on a year asks for two of its weeks and for the sum of all; as summaries, fifty of them would take a
    gigabyte.

    >>> weeks = Weeks({"2026-W47": Summary(files=1), "2026-W46": Summary(files=2)})
    >>> list(weeks), weeks["2026-W46"].files, weeks.total().files
    (['2026-W46', '2026-W47'], 2, 3)
    """

    def __init__(self, sums: Mapping[str, Part]) -> None:
        self.sums = dict(sorted(sums.items()))
        self._made: dict[str, Summary] = {}

    def __getitem__(self, week: str) -> Summary:
        if week not in self._made:
            self._made[week] = summary_of(self.sums[week])
        return self._made[week]

    def __iter__(self) -> Iterator[str]:
        return iter(self.sums)

    def __len__(self) -> int:
        return len(self.sums)

    def heads(self) -> dict[str, Summary]:
        """Of each week what is in no table: files, bytes, lines and remarks."""
        return {week: sums.head if isinstance(sums, Columns) else sums for week, sums in self.sums.items()}

    def total(self, until: str | None = None) -> Summary:
        """The sum of all weeks, or of those up to and with `until`."""
        total = RunningTotal()
        for week, sums in self.sums.items():
            if until is None or week <= until:
                total.add(sums)
        return total.total()

    def named(self) -> Weeks:
        """The same with what belongs to no week added to the newest, or left as "" where there is none."""
        named = {week: sums for week, sums in self.sums.items() if week}
        if named:
            newest = RunningTotal()
            for week in ("", max(named)):
                newest.add(self.sums.get(week, Summary()))
            named[max(named)] = newest.sum()
        return Weeks(named or self.sums)
