"""How hits and failures go over time, cut into hours, days or weeks of any time zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from logan.analysis.events import events
from logan.analysis.statuses import code_of
from logan.analysis.times import By, Cutter, local, zone
from logan.arrays import whole_numbers
from logan.status import StatusFilter
from logan.tables.series import Key

if TYPE_CHECKING:
    import pandas as pd

    from logan.summary import Summary

#: Stretches without rows are listed as zeros as long as that takes no more steps than this (ten years of quarters):
#: one torn date in the year 9026 must not make a table of seven thousand years.
_STEPS = 350_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """What happened in one hour, day or week, from `start` on.

    `errors`, `handshakes` and `hangups` are of all services, `status_1xx` and the like count all HTTP rows of a class,
    handshakes too. `statuses` are the hits by code: ``{"200.0": 12, "ftp:530.41": 3}``. Bytes are 0 where not logged.
    """

    start: datetime
    hits: int = 0
    errors: int = 0
    handshakes: int = 0
    hangups: int = 0
    status_1xx: int = 0
    status_2xx: int = 0
    status_3xx: int = 0
    status_4xx: int = 0
    status_5xx: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    statuses: Mapping[str, int] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The sums by name, without the start and the single statuses."""
        return {name: getattr(self, name) for name in _SUMS}


_SUMS = tuple(field.name for field in fields(Stretch))[1:-1]
_PLACE = {name: index for index, name in enumerate(_SUMS)}
_KINDS = {"error": _PLACE["errors"], "handshake": _PLACE["handshakes"], "hangup": _PLACE["hangups"]}


@dataclass(frozen=True, slots=True)
class Trend:
    """Stretches of time in order, all of the length `by` in the zone `tz`."""

    by: By
    tz: str
    rows: tuple[Stretch, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row a stretch: start (in the zone), the sums, and one column for each status, such as ``404.0``."""
        import pandas as pd

        codes = sorted({code for row in self.rows for code in row.statuses or ()})
        columns: dict[str, Any] = {name: [getattr(row, name) for row in self.rows] for name in _SUMS}
        for code in codes:
            columns[code] = [(row.statuses or {}).get(code, 0) for row in self.rows]
        starts = pd.to_datetime([row.start for row in self.rows], utc=True).tz_convert(zone(self.tz))
        frame = pd.DataFrame({name: whole_numbers(values) for name, values in columns.items()})
        frame.insert(0, "start", starts)
        return frame


def trend(
    summary: Summary,
    by: By = "day",
    tz: str = "UTC",
    status: str | int | None = None,
    site: str | None = None,
    *,
    kind: str | None = None,
    gaps: bool = True,
) -> Trend:
    """Hits, errors and statuses in each hour, day or week (or "quarter" of an hour) of a time zone.

    `status`, `site` and `kind` choose rows: ``404``, ``"500.19"``, ``"5xx"``, ``"ftp:530"``; ``"W3SVC1"``; "error",
    "handshake", "hangup", "routine" or "ok". With `gaps`, stretches without rows between the first and the last of the
    summary are there as zeros. Raises OptionError for a zone, a length or a status that does not exist.
    """
    where = zone(tz)
    cutter = Cutter(by, where)
    sums, codes = _summed(summary, cutter, _chooser(status, site, kind))
    buckets = events(summary).times if gaps else []
    if buckets and cutter.steps(min(buckets), max(buckets)) <= _STEPS:
        for start in cutter.between(min(buckets), max(buckets)):
            sums.setdefault(start, [0] * len(_SUMS))
    rows = [
        Stretch(local(start, where), **dict(zip(_SUMS, values, strict=True)), statuses=codes.get(start, {}))
        for start, values in sorted(sums.items())
    ]
    return Trend(by, tz, tuple(rows))


def _chooser(status: str | int | None, site: str | None, kind: str | None) -> Callable[[Key], bool]:
    """Tells whether rows of a key of the events are wanted."""
    wanted = StatusFilter.of(status) if status is not None else None

    def chosen(key: Key) -> bool:
        if (site is not None and key[1] != site) or (kind is not None and key[7] != kind):
            return False
        return wanted is None or wanted.matches(key[0], key[3], key[4], key[6])

    return chosen


def _summed(
    summary: Summary, cutter: Cutter, chosen: Callable[[Key], bool]
) -> tuple[dict[int, list[int]], dict[int, dict[str, int]]]:
    """The sums and the hits by code of each stretch, by its start."""
    sums: dict[int, list[int]] = {}
    codes: dict[int, dict[str, int]] = {}
    rows = events(summary).group(lambda key: key if chosen(key) else None, cutter.start)
    facts = {key: (_places(key), code_of(key[0], key[3], key[4], key[6])) for key in rows.keys}
    for key, start, (hits, sent, received) in rows:
        values, (places, code) = sums.setdefault(start, [0] * len(_SUMS)), facts[key]
        for place in places:
            values[place] += hits
        values[-2] += sent
        values[-1] += received
        mine = codes.setdefault(start, {})
        mine[code] = mine.get(code, 0) + hits
    return sums, codes


def _places(key: Key) -> tuple[int, ...]:
    """Which sums a row of this status belongs to."""
    places = [_PLACE["hits"]]
    if key[7] in _KINDS:
        places.append(_KINDS[key[7]])
    if key[0] == "http" and key[3] is not None and 100 <= key[3] < 600:
        places.append(_PLACE[f"status_{key[3] // 100}xx"])
    return tuple(places)
