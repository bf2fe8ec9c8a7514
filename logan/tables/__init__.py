"""What a summary counts: the name, the keys and the sums of each of its tables.

A new measure is a line here, a line in `logan.summary.Summary`, the counting in `logan.counting.accumulation`, and its
rows in `logan.counting.finishing`.
"""

from __future__ import annotations

from logan.tables.counts import Shape

#: Distinct URLs and clients that are kept for each site and worker; beyond, the least frequent are let go.
LIMIT = 50_000
#: Names that are held before the least frequent are let go.
MOST = 5 * LIMIT
#: Distinct URLs and clients that are kept for each status.
LABELS = 5_000
#: Distinct rows of the smaller tables of details.
DETAILS = 20_000

SITE = ("service", "site")
STATUS = ("service", "site", "status", "substatus", "win32_status", "reason_phrase")
EVENT = ("service", "site", "method", "status", "substatus", "win32_status", "reason_phrase", "kind")

#: Sums of these are null where no row holds a number: 0 would be an answer.
BYTES = frozenset({"sc_bytes", "cs_bytes"})


def unfilled(field: str) -> str:
    """Under which name the rows are counted in which a field of bytes is logged but holds ``-``.

    No field of a log has a blank in its name, so it is no other field's.
    """
    return f"{field} -"


def is_field(name: str) -> bool:
    """Whether a name in the table of fields is that of a field, and no `unfilled` one."""
    return " " not in name


TABLES: dict[str, Shape] = {
    # hits and bytes of every combination in every quarter of an hour (`bucket`: quarters since 1970 UTC)
    "events": Shape((*EVENT, "bucket"), ("hits", "bytes_sent", "bytes_received")),
    "spans": Shape(EVENT, span=True),
    # timed: rows that count for latency; taken: their time in ms
    "uris": Shape((*SITE, "uri"), ("hits", "errors", "bytes_sent", "timed", "taken"), limit=LIMIT),
    # logs: the sum of 32·log₂(ms), for a typical time that one outlier does not move; week: of UTC, Mondays, since 1970
    "uri_weeks": Shape((*SITE, "uri", "week"), ("timed", "taken", "logs"), limit=4 * LIMIT),
    "clients": Shape((*SITE, "client"), ("hits", "errors", "bytes_sent"), limit=LIMIT),
    "probes": Shape((*SITE, "client"), span=True, limit=DETAILS),
    "logons": Shape((*SITE, "client", "user", "outcome"), span=True, limit=DETAILS),
    "asp_errors": Shape((*SITE, "uri", "line", "code", "message"), span=True, limit=DETAILS),
    "broken_links": Shape((*SITE, "uri", "referer"), span=True, limit=DETAILS),
    "referer_hosts": Shape((*SITE, "host"), limit=DETAILS),
    "queues": Shape((*SITE, "reason_phrase", "queue"), span=True, limit=DETAILS),
    "long_lived": Shape((*SITE, "uri"), limit=DETAILS),
    # rows under a list that names the field; of those of bytes also the rows without a number, see `unfilled`
    "fields": Shape((*SITE, "field")),
}

#: Counts of labels under a key: name of the table → (keys, label, labels kept for each key).
GROUPS: dict[str, tuple[tuple[str, ...], str, int | None]] = {
    "status_uris": (STATUS, "uri", LABELS),
    "status_clients": (STATUS, "client", LABELS),
    "status_latency": (STATUS, "bin", None),
    "uri_latency": ((*SITE, "uri"), "bin", None),
    "latency": ((*SITE, "bucket"), "bin", None),
    "durations": (SITE, "ms", None),
}
