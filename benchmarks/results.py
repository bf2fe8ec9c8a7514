"""What was measured, as a table on the terminal, as RESULTS.json and as RESULTS.md.

Written anew after each section, so that a run that is cut off keeps what it has. A run of some sections (`--only`)
replaces those and leaves the others as they were last measured.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SHORT = "falls short"


@dataclass(slots=True)
class Aim:
    """Something that was to be reached, and whether it was."""

    text: str
    measured: str
    met: bool


@dataclass(slots=True)
class Table:
    """Rows of text under a caption."""

    caption: str
    columns: list[str]
    rows: list[list[str]]

    def lines(self) -> list[str]:
        """The table as Markdown with aligned columns, which reads well on a terminal too."""
        cells = [self.columns, *self.rows]
        widths = [max(len(row[n]) for row in cells) for n in range(len(self.columns))]
        drawn = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
            for row in cells
        ]
        drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        return drawn


@dataclass(slots=True)
class Section:
    """One question, its tables and what they were to show."""

    name: str
    title: str
    text: str
    tables: list[Table] = field(default_factory=list)
    aims: list[Aim] = field(default_factory=list)
    measured: str = ""  # with which command, on which machine, which versions

    def lines(self, usual: str = "") -> list[str]:
        """The section as Markdown; how it was measured is said if that is not the usual."""
        lines = [f"## {self.title}", "", self.text, ""]
        if self.measured != usual:
            lines += [f"This section was measured apart. {self.measured}", ""]
        for table in self.tables:
            lines += [*([table.caption, ""] if table.caption else []), *table.lines(), ""]
        return lines


def load(path: Path) -> dict[str, Section]:
    """The sections kept in RESULTS.json by name; none where there is no such file."""
    if not path.exists():
        return {}
    return {s["name"]: _section(s) for s in json.loads(path.read_text(encoding="utf-8"))["sections"]}


def _section(data: dict[str, Any]) -> Section:
    tables = [Table(**table) for table in data.pop("tables")]
    aims = [Aim(**aim) for aim in data.pop("aims")]
    return Section(tables=tables, aims=aims, **data)


def save(path: Path, sections: dict[str, Section], missing: Sequence[str] = ()) -> None:
    """Write `path` (Markdown) and the same beside it as JSON; `missing` are sections that are still to be measured."""
    kept = {"sections": [asdict(section) for section in sections.values()]}
    for target, text in (
        (path.with_suffix(".json"), json.dumps(kept, indent=1, ensure_ascii=False)),
        (path, "\n".join(_document(sections, missing)).rstrip()),
    ):
        new = target.with_name(f"{target.name}.new")
        new.write_text(text + "\n", encoding="utf-8")
        new.replace(target)


def aims_table(sections: dict[str, Section]) -> Table:
    """What was to be reached, over all sections."""
    rows = [[aim.text, aim.measured, "yes" if aim.met else f"**{SHORT}**"] for s in sections.values() for aim in s.aims]
    return Table("What was to be reached, and what was:", ["aim", "measured", "reached"], rows)


def _document(sections: dict[str, Section], missing: Sequence[str]) -> list[str]:
    aims = aims_table(sections)
    usual = Counter(section.measured for section in sections.values()).most_common(1)[0][0] if sections else ""
    short = sum(not aim.met for section in sections.values() for aim in section.aims)
    caption = f"Reached: {len(aims.rows) - short} of {len(aims.rows)}."
    return [
        "# Benchmarks, as last measured",
        "",
        "Written by `benchmarks/run.py`, which does the same from a clean clone on your machine.",
        "",
        *([usual, ""] if usual else []),
        *([f"**The run was not complete; not measured: {', '.join(missing)}.**", ""] if missing else []),
        *NOTES,
        "",
        *(["## Aims", "", caption, "", *aims.lines(), ""] if aims.rows else []),
        *(line for section in sections.values() for line in section.lines(usual)),
    ]


NOTES = (
    "- The logs are synthetic (`benchmarks/generate.py`) and repeat themselves more than real ones, so every tool is a"
    " little faster here than on yours. Sizes are powers of ten: 1 GB is 10^9 bytes.",
    "- Every time is of a whole process, start included, with the files in the page cache. The lines of a table take turns,"
    " and each tool has run once before, so its modules are compiled as after an installation.",
    "- Times are medians in seconds, least and greatest in brackets; without brackets there was one run. CPU is user and"
    " system time of all threads. Memory is the highest resident set of any run, in MB; below what the runner itself takes"
    " it cannot be told, and stands as `< 30`.",
    "- A ratio is the time of that line divided by that of the first line in the same round: above 1 means slower.",
    "- Answers are held against what the generator wrote, hits by status, sub-status and win32 status: `exact`, or wrong by"
    " how many rows. A row under a wrong status counts twice, as missing there and as wrong here.",
)
