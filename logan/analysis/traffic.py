"""How much came in, how much of it failed, and how it is shared among the sites."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from operator import itemgetter
from typing import TYPE_CHECKING

from logan.analysis.coverage import coverage
from logan.analysis.events import events
from logan.tables.counts import whole

if TYPE_CHECKING:
    import pandas as pd

    from logan.summary import Summary


#: A site fails where so many in a hundred of its requests do, and these are so many.
FAILING_SHARE, FAILING = 10, 10


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over some rows. Bytes are None where no row holds any: not logged, or always ``-``.

    `errors` are the failed requests of HTTP, FTP and HTTPERR; `client_errors` and `server_errors` the HTTP 4xx and 5xx
    of them. Handshakes of Windows authentication, hang-ups of clients and routine rows of HTTPERR (connections that
    went idle) are no errors.
    """

    hits: int = 0
    errors: int = 0
    client_errors: int = 0
    server_errors: int = 0
    handshakes: int = 0
    hangups: int = 0
    routine: int = 0
    bytes_sent: int | None = None
    bytes_received: int | None = None

    @property
    def requests(self) -> int:
        """Rows that tell how a request ended: all but handshakes and routine rows."""
        return self.hits - self.handshakes - self.routine

    @property
    def error_rate(self) -> float | None:
        """Errors among the requests, 0 to 1; None where there are none.

        Handshakes are left out below the line too: on an intranet they are half of the rows, and would halve the rate.
        """
        return self.errors / self.requests if self.requests else None

    @property
    def too_few(self) -> bool:
        """Whether a tenth of the requests and more failed, but so few that no finding can be made of them."""
        return 0 < self.errors < FAILING and 100 * self.errors >= FAILING_SHARE * self.requests


@dataclass(frozen=True, slots=True)
class SiteTraffic:
    """The totals of one site, and its share of all hits (0 to 1)."""

    service: str
    site: str | None
    totals: Totals
    share: float


@dataclass(frozen=True, slots=True)
class Traffic:
    """The totals of all sites, the largest first."""

    totals: Totals
    sites: tuple[SiteTraffic, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row a site: service, site, the sums of `Totals`, requests, error_rate and share."""
        import pandas as pd

        columns = ["service", "site", *(f.name for f in fields(Totals)), "requests", "error_rate", "share"]
        records = [
            {
                "service": row.service,
                "site": row.site,
                **asdict(row.totals),
                "requests": row.totals.requests,
                "error_rate": row.totals.error_rate,
                "share": row.share,
            }
            for row in self.sites
        ]
        frame = pd.DataFrame.from_records(records, columns=columns)
        for name in ("bytes_sent", "bytes_received"):
            frame[name] = whole(frame[name])
        return frame


_SUMS = ("errors", "client_errors", "server_errors", "handshakes", "hangups", "routine")
_KINDS = {"handshake": "handshakes", "hangup": "hangups", "routine": "routine"}


def traffic(summary: Summary) -> Traffic:
    """Hits, errors, handshakes and bytes of each site and of all together."""
    sites: dict[tuple[str, str | None], dict[str, int]] = {}
    for (service, site, _, status, _, _, _, kind), (hits, *_) in summary.spans:
        sums = sites.setdefault((service, site), dict.fromkeys(("hits", *_SUMS), 0))
        sums["hits"] += hits
        if kind == "error":
            sums["errors"] += hits
            if service == "http" and status is not None and 400 <= status < 600:
                sums["client_errors" if status < 500 else "server_errors"] += hits
        elif kind in _KINDS:
            sums[_KINDS[kind]] += hits
    sent = {who: moved for who, _, (_, *moved) in events(summary).group(itemgetter(slice(2)), lambda _: 0)}
    filled = coverage(summary).filled
    rows = [(who, _totals(sums, sent.get(who, [0, 0]), filled[who])) for who, sums in sites.items()]
    rows.sort(key=lambda row: (-row[1].hits, row[0][0], row[0][1] is not None, row[0][1]))
    everything = total(*(mine for _, mine in rows))
    return Traffic(everything, tuple(SiteTraffic(*who, mine, mine.hits / (everything.hits or 1)) for who, mine in rows))


def _totals(sums: dict[str, int], sent: list[int], filled: set[str]) -> Totals:
    out, into = sent
    return Totals(
        **sums,
        bytes_sent=out if out or "sc_bytes" in filled else None,
        bytes_received=into if into or "cs_bytes" in filled else None,
    )


def total(*parts: Totals) -> Totals:
    """The sum of totals; bytes are None where none of them has any."""
    sums: dict[str, int | None] = {}
    for field in fields(Totals):
        values = [value for part in parts if (value := getattr(part, field.name)) is not None]
        sums[field.name] = sum(values) if values or field.default is not None else None
    return Totals(**sums)  # type: ignore[arg-type]  # only bytes can be None


def totals(summary: Summary) -> Totals:
    """Hits, errors, handshakes and bytes of everything."""
    return traffic(summary).totals
