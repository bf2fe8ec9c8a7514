"""The counters of a site → rows of the tables that a summary keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from itertools import pairwise, repeat
from typing import Any, NamedTuple, TypeVar

import numpy as np

from logan.arrays import Integers, Table, starts_of
from logan.counting.accumulation import SiteAccumulator
from logan.counting.combos import ERROR
from logan.counting.counters import Sparse
from logan.tables import GROUPS
from logan.tables.counts import largest
from logan.tables.distinct import Sketches
from logan.tables.series import Key, Packed, Series, Values

T = TypeVar("T")

#: Combinations or other small numbers, labels, and the hits of each pair.
Cells = tuple[Integers, Integers, Integers]


class Finished(NamedTuple):
    """The sums of a site in the form that a summary keeps: rows of each table, and what each table lost; of groups, by
    key."""

    counts: dict[str, Mapping[Key, Values]]
    groups: dict[str, Mapping[Key, Mapping[Any, int]]]
    distinct: Sketches
    lost: dict[str, int]
    lost_labels: dict[str, dict[Key, int]]


def finished(site: SiteAccumulator) -> Finished:
    """The sums that a site accumulator gathered."""
    service, name = who = (site.service, site.site)
    site.fold()
    uris, clients = site.uris.texts(), site.clients.texts()
    combos: list[Key] = [(*who, *combo) for combo in site.combos.keys]
    counts: dict[str, Mapping[Key, Values]] = dict(site.details.tables)
    counts["events"] = _series(combos, *site.events.items(), 32)
    counts["spans"] = _table_of(combos, site.spans.array[:, : len(combos)])
    keys_of_uris, keys_of_clients = (
        [*zip(repeat(service), repeat(name), names, strict=False)] for names in (uris, clients)
    )
    uri_cells = _swapped(site.combo_uris.items())
    counts["uris"], counts["uri_weeks"] = _uri_tables(site, keys_of_uris, uri_cells)
    of_clients = (site.client_hits, site.client_errors, site.client_sent)
    counts["clients"] = _table_of(keys_of_clients, np.concatenate([sums.of(len(clients)) for sums in of_clients]))
    counts["long_lived"] = _table_of(keys_of_uris, site.long_lived.of(len(uris)))
    durations = {int(ms): int(site.durations[ms]) for ms in np.flatnonzero(site.durations)}
    durations |= dict(zip(*(part.tolist() for part in _pair(site.long_durations)), strict=True))
    keys, values = site.latency.items()
    status_uris, lost_uris = _named_by_status(site, uri_cells, uris, "status_uris")
    status_clients, lost_clients = _named_by_status(site, _halves(site.combo_clients), clients, "status_clients")
    groups: dict[str, Mapping[Key, Mapping[Any, int]]] = {
        "status_uris": status_uris,
        "status_clients": status_clients,
        "status_latency": _under_keys(site, _labelled(*_by_status(site, site.combo_latency.items()))),
        "uri_latency": _packed(keys_of_uris.__getitem__, *site.uri_latency.items()),
        "latency": _packed(
            lambda bucket: (service, name, bucket - (1 << 31)), keys & 0xFFFFFFFF, keys >> 32, values[0]
        ),
        "durations": {who: durations} if durations else {},
    }
    lost = {"status_uris": lost_uris, "status_clients": lost_clients}
    return Finished(counts, groups, _distinct(site, keys_of_clients), site.lost | site.details.lost, lost)


def _distinct(site: SiteAccumulator, keys: Sequence[Key]) -> Sketches:
    """The sketches of clients; where they came in parts, as when numbers changed in between, put together."""
    parts = [
        Sketches([keys[n] for n in part.clients.tolist()], part.starts, part.stops, part.hashes)
        for part in site.details.sketched
    ]
    return reduce(Sketches.__or__, parts) if parts else Sketches.of({})


def _table_of(keys: Sequence[Key], values: Table) -> dict[Key, Values]:
    """Rows of a table from its keys and its columns, without those that have no hits."""
    hit = np.flatnonzero(values[0] != 0)
    if len(hit) < len(keys):
        keys, values = [keys[n] for n in hit.tolist()], values[:, hit]
    return dict(zip(keys, zip(*values.tolist(), strict=True), strict=True))


def _series(heads: Sequence[Key], keys: Integers, sums: Table, bits: int) -> Series:
    """Rows whose keys are, above `bits`, the place of a head and, below, a number; without those that have no hits."""
    hit = sums[0] != 0
    keys, sums = keys[hit], sums[:, hit]
    places = keys >> bits
    starts = starts_of(places)
    rank = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(keys)))
    numbers = (keys & (1 << bits) - 1) - (1 << bits - 1)
    return Series([heads[place] for place in places[starts].tolist()], rank, numbers, sums)


def _uri_tables(
    site: SiteAccumulator, keys_of_uris: list[Key], cells: Cells
) -> tuple[Mapping[Key, Values], Mapping[Key, Values]]:
    """The tables by URL, and by URL and week. Durations are gathered by week alone."""
    size = len(keys_of_uris)
    combos, uris, counted = cells
    hits, errors = np.zeros((2, size), np.int64)
    np.add.at(hits, uris, counted)
    np.add.at(errors, uris, counted * (np.array(site.combos.marks, np.int64) & ERROR)[combos])
    keys, values = site.uri_weeks.items()
    times = np.zeros((2, size), values.dtype)
    for row, column in zip(times, values, strict=False):
        np.add.at(row, keys >> 24, column)
    columns = np.stack([hits, errors, site.uri_sent.of(size)[0], *times])
    return _table_of(keys_of_uris, columns), _series(keys_of_uris, keys, values, 24)


def _pair(table: Sparse) -> tuple[Integers, Integers]:
    keys, values = table.items()
    return keys, values[0]


def _halves(table: Sparse) -> Cells:
    keys, values = table.items()
    return keys >> 32, keys & 0xFFFFFFFF, values[0]


def _swapped(items: Cells) -> Cells:
    rows, columns, hits = items
    return columns, rows, hits


def _packed(key_of: Callable[[int], Key], numbers: Integers, labels: Integers, hits: Integers) -> Packed:
    """{key of the number: {label: hits}}."""
    numbers, labels, hits = _ordered(numbers, labels, hits)
    starts = starts_of(numbers)
    return Packed([key_of(number) for number in numbers[starts].tolist()], starts, labels.astype(np.int32), hits)


def _ordered(numbers: Integers, labels: Integers, hits: Integers) -> Cells:
    """The same by number."""
    if not (numbers[1:] < numbers[:-1]).any():
        return numbers, labels, hits
    order = np.argsort(numbers, kind="stable")
    return numbers[order], labels[order], hits[order]


def _labelled(
    numbers: Integers, labels: Integers, hits: Integers, names: list[str | None] | None = None
) -> list[tuple[int, dict[Any, int]]]:
    """(number, {label: hits}) of each number; labels are named where there are names."""
    if not len(numbers):
        return []
    numbers, labels, hits = _ordered(numbers, labels, hits)
    starts = starts_of(numbers)
    of: list[Any] = labels.tolist() if names is None else [names[n] for n in labels.tolist()]
    counts, begins = hits.tolist(), starts.tolist()
    spans = zip(numbers[starts].tolist(), begins, [*begins[1:], len(of)], strict=True)
    return [(number, dict(zip(of[start:stop], counts[start:stop], strict=True))) for number, start, stop in spans]


def _by_status(site: SiteAccumulator, items: Cells) -> Cells:
    """What was counted by combination and label, by status (the number of its first combination) and label, in order."""
    combos, labels, hits = items
    statuses: dict[Key, int] = {}
    status = np.array(
        [statuses.setdefault(combo[1:5], number) for number, combo in enumerate(site.combos.keys)], np.int64
    )
    keys = status[combos] << 32 | labels
    order = np.argsort(keys, kind="stable")
    keys, hits = keys[order], hits[order]
    starts = starts_of(keys)
    sums = np.add.reduceat(hits, starts) if len(starts) else hits
    return keys[starts] >> 32, keys[starts] & 0xFFFFFFFF, sums


def _named_by_status(
    site: SiteAccumulator, items: Cells, names: list[str | None], table: str
) -> tuple[dict[Key, dict[Any, int]], dict[Key, int]]:
    """What was counted by combination and name, by status and name, within the limit of the table; and what each status
    lost. A name takes longer than all else, so it is the numbers that are compared with the limit."""
    numbers, labels, hits = _by_status(site, items)
    limit = GROUPS[table][2]
    lost: dict[int, int] = {}
    stay = np.ones(len(numbers), np.bool_)
    starts = starts_of(numbers).tolist()
    for start, stop in pairwise([*starts, len(numbers)]):
        if limit is not None and stop - start > limit:
            kept, most = _largest_named(labels[start:stop], hits[start:stop], names, limit)
            lost[int(numbers[start])] = most
            stay[start:stop] = False
            stay[start + kept] = True
    groups = _labelled(numbers[stay], labels[stay], hits[stay], names)
    return _under_keys(site, groups), _under_keys(site, lost.items())


def _largest_named(labels: Integers, hits: Integers, names: list[str | None], limit: int) -> tuple[Integers, int]:
    return largest(hits, limit, lambda places: [(names[n],) for n in labels[places].tolist()])


def _under_keys(site: SiteAccumulator, items: Iterable[tuple[int, T]]) -> dict[Key, T]:
    return {(site.service, site.site, *site.combos.keys[number][1:5]): value for number, value in items}
