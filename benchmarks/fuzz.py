"""Fuzz one target with atheris for some minutes.

    pip install atheris
    python benchmarks/fuzz.py paths --minutes 30 --corpus /tmp/corpus/paths

Targets and invariants are those of tests/fuzz/targets.py. Whatever is found becomes a file in tests/fuzz/cases
(``TARGET-what-it-was.bin``), which the tests run from then on.
"""

from __future__ import annotations

import argparse
import gzip
import io
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
WORDS = ["#Fields: ", "#Date: 2026-11-16 00:00:00", "#Software: ", "date time ", "cs-method ", "sc-status ", "s-reason ", "x-session ",
         "2026-11-16 ", "08:00:00 ", " 404 0 2 15", "[1]PASS ", "PASS", " - ", "\\x0d\\x0a", "N/A", "QueueFull", "203.0.113.9", "\\xef\\xbb\\xbf",
         "0x8009030E", "ftp:530", "win32:", "asp:0113", "500.19", "2026-W47", "error_rate>5%", "finding>=critical", "Asia/Shanghai",
         "\\x1f\\x8b\\x08", "PK\\x03\\x04", "PK\\x01\\x02", "PK\\x05\\x06"]  # fmt: skip


def seeds(target: str, folder: Path) -> None:
    """A first corpus: heads of the sample logs, and a list of codes."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(sorted((HERE / "samples").glob("*/*"))[::9]):
        lines = path.read_bytes().splitlines(keepends=True)
        (folder / f"sample{number}").write_bytes(b"\0" + b"".join(lines[:12]))
        rows = [line for line in lines if not line.startswith(b"#")]
        (folder / f"rows{number}").write_bytes((b"" if target == "paths" else b"\0") + b"".join(rows[:4]))
    log = b"#Fields: date time sc-status\n2026-11-16 08:00:00 200\n"
    (folder / "gzip").write_bytes(b"\1" + gzip.compress(log))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W3SVC1/u_ex261116.log", log)
    (folder / "zip").write_bytes(b"\0" + packed.getvalue())
    for number, text in enumerate(("404", "500-100.ASP", "ftp:530.41", "0x8009030E", "asp:0113", "httperr:QueueFull")):
        (folder / f"code{number}").write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--max-len", type=int, default=2048)
    parser.add_argument("--timeout", type=int, default=20, help="seconds that one input may take")
    given = parser.parse_args()
    sys.path.insert(0, str(HERE))

    import atheris

    with atheris.instrument_imports(include=["logan"]):
        import logan.cli.render
        import logan.cli.summarize
        import logan.formats
        import logan.reading.parsing
        import logan.summarizing  # noqa: F401
    from tests.fuzz.targets import TARGETS

    seeds(given.target, given.corpus)
    words = given.corpus.parent / "words.dict"
    words.write_text("".join(f'"{word}"\n' for word in WORDS))
    flags = [f"-max_total_time={given.minutes * 60:.0f}", f"-max_len={given.max_len}", f"-timeout={given.timeout}", "-rss_limit_mb=3000",
             f"-dict={words}", f"-artifact_prefix={given.corpus.parent}/{given.target}-", "-print_final_stats=1"]  # fmt: skip
    atheris.Setup([sys.argv[0], str(given.corpus), *flags], TARGETS[given.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
