"""The options that mean the same wherever they appear."""

from __future__ import annotations

import locale
import os
from typing import Annotated, Literal

import typer

from logan.exceptions import OptionError

Language = Literal["en", "zh"]
Format = Literal["table", "json", "csv"]
BadLines = Literal["warn", "skip", "error"]

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...", help="File, folder (searched through), glob, URL, - for standard input; .gz and .zip too."
    ),
]
Since = Annotated[
    str | None, typer.Option(help="Only rows from this date or time on, such as 2026-11-16 or 2026-11-16T08:00.")
]
Until = Annotated[str | None, typer.Option(help="Only rows before this date or time.")]
Zone = Annotated[
    str,
    typer.Option(
        "--tz",
        metavar="ZONE",
        help="Time zone in which times are shown and days are cut: Asia/Shanghai, +08:00, local.",
    ),
]
Sites = Annotated[
    list[str] | None, typer.Option("--site", metavar="NAME", help="Only this site, such as W3SVC1. May be repeated.")
]
Top = Annotated[int, typer.Option(min=1, max=10_000, metavar="N", help="How many rows a list shows.")]
Lang = Annotated[Language | None, typer.Option("--lang", help="Language of the answer; the locale's if left out.")]
OutputFormat = Annotated[Format, typer.Option("--format", help="table for people, json or csv for programs.")]
Workers = Annotated[
    int | None, typer.Option(min=1, max=256, metavar="N", help="Threads; one for each core if left out.")
]
OnBadLines = Annotated[
    BadLines, typer.Option(help="Lines that cannot be read: count and show them, count them, or stop.")
]
Rejects = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Write rejected lines with path, line number and reason to this file (CSV)."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")]
Status = Annotated[
    list[str] | None,
    typer.Option("--status", metavar="CODE", help="Only this status: 404, 500.19, 5xx, ftp:530. May be repeated."),
]
Uri = Annotated[str | None, typer.Option(metavar="GLOB", help="Only this path; * and ? match.")]
Client = Annotated[str | None, typer.Option(metavar="GLOB", help="Only this client address; * and ? match.")]
Method = Annotated[list[str] | None, typer.Option("--method", help="Only this method or FTP command. May be repeated.")]
Encoding = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Code page of the logs, such as gbk; UTF-8 with nothing lost if left out."),
]
ClientField = Annotated[
    str | None,
    typer.Option(metavar="FIELD", help="Field that holds the client behind a proxy, such as X-Forwarded-For."),
]
Proxies = Annotated[
    list[str] | None,
    typer.Option("--proxy", metavar="NETWORK", help="Trusted proxy, such as 10.0.0.0/8. May be repeated."),
]
Cache = Annotated[
    str | None, typer.Option(metavar="DIR", help="Keep the numbers of each file here, and read no file twice.")
]
LocalZone = Annotated[
    str | None,
    typer.Option(
        "--log-tz",
        metavar="ZONE",
        help="Zone of logs written in local time (IIS native, Advanced Logging); UTC if left out.",
    ),
]
Secrets = Annotated[
    bool, typer.Option("--show-secrets", help="Show tokens and session ids in query strings instead of masking them.")
]
CatalogueFile = Annotated[
    list[str] | None,
    typer.Option("--catalogue", metavar="FILE", help="A TOML file with entries of your own. May be repeated."),
]


def demand_reading(cache: str | None, rejects: str | None) -> None:
    """Raise OptionError where lines are asked for that a cache would not read again."""
    if cache and rejects:
        raise OptionError("--rejects writes lines as they are read, and --cache reads no file twice. Leave one out.")


def language(lang: Language | None) -> Language:
    """The language asked for, or the locale's."""
    if lang is not None:
        return lang
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    first = next((name for name in names if name), "") or (locale.getlocale()[0] or "")
    return "zh" if first.lower().startswith(("zh", "chinese")) else "en"
