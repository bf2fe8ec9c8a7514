"""What the commands share: a selection made from options, a progress bar, and the file for rejected lines."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from logan.exceptions import OptionError

if TYPE_CHECKING:
    from logan.reading.parsing import Rejected
    from logan.selection import Selection
    from logan.summary import Summary
    from logan.worker import Progress, RejectSink

#: Below this, reading is over before a bar could be read.
_WORTH_A_BAR = 64 << 20


def remark(text: str, *, quiet: bool = False) -> None:
    """A line for the person, not for the answer."""
    if not quiet:
        print(f"logan: {text}", file=sys.stderr)


def print_json(record: Any) -> None:
    """Print JSON for programs, in one piece: `json.dump` writes each of ten thousand by itself."""
    import json

    sys.stdout.write(json.dumps(record, ensure_ascii=False, indent=1) + "\n")


def selection(
    *,
    since: str | None = None,
    until: str | None = None,
    tz: str = "UTC",
    sites: Sequence[str] | None = None,
    statuses: Sequence[str] | None = None,
    methods: Sequence[str] | None = None,
    **others: Any,
) -> Selection:
    """The selection that the options stand for. Raises OptionError for what makes no sense."""
    from logan.selection import Selection, moment, zone

    zone(tz)
    if others.get("local_zone"):
        zone(others["local_zone"])
    if others.get("encoding"):
        _demand_code_page(others["encoding"])
    first, last = moment(since, tz), moment(until, tz)
    if first is not None and last is not None and last <= first:
        raise OptionError("--until is not after --since.")
    if others.get("proxies"):
        from logan.selection import is_inside

        is_inside("0.0.0.0", tuple(others["proxies"]))
    rest: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in others.items() if v}
    return Selection(
        since=first,
        until=last,
        sites=tuple(site.upper() for site in sites or ()),
        statuses=tuple(statuses or ()),
        methods=tuple(method.upper() for method in methods or ()),
        **rest,
    )


def _demand_code_page(name: str) -> None:
    """Raise OptionError for what is no code page; in one, digits, blanks and line ends are those of ASCII."""
    plain = b"#Fields: 0-9 \\n +AA-\r\n"
    try:
        good = plain.decode(name) == plain.decode() and bytes(range(128, 256)).decode(name, "backslashreplace")
    except (LookupError, ValueError):
        good = False
    if not good:
        raise OptionError(f"{name!r} is no encoding of logs. Use a name such as utf-8, gbk or cp1252.") from None


def demand_spared(sources: Sequence[str], **targets: str | None) -> None:
    """Raise OptionError where an option would overwrite a log, or a saved summary that is to be read."""
    for name, target in targets.items():
        if target is None or not os.path.isfile(target):  # which most are not: nothing is loaded for them
            continue
        from logan.overwriting import demand_no_log, demand_not_read
        from logan.summarizing import saved_matches

        demand_no_log(target, f"--{name}")
        saved = (match for source in sources if source.lower().endswith(".logan") for match in saved_matches(source))
        demand_not_read(target, saved, f"--{name}")


@contextmanager
def reading(
    sources: Sequence[str], rejects: str | None, quiet: bool, *, meanwhile: Callable[[], None] | None = None
) -> Iterator[tuple[Progress | None, RejectSink | None]]:
    """A progress function and a sink for rejected lines, for as long as logs are read.

    `meanwhile` makes ready what the answer will need, since reading leaves Python's lock to others most of the time.
    """
    if meanwhile:
        threading.Thread(target=_made_ready, args=(meanwhile,), daemon=True).start()
    with ExitStack() as stack:
        sink = stack.enter_context(_reject_file(rejects)) if rejects else None
        progress = stack.enter_context(_progress_bar(sources)) if not quiet and sys.stderr.isatty() else None
        yield progress, sink


def _made_ready(make: Callable[[], None]) -> None:
    with suppress(Exception):  # it comes again, where somebody hears it
        make()


@contextmanager
def _reject_file(path: str) -> Iterator[RejectSink]:
    import csv

    from logan.writing import cell, written_beside

    lock = threading.Lock()
    lines: list[tuple[str, int, str, str]] = []
    with written_beside(path) as beside, open(beside, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "line", "reason", "text"])

        def take(rejected: Sequence[Rejected]) -> None:
            with lock:
                lines.extend((r.path, r.line, r.reason, r.text) for r in rejected)
                if len(lines) > 100_000:  # more than fits a hand: in the order in which they come
                    writer.writerows([cell(p), n, cell(why), cell(text)] for p, n, why, text in sorted(lines))
                    lines.clear()

        yield take
        writer.writerows([cell(p), n, cell(why), cell(text)] for p, n, why, text in sorted(lines))


@contextmanager
def _progress_bar(sources: Sequence[str]) -> Iterator[Progress | None]:
    size = _size_of(sources)
    if size < _WORTH_A_BAR:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=size)
        yield lambda count: bar.update(task, advance=count)


def _size_of(sources: Sequence[str]) -> int:
    from logan.exceptions import LoganError
    from logan.finding import find_files

    try:
        return sum(log.size for log in find_files([s for s in sources if not s.endswith(".logan")]).files)
    except LoganError:
        return 0


def remark_on(summary: Summary, *, lang: str, quiet: bool, bad_lines: str) -> None:
    """Say on stderr what was left out: files that are no logs, and lines that could not be read."""
    if quiet or not (summary.skipped or summary.lines.rejected):
        return
    from logan.cli.messages import Words
    from logan.display import plain
    from logan.reasons import reason_in

    say, colon = Words(lang), Words(lang)("head.colon")
    if summary.lines.rejected and summary.rejects and bad_lines == "warn":
        first, number = summary.rejects[0], summary.lines.rejected
        line = f"{plain(first.path)}:{first.line}{colon}{plain(reason_in(first.reason, lang), 200)}"
        remark(say("remark.rejected-one" if number == 1 else "remark.rejected", n=f"{number:,}", line=line))
    for path, reason in summary.skipped[:3]:
        remark(say("remark.skipped", path=plain(path), reason=plain(reason_in(reason, lang), 200)))
    if len(summary.skipped) > 3:
        remark(say.count("remark.more", len(summary.skipped) - 3))


def use_catalogues(paths: Sequence[str] | None) -> None:
    """Read the user's own catalogue entries."""
    if paths or os.environ.get("LOGAN_CATALOGUE"):
        from logan.catalogue.store import use

        use(list(paths or ()))
