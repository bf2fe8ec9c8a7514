"""How much of a site's log a field is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from logan.fields import column_name
from logan.tables import BYTES, is_field

if TYPE_CHECKING:
    from logan.summary import Summary

Who = tuple[str, str | None]


class Coverage(NamedTuple):
    """The rows of each (service, site), and how many of them have each column."""

    rows: dict[Who, int]
    having: dict[Who, dict[str, int]]
    #: Of the columns of bytes, those that hold a number in at least one row; a column that is all ``-`` is logged too.
    filled: dict[Who, set[str]]

    def share(self, who: Who, field: str) -> float:
        """The share of a site's rows that have a field, 0 to 1."""
        return self.having.get(who, {}).get(column_name(field), 0) / self.rows[who]

    def without(self, who: Who, field: str) -> int:
        """How many rows of a site lack a field."""
        return self.rows.get(who, 0) - self.having.get(who, {}).get(column_name(field), 0)


def coverage(summary: Summary) -> Coverage:
    """Which fields the sites of a summary log; a column with two names has the rows of the one that has more."""
    rows: dict[Who, int] = {}
    for key, (hits, *_) in summary.spans:
        rows[key[:2]] = rows.get(key[:2], 0) + hits
    having: dict[Who, dict[str, int]] = {}
    for (service, site, name), (hits,) in summary.fields:
        if not is_field(name):
            continue
        mine, column = having.setdefault((service, site), {}), column_name(name)
        mine[column] = max(mine.get(column, 0), hits)
    filled = {column: summary.sites_with(column) for column in BYTES}
    return Coverage(rows, having, {who: {column for column in BYTES if who in filled[column]} for who in rows})
