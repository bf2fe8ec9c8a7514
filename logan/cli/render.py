"""What `logan summarize` shows to a person: verdict, numbers, findings, failures, slow URLs, and what is missing.

Nothing is computed here, only asked for and laid out. Every string from a log goes through `logan.display.plain` and
reaches rich as `Text`, so that nothing in it acts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logan.analysis.errors import StatusRow, order, statuses
from logan.analysis.latency import SlowTable, slow
from logan.analysis.statuses import Status
from logan.analysis.times import By, local, zone
from logan.analysis.traffic import Traffic, traffic
from logan.analysis.trend import trend
from logan.cli.fields_off import FLAGS_COMMAND, fields_off
from logan.cli.layout import columns, grid_of, sparkline, text_of
from logan.cli.layout import page as page_of
from logan.cli.messages import Words, percent, size
from logan.display import cut, plain
from logan.exceptions import OptionError
from logan.reasons import reason_in
from logan.tables import LIMIT

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from logan.analysis.findings import Finding
    from logan.summary import Summary

#: What `--sort` takes, an order of the statuses; "share" is one of the slow URLs.
SORTS = ("worst", "hits", "status", "first", "last", "share")
#: Statuses that are shown with cause, URLs and clients; those after them get one line each.
DETAILED = 5
#: Names in a list within a line; sites in the line of traffic; files and lines shown at the end.
NAMES, SITES, EXAMPLES = 3, 6, 3
_STYLES = {"critical": "bold red", "warning": "bold yellow", "info": "bold cyan"}


def render(
    summary: Summary,
    *,
    lang: str = "en",
    top: int = 10,
    tz: str = "UTC",
    sort: str = "worst",
    show_secrets: bool = False,
    console: Console | None = None,
) -> None:
    """Print a summary for people. `top` limits statuses and URLs, `sort` is one of `SORTS`.

    Sorted by "worst", faults of the server come before refused requests, and each by hits. Raises OptionError for a
    zone or an order that does not exist.
    """
    if sort not in SORTS:
        raise OptionError(f"{sort!r} is no order. Use one of {', '.join(SORTS)}.")
    from logan.analysis.findings import findings

    page = Page(summary, Words(lang), max(1, top), tz, sort, show_secrets, console or page_of())
    shared, found = traffic(summary), findings(summary)
    page.verdict(shared, found)
    page.head(shared)
    if shared.totals.hits:
        page.findings(found)
        page.failures()
        page.slow()
        page.fields()
    page.skipped()
    page.rejected()


@dataclass(frozen=True, slots=True)
class Page:
    """One summary on its way to a console, part by part."""

    summary: Summary
    words: Words
    top: int
    tz: str
    sort: str
    show_secrets: bool
    console: Console

    # --- the answer in a sentence, and the numbers ------------------------------------------------------------------
    def verdict(self, shared: Traffic, found: Sequence[Finding]) -> None:
        """One sentence: how bad is it, and what first."""
        worst = found[0].severity if found else "info"
        style = {"critical": "bold red", "warning": "bold yellow"}.get(worst, "bold")
        self._print(text_of(self._verdict(shared, found, worst), style))

    def _verdict(self, shared: Traffic, found: Sequence[Finding], worst: str) -> str:
        say, totals = self.words, shared.totals
        if not totals.hits:
            return say("verdict.empty")
        rate = say(
            "verdict.rate",
            errors=f"{totals.errors:,}",
            requests=f"{totals.requests:,}",
            percent=percent(totals.error_rate),
        )
        if worst in ("critical", "warning"):
            numbers = {name: sum(f.severity == name for f in found) for name in ("critical", "warning")}
            counts = say.comma.join(say.count(f"verdict.{name}s", n) for name, n in numbers.items() if n)
            return say(f"verdict.{worst}", title=_sentence(found[0].title(say.lang)), counts=counts, rate=rate)
        if not totals.requests:
            return say("verdict.routine")
        if not totals.errors:
            return say("verdict.fine", requests=f"{totals.requests:,}")
        return say("verdict.few" if totals.too_few else "verdict.errors", rate=rate)

    def head(self, shared: Traffic) -> None:
        """Period, files, lines, traffic, errors and their trend."""
        say, summary, grid = self.words, self.summary, grid_of(9)
        rows: list[tuple[str, Any]] = []
        if summary.period:
            rows.append(("period", self._period(*summary.period)))
        rows += [("files", self._files()), ("lines", self._lines())]
        if shared.totals.hits:
            rows += [("traffic", self._traffic(shared)), ("errors", self._errors(shared))]
            apart = self._apart(shared)
            if apart:
                rows.append(("apart", apart))
            if shared.totals.errors:
                rows.append(("trend", self._trend()))
        for name in ("uris", "clients"):
            lost = getattr(summary, name).lost
            if lost:
                rows.append(("remark", say(f"remarks.{name}", limit=f"{LIMIT:,}", n=f"{lost:,}")))
        for name, value in rows:
            grid.add_row(text_of(say(f"head.{name}"), "dim"), value if not isinstance(value, str) else text_of(value))
        self.console.print()
        self.console.print(grid)

    def _period(self, first: int, last: int) -> str:
        days = (last - first) / 86_400_000_000
        key = "period.short" if days < 2 else "period.span"
        return self.words(
            key, first=self._when(first), last=self._when(last), zone=self._plain(self.tz), days=f"{days:,.0f}"
        )

    def _files(self) -> str:
        text = self.words("files.some", files=f"{self.summary.files:,}", size=size(self.summary.bytes))
        skipped = len(self.summary.skipped)
        return text + (self.words.count("files.skipped", skipped) if skipped else "")

    def _lines(self) -> str:
        lines = self.summary.lines
        names = ("read", "rows", "directives", "blank", "rejected")
        text = self.words("lines.all", **{name: f"{getattr(lines, name):,}" for name in names})
        return text + (self.words.count("lines.filtered", lines.filtered) if lines.filtered else "")

    def _traffic(self, shared: Traffic) -> str:
        totals = shared.totals
        parts = [self.words("traffic.hits", hits=f"{totals.hits:,}")]
        if totals.bytes_sent is not None:
            parts.append(self.words("traffic.sent", size=size(totals.bytes_sent)))
        if totals.bytes_received is not None:
            parts.append(self.words("traffic.received", size=size(totals.bytes_received)))
        sites = [f"{self._plain(row.site or row.service, 24)} {row.totals.hits:,}" for row in shared.sites[:SITES]]
        rest = len(shared.sites) - len(sites)
        sites += [self.words.count("traffic.rest", rest)] if rest else []
        return self.words.comma.join(parts) + (
            self.words("head.colon") + self.words.comma.join(sites) if len(shared.sites) > 1 else ""
        )

    def _errors(self, shared: Traffic) -> Any:
        say, totals = self.words, shared.totals
        if not totals.errors:
            return text_of(say("errors.none", requests=f"{totals.requests:,}"))
        numbers = {"client": totals.client_errors, "server": totals.server_errors}
        for row in shared.sites:
            if row.service in ("ftp", "httperr"):
                numbers[row.service] = numbers.get(row.service, 0) + row.totals.errors
        shown = say.comma.join(say.count(f"errors.{name}", n) for name, n in numbers.items() if n)
        line = say(
            "errors.some",
            errors=f"{totals.errors:,}",
            requests=f"{totals.requests:,}",
            percent=percent(totals.error_rate),
        )
        return text_of(line + (say("head.brackets", text=shown) if shown else ""))

    def _apart(self, shared: Traffic) -> str:
        say, totals = self.words, shared.totals
        names = ("handshakes", "routine", "hangups")
        parts = [say.count(f"apart.{name}", n) for name in names if (n := getattr(totals, name))]
        return say.comma.join(parts) + say("head.brackets", text=say("apart.note")) if parts else ""

    def _trend(self) -> Text:
        width = max(10, min(60, self.console.width - 12))
        by, chunk = self._resolution(width)
        rows = trend(self.summary, by, self.tz, kind="error").rows
        chunk = max(chunk, -(-len(rows) // width))
        sums = [sum(row.errors for row in rows[n : n + chunk]) for n in range(0, len(rows), chunk)]
        most = max(sums)
        start = rows[sums.index(most) * chunk].start
        when = f"{start:%Y-%m-%d}" if by in ("day", "week") else f"{start:%Y-%m-%d %H:%M}"
        key = f"trend.{by}" if chunk == 1 else "trend.stretch"
        return text_of(
            sparkline(sums, self.console.encoding) + "\n" + self.words(key, most=f"{most:,}", when=when, n=chunk)
        )

    def _resolution(self, width: int) -> tuple[By, int]:
        """The shortest stretch of time of which the period has no more than `width`."""
        first, last = self.summary.period or (0, 0)
        quarters = (last - first) // 900_000_000 + 2
        steps: tuple[tuple[By, int], ...] = (("quarter", 1), ("hour", 4), ("day", 96), ("week", 672))
        for by, length in steps:
            if quarters <= width * length:
                return by, 1
        return "week", -(-quarters // (672 * width))

    # --- what is behind them ----------------------------------------------------------------------------------------
    def findings(self, found: Sequence[Finding]) -> None:
        """The findings, worst first: title, evidence in a line, next step; of remarks the title alone, beside worse."""
        self._title("findings.title")
        if not found:
            self._line(self.words("findings.none"))
            return
        grid = grid_of(9)
        brief = found[0].severity != "info"
        for item in found:
            remark = item.severity == "info"
            body = text_of(item.title(self.words.lang), "" if remark and brief else "bold")
            evidence = self._evidence(item)
            if evidence and not remark:
                body.append("\n" + evidence, "dim")
            if not (remark and brief):
                body.append("\n" + self.words("findings.next"), "green")
                body.append(item.advice(self.words.lang))
            grid.add_row(text_of(self.words(f"findings.{item.severity}"), _STYLES.get(item.severity, "bold")), body)
        self.console.print(grid)

    def _evidence(self, item: Finding) -> str:
        parts = [self.words.count("findings.rows", item.hits)] if item.hits else []
        if item.first is not None and item.last is not None:
            parts.append(self._span(item.first, item.last))
        if item.site:
            parts.append(self._plain(item.site, 24))
        for name, key in (("uris", "uri_stem"), ("clients", "client"), ("accounts", "account")):
            entries = item.evidence.get(name) or ()
            names = [entry.get(key) if isinstance(entry, dict) else entry for entry in entries]
            parts += [self._plain(name, 32) for name in names[:1] if name is not None]
        return cut(" · ".join(parts), max(20, self.console.width - 10))

    def failures(self) -> None:
        """The statuses that are failures, with their cause and who met them; the other statuses in a line."""
        rows = self._sorted(statuses(self.summary, kinds=("error",), top=NAMES))
        others = statuses(self.summary, kinds=("ok", "handshake", "hangup", "routine"), top=0)
        if rows:
            self._title("statuses.title")
        grid = grid_of(9, right=True)
        for number, row in enumerate(rows[: self.top]):
            body = self._failure(row) if number < DETAILED else self._failure_line(row)
            grid.add_row(text_of(f"{row.hits:,}", "bold red"), body)
        if rows:
            self.console.print(grid)
        hidden = rows[self.top :]
        if hidden:
            count, left = sum(row.hits for row in hidden), len(hidden)
            self._line(self.words("statuses.more", n=left, errors=f"{count:,}", top=len(rows)), "dim")
        if others:
            self._line(self._others(others), "dim")

    def _sorted(self, rows: list[StatusRow]) -> list[StatusRow]:
        keys: dict[str, Any] = {
            "worst": lambda row: (not _is_fault(row.status), -row.hits, order(row.status)),
            "status": lambda row: order(row.status),
            "first": lambda row: (row.first, order(row.status)),
            "last": lambda row: (-row.last, order(row.status)),
        }
        return sorted(rows, key=keys[self.sort]) if self.sort in keys else rows

    def _failure(self, row: StatusRow) -> Text:
        say, text = self.words, row.status.text(self.words.lang)
        body = text_of(self._code(row), "bold")
        body.append(" · " + self._plain(text.title))
        body.append(f" · {self._span(row.first, row.last)}", "dim")
        if text.causes:
            body.append(f"\n{say('statuses.why')} ", "dim")
            body.append(self._plain(text.causes[0]))
        width = max(20, self.console.width - 11)
        for key, names, count in (
            ("urls", row.uris, row.distinct_uris),
            ("clients", row.clients, row.distinct_clients),
        ):
            line = self._names(names, count, width - 10)
            if line:
                body.append(f"\n{say('statuses.' + key)} ", "dim")
                body.append(line)
        return body

    def _failure_line(self, row: StatusRow) -> Text:
        title = self._plain(row.status.text(self.words.lang).title)
        body = text_of(self._code(row), "bold")
        body.append(cut(f" · {title}", max(10, self.console.width - 11 - len(body))))
        return body

    def _code(self, row: StatusRow) -> str:
        win32 = row.status.win32_status
        return self._plain(row.status.code, 40) + (f" · win32 {win32}" if win32 else "")

    def _names(self, names: Iterable[tuple[str | None, int]], distinct: int, width: int) -> str:
        """The first names with their hits, as many as fit into a line."""
        known = [(name, hits) for name, hits in names if name is not None]
        line = ""
        for number, (name, hits) in enumerate(known):
            left = distinct - number - 1
            rest = f" (+{left:,})" if left > 0 else ""
            piece = ("  " if line else "") + f"{self._plain(name, max(16, width - 20))} {hits:,}"
            if line and len(line) + len(piece) + len(rest) > width:
                return f"{line} (+{distinct - number:,})"
            line += piece
        left = distinct - len(known)
        return f"{line} (+{left:,})" if line and left > 0 else line

    def _others(self, rows: list[StatusRow]) -> str:
        sums: dict[str, int] = {}
        for row in rows:
            kind = next(iter(row.kinds)) if len(row.kinds) == 1 else ""
            name = self._plain(row.status.code, 40) + (f" {self.words('statuses.' + kind)}" if kind in _NAMED else "")
            sums[name] = sums.get(name, 0) + row.hits
        shown = sorted(sums.items(), key=lambda item: -item[1])
        parts = [f"{name} {hits:,}" for name, hits in shown[: 2 * SITES]]
        rest = len(shown) - len(parts)
        parts += [self.words.count("statuses.rest", rest)] if rest > 0 else []
        return self.words("statuses.others") + self.words.comma.join(parts)

    def slow(self) -> None:
        """URLs by their 95th percentile, and the percentiles over all."""
        table = slow(self.summary, by="share" if self.sort == "share" else "p95", top=self.top)
        if not table.rows:
            return
        self._title("slow.title")
        for number, line in enumerate(self._slow_lines(table)):
            self._line(line, "" if number else "dim")
        numbers = {name: f"{getattr(table.overall, name):,}" for name in ("p50", "p90", "p95", "p99", "max")}
        self._line(self.words("slow.overall", **numbers), "dim")

    def _slow_lines(self, table: SlowTable) -> list[str]:
        say = self.words
        several = len({row.site for row in table.rows}) > 1
        names = ["hits", "p50", "p95", "p99", "max", "share"]
        titles = [say(f"slow.{name}") if name in ("hits", "max", "share") else name for name in names]
        rows = [[say("slow.uri"), *([say("slow.site")] if several else []), *titles]]
        for row in table.rows:
            numbers = [f"{n:,}" for n in (row.hits, row.p50, row.p95, row.p99, row.max)]
            site = [self._plain(row.site, 14)] if several else []
            rows.append([self._plain(row.uri), *site, *numbers, percent(row.share)])
        return columns(rows, self.console.width - 3, left=2 if several else 1)

    # --- what is missing --------------------------------------------------------------------------------------------
    def fields(self) -> None:
        """Questions that the logs cannot answer, and how to make them."""
        missing = fields_off(self.summary)
        if not missing:
            return
        self._title("fields.title")
        grid = grid_of(16)
        for field in missing:
            sites = [
                self._plain(site, 24)
                if not share
                else self.words("fields.part", site=self._plain(site, 24), percent=percent(share))
                for site, share in field.sites[:NAMES]
            ]
            sites += [f"+{len(field.sites) - NAMES}"] if len(field.sites) > NAMES else []
            body = text_of(self.words(f"fields.{field.column}"))
            body.append(self.words("head.colon") + self.words.comma.join(sites), "dim")
            grid.add_row(text_of(field.name), body)
        self.console.print(grid)
        if any(field.column != "x_forwarded_for" for field in missing):
            self._line(self.words("fields.how"), "green")
            self.console.print(text_of("  " + FLAGS_COMMAND), soft_wrap=True)  # in one piece, to be copied
        if any(field.column == "x_forwarded_for" for field in missing):
            self._line(self.words("fields.custom"), "green")

    def skipped(self) -> None:
        """Files that were no logs or could not be read."""
        skipped = self.summary.skipped
        if not skipped:
            return
        self._title("skipped.title", n=f"{len(skipped):,}")
        for path, reason in skipped[:EXAMPLES]:
            self._line(f"{self._plain(path)}{self.words('head.colon')}{self._reason(reason)}")
        if len(skipped) > EXAMPLES:
            self._line(self.words.count("skipped.more", len(skipped) - EXAMPLES), "dim")

    def rejected(self) -> None:
        """Lines that could not be read, with the reason."""
        if not self.summary.lines.rejected:
            return
        self._title("rejected.title", n=f"{self.summary.lines.rejected:,}")
        for example in self.summary.rejects[:EXAMPLES]:
            self._line(
                f"{self._plain(example.path)}:{example.line}{self.words('head.colon')}{self._reason(example.reason)}"
            )
            self._line("  " + self._plain(example.text, max(20, self.console.width - 6)), "dim")
        self._line(self.words("rejected.all"), "green")

    # --- small things -----------------------------------------------------------------------------------------------
    def _title(self, key: str, **values: object) -> None:
        self.console.print()
        self._print(text_of(self.words(key, **values), "bold underline"))

    def _plain(self, text: object, width: int | None = None) -> str:
        return plain(text, width, secrets=self.show_secrets)

    def _reason(self, reason: str) -> str:
        return self._plain(reason_in(reason, self.words.lang), 200)

    def _print(self, text: Text) -> None:
        self.console.print(text)

    def _line(self, text: str, style: str = "") -> None:
        """A line, or several where it is long, set in by two."""
        from rich.padding import Padding

        self.console.print(Padding(text_of(text, style), (0, 0, 0, 2), expand=False))

    def _when(self, moment: int) -> str:
        return f"{local(moment, zone(self.tz)):%Y-%m-%d %H:%M}"

    def _span(self, first: int, last: int) -> str:
        """Two moments, the day only once where it is the same."""
        one, other = self._when(first), self._when(last)
        if one == other:
            return one
        return f"{one} - {other[11:]}" if one[:10] == other[:10] else f"{one} - {other}"


_NAMED = ("handshake", "hangup", "routine")


def _is_fault(status: Status) -> bool:
    """Whether the server is to blame, rather than what was asked of it."""
    number = status.status or 0
    return (status.service == "http" and number >= 500) or (status.service == "httperr" and not 400 <= number < 500)


def _sentence(text: str) -> str:
    """A title as part of a sentence: without its full stop."""
    return text.rstrip(" .。")
