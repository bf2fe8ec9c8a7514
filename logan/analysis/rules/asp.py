"""Errors that classic ASP writes into cs-uri-query: file, line, code and message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from logan.analysis.rules.facts import LISTED, Labels, StatusKey, Who, in_order, labels_of, listed, share, status_list
from logan.analysis.rules.model import Finding, Severity, finding, part_of, rule

if TYPE_CHECKING:
    from logan.summary import Summary

#: The database saw text that was no statement: a mistake in the page, or somebody's quotation marks.
_SQL = frozenset({"80040E14", "80040E57", "80040E07"})
#: "[Microsoft][ODBC SQL Server Driver][SQL Server]" before the words that tell something.
_DRIVERS = re.compile(r"^(\[[^\]]*\])+")
#: From here on it is no single mistyped number.
_OFTEN = 10


@rule("asp-error")
def asp_errors(summary: Summary) -> Iterable[Finding]:
    """Errors of classic ASP pages (``|line|code|message`` in cs-uri-query of a 500) by site, grouped by page, line,
    code and message. A warning from ten on."""
    sites: dict[Who, list[dict[str, Any]]] = {}
    for (service, site, uri, line, code, message), (hits, first, last) in summary.asp_errors.rows.items():
        entry = {
            "uri_stem": uri, "line": line, "code": code, "message": (message or "").replace("_", " ").strip(),
            "hits": hits, "first": first, "last": last,
        }  # fmt: skip
        sites.setdefault((service, site), []).append(entry)
    for who, errors in sorted(sites.items(), key=lambda item: in_order(item[0][1])):
        yield _asp_error(summary, who, errors)


def _asp_error(summary: Summary, who: Who, errors: list[dict[str, Any]]) -> Finding:
    order = ("uri_stem", "line", "code", "message")
    errors.sort(key=lambda entry: (-entry["hits"], tuple(in_order(entry[name]) for name in order)))
    pages = {entry["uri_stem"] for entry in errors}
    keys: dict[StatusKey, int] = {}
    uris: Labels = {}
    for key, labels in summary.status_uris.rows.items():
        if key[:3] == (*who, 500):
            for uri in pages & labels.keys():
                keys[key] = keys.get(key, 0) + labels[uri]
                uris[uri] = uris.get(uri, 0) + labels[uri]
    # a row can hold several groups; rows are never more than the page's 500s
    rows = min(sum(entry["hits"] for entry in errors), sum(uris.values()))
    clients = labels_of(summary.status_clients.rows, keys)
    everything = sum(sum(summary.status_uris.rows[key].values()) for key in keys)
    worst = errors[0]
    evidence = {
        "errors": errors[:LISTED], "distinct_errors": len(errors), "statuses": status_list(keys),
        "uris": [{**entry, "of": (of := _hits(summary, who, entry["uri_stem"])), "share": share(entry["hits"], of)}
                 for entry in listed(uris, "uri_stem")],
        "distinct_uris": len(uris),
    }  # fmt: skip
    if everything == sum(keys.values()):  # no other page has these statuses: their clients are these clients
        evidence |= {"clients": listed(clients, "client"), "distinct_clients": len(clients)}
    first, last = min(entry["first"] for entry in errors), max(entry["last"] for entry in errors)
    sql = "sql" if any(entry["code"] in _SQL for entry in errors) else "other"
    severity: Severity = "warning" if rows >= _OFTEN else "info"
    return finding(
        "asp-error", severity, *who, rows, first, last, evidence, page=worst["uri_stem"] or "?",
        line="?" if worst["line"] is None else worst["line"], code=worst["code"], message=_DRIVERS.sub("", worst["message"]),
        cause=part_of("asp-error", "cause", sql),
    )  # fmt: skip


def _hits(summary: Summary, who: Who, uri: str) -> int:
    return summary.uris.rows.get((*who, uri), (0,))[0]
