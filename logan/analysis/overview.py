"""The whole summary in one piece: as JSON for programs, as HTML for notebooks."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from logan.analysis.errors import StatusRow, statuses
from logan.analysis.latency import ENOUGH, SlowTable, slow
from logan.analysis.times import iso, zone
from logan.analysis.traffic import Traffic, traffic
from logan.analysis.trend import trend
from logan.display import plain, without_secrets

if TYPE_CHECKING:
    from logan.summary import Summary

SCHEMA = "logan.summary/1"
#: Characters of a rejected line that are handed on; a torn binary file has lines of a megabyte.
LINE_LENGTH = 2000


def to_dict(
    summary: Summary, *, lang: str = "en", top: int = 10, tz: str = "UTC", show_secrets: bool = False
) -> dict[str, Any]:
    """The summary as ``logan summarize --format json`` prints it (schema ``logan.summary/1``).

    Times are ISO 8601 in `tz`, durations in ms. `top` limits URLs and clients, never statuses or days. What the log
    does not hold is None. All numbers are exact where no ``relative_error`` or ``undercount`` stands beside them.
    Passwords, tokens and session ids are masked without `show_secrets`.
    """
    where = zone(tz)
    shared = traffic(summary)
    record = {
        "schema": SCHEMA,
        "sources": {
            "files": summary.files,
            "bytes": summary.bytes,
            "skipped": [{"path": path, "reason": reason} for path, reason in summary.skipped],
        },
        "lines": _lines(summary),
        "period": _period(summary, where),
        "totals": _totals(shared),
        "services": _services(shared),
        "sites": _sites(shared),
        "statuses": [_status(row, lang, where) for row in statuses(summary, top=top)],
        "trend": _trend(summary, tz),
        "time_taken": _time_taken(slow(summary, top=top)),
        "findings": _findings(summary, lang, tz),
        "tz": tz,
        "lang": lang,
    }
    return record if show_secrets else _masked(record)


def _masked(record: dict[str, Any]) -> dict[str, Any]:
    """The record with what comes from the log masked; the catalogue's own words may hold an example such as token=abc."""
    record["lines"] = without_secrets(record["lines"])
    record["time_taken"] = without_secrets(record["time_taken"])
    for status in record["statuses"]:
        status["top_uris"] = without_secrets(status["top_uris"])
    for found in record["findings"]:
        found["evidence"] = without_secrets(found["evidence"])
    return record


def _lines(summary: Summary) -> dict[str, Any]:
    lines = summary.lines
    examples = [
        {"path": item.path, "line": item.line, "reason": item.reason, "text": item.text[:LINE_LENGTH]}
        for item in summary.rejects
    ]
    return {
        "read": lines.read,
        "rows": lines.rows,
        "directives": lines.directives,
        "blank": lines.blank,
        "rejected": lines.rejected,
        "rejected_examples": examples,
        "filtered": lines.filtered,
    }


def _period(summary: Summary, where: tzinfo) -> dict[str, str | None]:
    first, last = summary.period or (None, None)
    return {"first": iso(first, where), "last": iso(last, where)}


def _totals(shared: Traffic) -> dict[str, Any]:
    totals = shared.totals
    return {
        "hits": totals.hits,
        "errors": totals.errors,
        "client_errors": totals.client_errors,
        "server_errors": totals.server_errors,
        "handshakes": totals.handshakes,
        "bytes_sent": totals.bytes_sent,
        "bytes_received": totals.bytes_received,
        "hangups": totals.hangups,
        "routine": totals.routine,
        "requests": totals.requests,
        "error_rate": None if totals.error_rate is None else round(totals.error_rate, 6),
    }


def _services(shared: Traffic) -> dict[str, int]:
    services: dict[str, int] = {}
    for row in shared.sites:
        services[row.service] = services.get(row.service, 0) + row.totals.hits
    return services


def _sites(shared: Traffic) -> list[dict[str, Any]]:
    return [
        {
            "service": row.service,
            "site": row.site,
            "hits": row.totals.hits,
            "errors": row.totals.errors,
            "handshakes": row.totals.handshakes,
            "bytes_sent": row.totals.bytes_sent,
        }
        for row in shared.sites
    ]


def _status(row: StatusRow, lang: str, where: tzinfo) -> dict[str, Any]:
    text = row.status.text(lang)
    record: dict[str, Any] = {
        **row.status._asdict(),
        "hits": row.hits,
        "title": text.title,
        "meaning": text.meaning,
        "causes": list(text.causes),
        "remedies": list(text.remedies),
        "top_uris": [{"uri_stem": uri, "hits": hits} for uri, hits in row.uris],
        "top_clients": [{"client": client, "hits": hits} for client, hits in row.clients],
        "code": row.status.code,
        "errors": row.errors,
        "first": iso(row.first, where),
        "last": iso(row.last, where),
        "sites": list(row.sites),
    }
    undercount = {"top_uris": row.uris_undercount, "top_clients": row.clients_undercount}
    if any(undercount.values()):
        record["undercount"] = undercount
    return record


def _trend(summary: Summary, tz: str) -> list[dict[str, Any]]:
    days = []
    for row in trend(summary, "day", tz, gaps=False).rows:
        sums = row.to_dict()
        for name in ("bytes_sent", "bytes_received"):  # a day's 0 would not tell "none" from "not logged"
            del sums[name]
        days.append({"start": iso(row.start), **sums})
    return days


def _time_taken(table: SlowTable) -> dict[str, Any]:
    percentiles = table.overall
    record: dict[str, Any] = {name: getattr(percentiles, name) for name in ("p50", "p90", "p95", "p99", "max")}
    if percentiles.relative_error:
        record["relative_error"] = percentiles.relative_error
    record["service"] = table.service
    record["slowest"] = [
        {
            "uri_stem": row.uri,
            "hits": row.hits,
            "p50": row.p50,
            "p95": row.p95,
            "max": row.max,
            "p99": row.p99,
            "share": round(row.share, 6),
            "service": row.service,
            "site": row.site,
            "relative_error": table.relative_error,
        }
        for row in table.rows
    ]
    if table.undercount:
        record["undercount"] = table.undercount
    return record


def _findings(summary: Summary, lang: str, tz: str) -> list[dict[str, Any]]:
    from logan.analysis.findings import findings

    return [finding.to_dict(lang, tz) for finding in findings(summary)]


# --- For notebooks ----------------------------------------------------------------------------------------------------
_STYLE = (
    "<style>.logan td,.logan th{text-align:left;vertical-align:top;padding:2px 10px 2px 0}"
    ".logan td.n,.logan th.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".logan .critical{color:#b00020}.logan .warning{color:#8a5a00}</style>"
)


def to_html(summary: Summary, *, lang: str = "en", tz: str = "UTC", top: int = 10) -> str:
    """The summary as a piece of HTML for a notebook; everything from the log is escaped."""
    totals, where = traffic(summary).totals, zone(tz)
    first, last = summary.period or (None, None)
    rate = "" if totals.error_rate is None else f" ({totals.error_rate:.1%} of {totals.requests:,} requests)"
    parts = [
        _STYLE,
        f"<p><b>{totals.hits:,} rows</b> in {summary.files:,} files, {_html(iso(first, where))} to "
        f"{_html(iso(last, where))}. <b>{totals.errors:,} errors</b>{rate}, {totals.handshakes:,} handshakes, "
        f"{summary.lines.rejected:,} lines rejected.</p>",
        _findings_html(summary, lang),
        _statuses_html(summary, lang, top),
        _slow_html(slow(summary, top=top)),
    ]
    return f'<div class="logan">{"".join(parts)}</div>'


def _findings_html(summary: Summary, lang: str) -> str:
    from logan.analysis.findings import findings

    items = [
        f'<li><b class="{_html(found.severity)}">{_html(found.severity)}</b> {_html(found.title(lang))}<br>'
        f"<small>{_html(found.advice(lang))}</small></li>"
        for found in findings(summary)
    ]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _statuses_html(summary: Summary, lang: str, top: int) -> str:
    rows = [
        (
            row.status.service,
            row.status.code,
            row.status.win32_status,
            row.hits,
            row.status.text(lang).title,
            ", ".join(f"{plain(uri, 60)} ({hits:,})" for uri, hits in row.uris if uri is not None),
        )
        for row in statuses(summary, top=3)[:top]
    ]
    return _table(("service", "status", "win32", "hits", "title", "URLs"), rows)


def _slow_html(table: SlowTable) -> str:
    rows = [(row.uri, row.hits, row.p50, row.p95, row.max) for row in table.rows if row.hits >= ENOUGH]
    return _table(("URL", "hits", "p50 ms", "p95 ms", "max ms"), rows)


def _table(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    from html import escape

    if not rows:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    return f'<td class="n">{value:,}</td>' if isinstance(value, int) else f"<td>{_html(value)}</td>"


def _html(text: object) -> str:
    from html import escape

    return escape(plain(text, 400))
