"""The questions that are measured, one function each; every one returns a `Section`.

Sizes follow from `--size`: with 1 GB the folders have 10 MB, 100 MB, 1 GB, 4 GB and 10 GB. Tables say the true sizes.
What takes long and shows nothing new is done once: tools that are `slow` on the full size, and what is larger than that.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from candidates import HERE, ROOT, Answer, Candidate, Data, logan_command, read_logan, verdict
from measuring import Figures, Job, Run, floor, interleave, run, spread
from results import Aim, Section, Table

#: Larger folders are deleted once they have been measured, unless --keep.
LARGE = 2_000_000_000
#: Slow tools do larger folders once only, and only one of them.
SLOW = 500_000_000
NONE = "–"


@dataclass(slots=True)
class Bench:
    """What all sections share: where data lies, who takes part, how often."""

    size: int
    repeat: int
    data_folder: Path
    candidates: list[Candidate]
    keep: bool = False
    limit: float = 900
    say: Callable[[str], None] = print
    given: Data | None = None
    _made: list[Path] = field(default_factory=list)

    def data(self, size: int, files: int, **more: Any) -> Data:
        """A generated folder; one with the same options that is there already is taken."""
        wanted: dict[str, Any] = {
            "size": size, "files": files, "seed": 7, "change_fields": 0.1, "dirt": 0.0, "unique": False, "gz": 0,
            "httperr": 0, "ftp": 0, **more,
        }  # fmt: skip
        for path in sorted(self.data_folder.glob("*/truth.json")):
            truth = json.loads(path.read_text(encoding="utf-8"))
            if truth["options"] == wanted and _whole(path.parent, truth):
                return warm(Data(path.parent, truth))
        marks = "".join(f"-{name}{value}" for name, value in more.items())
        folder = self.data_folder / f"{words(size).replace(' ', '')}-{files}{marks}"
        if folder.exists():
            shutil.rmtree(folder)
        self.say(f"  generating {words(size)} in {files} files ...")
        if size > LARGE and not self.keep:
            self._made.append(folder)
        self._generate(folder, wanted)
        return warm(Data(folder, json.loads((folder / "truth.json").read_text(encoding="utf-8"))))

    def _generate(self, folder: Path, wanted: dict[str, Any]) -> None:
        command = [sys.executable, str(HERE / "generate.py"), str(folder)]
        for name, value in wanted.items():
            if name == "unique":
                command += ["--cardinality", "unique" if value else "normal"]
            else:
                command += [f"--{name.replace('_', '-')}", str(value)]
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(command, check=True, capture_output=True)

    def warm_up(self) -> None:
        """Every candidate once on a little, not counted: its modules are compiled then, and lie in the page cache."""
        self.say("--- warming up")
        with self.little() as data:
            for candidate in self.candidates:
                if not candidate.absent:
                    self.run(candidate.command(data), candidate.env)

    @contextmanager
    def little(self) -> Iterator[Data]:
        """A megabyte of logs, for runs that are not counted."""
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "little"
            self._generate(folder, {"size": 1_000_000, "files": 2})
            yield Data(folder, json.loads((folder / "truth.json").read_text(encoding="utf-8")))

    def tidy(self) -> None:
        """Delete what was made and is large."""
        while self._made:
            shutil.rmtree(self._made.pop(), ignore_errors=True)

    def run(self, command: Sequence[str], env: dict[str, str] | None = None) -> Run:
        return run(command, limit=self.limit, cwd=ROOT, env=env)

    def logan(self, *arguments: str) -> Run:
        return self.run([*logan_command(), *arguments])

    def summarize(self, data: Data, *arguments: str) -> Run:
        return self.logan("summarize", "--format", "json", "--quiet", *arguments, *data.logs)

    def interleave(
        self, jobs: dict[str, Job], repeat: int | None = None, once: Collection[str] = ()
    ) -> dict[str, Figures]:
        return interleave(jobs, repeat or self.repeat, self.say, once)


def _whole(folder: Path, truth: dict[str, Any]) -> bool:
    """Whether the logs are as they were written."""
    found = sum(path.stat().st_size for path in (folder / "W3SVC1").glob("*"))
    return bool(truth["options"]["gz"]) or found == truth["bytes"]


def warm(data: Data) -> Data:
    """Read the files once, so that nobody pays for the disk."""
    for path in data.logs:
        with open(path, "rb", buffering=0) as stream:
            while stream.read(1 << 22):
                pass
    return data


def words(size: float) -> str:
    """A size in bytes for people, in powers of ten.

    >>> words(1_003_445_532), words(99_855_661)
    ('1 GB', '100 MB')
    """
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor * 0.95:
            return f"{size / factor:.3g} {unit}"
    return f"{size} B"


def memory(figures: Figures) -> str:
    """The peak in MB; what lies under the runner's own size cannot be told."""
    return f"{figures.peak / 1e6:.0f}" if figures.peak > floor() * 1.05 else f"< {floor() * 1.05 / 1e6:.0f}"


def plain_row(figures: Figures, *more: str) -> list[str]:
    """Name, time, CPU, memory."""
    if figures.trouble:
        return [figures.name, NONE, NONE, NONE, *more]
    return [figures.name, spread([r.seconds for r in figures.runs]), f"{figures.cpu:.2f}", memory(figures), *more]


def ratio(mine: Figures, first: Figures | None) -> str:
    """How many times as long as the first line of the table it took."""
    if mine is first and not mine.trouble:
        return "1"
    return NONE if first is None or mine.trouble or first.trouble else spread(mine.ratios(first))


def number_of(count: int, thing: str) -> str:
    """`1 file`, `30 files`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def checked(read: Callable[[str], Answer], data: Data, figures: Figures) -> str:
    """Whether the last answer says what the generator wrote."""
    if figures.trouble:
        return figures.trouble
    try:
        return verdict(read(figures.runs[-1].output), data.truth)
    except (ValueError, KeyError, TypeError) as error:
        return f"answer not understood ({type(error).__name__})"


# --- all tools --------------------------------------------------------------------------------------------------------


def tools(bench: Bench) -> Section:
    """logan and its peers on the same folders, from 10 MB to the full size."""
    section = Section(
        "tools", "All tools on the same logs",
        "logan answers more than the others are asked. Their queries stand in `benchmarks/peers/`: all but lnav and GoAccess,"
        " which look for it themselves, know the field list at the head of each file, mawk every change of it."
        " GoAccess is slow: it reads the largest logs once.",
    )  # fmt: skip
    asked = [[c.name, c.absent or c.version, c.asks] for c in bench.candidates]
    section.tables.append(Table("", ["tool", "version", "asked for"], asked))
    if bench.given:
        _tools_on(bench, bench.given, section)
        return section
    size = bench.size
    small = _tools_on(bench, bench.data(size // 100, 1), section)
    _tools_on(bench, bench.data(size // 10, 30), section)
    many = _tools_on(bench, bench.data(size, 30), section)
    one = _tools_on(bench, bench.data(size, 1, change_fields=0.0), section)
    section.aims += _tools_aims(size, small, many, one)
    return section


def _tools_on(
    bench: Bench, data: Data, section: Section, candidates: Sequence[Candidate] | None = None
) -> dict[str, Figures]:
    """Candidates (all, unless said) on one folder; adds its table to the section."""
    changing = data.truth["options"]["change_fields"]
    what = f"{words(data.bytes)}, {number_of(data.truth['files'], 'file')}, {data.truth['rows']:,} rows, " + (
        f"{changing:.0%} of the sections with another field list" if changing else "one field list"
    )
    bench.say(what)
    present = [c for c in (bench.candidates if candidates is None else candidates) if not c.absent]
    once = [c.name for c in present if c.slow and data.bytes > SLOW]
    figures = bench.interleave({c.name: partial(bench.run, c.command(data), c.env) for c in present}, once=once)
    rows = []
    for candidate in present:
        mine = figures[candidate.name]
        mine.verdict = checked(candidate.answer, data, mine)
        rows.append([*plain_row(mine), ratio(mine, figures.get("logan")), mine.verdict])
    columns = ["tool", "time s", "CPU s", "peak MB", "ratio", "answer"]
    section.tables.append(Table(f"**{what}**", columns, rows))
    return figures


def _tools_aims(
    size: int, small: dict[str, Figures], many: dict[str, Figures], one: dict[str, Figures]
) -> Iterator[Aim]:
    def faster(where: str, figures: dict[str, Figures], peer: str, times: float) -> Iterator[Aim]:
        mine, its = figures.get("logan"), figures.get(peer)
        if mine and its and not mine.trouble and not its.trouble:
            ratios = its.ratios(mine)
            least = "not slower than" if times == 1 else f"{times:g} times as fast as"
            yield Aim(f"{where}: {least} {peer}", f"{spread(ratios)} times", statistics.median(ratios) >= times)

    full = f"{words(size)}, 30 files, changing fields"
    for peer, times in (("DuckDB", 1.0), ("polars", 1.0), ("lnav", 7.0), ("GoAccess", 20.0)):
        yield from faster(full, many, peer, times)
        yield from faster(f"{words(size)}, one file", one, peer, times)
    for where, figures in ((full, many), (f"{words(size)}, one file", one)):
        yield from _below(f"{where}: peak memory under 400 MB", figures.get("logan"), 400)
    mine = small.get("logan")
    if mine and not mine.trouble:
        yield Aim(f"{words(size // 100)} in under 0.25 s", f"{mine.seconds:.2f} s", mine.seconds < 0.25)


def _below(text: str, figures: Figures | None, limit: float) -> Iterator[Aim]:
    if figures and not figures.trouble:
        yield Aim(text, f"{figures.peak / 1e6:.0f} MB", figures.peak < limit * 1e6)


# --- memory -----------------------------------------------------------------------------------------------------------


def large(bench: Bench) -> Section:
    """Time and memory at four and ten times the size."""
    section = Section(
        "large",
        "Four and ten times as much",
        "Does memory grow with the logs? 30 files, changing fields; one run each.",
    )
    some = [c for c in bench.candidates if c.name in ("logan", "DuckDB", "polars") and not c.absent]
    for factor in (1, 4, 10):
        data = bench.data(bench.size * factor, 30)
        size = words(data.bytes)
        bench.say(size)
        figures = bench.interleave({c.name: partial(bench.run, c.command(data), c.env) for c in some}, 1)
        rows = [
            [*plain_row(mine, ratio(mine, figures.get("logan")), _speed(data, mine)), checked(c.answer, data, mine)]
            for c, mine in zip(some, figures.values(), strict=True)
        ]
        columns = ["tool", "time s", "CPU s", "peak MB", "ratio", "MB/s", "answer"]
        section.tables.append(Table(f"**{size}, {data.truth['rows']:,} rows**", columns, rows))
        section.aims += _below(f"{size}: peak memory under 400 MB", figures.get("logan"), 400) if factor > 1 else ()
        bench.tidy()
    return section


def _speed(data: Data, figures: Figures) -> str:
    return NONE if figures.trouble else f"{data.bytes / 1e6 / figures.seconds:.0f}"


def unique(bench: Bench) -> Section:
    """Every URL and every client different."""
    data = bench.data(bench.size, 10, unique=True)
    section = Section(
        "unique", "Every URL and every client once",
        "The worst case for counting by key. Beyond the limits in `logan/tables/` logan lets the least frequent keys go and"
        " says by how much a count can be too low; statuses, trend and totals stay exact.",
    )  # fmt: skip
    some = [c for c in bench.candidates if c.name in ("logan", "DuckDB", "polars")]
    figures = _tools_on(bench, data, section, some)
    section.aims += _below(
        f"{words(data.bytes)}, every URL and client once: peak memory under 1 GB", figures.get("logan"), 1000
    )
    return section


# --- shapes of input --------------------------------------------------------------------------------------------------


def cores(bench: Bench) -> Section:
    """Does every shape of input keep all cores busy?"""
    number = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    section = Section(
        "cores", "Small files, one huge file, archives",
        f"`logan summarize --workers`: one, and one for each core ({number} here). Cores busy is CPU time divided by time; the ratio"
        " is to one worker. `gzip -dc` unpacks one file after the other and counts nothing.",
    )  # fmt: skip
    many, size = max(10, bench.size // 100_000), bench.size // 2
    shapes = [
        (f"{many:,} files of 50 kB", bench.data(size, many)),
        ("one file", bench.data(bench.size, 1, change_fields=0.0)),
        ("8 files, .gz", bench.data(size, 8, gz=8)),
        ("the same 8 unpacked", bench.data(size, 8)),
    ]
    for shape, data in shapes:
        bench.say(shape)
        jobs: dict[str, Job] = {
            number_of(w, "worker"): partial(bench.summarize, data, "--workers", str(w))
            for w in dict.fromkeys((1, number))
        }
        packed = bool(data.truth["options"]["gz"])
        if packed:
            jobs["gzip -dc"] = partial(bench.run, ["sh", "-c", 'gzip -dc "$@" > /dev/null', "gzip", *data.logs])
        figures = bench.interleave(jobs)
        alone = figures["1 worker"]
        rows = []
        for mine in figures.values():
            answer = checked(read_logan, data, mine) if "worker" in mine.name else NONE
            busy = NONE if mine.trouble else f"{mine.busy:.2f}"
            name, seconds, *rest = plain_row(mine, ratio(mine, alone), _speed(data, mine), answer)
            rows.append([name, seconds, rest[0], busy, *rest[1:]])
        columns = ["run", "time s", "CPU s", "cores busy", "peak MB", "ratio", "MB/s", "answer"]
        size_of = f"{words(data.bytes)} unpacked" if packed else words(data.bytes)
        section.tables.append(Table(f"**{shape}, {size_of}**", columns, rows))
        section.aims += _all_busy(shape, alone, figures.get(number_of(number, "worker")), number)
    return section


def _all_busy(shape: str, alone: Figures, together: Figures | None, number: int) -> Iterator[Aim]:
    if number > 1 and together and not alone.trouble and not together.trouble:
        ratios = alone.ratios(together)
        yield Aim(
            f"{shape}, {number} workers: {0.75 * number:g} cores busy, 1.2 times as fast as 1",
            f"{together.busy:.2f} cores, {spread(ratios)} times",
            together.busy >= 0.75 * number and statistics.median(ratios) >= 1.2,
        )


def dirt(bench: Bench) -> Section:
    """What one bad line in a hundred costs."""
    clean, dirty = bench.data(bench.size // 2, 8), bench.data(bench.size // 2, 8, dirt=0.01)
    section = Section(
        "dirt", "One line in a hundred is bad",
        "Torn and merged lines, bad numbers, NULs, bytes that are no UTF-8, doubled spaces, '#' in URLs: seven kinds, of which"
        " three must be rejected.",
    )  # fmt: skip
    figures = bench.interleave({"clean": partial(bench.summarize, clean), "1 % bad": partial(bench.summarize, dirty)})
    one, other = figures.values()
    rows = [
        plain_row(mine, ratio(mine, one), checked(read_logan, data, mine))
        for mine, data in zip(figures.values(), (clean, dirty), strict=True)
    ]
    columns = ["logs", "time s", "CPU s", "peak MB", "ratio", "answer"]
    section.tables.append(Table(f"**logan, {words(clean.bytes)}, 8 files**", columns, rows))
    if not one.trouble and not other.trouble:
        ratios = other.ratios(one)
        aim = "1 % bad lines: at most 1.5 times the time of clean ones"
        section.aims.append(Aim(aim, f"{spread(ratios)} times", statistics.median(ratios) <= 1.5))
    return section


# --- frames, start, cache ---------------------------------------------------------------------------------------------


def frame(bench: Bench) -> Section:
    """`logan.read` against `pandas.read_csv`."""
    data = bench.data(bench.size, 1, change_fields=0.0)
    section = Section(
        "frame", "A DataFrame of all columns",
        "`logan.read` against `pandas.read_csv` with the C engine, both with every column and one timestamp; the whole process."
        " (`benchmarks/peers/frame_*.py`)",
    )  # fmt: skip
    scripts = {"logan.read": "frame_logan.py", "pandas.read_csv": "frame_pandas.py"}
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))

    def job(script: str, logs: list[str]) -> Job:
        return partial(bench.run, [sys.executable, str(HERE / "peers" / script), *logs], {"PYTHONPATH": path})

    with bench.little() as little:
        for script in scripts.values():
            job(script, little.logs)()
    figures = bench.interleave({name: job(script, data.logs) for name, script in scripts.items()})
    first, rows = figures["logan.read"], []
    for mine in figures.values():
        told = mine.runs[-1].output.strip()
        answer = "all rows" if told == str(data.truth["rows"]) else f"**{told} rows of {data.truth['rows']}**"
        rows.append(plain_row(mine, ratio(mine, first), mine.trouble or answer))
    section.tables.append(
        Table(
            f"**{words(data.bytes)}, one file, {data.truth['rows']:,} rows**",
            ["reader", "time s", "CPU s", "peak MB", "ratio", "answer"],
            rows,
        )
    )
    mine, its = figures.values()
    if not mine.trouble and not its.trouble:
        ratios, share = its.ratios(mine), mine.peak / its.peak
        section.aims.append(
            Aim(
                "`logan.read`: 4 times as fast as `pandas.read_csv`",
                f"{spread(ratios)} times",
                statistics.median(ratios) >= 4,
            )
        )
        section.aims.append(Aim("`logan.read`: a third of its memory", f"{share:.2f} of it", share <= 1 / 3))
    return section


def startup(bench: Bench) -> Section:
    """Commands that read no log."""
    section = Section(
        "startup", "Before the first byte", "What a command costs that reads no log; `python -c pass` is the floor."
    )
    jobs: dict[str, Job] = {
        "python -c pass": partial(bench.run, [sys.executable, "-c", "pass"]),
        "logan --help": partial(bench.logan, "--help"),
        "logan explain 403.14": partial(bench.logan, "explain", "403.14"),
        "import logan": partial(bench.run, [sys.executable, "-c", "import logan"]),
    }
    bench.interleave(jobs, 1)  # compiles modules
    figures = bench.interleave(jobs, max(5, bench.repeat))
    rows = [
        [m.name, spread([r.seconds for r in m.runs], 3), f"{m.cpu:.3f}", memory(m)]
        for m in figures.values()
        if not m.trouble
    ]
    section.tables.append(Table("", ["command", "time s", "CPU s", "peak MB"], rows))
    for name, limit in (("logan --help", 0.12), ("logan explain 403.14", 0.2)):
        mine = figures[name]
        if not mine.trouble:
            section.aims.append(Aim(f"`{name}` in under {limit} s", f"{mine.seconds:.3f} s", mine.seconds < limit))
    return section


def cache(bench: Bench) -> Section:
    """What the cache saves."""
    section = Section(
        "cache", "Reading only what is new",
        "`logan summarize --cache`: cold fills the cache, warm finds everything in it, grown finds one file with 1 % of new rows"
        " behind the old ones. Answers are compared with those of runs without a cache, to the byte. The report is that of the"
        " last week, made from all the logs with a warm cache.",
    )  # fmt: skip
    with bench.little() as little, tempfile.TemporaryDirectory() as scratch:
        for _ in range(2):
            bench.run(_report(scratch, little))
    for name, files in (("a month", 30), ("a year", 365)):
        _cache_on(bench, bench.data(bench.size, files), name, section)
    return section


def _report(scratch: str, data: Data) -> list[str]:
    cache, page = str(Path(scratch) / "cache"), str(Path(scratch) / "week.html")
    return [*logan_command(), "report", "--quiet", "--cache", cache, "-o", page, *data.logs]


def _cache_on(bench: Bench, data: Data, name: str, section: Section) -> None:
    bench.say(name)
    with tempfile.TemporaryDirectory() as scratch:
        folder = str(Path(scratch) / "cache")
        report = _report(scratch, data)
        jobs: dict[str, Job] = {
            "no cache": partial(bench.summarize, data),
            "cold": lambda: _cold(bench, data, folder),
            "warm": partial(bench.summarize, data, "--cache", folder),
            "one grown file": lambda: _grown(bench, data, "--cache", folder),
            "weekly report, warm": lambda: (bench.run(report), bench.run(report))[1],
        }
        figures = {name: Figures(name) for name in jobs}
        for _ in range(bench.repeat):  # in this order: each state of the cache comes from the one before
            for what, job in jobs.items():
                figures[what].add(job())
                bench.say(f"  {what}: {figures[what].trouble or f'{figures[what].runs[-1].seconds:.2f} s'}")
        grown_reference = _grown(bench, data).output
        kept = sum(path.stat().st_size for path in Path(folder).iterdir())
    plain = figures["no cache"]
    reference = plain.runs[-1].output
    expected = {"cold": reference, "warm": reference, "one grown file": grown_reference}
    rows = []
    for what, mine in figures.items():
        answer = checked(read_logan, data, mine) if mine is plain else NONE
        if what in expected:
            answer = "the same" if mine.runs[-1].output == expected[what] else "**differs**"
        rows.append(plain_row(mine, ratio(mine, plain), mine.trouble or answer))
    caption = f"**{name}: {data.truth['files']} files, {words(data.bytes)}; the cache takes {words(kept)}**"
    section.tables.append(Table(caption, ["run", "time s", "CPU s", "peak MB", "ratio", "answer"], rows))
    warm_run = figures["warm"]
    if not warm_run.trouble:
        section.aims.append(
            Aim(
                f"{name} of {words(data.bytes)} from the cache in under 5 s",
                f"{warm_run.seconds:.2f} s",
                warm_run.seconds < 5,
            )
        )


def _cold(bench: Bench, data: Data, folder: str) -> Run:
    shutil.rmtree(folder, ignore_errors=True)
    return bench.summarize(data, "--cache", folder)


def _grown(bench: Bench, data: Data, *arguments: str) -> Run:
    with _more_rows(Path(data.logs[-1])):
        return bench.summarize(data, *arguments)


@contextmanager
def _more_rows(path: Path) -> Iterator[None]:
    """The file with its last hundredth once more at its end; as it was behind this."""
    size, times = path.stat().st_size, path.stat()
    with path.open("r+b") as stream:
        stream.seek(size - size // 100)
        stream.readline()
        rows = b"".join(line for line in stream.readlines() if not line.startswith(b"#"))
        stream.write(rows)
    try:
        yield
    finally:
        os.truncate(path, size)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


SECTIONS: dict[str, Callable[[Bench], Section]] = {
    "tools": tools, "large": large, "unique": unique, "cores": cores, "dirt": dirt, "frame": frame, "startup": startup, "cache": cache,
}  # fmt: skip
