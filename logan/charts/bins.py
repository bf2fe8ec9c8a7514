"""Stretches of time in a zone: where a time axis and its weeks are cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import numpy as np

from logan.counting.rows import BUCKET

MINUTE, HOUR, DAY = 60, 3600, 86400
#: Steps of the time axis in seconds; days and weeks are cut in the zone that is shown.
STEPS = (15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY, 28 * DAY, 91 * DAY)


Series = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Bins:
    """Stretches of time: `edges` in seconds since 1970 UTC, one more than bins, `step` seconds wide each."""

    step: int
    edges: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.edges) - 1

    def index(self, bucket: int) -> int:
        """The bin in which a quarter of an hour lies."""
        return int(np.searchsorted(np.asarray(self.edges), bucket * 900, side="right")) - 1

    def indices(self, buckets: list[int]) -> dict[int, int]:
        """{quarter of an hour: bin} of those that lie in a bin."""
        found = np.searchsorted(np.asarray(self.edges), np.asarray(buckets, np.int64) * 900, side="right") - 1
        return {b: i for b, i in zip(buckets, found.tolist(), strict=True) if 0 <= i < len(self)}

    def series(self, counted: Iterator[tuple[Any, int, float]]) -> dict[Any, Series]:
        """Sums by label over the bins, of (label, quarter of an hour, value)."""
        rows = list(counted)
        place = self.indices(sorted({bucket for _, bucket, _ in rows}))
        sums: dict[Any, Series] = {}
        for label, bucket, value in rows:
            if bucket in place:
                if label not in sums:
                    sums[label] = np.zeros(len(self))
                sums[label][place[bucket]] += value
        return sums


def bins_of(period: tuple[int, int], zone: tzinfo, most: int, *, least: int = STEPS[0]) -> Bins:
    """The finest bins that cut a period (µs since 1970 UTC, ends included) into at most `most` pieces.

    They start at midnight, or on Mondays, of the zone; no bin is narrower than `least` seconds.
    """
    first, last = period[0] // BUCKET * 900, period[1] // BUCKET * 900
    step = next((s for s in STEPS if s >= least and (last - first) / s + 1 <= most), STEPS[-1])
    while (last - first) / step + 1 > most:  # one torn date is enough for a period of centuries
        step *= 2
    edges = list(_edges(first, last, zone, step))
    begin = max(i for i, edge in enumerate(edges) if edge <= first)
    end = min(i for i, edge in enumerate(edges) if edge > last)
    if step < DAY and last - first > 2 * DAY:
        # a few empty hours at the ends are worth whole days
        slack = int((last - first) / step * 0.08)
        midnights = [i for i, edge in enumerate(edges) if local(edge, zone).hour == local(edge, zone).minute == 0]
        begin = next((i for i in midnights if begin - slack <= i <= begin), begin)
        end = next((i for i in midnights if end <= i <= end + slack), end)
    return Bins(step, tuple(edges[begin : end + 1]))


def _edges(first: int, last: int, zone: tzinfo, step: int) -> Iterator[int]:
    day = local(first, zone).replace(hour=0, minute=0)
    if step > DAY:
        day -= timedelta(days=day.weekday())
    while True:
        midnight = seconds(day)
        following = day + timedelta(days=max(1, step // DAY))
        yield from range(midnight, seconds(following), step) if step < DAY else (midnight,)
        if midnight > last:
            return
        day = following


def local(second: float, zone: tzinfo) -> datetime:
    """Seconds since 1970 UTC as a time of a zone."""
    return datetime.fromtimestamp(second, UTC).astimezone(zone)


def seconds(moment: datetime) -> int:
    """A wall clock time as whole quarters of an hour since 1970 UTC, in seconds."""
    return int(moment.timestamp()) // 900 * 900


def offsets(period: tuple[int, int], zone: tzinfo) -> list[str]:
    """The offsets from UTC that a zone has in a period: ["UTC+01:00"], two where the clocks change."""
    found: list[str] = []
    first, last = period[0] // 1_000_000, period[1] // 1_000_000
    for second in (first, *range(first, last, max(DAY, (last - first) // 400)), last):
        shift = local(second, zone).utcoffset() or timedelta()
        minutes = int(shift.total_seconds()) // 60
        text = f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}" if minutes else "UTC"
        if text not in found:
            found.append(text)
    return found


def week_edges(start: int, zone: tzinfo) -> tuple[int, ...]:
    """The eight midnights of a week."""
    monday = local(start, zone)
    return tuple(seconds(monday + timedelta(days=n)) for n in range(8))


def monday(second: int, zone: tzinfo) -> int:
    """The start of the week in which a time lies."""
    day = local(second, zone).replace(hour=0, minute=0, second=0)
    return seconds(day - timedelta(days=day.weekday()))
