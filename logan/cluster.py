"""Summarizing on a Dask cluster: the same blocks and the same law, elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from logan.exceptions import SourceError
from logan.files import Source
from logan.selection import Selection
from logan.summarizing import summarize
from logan.summary import Summary


def summarize_on(address: str, source: Source | Iterable[Source], selection: Selection | None = None) -> Summary:
    """Summarize on the cluster behind a scheduler's address, such as ``tcp://scheduler:8786``.

    The workers must see the logs under the same paths: a share, or an fsspec URL. A worker that dies has its blocks
    done again by another. Raises SourceError where the scheduler cannot be reached.
    """
    try:
        import distributed
    except ImportError:
        raise SourceError('--dask needs the extra "dask". Install it with: pip install "logan-iis[dask]"') from None
    try:
        connect: Any = distributed.Client  # its annotations are incomplete
        client = connect(address, timeout=10, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise SourceError(
            f"{address}: no Dask scheduler answers there ({type(error).__name__}). Check the address."
        ) from None
    with client:
        return summarize(source, selection=selection, map=client.get_executor().map)
