"""Draws the races for the documentation: the same rows give the same SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

INK, MUTED, GRID = "#1f2933", "#667380", "#e3e8ec"
COLOURS = {
    "random": "#9aa5b1",
    "one-factor": "#d9822b",
    "thompson": "#0b6e69",
    "baybe": "#7a5ea8",
    "ax": "#b23a48",
}
STYLE = {
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "svg.hashsalt": "ncrobot",
}


def draw(found: Sequence[dict[str, Any]], path: Path) -> None:
    """Median and range over seeds of the best score, against wells used, for each response.

    A row of panels for each size of a round.
    """
    responses = list(dict.fromkeys(row["response"] for row in found))
    sizes = sorted({row["wells_of_a_round"] for row in found}, reverse=True)
    with mpl.rc_context(STYLE):
        shape = (3.3 * len(responses), 3.4 * len(sizes))
        figure = Figure(figsize=shape, layout="constrained")
        grid = figure.subplots(len(sizes), len(responses), squeeze=False)
        for line, size in zip(grid, sizes, strict=True):
            for axes, response in zip(line, responses, strict=True):
                wanted = (response, size)
                rows = [r for r in found if (r["response"], r["wells_of_a_round"]) == wanted]
                _panel(axes, f"{response}, rounds of {size}", rows)
        _name_colours(figure, found)
        figure.savefig(path, metadata={"Date": None})
    text = path.read_text(encoding="utf-8")
    lines = (line.rstrip() for line in text.splitlines())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _panel(axes: Axes, title: str, found: Sequence[dict[str, Any]]) -> None:
    ticks: list[int] = []
    for row in found:
        wells = [row["wells_of_a_round"] * (place + 1) for place in range(len(row["median"]))]
        ticks = max(ticks, wells, key=len)
        colour = COLOURS.get(row["optimizer"], INK)
        axes.fill_between(wells, row["lowest"], row["highest"], color=colour, alpha=0.13, lw=0)
        is_whole = row["seeds"] == max(each["seeds"] for each in found)
        axes.plot(
            wells, row["median"], color=colour, marker="o", markersize=4.5, linewidth=1.8,
            linestyle="-" if is_whole else ":",
        )  # fmt: skip
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK)
    axes.set_xlabel("wells used")
    axes.set_ylabel("best so far")
    axes.set_xticks(ticks)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(length=0)


def _name_colours(figure: Figure, found: Sequence[dict[str, Any]]) -> None:
    """One legend below all panels; dots for those with fewer seeds than others."""
    most = max(row["seeds"] for row in found)
    lines = []
    for name in dict.fromkeys(row["optimizer"] for row in found):
        seeds = min(row["seeds"] for row in found if row["optimizer"] == name)
        label = name if seeds == most else f"{name} (few seeds)"
        style = "-" if seeds == most else ":"
        lines.append(
            Line2D([], [], color=COLOURS.get(name, INK), marker="o", ls=style, label=label)
        )
    figure.legend(handles=lines, loc="outside lower center", ncols=len(lines), frameon=False)
