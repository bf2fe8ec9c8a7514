"""What the logs could not tell, and which setting would make them tell it."""

from __future__ import annotations

from collections.abc import Iterator

from logan.analysis.coverage import coverage
from logan.reports.words import Words, percent
from logan.summary import Summary

#: Fields that a report rests on, by service, and the sentence for a site that lacks one.
WANTED = {
    "http": ("sc-substatus", "sc-win32-status", "time-taken", "sc-bytes", "cs(Referer)", "cs-username"),
    "ftp": ("sc-substatus", "sc-win32-status"),
}
#: FTP of IIS 6 cannot log more than it does.
_OLD_FTP = "MSFTPSVC"
#: Tables in which the least frequent rows are let go once there are too many.
_TABLES = {"uris": "gap-uris", "clients": "gap-clients", "logons": "gap-logons"}


def gaps(words: Words, mine: Summary) -> Iterator[str]:
    """Sentences about what is missing: fields that are not logged, services without logs, lists that were cut."""
    yield from _fields(words, mine)
    services = {key[0] for key, _ in mine.spans}
    if "http" in services and "httperr" not in services:
        yield words.say("gap-httperr")
    if "httperr" in services and any(
        key[0] == "httperr" and key[1] is None and key[7] == "error" for key, _ in mine.spans
    ):
        yield words.say("gap-siteid")
    for table, key in _TABLES.items():
        lost = getattr(mine, table).lost
        if lost:
            yield words.say(key, n=f"{lost:,}")
    if mine.skipped:
        yield words.count("gap-skipped", len(mine.skipped))


def _fields(words: Words, mine: Summary) -> Iterator[str]:
    logged = coverage(mine)
    for service, names in WANTED.items():
        sites = sorted((site for kind, site in logged.rows if kind == service), key=lambda site: (site is None, site))
        sites = [site for site in sites if not (site or "").upper().startswith(_OLD_FTP)]
        for name in names:
            missing = []
            for site in sites:
                share = logged.share((service, site), name)
                if share < 1:
                    part = words.say("gap-part", share=percent(1 - share)) if share else ""
                    missing.append(words.shown(site, 40) + part)
            if missing:
                yield words.say("gap-field", field=name, sites=words.list(missing)) + words.say(f"gap-{name}")
