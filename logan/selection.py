"""Which rows count, and how a row is read: what a user can ask for with options."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from fnmatch import translate
from functools import cache
from typing import Any, Literal

import numpy as np

from logan.arrays import Coded, Codes, Integers, Mask, Numbers
from logan.counting.rows import BUCKET, ClientOf, client_address
from logan.exceptions import OptionError
from logan.fields import column_name
from logan.numbering import coded
from logan.reading.parsing import Batch
from logan.status import StatusFilter

OnBadLines = Literal["warn", "skip", "error"]
Moment = str | date | datetime | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What counts. `since` and `until` are half open, in µs since 1970 UTC; empty tuples and None mean "all".

    `statuses` are codes such as "404", "5xx" or "ftp:530.41", `uri` and `client` are globs, `methods` are upper case.
    `client_field` names the field that holds the client behind a proxy, `proxies` the networks that are believed.
    `local_zone` is the zone of logs that are written in local time, `week_zone` cuts the result into ISO weeks.
    """

    since: int | None = None
    until: int | None = None
    sites: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    uri: str | None = None
    client: str | None = None
    methods: tuple[str, ...] = ()
    client_field: str | None = None
    proxies: tuple[str, ...] = ()
    local_zone: str | None = None
    week_zone: str | None = None
    encoding: str | None = None
    on_bad_lines: OnBadLines = "warn"

    def __post_init__(self) -> None:
        """Raises OptionError for what is no status."""
        for code in self.statuses:
            StatusFilter.of(code)

    @property
    def extra_columns(self) -> frozenset[str]:
        """Columns that are read for the selection alone."""
        return frozenset({column_name(self.client_field)} if self.client_field else ())

    @property
    def filters(self) -> bool:
        """Whether any row can be left out."""
        wanted = (self.since, self.until, self.uri, self.client)
        return any(w is not None for w in wanted) or bool(self.sites or self.statuses or self.methods)

    def client_of(self) -> ClientOf:
        """The function that tells which client a row came from."""
        if self.client_field is None:
            return client_address
        return _Forwarded(column_name(self.client_field), self.proxies)

    def rows(self, batch: Batch, client_of: ClientOf) -> Mask | None:
        """The rows of a batch that count, or None where all do. Sites are told apart by the caller."""
        masks: list[Mask] = []
        if self.since is not None:
            masks.append(batch.time >= self.since)
        if self.until is not None:
            masks.append(batch.time < self.until)
        if self.statuses:
            masks.append(self._with_status(batch))
        if self.uri is not None:
            name = "cs_uri" if batch.layout.service == "httperr" else "cs_uri_stem"
            masks.append(_matching(batch, name, _glob(self.uri)))
        if self.methods:
            wanted = {method.encode() for method in self.methods}
            masks.append(_matching(batch, "cs_method", lambda value: value.rpartition(b"]")[2].upper() in wanted))
        if self.client is not None:
            matches = _glob(self.client)
            codes, names = client_of(batch)
            masks.append(np.array([name is not None and matches(name) for name in names], np.bool_)[codes])
        return np.logical_and.reduce(masks) if masks else None

    def _with_status(self, batch: Batch) -> Mask:
        found = np.zeros(len(batch), np.bool_)
        for wanted in map(StatusFilter.of, self.statuses):
            if wanted.service in (None, batch.layout.service or "http"):
                found |= _of_status(batch, wanted)
        return found

    def in_utc(self, time: Integers) -> Integers:
        """Local times as UTC, where the zone of the server is known."""
        if self.local_zone is None:
            return time
        zone_ = zone(self.local_zone)
        quarters, inverse = np.unique(time // BUCKET, return_inverse=True)
        offsets = [
            (datetime(1970, 1, 1) + timedelta(seconds=int(q) * 900)).replace(tzinfo=zone_).utcoffset() or timedelta()
            for q in quarters
        ]
        shift = np.array([int(offset.total_seconds()) * 1_000_000 for offset in offsets], np.int64)
        return time - shift[inverse]


def _of_status(batch: Batch, wanted: StatusFilter) -> Mask:
    """The rows that a code means, of a service that it can mean."""
    if wanted.reason is not None:
        return _matching(batch, "s_reason", lambda value: value.decode("utf-8", "replace").lower() == wanted.reason)
    nothing = (np.zeros(len(batch), np.int64), np.zeros(len(batch), np.bool_))
    status, there = batch.integers("sc_status") or nothing
    found: Mask = there & (status == wanted.status if wanted.digit is None else status // 100 == wanted.digit)
    if wanted.substatus is not None:
        substatus, there = batch.integers("sc_substatus") or nothing
        found &= there & (substatus == wanted.substatus)
    return found


def _glob(pattern: str) -> Callable[[bytes], bool]:
    """Whether a value matches a glob (``*``, ``?``); one without either matches as a whole."""
    match = re.compile(translate(pattern).encode(), re.IGNORECASE).match
    return lambda value: match(value) is not None


def _matching(batch: Batch, column: str, wanted: Callable[[bytes], bool]) -> Mask:
    values = batch.coded(column)
    if values is None:
        return np.zeros(len(batch), np.bool_)
    return np.array([*(wanted(value) for value in values.names.values()), False], np.bool_)[values.codes]


@dataclass(frozen=True, slots=True)
class _Forwarded:
    """The client from a field such as X-Forwarded-For: the last address that is not one of our own proxies.

    Whatever stands further left was sent by the client and may be made up. Where proxies are named and the
    connection does not come from one of them, the field is not believed at all.
    """

    column: str
    proxies: tuple[str, ...]

    def __call__(self, batch: Batch) -> tuple[Codes, list[bytes | None]]:
        column = batch.columns.get(self.column)
        near, near_names = client_address(batch)
        if column is None or isinstance(column, Numbers):
            return near, near_names
        far = column if isinstance(column, Coded) else coded(column)
        far_names = [last_untrusted(value, self.proxies) for value in far.names.values()]
        believed = np.array([*(name is not None for name in far_names), False], np.bool_)[far.codes]
        if self.proxies:
            ours = [
                name is not None and is_inside(name.decode("ascii", "replace"), self.proxies) for name in near_names
            ]
            believed &= np.array(ours, np.bool_)[near]
        return np.where(believed, far.codes + len(near_names), near).astype(np.int32), [*near_names, *far_names]


def last_untrusted(value: bytes, proxies: tuple[str, ...]) -> bytes | None:
    """The last address of a list that is not inside `proxies`.

    >>> last_untrusted(b"198.51.100.7,+203.0.113.9:51234,10.0.0.4", ("10.0.0.0/8",))
    b'203.0.113.9'
    """
    for part in reversed(value.decode("ascii", "replace").split(",")):
        address = _address(part)
        if address and not is_inside(address, proxies):
            return address.encode()
    return None


@cache
def _address(text: str) -> str | None:
    text = text.strip(" +\\").removeprefix("[")
    text = text.partition("]")[0] if "]" in text else text.rsplit(":", 1)[0] if text.count(":") == 1 else text
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


@cache
def is_inside(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address lies in one of some networks. Raises OptionError for what is no network."""
    try:
        known = [ipaddress.ip_network(network, strict=False) for network in networks]
    except ValueError as error:
        raise OptionError(f"{error}. Give proxies as 10.0.0.0/8 or 10.0.0.4.") from None
    try:
        own = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(own in network for network in known)


def zone(name: str) -> tzinfo:
    """The time zone of a name such as ``Asia/Shanghai``, ``UTC``, ``local`` or ``+05:30``. Raises OptionError.

    >>> zone("+05:30").utcoffset(None)
    datetime.timedelta(seconds=19800)
    """
    if name.upper() in ("UTC", "Z"):
        return UTC
    if name.lower() == "local":
        return datetime.now().astimezone().tzinfo or UTC
    match = re.fullmatch(r"(?:UTC)?([+-])(\d{1,2}):?(\d\d)?", name)
    if match and int(match[2]) < 24 and int(match[3] or 0) < 60:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return timezone(-offset if match[1] == "-" else offset)
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise OptionError(f"{name!r} is no time zone. Use a name such as Asia/Shanghai, or +08:00.") from None


def moment(value: Moment, tz: str = "UTC") -> int | None:
    """A date or time as µs since 1970 UTC; one without an offset is meant in `tz`. Raises OptionError.

    >>> moment("2026-11-16"), moment("2026-11-16T08:00+08:00")
    (1794787200000000, 1794787200000000)
    """
    if value is None:
        return None
    try:
        parsed: Any = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise OptionError(f"{value!r} is no date or time. Write 2026-11-16 or 2026-11-16T08:30.") from None
    if not isinstance(parsed, datetime):
        parsed = datetime(parsed.year, parsed.month, parsed.day)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=zone(tz))
    return int((parsed - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


@cache
def iso_week(quarter: int, tz: str) -> str:
    """The ISO week, such as ``2026-W47``, in which a quarter of an hour (since 1970 UTC) lies in a zone.

    >>> iso_week(1794787200 // 900, "UTC"), iso_week(1794787200 // 900 - 1, "UTC")
    ('2026-W47', '2026-W46')
    """
    try:
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=quarter * 900)).astimezone(zone(tz))
    except (OverflowError, ValueError):  # what no calendar holds is put at the calendar's end
        day = datetime.min if quarter < 0 else datetime.max
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def week_named(week: str, tz: str = "UTC") -> str:
    """The name that `iso_week` gives to a week, however it is typed. Raises OptionError.

    >>> week_named("2026w7"), week_before("2026-W01")
    ('2026-W07', '2025-W52')
    """
    return iso_week(week_span(week, tz)[0] // BUCKET, tz)


def week_before(week: str, tz: str = "UTC") -> str:
    """The name of the week before a week. Raises OptionError."""
    return iso_week(week_span(week, tz)[0] // BUCKET - 1, tz)


def week_span(week: str, tz: str = "UTC") -> tuple[int, int]:
    """Start and end of an ISO week in a zone, in µs since 1970 UTC. Raises OptionError.

    >>> week_span("2026-W47")[0] == moment("2026-11-16")
    True
    """
    match = re.fullmatch(r"(\d{4})-?W(\d{1,2})", week.strip(), re.IGNORECASE)
    try:
        first = date.fromisocalendar(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        first = None
    if first is None:
        raise OptionError(f"{week!r} is no ISO week. Write 2026-W47.")
    start = moment(first, tz)
    assert start is not None
    try:
        end = moment(first + timedelta(days=7), tz)
    except OverflowError:  # of the last week of the year 9999 the calendar lacks the end
        end = start + 7 * 86_400_000_000
    assert end is not None
    return start, end
