"""Measure logan and the tools that do such work, and write RESULTS.md.

    python benchmarks/run.py --size 1GB --repeat 3
    python benchmarks/run.py --only tools --tools logan,mawk --size 100MB
    python benchmarks/run.py FOLDER --repeat 5            # a folder made by generate.py

From a clean clone this is all: where logan's own dependencies are missing, a virtual environment is made in
`.venv-bench` and the runner starts again in it. lnav, GoAccess and mawk come from the system (`apt-get install lnav
goaccess mawk`); a tool that is absent is skipped, and the table says so. With 1 GB the whole takes about half an hour on
two cores, 24 GB of memory and 20 GB of disk for a while (`--only` and `--size` make it less). RESULTS.md is written after
each section; what was measured stays if the run is cut off.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from candidates import ROOT, Data, everyone, machine, versions
from results import SHORT, Section, aims_table, load, save
from sections import SECTIONS, Bench, warm, words

UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}


def size(text: str) -> int:
    """Bytes of `500MB`, `1GB` or a bare number; units are powers of ten."""
    number = text.upper().removesuffix("B").strip()
    try:
        return int(float(number.rstrip("KMG")) * UNITS[number[len(number.rstrip("KMG")) :]])
    except (ValueError, KeyError):
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write for example 500MB or 1GB") from None


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure logan and its peers on the same logs, and write RESULTS.md.")
    parser.add_argument(
        "folder", type=Path, nargs="?", help="made by generate.py: measure the tools on it, and nothing else"
    )
    parser.add_argument("--size", type=size, default=size("1GB"), help="of the main folders (default: 1GB)")
    parser.add_argument("--repeat", type=int, default=3, help="rounds (default: 3)")
    parser.add_argument(
        "--only", action="append", choices=SECTIONS, metavar="NAME", help=f"may be repeated: {', '.join(SECTIONS)}"
    )
    parser.add_argument("--tools", help="names to take part, with commas: logan,mawk (default: all)")
    parser.add_argument("--python", help="another Python to look for duckdb, polars and pandas in")
    parser.add_argument(
        "--data", type=Path, default=ROOT / "build" / "benchmarks", help="where folders are generated, and found again"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "RESULTS.md")
    parser.add_argument("--limit", type=float, default=400, help="seconds after which a tool is stopped (default: 400)")
    parser.add_argument("--keep", action="store_true", help="keep generated folders above 2 GB too")
    given = parser.parse_args(arguments)
    if given.folder and not (given.folder / "truth.json").exists():
        parser.error(f"{given.folder} holds no truth.json: make it with benchmarks/generate.py")
    return given


def prepare() -> None:
    """Start again in an environment of our own where logan's dependencies are missing."""
    if all(importlib.util.find_spec(name) for name in ("pyarrow", "typer", "pandas")):
        return
    folder = ROOT / ".venv-bench"
    python = folder / "bin" / "python"
    print(f"making {folder.name} with logan, DuckDB and polars ...", file=sys.stderr)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-e", f"{ROOT}[bench]"], check=True)
    os.execv(python, [str(python), *sys.argv])


def measure(given: argparse.Namespace) -> tuple[dict[str, Section], list[str]]:
    """The sections that were asked for, and the names of those that failed; results are written after each."""
    names = ["tools"] if given.folder else given.only or list(SECTIONS)
    candidates = everyone(given.python)
    if given.tools:
        wanted = {name.strip().lower() for name in given.tools.split(",")}
        candidates = [c for c in candidates if c.name.lower() in wanted]
    bench = Bench(
        given.size,
        given.repeat,
        given.data,
        candidates,
        given.keep,
        given.limit,
        lambda text: print(text, file=sys.stderr, flush=True),
    )
    if given.folder:
        bench.given = warm(Data(given.folder, json.loads((given.folder / "truth.json").read_text(encoding="utf-8"))))
    found = ", ".join(f"{name} {version}" for name, version in versions(candidates, given.python).items())
    measured = f"Measured with `python benchmarks/run.py {shlex.join(_shown(given))}` on {machine()}; {found}."
    # a complete run begins a new page, so that nothing of an older one can be taken for its own
    page = load(given.output.with_suffix(".json")) if given.folder or given.only else {}
    done: dict[str, Section] = {}
    failed = []
    try:
        bench.warm_up()
        for name in names:
            bench.say(f"--- {name}")
            began = time.perf_counter()
            try:
                section = SECTIONS[name](bench)
            except Exception:
                traceback.print_exc()
                failed.append(name)
                continue
            section.measured = measured
            if name != "startup" and (given.folder or given.size < 1_000_000_000):
                section.aims.clear()  # they were set for 1 GB
            page[name] = done[name] = section
            for table in section.tables:
                print("\n".join([table.caption, *table.lines(), ""]), flush=True)
            bench.say(f"--- {name} took {time.perf_counter() - began:.0f} s")
            missing = [] if given.folder or given.only else [other for other in names if other not in done]
            save(given.output, {name: page[name] for name in SECTIONS if name in page}, missing)
    finally:
        bench.tidy()
    return done, failed


def _shown(given: argparse.Namespace) -> list[str]:
    """The arguments that bear on the figures; paths of this machine do not."""
    shown = ["FOLDER"] if given.folder else ["--size", f"{words(given.size).replace(' ', '')}"]
    shown += ["--repeat", str(given.repeat)]
    for name in given.only or []:
        shown += ["--only", name]
    return shown + (["--tools", given.tools] if given.tools else [])


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, write."""
    if not hasattr(os, "wait4"):
        sys.exit(
            "The runner asks the kernel what a child has used (wait4), which Windows does not tell. Run it on Linux or macOS."
        )
    given = parse(arguments)
    prepare()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that logs which were changed are put right
    done, failed = measure(given)
    aims = aims_table(done)
    if aims.rows:
        print("\n".join([aims.caption, *aims.lines()]))
    short = sum(not aim.met for section in done.values() for aim in section.aims)
    if aims.rows:
        print(f"{short} of {len(aims.rows)} aims: {SHORT}" if short else "every aim met", file=sys.stderr)
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
