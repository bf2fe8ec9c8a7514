"""The rules, one module a theme; importing this package enters all of them into `RULES`."""

from __future__ import annotations

from logan.analysis.rules import (
    asp,
    authentication,
    availability,
    bursts,
    certificates,
    configuration,
    ftp,
    latency,
    links_and_scans,
    quality,
)
from logan.analysis.rules.model import RULES

__all__ = [
    "RULES",
    "asp",
    "authentication",
    "availability",
    "bursts",
    "certificates",
    "configuration",
    "ftp",
    "latency",
    "links_and_scans",
    "quality",
]
