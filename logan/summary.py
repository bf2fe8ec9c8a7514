"""`Summary`: what happened, as numbers that add up, and `summarize`, which makes one.

The law: ``Summary.of(a) + Summary.of(b) == Summary.of(a ++ b)`` for any cut and any order. So the same code runs over
one frame, a folder on threads, or a cluster, with the same numbers; and a year is the sum of its saved weeks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from logan.fields import column_name
from logan.reading.parsing import Rejected
from logan.tables import GROUPS, TABLES, is_field, unfilled
from logan.tables.counts import Counts, Groups, whole
from logan.tables.distinct import Sketches

if TYPE_CHECKING:
    import pandas as pd

#: Rejected lines and remarks that a summary carries along as examples, the first ones by path and line.
EXAMPLES = 50


def _counts(name: str) -> Any:
    return field(default_factory=lambda: Counts(TABLES[name]))


def _groups(name: str) -> Any:
    keys, label, limit = GROUPS[name]
    return field(default_factory=lambda: Groups(keys, label, limit=limit))


@dataclass(frozen=True, slots=True)
class Lines:
    """What became of the lines: ``read == rows + directives + blank + rejected``, always.

    `filtered` counts the rows that a filter (a period, a site ...) left out; they are in none of the others.
    """

    read: int = 0
    rows: int = 0
    directives: int = 0
    blank: int = 0
    rejected: int = 0
    filtered: int = 0

    def __add__(self, other: Lines) -> Lines:
        return Lines(*(a + b for a, b in zip(dataclasses.astuple(self), dataclasses.astuple(other), strict=True)))


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Summary:
    """Counts over some logs. Summaries add up with ``+``; ``Summary()`` is the empty one.

    `events`, `uris` and the like are tables of counts (`logan.tables` describes them); most questions are asked with the
    functions of `logan.analysis`.
    """

    files: int = 0
    bytes: int = 0
    lines: Lines = Lines()
    skipped: tuple[tuple[str, str], ...] = ()
    rejects: tuple[Rejected, ...] = ()
    backwards: tuple[tuple[str, int, str, str], ...] = ()
    events: Counts = _counts("events")
    spans: Counts = _counts("spans")
    uris: Counts = _counts("uris")
    uri_weeks: Counts = _counts("uri_weeks")
    clients: Counts = _counts("clients")
    probes: Counts = _counts("probes")
    logons: Counts = _counts("logons")
    asp_errors: Counts = _counts("asp_errors")
    broken_links: Counts = _counts("broken_links")
    referer_hosts: Counts = _counts("referer_hosts")
    queues: Counts = _counts("queues")
    long_lived: Counts = _counts("long_lived")
    fields: Counts = _counts("fields")
    status_uris: Groups = _groups("status_uris")
    status_clients: Groups = _groups("status_clients")
    status_latency: Groups = _groups("status_latency")
    uri_latency: Groups = _groups("uri_latency")
    latency: Groups = _groups("latency")
    durations: Groups = _groups("durations")
    distinct: Sketches = field(default_factory=lambda: Sketches.of({}))

    def __add__(self, other: Summary) -> Summary:
        if not isinstance(other, Summary):
            return NotImplemented
        tables = {name: getattr(self, name) + getattr(other, name) for name in (*TABLES, *GROUPS)}
        return Summary(
            files=self.files + other.files,
            bytes=self.bytes + other.bytes,
            lines=self.lines + other.lines,
            skipped=_first(self.skipped + other.skipped, None),
            rejects=_first(self.rejects + other.rejects, EXAMPLES, key=lambda r: (r.path, r.line, r.reason, r.text)),
            backwards=_first(self.backwards + other.backwards, EXAMPLES),
            distinct=(self.distinct | other.distinct).only(tables["probes"].rows),
            **tables,
        )

    def __radd__(self, other: object) -> Summary:
        """So that ``sum(summaries)`` works."""
        return self if other == 0 else NotImplemented

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Summary:
        """The summary of a frame as `logan.read` gives it (or one with the same columns)."""
        from logan.summarizing import of_frame

        return of_frame(frame)

    @property
    def hits(self) -> int:
        """Rows that were counted."""
        return self.spans.total()

    @property
    def period(self) -> tuple[int, int] | None:
        """First and last time in µs since 1970 UTC, or None where there are no rows."""
        if not self.spans.rows:
            return None
        return min(v[-2] for v in self.spans.rows.values()), max(v[-1] for v in self.spans.rows.values())

    def sites_with(self, column: str) -> set[tuple[str, str | None]]:
        """The (service, site) of which some row holds a number in ``sc_bytes`` or ``cs_bytes``.

        Elsewhere their sum is no 0: it was not logged, or ``-`` in each row.
        """
        rows, found = self.fields.rows, set()
        for (service, site, name), (hits,) in rows.items():
            if is_field(name) and column_name(name) == column:
                (empty,) = rows.get((service, site, unfilled(name)), (0,))
                if hits > empty:
                    found.add((service, site))
        return found

    def to_frame(self) -> pd.DataFrame:
        """The events as a DataFrame: one row for each combination of status and quarter of an hour.

        Columns: service, site, method, status, substatus, win32_status, reason_phrase, kind, start (UTC), hits,
        bytes_sent, bytes_received. Bytes are null where no row of the site holds any.
        """
        import pandas as pd

        frame = self.events.to_frame()
        for name in ("status", "substatus", "win32_status"):
            frame[name] = frame[name].astype("Int64")
        for name, column in (("bytes_sent", "sc_bytes"), ("bytes_received", "cs_bytes")):
            there = self.sites_with(column)
            known = np.array([key[:2] in there for key, _ in self.events], np.bool_) | (frame[name] != 0)
            frame[name] = whole(frame[name]).where(known, None)
        start = pd.to_datetime(frame.pop("bucket").astype("int64") * 900, unit="s", utc=True)
        frame.insert(8, "start", start)
        order = ["start", "service", "site", "status", "substatus", "win32_status", "method", "reason_phrase", "kind"]
        return frame.sort_values(order, ignore_index=True)  # by all of the key, so that no cut of the logs shows

    def to_dict(
        self, *, lang: str = "en", top: int = 10, tz: str = "UTC", show_secrets: bool = False
    ) -> dict[str, Any]:
        """The summary as ``logan summarize --format json`` prints it (schema ``logan.summary/1``)."""
        from logan.analysis.overview import to_dict

        return to_dict(self, lang=lang, top=top, tz=tz, show_secrets=show_secrets)

    def save(self, path: str) -> None:
        """Write the summary to a file that `Summary.load` reads; conventionally named ``week46.logan``."""
        from logan.saving import save

        save(self, path)

    @classmethod
    def load(cls, path: str) -> Summary:
        """Read a saved summary. Raises SourceError where the file is none, is damaged, or of another version."""
        from logan.saving import load

        return load(path)

    def _repr_html_(self) -> str:
        from logan.analysis.overview import to_html

        return to_html(self)

    def __repr__(self) -> str:
        rejected = f", {self.lines.rejected:,} rejected" if self.lines.rejected else ""
        return f"<Summary of {self.hits:,} rows in {self.files:,} files{rejected}>"


def _first(items: Sequence[Any], number: int | None, key: Any = None) -> tuple[Any, ...]:
    return tuple(sorted(dict.fromkeys(items), key=key)[:number]) if items else ()


def total(summaries: Iterable[Summary]) -> Summary:
    """The sum of summaries, added in pairs so that large ones are not copied over and over."""
    level = list(summaries)
    while len(level) > 1:
        level = [level[i] + level[i + 1] if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0] if level else Summary()
