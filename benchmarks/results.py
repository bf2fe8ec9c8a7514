"""What was measured, as a table on the terminal, as RESULTS.json and as RESULTS.md.

A run of some sections replaces those and leaves the others as they were last measured.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SHORT = "FALLS SHORT"


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
    command: str = ""
    measured_on: str = ""

    def lines(self) -> list[str]:
        """The section as Markdown."""
        lines = [f"## {self.title}", "", self.text, ""]
        for table in self.tables:
            lines += [table.caption, "", *table.lines(), ""]
        if self.measured_on:
            lines += [f"`{self.command}`, on {self.measured_on}.", ""]
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


def save(path: Path, sections: dict[str, Section], versions: dict[str, str]) -> None:
    """Write `path` (Markdown) and the same beside it as JSON."""
    kept = {"versions": versions, "sections": [asdict(section) for section in sections.values()]}
    path.with_suffix(".json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    path.write_text("\n".join(_document(sections, versions)).rstrip() + "\n", encoding="utf-8")


def aims_table(sections: dict[str, Section]) -> Table:
    """What was to be reached, over all sections."""
    rows = [
        [aim.text, aim.measured, "yes" if aim.met else f"**{SHORT.lower()}**"]
        for s in sections.values()
        for aim in s.aims
    ]
    return Table("What was to be reached, and what was:", ["aim", "measured", "met"], rows)


def _document(sections: dict[str, Section], versions: dict[str, str]) -> list[str]:
    aims = aims_table(sections)
    return [
        "# Benchmarks, as last measured",
        "",
        "Written by `benchmarks/run.py`; run it yourself from a clean clone: `python benchmarks/run.py --size 1GB --repeat 3`.",
        "The logs are synthetic (`benchmarks/generate.py`) and repeat themselves more than real ones, so every tool is a little"
        " faster here than on yours.",
        "Every time is of a whole process, start included, with the files in the page cache; all candidates of a table take turns.",
        "Times are medians in seconds, least and greatest in brackets; memory is the highest resident set of any run, in MB (10^6).",
        "What is below the runner's own memory cannot be told apart and stands as `< 20`.",
        "A ratio is that tool's time divided by logan's in the same round: above 1 means slower than logan.",
        "Answers are held against what the generator wrote; one under a wrong status counts as missing there and as wrong here.",
        "",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in versions.items()) + ".",
        "",
        *([aims.caption, "", *aims.lines(), ""] if aims.rows else []),
        *(line for section in sections.values() for line in section.lines()),
    ]
