"""An IIS and FTP log analyzer that explains.

    import logan
    frame = logan.read("samples")            # one row a request
    summary = logan.summarize("samples")     # numbers that add up
    logan.findings(summary)                  # what went wrong, worst first
    logan.explain("403.14")                  # what a status means, why, what to do

Names are loaded when they are first used, so that ``import logan`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logan.lazy import lazily

if TYPE_CHECKING:
    from logan.analysis import compare, errors, findings, slow, trend
    from logan.annotation import annotate
    from logan.catalogue import explain
    from logan.exceptions import BadLineError, CatalogueError, LoganError, OptionError, SourceError
    from logan.reader import LogWarning, read
    from logan.reports import report
    from logan.summarizing import summarize, summarize_weeks
    from logan.summary import Summary

__version__ = "0.1.0"

_HOMES = {
    "BadLineError": "logan.exceptions",
    "CatalogueError": "logan.exceptions",
    "LogWarning": "logan.reader",
    "LoganError": "logan.exceptions",
    "OptionError": "logan.exceptions",
    "SourceError": "logan.exceptions",
    "Summary": "logan.summary",
    "annotate": "logan.annotation",
    "compare": "logan.analysis",
    "errors": "logan.analysis",
    "explain": "logan.catalogue",
    "findings": "logan.analysis",
    "read": "logan.reader",
    "report": "logan.reports",
    "slow": "logan.analysis",
    "summarize": "logan.summarizing",
    "summarize_weeks": "logan.summarizing",
    "trend": "logan.analysis",
}

__all__ = [
    "BadLineError",
    "CatalogueError",
    "LogWarning",
    "LoganError",
    "OptionError",
    "SourceError",
    "Summary",
    "annotate",
    "compare",
    "errors",
    "explain",
    "findings",
    "read",
    "report",
    "slow",
    "summarize",
    "summarize_weeks",
    "trend",
]


__getattr__, __dir__ = lazily(__name__, _HOMES)
