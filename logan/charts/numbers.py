"""What the charts draw, as numbers: pure functions of a Summary, without matplotlib."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, NamedTuple

import numpy as np

from logan.charts.bins import DAY, Bins, Series, local, monday, week_edges
from logan.status import StatusFilter
from logan.summary import Summary
from logan.tables.bins import bin_value, percentiles
from logan.tables.counts import Counts

DOWNLOADS = frozenset({"RETR", "SENT"})
UPLOADS = frozenset({"STOR", "STOU", "APPE", "CREATED", "APPENDED"})

Wanted = Callable[["Event"], bool]


class Event(NamedTuple):
    """The key of a row of `Summary.events`."""

    service: str
    site: str | None
    method: str | None
    status: int | None
    substatus: int | None
    win32_status: int | None
    reason_phrase: str | None
    kind: str
    bucket: int


def wanted(site: str | None = None, status: str | None = None) -> Wanted:
    """Whether an event is of a site and has a status: ``404.0``, ``5xx``, ``httperr:QueueFull``, or several."""
    tests = [StatusFilter.of(part.strip()) for part in (status or "").split(",") if part.strip()]
    name = site.upper() if site else None

    def test(event: Event) -> bool:
        if name is not None and (event.site or "").upper() != name:
            return False
        return not tests or any(
            one.matches(event.service, event.status, event.substatus, event.reason_phrase) for one in tests
        )

    return test


def events(result: Summary, test: Wanted | None = None) -> Iterator[tuple[Event, int]]:
    """The events of a summary with their hits."""
    for key, values in result.events:
        event = Event(*key)
        if test is None or test(event):
            yield event, values[0]


def status_class(event: Event) -> str:
    """The class that gives an event its colour: 4xx, ftp, httperr, handshake ..."""
    return class_of(event.service, event.status, event.kind)


def class_of(service: str, status: int | None, kind: str) -> str:
    """The class of a status: "2xx" to "5xx" of HTTP, "ftp" and "httperr" for their failures, or what it counts as.

    >>> class_of("http", 404, "error"), class_of("ftp", 530, "error"), class_of("http", 401, "handshake")
    ('4xx', 'ftp', 'handshake')
    """
    if kind in ("handshake", "hangup", "routine"):
        return kind
    if service == "httperr" or (service == "ftp" and kind == "error"):
        return service
    return f"{status // 100}xx" if status is not None and 100 <= status < 600 else "1xx"


def code_of(status: int | None, substatus: int | None, reason: str | None) -> str:
    """A status as people write it: 404.0, 530, QueueFull."""
    if reason is not None:
        return reason
    if status is None:
        return "–"
    return str(status) if substatus is None else f"{status}.{substatus}"


def heat(result: Summary, zone: tzinfo, test: Wanted) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Hits by weekday (Monday first) and hour of a zone."""
    table = np.zeros((7, 24))
    place: dict[int, tuple[int, int]] = {}
    for event, hits in events(result, test):
        if event.bucket not in place:
            at = local(event.bucket * 900, zone)
            place[event.bucket] = (at.weekday(), at.hour)
        table[place[event.bucket]] += hits
    return table


@dataclass(frozen=True, slots=True)
class StatusRow:
    """Hits of a status; `win32` where all of its rows have the same."""

    service: str
    status: int | None
    substatus: int | None
    reason: str | None
    kind: str
    hits: int
    win32: int | None

    @property
    def code(self) -> str:
        return code_of(self.status, self.substatus, self.reason)

    @property
    def colour_class(self) -> str:
        return class_of(self.service, self.status, self.kind)


def statuses_of(result: Summary, test: Wanted, *, everything: bool = False) -> list[StatusRow]:
    """The statuses by hits; without those that are no concern, unless `everything`."""
    grouped: dict[tuple[Any, ...], dict[int | None, int]] = {}
    for key, values in result.spans:
        event = Event._make((*key, 0))
        if not test(event) or (not everything and event.kind in ("ok", "routine")):
            continue
        mine = grouped.setdefault((event.service, event.status, event.substatus, event.reason_phrase, event.kind), {})
        mine[event.win32_status] = mine.get(event.win32_status, 0) + values[0]
    rows = [
        StatusRow(
            service,
            status,
            substatus,
            reason,
            kind,
            sum(hits.values()),
            next(iter(hits)) if len(hits) == 1 else None,
        )
        for (service, status, substatus, reason, kind), hits in grouped.items()
    ]
    return sorted(rows, key=lambda row: (-row.hits, row.service, row.code, row.kind))


@dataclass(frozen=True, slots=True)
class Worst:
    """A URL or a client with its errors by class."""

    name: str | None
    hits: int
    errors: int
    classes: Mapping[str, int]


def worst(result: Summary, of: str, site: str | None, number: int) -> list[Worst]:
    """The URLs (`of` "uri") or clients ("client") with the most errors; what the log does not name is left out."""
    table: Counts = getattr(result, f"{of}s")
    name = site.upper() if site else None
    rows = [
        (key, values)
        for key, values in table.top(by="errors")
        if values[1] and key[2] is not None and (name is None or (key[1] or "").upper() == name)
    ]
    by_name: dict[tuple[str | None], list[tuple[Any, Any]]] = {}
    for key, values in rows:
        by_name.setdefault((key[2],), []).append((key, values))
    ranked = sorted(by_name.values(), key=lambda group: (-sum(v[1] for _, v in group), str(group[0][0][2])))[:number]
    failed = _server_errors(result, of, {key for group in ranked for key, _ in group})
    found = []
    for group in ranked:
        classes: dict[str, int] = {}
        for key, values in group:
            server = min(failed.get(key, 0), values[1])
            split = {"5xx": server, "4xx": values[1] - server} if key[0] == "http" else {key[0]: values[1]}
            for label, number_ in split.items():
                classes[label] = classes.get(label, 0) + number_
        hits, errors = (sum(v[i] for _, v in group) for i in (0, 1))
        found.append(Worst(group[0][0][2], hits, errors, {k: v for k, v in classes.items() if v}))
    return found


def _server_errors(result: Summary, of: str, names: set[Any]) -> dict[Any, int]:
    """HTTP rows with 5xx by (service, site, name): all of them are errors, so the rest of the errors are 4xx."""
    found: dict[Any, int] = {}
    for key, labels in getattr(result, f"status_{of}s").rows.items():
        if key[0] == "http" and (key[2] or 0) >= 500:
            for label, hits in labels.items():
                full = (key[0], key[1], label)
                if full in names:
                    found[full] = found.get(full, 0) + hits
    return found


@dataclass(frozen=True, slots=True)
class Slow:
    """The latency of a URL: hits that count for it, median and 95th percentile in ms."""

    name: str | None
    hits: int
    median: int
    p95: int


def slow(result: Summary, site: str | None, number: int, least: int) -> list[Slow]:
    """The URLs with the highest 95th percentile, of those asked for at least `least` times."""
    name = site.upper() if site else None
    found = []
    for (uri,), bins in result.uri_latency.merged(
        "uri", where=lambda key: name is None or (key["site"] or "").upper() == name
    ).items():
        hits = sum(bins.values())
        if hits >= least:
            median, p95 = percentiles(bins, 0.5, 0.95)
            assert median is not None
            assert p95 is not None
            found.append(Slow(uri, hits, bin_value(median), bin_value(p95)))
    return sorted(found, key=lambda row: (-row.p95, -row.median, str(row.name)))[:number]


def latency_over(result: Summary, bins: Bins, site: str | None, ranks: tuple[float, ...]) -> list[Series]:
    """For each rank the percentile in each bin in ms, NaN where nothing was timed."""
    name = site.upper() if site else None
    histograms: list[dict[int, int]] = [{} for _ in range(len(bins))]
    keys = [key for key in result.latency.rows if name is None or (key[1] or "").upper() == name]
    place = bins.indices(sorted({key[2] for key in keys}))
    for key in keys:
        if key[2] in place:
            mine = histograms[place[key[2]]]
            for number, hits in result.latency.rows[key].items():
                mine[number] = mine.get(number, 0) + hits
    table = np.full((len(ranks), len(bins)), np.nan)
    for column, histogram in enumerate(histograms):
        for row, value in enumerate(percentiles(histogram, *ranks)):
            if value is not None:
                table[row, column] = bin_value(value)
    return list(table)


def timed(result: Summary, site: str | None) -> int:
    """How many rows count for latency."""
    name = site.upper() if site else None
    return sum(
        sum(bins.values())
        for key, bins in result.latency.rows.items()
        if name is None or (key[1] or "").upper() == name
    )


def logon(event: Event) -> str | None:
    """What an FTP event says of a logon: "succeeded", "failed", "anonymous"; None where it is no answer to PASS."""
    if event.service != "ftp" or event.method != "PASS" or event.status is None:
        return None
    if event.status < 400:
        return "succeeded"
    return "anonymous" if event.substatus == 42 else "failed"


def transfer(event: Event) -> str | None:
    """What an FTP event says of a transfer: "downloads", "uploads", "failures"; None where it is none."""
    if event.service != "ftp" or event.method not in DOWNLOADS | UPLOADS or event.status is None:
        return None
    if event.status >= 400:
        return "failures"
    if event.status < 200:
        return None
    return "downloads" if event.method in DOWNLOADS else "uploads"


@dataclass(frozen=True, slots=True)
class Week:
    """The hits of a week by day, Monday first, of a zone; `start` in seconds since 1970 UTC."""

    start: int
    days: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.days)


def week_of(result: Summary, start: int, zone: tzinfo, test: Wanted) -> Week:
    """The days of the week that begins at `start`."""
    edges = week_edges(start, zone)
    sums = Bins(DAY, edges).series((0, event.bucket, hits) for event, hits in events(result, test))
    days = sums.get(0, np.zeros(7))
    return Week(start, tuple(int(day) for day in days))


def newest_week(result: Summary, zone: tzinfo) -> int | None:
    """The start of the newest whole week of a summary, or of the newest one where none is whole."""
    period = result.period
    if period is None:
        return None
    last = period[1] // 1_000_000
    start = monday(last, zone)
    # logs rarely end on the second: a week counts as whole when its Sunday has begun
    whole = last >= week_edges(start, zone)[6]
    earlier = monday(start - DAY, zone)
    return start if whole or earlier < monday(period[0] // 1_000_000, zone) else earlier
