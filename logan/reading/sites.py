"""Which site a row is of: as the row itself says, or as the folder of its log does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from logan.arrays import Codes
from logan.reading.parsing import Batch


def by_site(batch: Batch) -> Iterator[tuple[str | None, Batch]]:
    """The rows of each site."""
    sites, places = sites_of(batch)
    for place, site in enumerate(sites):
        yield site, batch if len(sites) == 1 else batch.take(places == place)


def sites_of(batch: Batch) -> tuple[list[str | None], Codes]:
    """The sites in a batch, and which of them each row is of: the log's own site name first, the folder's where a row
    has none."""
    name = "s_siteid" if batch.layout.service == "httperr" else "s_sitename"
    column = batch.coded(name)
    if column is None or not len(column.names):
        return [batch.layout.site], np.zeros(len(batch), np.int32)
    values = [*column.names.values(), None]
    codes = np.where(column.is_there, column.codes, len(values) - 1)
    used = np.bincount(codes, minlength=len(values))
    sites: dict[str | None, int] = {}
    places = np.zeros(len(values), np.int32)
    for code in np.flatnonzero(used).tolist():
        places[code] = sites.setdefault(_site_name(values[code], batch), len(sites))
    return list(sites), places[codes]


def _site_name(value: bytes | None, batch: Batch) -> str | None:
    if value is None:
        return batch.layout.site
    text = value.decode("utf-8", "backslashreplace")
    return f"W3SVC{text}" if batch.layout.service == "httperr" and text.isdigit() else text
