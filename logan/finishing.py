"""The counters of a site → rows of the tables that a summary keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from logan.accumulation import SiteAccumulator
from logan.counters import Sparse
from logan.sketches import Integers, Key, Packed, Sketch, Table, Values


@dataclass(slots=True)
class Finished:
    """The sums of a site in the form that a summary keeps: rows of each table, and what each table lost."""

    counts: dict[str, dict[Key, tuple[int, ...]]]
    groups: dict[str, Mapping[Key, Mapping[Any, int]]]
    distinct: dict[Key, Sketch]
    lost: dict[str, int]


def finished(site: SiteAccumulator) -> Finished:
    """The sums that a site accumulator gathered."""
    service, name = who = (site.service, site.site)
    site.fold()
    uris, clients = site.uris.texts(), site.clients.texts()
    counts: dict[str, dict[Key, Values]] = dict(site.keyed)
    keys, values = site.events.items()
    events = [(*who, *site.combos[key >> 32], (key & 0xFFFFFFFF) - (1 << 31)) for key in keys.tolist()]
    counts["events"] = _table_of(events, values)
    counts["spans"] = _table_of([(*who, *combo) for combo in site.combos], site.spans.array[:, : len(site.combos)])
    counts["uris"], counts["uri_weeks"] = _uri_tables(site, uris)
    counts["clients"] = _table_of([(service, name, client) for client in clients], site.client_sums.of(len(clients)))
    counts["long_lived"] = _table_of([(service, name, uri) for uri in uris], site.long_lived.of(len(uris)))
    durations = {int(ms): int(site.durations[ms]) for ms in np.flatnonzero(site.durations)}
    durations |= dict(zip(*(part.tolist() for part in _pair(site.long_durations)), strict=True))
    keys, values = site.latency.items()
    groups: dict[str, Mapping[Key, Mapping[Any, int]]] = {
        "status_uris": _by_status(site, _swapped(site.combo_uris.items()), uris),
        "status_clients": _by_status(site, _halves(site.combo_clients), clients),
        "status_latency": _by_status(site, site.combo_latency.items()),
        "uri_latency": _packed(lambda uri: (service, name, uris[uri]), *site.uri_latency.items()),
        "latency": _packed(
            lambda bucket: (service, name, bucket - (1 << 31)), keys & 0xFFFFFFFF, keys >> 32, values[0]
        ),
        "durations": {who: durations} if durations else {},
    }
    distinct = {(service, name, clients[n]): sketch for n, sketch in site.distinct.items()}
    return Finished(counts, groups, distinct, site.lost)


def _table_of(keys: list[Key], values: Table) -> dict[Key, tuple[int, ...]]:
    """Rows of a table from its keys and its columns, without those that have no hits."""
    rows = zip(*values.tolist(), strict=True)
    if values[0].all():
        return dict(zip(keys, rows, strict=True))
    return {key: row for key, row in zip(keys, rows, strict=True) if row[0]}


def _uri_tables(site: SiteAccumulator, uris: list[str | None]) -> tuple[dict[Key, Any], dict[Key, Any]]:
    """The tables by URL, and by URL and week. Durations are gathered by week alone."""
    size = len(uris)
    hits = site.combo_uris.row_sums(np.ones(len(site.combos), np.int64), size)
    errors = site.combo_uris.row_sums(np.array([error for error, _ in site.flags], np.int64), size)
    keys, values = site.uri_weeks.items()
    times = np.zeros((2, size), np.int64)
    for row, column in zip(times, values, strict=False):
        np.add.at(row, keys >> 24, column)
    columns = np.stack([hits, errors, site.uri_sent.of(size)[0], *times])
    service, name = site.service, site.site
    weeks = [(service, name, uris[key >> 24], (key & 0xFFFFFF) - (1 << 23)) for key in keys.tolist()]
    return _table_of([(service, name, uri) for uri in uris], columns), _table_of(weeks, values)


def _pair(table: Sparse) -> tuple[Integers, Integers]:
    keys, values = table.items()
    return keys, values[0]


def _halves(table: Sparse) -> tuple[Integers, Integers, Integers]:
    keys, values = table.items()
    return keys >> 32, keys & 0xFFFFFFFF, values[0]


def _swapped(items: tuple[Integers, Integers, Integers]) -> tuple[Integers, Integers, Integers]:
    rows, columns, hits = items
    return columns, rows, hits


def _packed(key_of: Callable[[int], Key], numbers: Integers, labels: Integers, hits: Integers) -> Packed:
    """{key of the number: {label: hits}}."""
    numbers, labels, hits = _ordered(numbers, labels, hits)
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    return Packed([key_of(number) for number in numbers[starts].tolist()], starts, labels.astype(np.int32), hits)


def _ordered(numbers: Integers, labels: Integers, hits: Integers) -> tuple[Integers, Integers, Integers]:
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
    starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    of: list[Any] = labels.tolist() if names is None else [names[n] for n in labels.tolist()]
    counts, begins = hits.tolist(), starts.tolist()
    spans = zip(numbers[starts].tolist(), begins, [*begins[1:], len(of)], strict=True)
    return [(number, dict(zip(of[start:stop], counts[start:stop], strict=True))) for number, start, stop in spans]


def _by_status(
    site: SiteAccumulator, items: tuple[Integers, Integers, Integers], names: list[str | None] | None = None
) -> dict[Key, dict[Any, int]]:
    """What was counted by combination and label, by status and label."""
    combos, labels, hits = items
    statuses = {combo[1:5]: number for number, combo in enumerate(site.combos)}
    status = np.array([statuses[combo[1:5]] for combo in site.combos], np.int64)
    keys = status[combos] << 32 | labels
    order = np.argsort(keys, kind="stable")
    keys, hits = keys[order], hits[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    sums = np.add.reduceat(hits, starts) if len(starts) else hits
    grouped = _labelled(keys[starts] >> 32, keys[starts] & 0xFFFFFFFF, sums, names)
    return {(site.service, site.site, *site.combos[number][1:5]): group for number, group in grouped}
