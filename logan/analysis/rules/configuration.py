"""Sites that are set up wrongly: web.config, handlers and modules, the start of ASP.NET Core, deployments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from logan.analysis.rules.facts import DAY, Span, by_site, in_order, rows_of, spans
from logan.analysis.rules.model import Finding, Severity, finding, part_of, rule
from logan.catalogue.kinds import HANGUPS

if TYPE_CHECKING:
    from logan.summary import Summary

#: 1229 (ERROR_CONNECTION_INVALID) beside the codes of clients that hung up.
_GONE = HANGUPS | {1229}
#: HRESULT_FROM_WIN32: the low 16 bits are the win32 code.
_FACILITY_WIN32 = 0x80070000
#: From here on a wrong configuration has hit people, and not the one who was just changing it.
_HIT = 10
#: A deployment shows on several URLs, often, and after a time without these errors.
_NEW_URLS, _NEW_HITS = 3, 10
#: Errors are new where a day, or a tenth of the period, passed without them.
_QUIET = DAY


def _severity(hits: int, clients: int) -> Severity:
    return "critical" if hits >= _HIT and clients > 1 else "warning"


@rule("config-error")
def config_error(summary: Summary) -> Iterable[Finding]:
    """500.19 that is no hang-up, by win32 code: web.config or applicationHost.config cannot be read or used. Critical
    from ten rows of two clients on."""
    groups: dict[tuple[str | None, int | None], list[Span]] = {}
    for span in spans(summary, _is_500_19):
        if span.win32 not in _GONE:
            groups.setdefault((span.site, _plain_code(span.win32)), []).append(span)
    for (site, code), found in sorted(groups.items(), key=lambda item: tuple(map(in_order, item[0]))):
        rows = rows_of(summary, found)
        yield finding(
            "config-error", _severity(rows.hits, len(rows.clients)), "http", site,
            rows.hits, rows.first, rows.last, rows.evidence,
            code="-" if code is None else code, cause=part_of("config-error", "win32", str(code)),
        )  # fmt: skip


def _is_500_19(span: Span) -> bool:
    return span.service == "http" and (span.status, span.substatus) == (500, 19)


def _plain_code(win32: int | None) -> int | None:
    if win32 is not None and win32 & 0xFFFF0000 == _FACILITY_WIN32:
        return win32 & 0xFFFF
    return win32


@rule("false-config-error")
def false_config_error(summary: Summary) -> Iterable[Finding]:
    """500.19 with win32 64, 995, 1229 or 1236: the client hung up while dynamic compression ran; the configuration is
    sound."""
    for who, found in by_site(s for s in spans(summary, _is_500_19) if s.win32 in _GONE).items():
        rows = rows_of(summary, found)
        yield finding("false-config-error", "info", *who, rows.hits, rows.first, rows.last, rows.evidence)


@rule("handler-error")
def handler_error(summary: Summary) -> Iterable[Finding]:
    """500.21 to 500.24: a handler's module is missing, or the configuration does not fit the pipeline mode of the
    pool. Critical from ten rows of two clients on."""
    yield from _by_substatus(summary, "handler-error", lambda s: s.status == 500 and 21 <= (s.substatus or 0) <= 24)


@rule("app-start-failure")
def app_start_failure(summary: Summary) -> Iterable[Finding]:
    """500.30 to 500.38 and 502.5: the ASP.NET Core Module could not start the application. Critical from ten rows of
    two clients on."""

    def wanted(span: Span) -> bool:
        substatus = span.substatus or 0
        return (span.status == 500 and 30 <= substatus <= 38) or (span.status == 502 and substatus == 5)

    yield from _by_substatus(summary, "app-start-failure", wanted)


def _by_substatus(summary: Summary, id: str, wanted: Callable[[Span], bool]) -> Iterable[Finding]:
    groups: dict[tuple[str | None, int | None, int | None], list[Span]] = {}
    for span in spans(summary, lambda s: s.service == "http" and wanted(s)):
        groups.setdefault((span.site, span.status, span.substatus), []).append(span)
    for (site, status, substatus), found in sorted(groups.items(), key=lambda item: tuple(map(in_order, item[0]))):
        rows = rows_of(summary, found)
        code = f"{status}.{substatus}"
        yield finding(
            id, _severity(rows.hits, len(rows.clients)), "http", site, rows.hits, rows.first, rows.last, rows.evidence,
            code=code, cause=part_of(id, "substatus", code),
        )  # fmt: skip


@rule("new-errors", general=1)
def new_errors(summary: Summary) -> Iterable[Finding]:
    """A 5xx that did not occur for a day and a tenth of the period, and then on three URLs and ten times: something was
    changed on the server at that moment. Left out where a more specific finding explains these rows."""
    begun: dict[str | None, tuple[int, int]] = {}
    for key, values in summary.spans.rows.items():
        if key[0] == "http":
            first, last = begun.get(key[1], (values[1], values[2]))
            begun[key[1]] = min(first, values[1]), max(last, values[2])
    groups: dict[tuple[str | None, tuple[object, ...]], list[Span]] = {}
    for span in spans(summary, lambda s: s.service == "http" and s.kind == "error" and (s.status or 0) >= 500):
        groups.setdefault((span.site, span.key), []).append(span)
    for (site, _), found in groups.items():
        rows = rows_of(summary, found)
        start, end = begun[site]
        quiet = rows.first - start
        if len(rows.uris) >= _NEW_URLS and rows.hits >= _NEW_HITS and quiet >= max(_QUIET, (end - start) // 10):
            known = rows.hits, rows.first, rows.last, rows.evidence
            yield finding("new-errors", "warning", "http", site, *known, days=quiet // DAY)
