"""What failed: each status of kind "error", since when, where and for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logan.analysis.statuses import Status
from logan.tables.counts import Groups, added, top
from logan.tables.series import Key, Values

if TYPE_CHECKING:
    import pandas as pd

    from logan.summary import Summary


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One status: hits, the sites it came from, first and last time (µs since 1970 UTC), its URLs and clients.

    `uris` and `clients` are (name, hits), the most hits first; clients are kept for failures, handshakes, hang-ups and
    HTTPERR only. `kinds` are its hits by kind: a 401.1 can be a handshake or a failure. Hits in `uris` and `clients`
    can be `uris_undercount` and `clients_undercount` too low at the most; these are 0 where all is exact.
    """

    status: Status
    hits: int
    kinds: Mapping[str, int]
    first: int
    last: int
    sites: tuple[str | None, ...]
    uris: tuple[tuple[str | None, int], ...]
    clients: tuple[tuple[str | None, int], ...]
    uris_undercount: int = 0
    clients_undercount: int = 0
    distinct_uris: int = 0
    distinct_clients: int = 0

    @property
    def errors(self) -> int:
        return self.kinds.get("error", 0)


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """The statuses that are failures, the most hits first. `hits` of a row are the failures among its hits."""

    rows: tuple[StatusRow, ...]

    @property
    def hits(self) -> int:
        """All failures."""
        return sum(row.hits for row in self.rows)

    def to_frame(self, lang: str = "en") -> pd.DataFrame:
        """One row a status: service, status, substatus, win32_status, reason_phrase, title, hits, first, last (UTC),
        sites, uris and clients (the names, the most hits first)."""
        import pandas as pd

        records = [
            {
                **row.status._asdict(),
                "title": row.status.text(lang).title,
                "hits": row.hits,
                "first": row.first,
                "last": row.last,
                "sites": [site for site in row.sites if site is not None],
                "uris": [name for name, _ in row.uris if name is not None],
                "clients": [name for name, _ in row.clients if name is not None],
            }
            for row in self.rows
        ]
        columns = [*Status._fields, "title", "hits", "first", "last", "sites", "uris", "clients"]
        frame = pd.DataFrame.from_records(records, columns=columns)
        for name in ("status", "substatus", "win32_status", "hits"):
            frame[name] = frame[name].astype("Int64")
        for name in ("first", "last"):
            frame[name] = pd.to_datetime(frame[name].astype("int64"), unit="us", utc=True)
        return frame


def errors(summary: Summary, *, site: str | None = None, top: int | None = 10) -> ErrorTable:
    """The failures of a summary by status; `top` URLs and clients of each (None: all that were kept)."""
    return ErrorTable(tuple(statuses(summary, kinds=("error",), site=site, top=top)))


def statuses(
    summary: Summary, *, kinds: Iterable[str] | None = None, site: str | None = None, top: int | None = 10
) -> list[StatusRow]:
    """Every status that occurs (of some kinds), over all sites or one; the most hits first."""
    wanted = None if kinds is None else set(kinds)
    found: dict[Key, list[tuple[Key, Values]]] = {}
    for key, values in summary.spans:
        if (wanted is None or key[7] in wanted) and (site is None or key[1] == site):
            found.setdefault((key[0], *key[3:7]), []).append((key, values))
    rows = [_row(summary, Status(*status), parts, top) for status, parts in found.items()]
    return sorted(rows, key=lambda row: (-row.hits, *order(row.status)))


def order(status: Status) -> tuple[Any, ...]:
    """A sort key by service and number, absent parts first."""
    return tuple((part is not None, part) for part in status)


def _row(summary: Summary, status: Status, parts: list[tuple[Key, Values]], number: int | None) -> StatusRow:
    kinds: dict[str, int] = {}
    for key, (hits, *_) in parts:
        kinds[key[7]] = kinds.get(key[7], 0) + hits
    sites = sorted({key[1] for key, _ in parts}, key=lambda site: (site is None, site))
    wanted = () if number == 0 else sites
    uris, uris_lost = _labels(summary.status_uris, status, wanted)
    clients, clients_lost = _labels(summary.status_clients, status, wanted)
    return StatusRow(
        status,
        sum(kinds.values()),
        kinds,
        min(values[-2] for _, values in parts),
        max(values[-1] for _, values in parts),
        tuple(sites),
        tuple(top(uris, number)),
        tuple(top(clients, number)),
        # a URL that was let go for all statuses of its site lacks in this one too
        uris_lost + summary.uris.lost,
        clients_lost + (summary.clients.lost if clients else 0),
        sum(name is not None for name in uris),
        sum(name is not None for name in clients),
    )


def _labels(groups: Groups, status: Status, sites: Sequence[str | None]) -> tuple[Mapping[Any, int], int]:
    """{label: hits} of a status over some sites, and by how much a label's hits can be too low."""
    labels: Mapping[Any, int] = {}
    lost = 0
    for site in sites:
        key = (status.service, site, *status[1:])
        mine = groups.rows.get(key, {})
        labels = added(labels, mine) if labels else mine
        lost += groups.lost.get(key, 0)
    return labels, lost
