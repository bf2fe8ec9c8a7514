"""Stacks of counts along time."""

from __future__ import annotations

from typing import Any

import numpy as np

from logan.charts.bins import Bins, Series
from logan.charts.panel import Panel
from logan.charts.style import count
from logan.charts.ticks import to_days

#: A label, a colour and the values by bin; from the bottom to the top.
Stack = tuple[Any, str, Series]


class Said(str):
    """The name of a class, to be said in the language of the chart; other labels stand in the log."""


def draw_stacks(panel: Panel, bins: Bins, stacks: list[tuple[Any, str, Series]]) -> Series:
    edges = [to_days(edge) for edge in bins.edges]
    ground = np.zeros(len(bins))
    for place, (label, colour, values) in enumerate(stacks):
        if isinstance(label, Said):
            label = panel.say("other" if label == "rest" else f"class-{label}")
            stacks[place] = (label, colour, values)
        panel.ax.stairs(ground + values, edges, baseline=ground, fill=True, color=colour, label=label, zorder=2)
        ground = ground + values
    return ground


def value_axis(panel: Panel, most: float, *, whole: bool = False) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    panel.ax.set_ylim(0, max(most, 1) * 1.06)
    panel.ax.yaxis.set_major_locator(MaxNLocator(5, integer=whole))
    panel.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
