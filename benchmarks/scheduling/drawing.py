"""Draws the benchmark's figures for the documentation: the same rows give the same SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

Row = dict[str, Any]

INK, MUTED, GRID = "#1f2933", "#667380", "#e3e8ec"
COLOURS = {"dense": "#0b6e69", "light": "#d9822b"}
TITLES = {"dense": "8 portions", "light": "2 portions"}
SOLVERS = {
    "ncrobot": ("#0b6e69", "o", 64),
    "ncrobot tolerant": ("#5fb3a8", "o", 52),
    "CP-SAT hinted": ("#7a5ea8", "D", 34),
    "CP-SAT": ("#7a5ea8", "s", 40),
    "PyJobShop": ("#d9822b", "^", 46),
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


def draw_growth(rows: Sequence[Row], path: Path) -> None:
    """Time to the first and the last timetable, and the peak of memory, against operations."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 3.7), layout="constrained")
        times, memory = figure.subplots(1, 2)
        for kind, colour in COLOURS.items():
            of_kind = sorted(
                (row for row in rows if row["kind"] == kind), key=lambda row: row["operations"]
            )
            if not of_kind:
                continue
            sizes = [row["operations"] for row in of_kind]
            done = [row["solve_s"] for row in of_kind]
            first = [row["first_s"] for row in of_kind]
            peak = [row["peak_mb"] for row in of_kind]
            marks = {"color": colour, "marker": "o", "markersize": 5, "linewidth": 1.8}
            times.plot(sizes, done, **marks)
            times.plot(sizes, first, **{**marks, "linestyle": (0, (3, 2)), "markerfacecolor": "w"})
            memory.plot(sizes, peak, **marks)
            _note(times, sizes[-1], done[-1], f"{TITLES[kind]}, done", colour)
            _note(times, sizes[-1], first[-1], f"{TITLES[kind]}, first", colour)
            _note(memory, sizes[-1], peak[-1], TITLES[kind], colour)
        _frame(times, "Time", "s", rows)
        times.set_yscale("log")
        times.yaxis.set_minor_locator(NullLocator())
        times.yaxis.set_major_locator(FixedLocator([0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300]))
        times.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        _frame(memory, "Memory, at its peak", "MB", rows)
        before = min(row["before_mb"] for row in rows)
        memory.set_ylim(0, max(row["peak_mb"] for row in rows) * 1.25)
        memory.axhline(before, color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
        memory.annotate(
            "Python and libraries alone", (0, before), xycoords=("axes fraction", "data"),
            xytext=(4, -11), textcoords="offset points", color=MUTED, fontsize=8.5,
        )  # fmt: skip
        _save(figure, path)


def _frame(axes: Axes, title: str, unit: str, rows: Sequence[Row]) -> None:
    axes.set_title(f"{title} ({unit})", loc="left", fontsize=11, fontweight="bold", color=INK)
    axes.set_xlabel("operations")
    axes.set_xscale("log")
    ticks = [250, 500, 1000, 2000, 4000, 8000]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    sizes = [row["operations"] for row in rows]
    axes.set_xlim(min(sizes) * 0.85, max(sizes) * 2.6)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(length=0)


def _note(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    axes.annotate(
        text, (x, y), xytext=(7, 0), textcoords="offset points", va="center", color=colour,
        fontsize=8.5,
    )  # fmt: skip


def draw_gaps(rows: Sequence[Row], path: Path) -> None:
    """How far each solver's timetable of seed 1 is above the best proven bound, by instance."""
    rows = [row for row in rows if row["instance_seed"] == 1]
    names = list(dict.fromkeys(row["instance"] for row in rows))
    worst = max(row["gap"] for row in rows if row["makespan_s"] is not None)
    nowhere = worst * 100 * 1.16 + 2
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 0.7 * len(names) + 1.4), layout="constrained")
        axes = figure.subplots()
        for number, (method, (colour, marker, size)) in enumerate(SOLVERS.items()):
            mine = [row for row in rows if row["method"] == method]
            places = [nowhere if row["makespan_s"] is None else 100 * row["gap"] for row in mine]
            shift = (number - (len(SOLVERS) - 1) / 2) * 0.16
            heights = [names.index(row["instance"]) + shift for row in mine]
            face = "none" if method == "CP-SAT" else colour
            axes.scatter(
                places, heights, s=size, marker=marker, facecolors=face, edgecolors=colour,
                linewidths=1.6, label=method, zorder=3, clip_on=False,
            )  # fmt: skip
        axes.axvspan(nowhere * 0.93, nowhere * 1.07, color="#f4f6f7", zorder=0)
        axes.text(nowhere, -0.75, "none found", ha="center", color=MUTED, fontsize=8.5)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.6)
        step = 5 if nowhere < 40 else 10
        axes.set_xticks(range(0, math.ceil(nowhere * 0.93), step))
        for height in range(1, len(names)):
            axes.axhline(height - 0.5, color=GRID, linewidth=0.8)
        axes.set_xlim(-nowhere * 0.015, nowhere * 1.07)
        axes.set_xlabel("longer than the best proven bound (%)")
        axes.grid(visible=True, axis="x", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        axes.tick_params(axis="y", labelcolor=INK)
        figure.legend(loc="outside upper left", ncols=5, frameon=False, handletextpad=0.3)
        _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format=path.suffix[1:], facecolor="white", metadata={"Date": None})
