"""Moments and stretches of time in a zone: from the integers of a summary to what a person or a program reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal, get_args

from logan.exceptions import OptionError
from logan.selection import zone

By = Literal["quarter", "hour", "day", "week"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = 900_000_000
#: Steps of quarters that cannot jump over a stretch, also where clocks change.
_STEPS: dict[By, int] = {"quarter": 1, "hour": 1, "day": 24, "week": 96}
#: The first stretch of UTC after the start of 1970 and the length of all, in quarters of an hour: 5 January was a Monday.
_OF_UTC: dict[By, tuple[int, int]] = {"quarter": (0, 1), "hour": (0, 4), "day": (0, 96), "week": (4 * 96, 7 * 96)}
#: Quarters of an hour before and after 1970 that the calendar holds for certain.
_CERTAIN = 60_000_000

__all__ = ["By", "Cutter", "iso", "local", "zone"]


def local(microseconds: int, where: tzinfo) -> datetime:
    """A time in µs since 1970 UTC as a datetime of a zone; what no calendar holds is put at the calendar's end."""
    try:
        return (_EPOCH + timedelta(microseconds=microseconds)).astimezone(where)
    except (OverflowError, ValueError):
        end = datetime.min if microseconds < 0 else datetime.max
        return end.replace(tzinfo=UTC)


def iso(moment: datetime | int | None, where: tzinfo | None = None) -> str | None:
    """A moment (or µs since 1970 UTC) as ISO 8601: with ``Z`` in UTC, with its offset in other zones.

    >>> iso(1794787200000000), iso(1794787200000000, zone("Asia/Kathmandu"))
    ('2026-11-16T00:00:00Z', '2026-11-16T05:45:00+05:45')
    """
    if moment is None:
        return None
    if isinstance(moment, int):
        moment = local(moment, where or UTC)
    text = moment.isoformat()
    if moment.tzinfo is UTC or str(moment.tzinfo) in ("UTC", "Etc/UTC"):
        return text.removesuffix("+00:00") + "Z"
    return text


class Cutter:
    """Finds the hour, day or week in a zone to which a quarter of an hour since 1970 UTC belongs.

    Stretches are known by their start in µs since 1970 UTC: by wall clock, the two hours from 02:00 of the night in
    which clocks are put back would be one.
    """

    def __init__(self, by: By, where: tzinfo) -> None:
        if by not in get_args(By):
            raise OptionError(f"{by!r} is no stretch of time. Use quarter, hour, day or week.")
        self.by, self.where = by, where
        self._known: dict[int, int] = {}

    def start(self, bucket: int) -> int:
        """The start of the stretch that holds a bucket, in µs since 1970 UTC.

        >>> where = zone("Europe/Stockholm")
        >>> local(Cutter("day", where).start(1794787200 // 900), where).isoformat()
        '2026-11-16T00:00:00+01:00'
        """
        found = self._known.get(bucket)
        if found is None:
            found = self._known[bucket] = self._start(bucket)
        return found

    def _start(self, bucket: int) -> int:
        first, length = _OF_UTC[self.by]
        if length == 1 or (self.where is UTC and abs(bucket) < _CERTAIN):  # where clocks never change
            return (bucket - (bucket - first) % length) * _MICROSECONDS
        return self._cut(local(bucket * _MICROSECONDS, self.where))

    def _cut(self, moment: datetime) -> int:
        if self.by == "hour":
            return self._hour(moment)
        days = moment.weekday() if self.by == "week" else 0
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        try:
            # a day whose midnight does not exist starts where clocks are put forward: so says the offset of fold 0
            return _microseconds(midnight - timedelta(days=days))
        except OverflowError:
            return _microseconds(moment)

    def _hour(self, moment: datetime) -> int:
        """The hour by wall clock; where the clock changes inside it, the part since the change."""
        start = _microseconds(moment) - (moment.minute * 60 + moment.second) * 1_000_000
        for _ in range(4):
            if local(start, self.where).utcoffset() == moment.utcoffset():
                break
            start += _MICROSECONDS
        return start

    def between(self, first: int, last: int) -> Iterator[int]:
        """The starts of all stretches from one bucket to another, empty ones too, in order."""
        step, before = _STEPS[self.by], None
        for bucket in (*range(first, last, step), last):
            start = self.start(bucket)
            if start != before:
                yield start
            before = start

    def steps(self, first: int, last: int) -> int:
        """How many steps `between` takes."""
        return (last - first) // _STEPS[self.by] + 1


def _microseconds(moment: datetime) -> int:
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
