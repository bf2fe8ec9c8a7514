"""What the README calls, for type checkers: this file is checked, not run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.axes
import pandas as pd

import logan
from logan import charts


def readme() -> None:
    frame: pd.DataFrame = logan.read("samples", on_bad_lines="skip")
    told: pd.DataFrame = logan.annotate(frame, lang="zh")
    summary: logan.Summary = logan.summarize("samples")
    title: str = logan.findings(summary)[0].title()
    path: str = logan.report(summary, "weekly.html", tz="Asia/Shanghai")
    print(told, title, path)


def library() -> None:
    summary = logan.summarize([Path("a"), "b"], since="2026-11-16", site="W3SVC1", workers=2)
    both: logan.Summary = summary + logan.Summary.of(logan.read(Path("samples"), columns=["timestamp"]))
    weeks: dict[str, logan.Summary] = logan.summarize_weeks("samples", tz="Asia/Shanghai")
    whole: logan.Summary = sum(weeks.values(), logan.Summary())
    data: dict[str, Any] = whole.to_dict(lang="zh", top=3)
    rows: pd.DataFrame = logan.trend(both, "hour", status="5xx").to_frame()
    slowest: pd.DataFrame = logan.slow(both, top=5).to_frame()
    failed: pd.DataFrame = logan.errors(both).to_frame()
    changed: pd.DataFrame = logan.compare(both, whole).to_frame()
    words: str = logan.explain("403.14")[0].title["en"]
    axes: matplotlib.axes.Axes = charts.errors(both, lang="zh")
    charts.save(axes, "errors.png")
    both.save("week.logan")
    loaded: logan.Summary = logan.Summary.load("week.logan")
    print(data, rows, slowest, failed, changed, words, loaded)


def mistakes() -> None:
    try:
        logan.read("nowhere")
    except logan.LoganError as error:
        print(error)
