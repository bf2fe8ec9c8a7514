"""How long answers took, over all and by URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from heapq import nlargest
from typing import TYPE_CHECKING, Any, Literal

from logan.analysis.once import once
from logan.tables.bins import bin_value, percentiles
from logan.tables.series import Key, Packed

if TYPE_CHECKING:
    import pandas as pd

    from logan.summary import Summary

#: Durations of a URL are kept in bins: its percentiles are off by half a bin at the most, 1/64.
URI_ERROR = 0.016
#: Over all, durations are kept as they are up to here (ms), and beyond up to 0.8 % too low.
EXACT, OVERALL_ERROR = 1 << 16, 0.008
#: Under 20 hits the 95th percentile is nothing but the largest value.
ENOUGH = 20
_RANKS = (0.5, 0.9, 0.95, 0.99, 1.0)

SlowBy = Literal["p95", "share", "hits"]


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Durations in ms that half, 90 %, 95 %, 99 % and all of the answers kept to; None where none was measured."""

    p50: int | None = None
    p90: int | None = None
    p95: int | None = None
    p99: int | None = None
    max: int | None = None

    @property
    def relative_error(self) -> float:
        """How far off the largest of them can be, relatively; 0 where all is exact."""
        return OVERALL_ERROR if (self.max or 0) >= EXACT else 0.0


@dataclass(frozen=True, slots=True)
class SlowUri:
    """The durations (ms) of one URL, and its share (0 to 1) of all the time that answers took."""

    service: str
    site: str | None
    uri: str
    hits: int
    p50: int
    p95: int
    p99: int
    max: int
    share: float


@dataclass(frozen=True, slots=True)
class SlowTable:
    """URLs, the slowest first, and the percentiles over all of them.

    `service` is what the numbers are of. Percentiles of single URLs are at most `relative_error` off. `undercount` is
    not 0 where there were too many different URLs to keep them all: by how much the hits of one can be too low.
    """

    service: str
    overall: Percentiles
    rows: tuple[SlowUri, ...]
    relative_error: float = URI_ERROR
    undercount: int = 0

    def to_frame(self) -> pd.DataFrame:
        """One row a URL: service, site, uri, hits, p50, p95, p99, max (ms) and share of all time (0 to 1)."""
        import pandas as pd

        columns = list(SlowUri.__dataclass_fields__)
        return pd.DataFrame.from_records([asdict(row) for row in self.rows], columns=columns)


def slow(
    summary: Summary,
    *,
    site: str | None = None,
    service: str | None = None,
    by: SlowBy = "p95",
    top: int | None = None,
) -> SlowTable:
    """The `top` slowest URLs (None: all) and the percentiles over all answers of a service.

    `service` is "http" if left out, or "ftp" where only FTP has durations: a transfer of ten minutes is no slow page.
    URLs with at least 20 hits come first, as the 95th percentile of fewer is but their largest value; among them the
    largest 95th percentile (``by="p95"``), the largest share of all time or the most hits. Connections that stay open
    on purpose (WebSocket, SignalR) are not in here.
    """
    service = service or main_service(summary)
    mine = {
        key: timed
        for key, timed in p95_of_uris(summary).items()
        if key[0] == service and key[2] is not None and (site is None or key[1] == site)
    }
    everything = sum(v[4] for k, v in summary.uris if k[0] == service and (site is None or k[1] == site))
    if by == "p95" and top:
        mine = _slowest(mine, top)
    ranked = sorted(mine, key=lambda key: _rank(summary, key, *mine[key], by))[:top]
    whole = overall(summary, service=service, site=site)
    rows = tuple(_slow_uri(summary, key, everything, whole.max) for key in ranked)
    return SlowTable(service, whole, rows, undercount=summary.uris.lost)


def _slowest(uris: dict[Key, tuple[int, int]], number: int) -> dict[Key, tuple[int, int]]:
    """Those that can be among the `number` slowest by their 95th percentile: all others need not be sorted."""
    most = nlargest(number, (p95 for hits, p95 in uris.values() if hits >= ENOUGH))
    if len(most) < number:
        return uris
    return {key: timed for key, timed in uris.items() if timed[0] >= ENOUGH and timed[1] >= most[-1]}


def overall(summary: Summary, *, service: str | None = None, site: str | None = None) -> Percentiles:
    """The percentiles of all durations of a service (see `slow`)."""
    service = service or main_service(summary)
    durations: dict[int, int] = {}
    for key, histogram in summary.durations.rows.items():
        if key[0] == service and (site is None or key[1] == site):
            for value, hits in histogram.items():
                durations[value] = durations.get(value, 0) + hits
    return Percentiles(*percentiles(durations, *_RANKS))


def main_service(summary: Summary) -> str:
    """The service whose durations are meant where none is named: "http" if it has any."""
    timed = {key[0] for key, histogram in summary.durations.rows.items() if histogram}
    return "http" if "http" in timed or not timed else min(timed)


@once
def p95_of_uris(summary: Summary) -> Mapping[Key, tuple[int, int]]:
    """Timed hits and 95th percentile (ms, at most `URI_ERROR` off) by (service, site, URL)."""
    rows = summary.uri_latency.rows
    if isinstance(rows, Packed):
        hits, bins_of = rows.percentile(0.95)
        return {
            key: (n, bin_value(number)) for key, n, number in zip(rows, hits.tolist(), bins_of.tolist(), strict=True)
        }
    found = {}
    for key, bins in rows.items():
        (p95,) = percentiles(bins, 0.95)
        found[key] = sum(bins.values()), bin_value(p95 or 0)
    return found


def _rank(summary: Summary, key: Key, hits: int, p95: int, by: SlowBy) -> tuple[Any, ...]:
    sums = summary.uris.rows.get(key)
    taken = sums[4] if sums else 0
    first = {"p95": p95, "share": taken, "hits": hits}[by]
    return hits < ENOUGH and by == "p95", -first, -taken, key[2], key[1] is not None, key[1]


def _slow_uri(summary: Summary, key: Key, everything: int, most_of_all: int | None) -> SlowUri:
    bins = summary.uri_latency.rows[key]
    middles = [bin_value(value or 0) for value in percentiles(bins, 0.5, 0.95, 0.99, 1.0)]
    # the middle of the last bin can lie above the largest value there is
    p50, p95, p99, most = (value if most_of_all is None else min(value, most_of_all) for value in middles)
    sums = summary.uris.rows.get(key)
    share = sums[4] / everything if sums and everything > 0 else 0.0
    return SlowUri(key[0], key[1], key[2], sum(bins.values()), p50, p95, p99, most, share)
