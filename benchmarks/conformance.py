"""The cases of tests/conformance before other readers: who gives which rows, who loses them, who gives wrong ones.

    pip install duckdb polars pandas pyarrow lars        # and from the system: goaccess lnav awstats
    python benchmarks/conformance.py --write docs/conformance.md

Each reader is used as its own documentation says for W3C logs: text without quoting, `#` lines left out, the columns
named by the first `#Fields` of the file, or its own preset. What is not installed is left out with a word.
A row is right if client, path, status, sub-status, win32 code and HTTP.sys reason are, as far as the reader reports them
(GoAccess reports statuses, AWStats the number of rows).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
CASES = HERE / "tests" / "conformance" / "cases"
KEYS = ("c_ip", "cs_uri_stem", "cs_uri", "sc_status", "sc_substatus", "sc_win32_status", "s_reason")
Rows = list[dict[str, Any]]
sys.path.insert(0, str(HERE))


def fields_of(path: Path) -> list[str]:
    """The columns that the first #Fields of a file names; the default ones where there is none."""
    from logan.fields import column_names

    for line in path.read_bytes().replace(b"\r", b"\n").split(b"\n"):
        if line.startswith(b"#Fields:"):
            return list(column_names(tuple(line.decode().split()[1:])))
    return fields_of(CASES / "default-fields.log")


def logan(path: Path) -> Rows:
    import warnings

    from logan import read

    warnings.simplefilter("ignore")
    frame = read(path)
    return list(frame.astype(object).where(frame.notna(), None).to_dict("records"))


def pandas(path: Path) -> Rows:
    import pandas as pd

    frame = pd.read_csv(
        path, sep=" ", comment="#", header=None, names=fields_of(path), quoting=3, dtype=str, index_col=False
    )
    return list(frame.astype(object).where(frame.notna(), None).to_dict("records"))


def polars(path: Path) -> Rows:
    import polars as pl

    frame = pl.read_csv(path, separator=" ", comment_prefix="#", has_header=False, new_columns=fields_of(path), quote_char=None,
                        infer_schema=False)  # fmt: skip
    return frame.to_dicts()


def duckdb(path: Path) -> Rows:
    import duckdb as db

    names = dict.fromkeys(fields_of(path), "VARCHAR")
    query = "select * from read_csv(?, delim=' ', comment='#', quote='', escape='', header=false, ignore_errors=true, columns=?)"
    result = db.execute(query, [str(path), names])
    columns = [item[0] for item in result.description]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def lars(path: Path) -> Rows:
    from lars.iis import IISSource

    rows = []
    with path.open() as stream, IISSource(stream) as source:
        for row in source:
            record = {name.lower(): value for name, value in row._asdict().items()}
            uri = record.get("cs_uri_stem")
            record["cs_uri_stem"] = None if uri is None else str(uri)
            rows.append(record)
    return rows


def lnav(path: Path) -> Rows:
    command = ["lnav", "-n", "-c", ";SELECT * FROM w3c_log", "-c", ":write-json-to -", str(path)]
    out = subprocess.run(command, capture_output=True, timeout=60, check=False).stdout.decode("utf-8", "replace")
    if not out.strip().startswith("["):
        raise ValueError("no W3C log")
    rows = []
    for row in json.loads(out, strict=False):
        more = {name.replace("-", "_"): value for name, value in (row.pop("x_fields") or {}).items()}
        rows.append({**row, **more})
    return rows


_GOACCESS = {"date": "%d", "time": "%t", "cs_method": "%m", "cs_uri_stem": "%U", "cs_uri_query": "%q", "c_ip": "%h",
             "cs_user_agent": "%u", "cs_referer": "%R", "sc_status": "%s", "sc_bytes": "%b", "time_taken": "%L"}  # fmt: skip


def goaccess(path: Path) -> Rows:
    layout = " ".join(_GOACCESS.get(name, "%^") for name in fields_of(path))
    command = ["goaccess", str(path), "--no-global-config", f"--log-format={layout}", "--date-format=%Y-%m-%d",
               "--time-format=%H:%M:%S", "-o", "json"]  # fmt: skip
    out = subprocess.run(command, capture_output=True, timeout=60, check=False).stdout
    data = json.loads(out)
    rows: Rows = []
    for group in data.get("status_codes", {}).get("data", []):
        for item in group.get("items", []):
            rows += [{"sc_status": item["data"].split()[0]}] * item["hits"]["count"]
    return rows


def awstats(path: Path) -> Rows:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "awstats.x.conf")
        config.write_text(
            f'LogFile="{path}"\nLogType=W\nLogFormat=2\nSiteDomain="x"\nHostAliases="REGEX[.*]"\nDirData="{folder}"\nDNSLookup=0\n'
        )
        command = ["perl", "/usr/lib/cgi-bin/awstats.pl", "-config=x", f"-configdir={folder}", "-update"]
        out = subprocess.run(command, capture_output=True, timeout=60, check=False).stdout.decode()
    for line in out.splitlines():
        if line.strip().startswith("Found") and "new qualified" in line:
            return [{}] * int(line.split()[1])
    raise ValueError(out.strip().splitlines()[-1] if out.strip() else "no answer")


PEERS: dict[str, Callable[[Path], Rows]] = {
    "logan": logan, "lnav": lnav, "lars": lars, "DuckDB": duckdb, "polars": polars, "pandas": pandas, "GoAccess": goaccess,
    "AWStats": awstats,
}  # fmt: skip
_PROGRAMS = {
    "lnav": ["lnav", "-V"],
    "GoAccess": ["goaccess", "--version"],
    "AWStats": ["perl", "/usr/lib/cgi-bin/awstats.pl"],
}


def version_of(peer: str) -> str | None:
    """The version of a reader, or None where it is not installed."""
    if peer == "logan":
        from logan import __version__

        return __version__
    if peer in _PROGRAMS:
        if (
            not shutil.which(_PROGRAMS[peer][0])
            or not Path(_PROGRAMS[peer][-1]).is_absolute() <= Path(_PROGRAMS[peer][-1]).exists()
        ):
            return None
        words = subprocess.run(_PROGRAMS[peer], capture_output=True, text=True, check=False).stdout.split()
        return next((word.strip(".") for word in words if word[:1].isdigit()), "")
    try:
        return version(peer.lower())
    except PackageNotFoundError:
        return None


def expected_rows(case: dict[str, Any], data: bytes) -> Rows:
    """What is to come out, in the columns that are told; values that no two readers spell alike are left out."""
    columns = {name: values for name, values in case.get("columns", {}).items() if name in KEYS}
    if "***" in columns.get("cs_uri_stem", []) or not _is_utf8(data):
        columns.pop("cs_uri_stem", None)
    return [{name: values[n] for name, values in columns.items()} for n in range(case["rows"])]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _key(row: dict[str, Any], names: list[str]) -> tuple[str, ...]:
    return tuple("-" if row.get(name) is None else str(row[name]).removesuffix(".0") for name in names)


def judge(peer: str, path: Path, expected: Rows) -> tuple[str, bool]:
    """What a reader made of one case, in a few letters, and whether it is all right."""
    try:
        found = PEERS[peer](path)
    except Exception as error:
        empty = not expected and peer != "logan"
        return ("none" if empty else f"raises {type(error).__name__}" if peer not in _PROGRAMS else "error"), empty
    told = {"GoAccess": ["sc_status"], "AWStats": []}.get(peer)
    names = [name for name in (expected[0] if expected else {}) if told is None or name in told]
    want, have = Counter(_key(row, names) for row in expected), Counter(_key(row, names) for row in found)
    right, wrong = (want & have).total(), (have - want).total()
    text = f"{right} of {len(expected)}" + (f", {wrong} wrong" if wrong else "")
    return text, right == len(expected) and not wrong


def run() -> tuple[dict[str, str], list[tuple[str, str, dict[str, tuple[str, bool]]]]]:
    """Versions by reader, and for each case its name, its sentence and the answers."""
    versions = {peer: found for peer in PEERS if (found := version_of(peer)) is not None}
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted(CASES.glob("*.toml")):
            case = tomllib.loads(file.read_text(encoding="utf-8"))
            data = file.with_suffix(".log").read_bytes()
            path = Path(folder, case.get("file", "u_ex261116.log"))
            path.write_bytes(data)
            expected = expected_rows(case, data)
            results.append((file.stem, case["about"], {peer: judge(peer, path, expected) for peer in versions}))
            path.unlink()
    return versions, results


def page(versions: dict[str, str], results: list[tuple[str, str, dict[str, tuple[str, bool]]]]) -> str:
    """The table as Markdown."""
    scores = {peer: sum(answers[peer][1] for _, _, answers in results) for peer in versions}
    lines = ["# Conformance", "", f"{len(results)} small logs, each with one trap that real logs hold (`tests/conformance/cases`), before the readers that people use.",
             "A cell says how many of the expected rows came out right, and how many others came out that are in no log; **bold** is not all right.",
             "Client, path, status, sub-status, win32 code and HTTP.sys reason are compared, as far as a reader reports them: GoAccess is judged by its",
             "statuses, AWStats by the number of its rows alone. Each was used as its documentation says for W3C logs: no quoting, lines with `#` left out, columns",
             "named by the file's first `#Fields`. What a reader left out, GoAccess and AWStats count, lars warns about; logan names each line and its reason.",
             "Written by `benchmarks/conformance.py`.", "",
             "| | " + " | ".join(f"{peer} {number}" for peer, number in versions.items()) + " |",
             "|---|" + "---|" * len(versions),
             "| **all right** | " + " | ".join(f"{scores[peer]} of {len(results)}" for peer in versions) + " |"]  # fmt: skip
    for name, about, answers in results:
        cells = [text if good else f"**{text}**" for text, good in answers.values()]
        lines.append(f"| {name}: {about.replace('|', '&#124;').replace('<', '&lt;')} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, help="where the page goes; the screen if left out")
    given = parser.parse_args()
    versions, results = run()
    for peer in PEERS:
        if peer not in versions:
            print(f"{peer}: not installed, left out", file=sys.stderr)
    text = page(versions, results)
    if given.write:
        given.write.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
