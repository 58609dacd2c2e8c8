"""Plots of what a campaign taught, as SVG texts: the same ledger gives the same picture."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis as MplAxis
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ncrobot.campaigns.insight.models import Effect, Models, plane
from ncrobot.campaigns.insight.phases import PhaseMap
from ncrobot.campaigns.progress import WellRecord
from ncrobot.optimizers.grid import Axis, Grid, Indices
from ncrobot.searchspace import Continuous, Objective

INK, MUTED, GRID, TEAL, ORANGE = "#1f2933", "#667380", "#e3e8ec", "#0b6e69", "#d9822b"
_REGIONS = ("#eef1f4", "#0b6e69", "#d9822b", "#7a5ea8", "#b23a48", "#3f7fbf", "#8a6d3b")
_STYLE = {
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "svg.hashsalt": "ncrobot",
}
_DOUBTFUL = 0.8


@contextmanager
def _drawn(width: float, height: float, out: list[str]) -> Iterator[Figure]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    svg = text.getvalue()
    out.append(svg[svg.index("<svg") :])


def draw_wells(rounds: Sequence[Sequence[WellRecord]], figure: str, objective: Objective) -> str:
    """The figure of every well by round, and the best mean of a suggestion so far."""
    out: list[str] = []
    with _drawn(6.4, 3.0, out) as page:
        axes = page.subplots()
        best: list[float] = []
        for number, wells in enumerate(rounds, start=1):
            of_round = [w for w in wells if w.suggestion is not None and figure in w.figures]
            values = [item.figures[figure] for item in of_round]
            shifts = np.linspace(-0.28, 0.28, max(len(values), 1))[: len(values)]
            axes.plot(number + shifts, values, ".", color=MUTED, alpha=0.45, markersize=4)
            means: dict[str, list[float]] = {}
            for item in of_round:
                means.setdefault(str(item.suggestion), []).append(item.figures[figure])
            found = [float(np.mean(each)) for each in means.values()] + best[-1:]
            best.append(max(found, key=objective.merit, default=np.nan))
        edges = [0.5 + place for place in range(len(best) + 1)]
        axes.stairs(best, edges, baseline=None, color=TEAL, linewidth=2)
        axes.set_xticks(range(1, len(best) + 1))
        _frame(axes, "round", _with_unit(figure, objective.unit))
    return out[0]


def draw_effects(models: Models, found: Sequence[Effect], figure: str) -> str:
    """The mean effect of each parameter with a band of two standard deviations."""
    out: list[str] = []
    columns = min(len(found), 4)
    rows = -(-len(found) // columns)
    axis_of = {axis.name: axis for axis in models.grid.axes}
    with _drawn(2.5 * columns, 2.3 * rows, out) as page:
        panels = page.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        for axes, effect in zip(panels, found, strict=False):
            low, high = effect.mean - 2 * effect.spread, effect.mean + 2 * effect.spread
            axis = axis_of[effect.parameter]
            if axis.is_choice:
                places = np.arange(len(effect.levels))
                axes.errorbar(
                    places, effect.mean, 2 * effect.spread, fmt="o", color=TEAL, capsize=3
                )
                axes.set_xticks(places, [str(word) for word in effect.levels])
            else:
                numbers = [float(level) for level in effect.levels]
                axes.fill_between(numbers, low, high, color=TEAL, alpha=0.15, lw=0)
                axes.plot(numbers, effect.mean, color=TEAL, linewidth=1.8)
                if axis.is_log:
                    axes.set_xscale("log")
                    _plain(axes.xaxis)
            _frame(axes, _parameter(models.grid, effect.parameter), "")
            axes.set_title(f"{100 * effect.share:.0f} %", loc="right", fontsize=9, color=MUTED)
        for axes in panels[len(found) :]:
            axes.set_visible(False)
        page.supylabel(_figure(models.grid, figure), color=MUTED, fontsize=9.5)
    return out[0]


def draw_surface(models: Models, figure: str, one: str, other: str, at: Indices) -> str:
    """The response over two parameters, and how unsure it is, the others being ``at`` a point."""
    out: list[str] = []
    columns, rows, points = plane(models, one, other, at)
    mean, spread = models.predict(figure, points.reshape(-1, models.grid.width))
    shape = (len(rows), len(columns))
    with _drawn(8.4, 3.3, out) as page:
        for axes, values, title, colours in zip(
            page.subplots(1, 2),
            (mean, spread),
            (f"{_figure(models.grid, figure)}, expected", "standard deviation"),
            ("viridis", "Greys"),
            strict=True,
        ):
            _plane_axes(axes, models.grid, one, other, at)
            x, y = _levels(models.grid, one, columns), _levels(models.grid, other, rows)
            drawn = axes.contourf(x, y, values.reshape(shape), levels=12, cmap=colours)
            page.colorbar(drawn, ax=axes)
            axes.set_title(title, loc="left", fontsize=10, color=INK)
    return out[0]


def draw_phases(models: Models, found: PhaseMap, at: Indices) -> str:
    """Which product dominates where; pale where that is doubtful."""
    out: list[str] = []
    with _drawn(5.6, 3.8, out) as page:
        axes = page.subplots()
        x = _levels(models.grid, found.one, found.columns)
        y = _levels(models.grid, found.other, found.rows)
        # A colour for each point: contours would draw what lies between two products as a third.
        shown = to_rgba_array(_REGIONS)[found.winner, :3]
        shown = np.where((found.sure < _DOUBTFUL)[..., None], (1.0 + shown) / 2.0, shown)
        axes.pcolormesh(x, y, shown, shading="nearest", rasterized=True)
        axes.set_xlim(x[0], x[-1])
        axes.set_ylim(y[0], y[-1])
        for place, name in enumerate(found.products):
            axes.plot([], [], "s", color=_REGIONS[place], mec=MUTED, mew=0.5, label=name)
        _plane_axes(axes, models.grid, found.one, found.other, at)
        axes.legend(frameon=False, fontsize=8.5, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return out[0]


def _axis_named(grid: Grid, name: str) -> tuple[int, Axis]:
    return next((place, axis) for place, axis in enumerate(grid.axes) if axis.name == name)


def _levels(
    grid: Grid, name: str, numbers: Indices
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(_axis_named(grid, name)[1].levels[numbers], dtype=np.float64)


def _with_unit(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def _figure(grid: Grid, name: str) -> str:
    objective = grid.space.objectives.get(name)
    return _with_unit(name, objective.unit if objective is not None else "")


def _parameter(grid: Grid, name: str) -> str:
    parameter = grid.space.parameters[name]
    return _with_unit(name, parameter.unit if isinstance(parameter, Continuous) else "")


def _plain(line: MplAxis) -> None:
    """Numbers such as 0.5, 1, 2, 5 in place of powers of ten, which don't fit small plots."""
    line.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    line.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))  # noqa: ARG005
    line.set_minor_formatter(NullFormatter())


def _plane_axes(axes: Axes, grid: Grid, one: str, other: str, at: Indices) -> None:
    for name, scale, label, line in (
        (one, axes.set_xscale, axes.set_xlabel, axes.xaxis),
        (other, axes.set_yscale, axes.set_ylabel, axes.yaxis),
    ):
        if _axis_named(grid, name)[1].is_log:
            scale("log")
            _plain(line)
        label(_parameter(grid, name))
    (k, x), (m, y) = _axis_named(grid, one), _axis_named(grid, other)
    for colour, width in (("white", 3.0), (INK, 1.2)):
        axes.plot(
            x.levels[at[k]], y.levels[at[m]], "o", mfc="none", mec=colour, mew=width, markersize=8
        )
    axes.tick_params(which="both", length=0)


def _frame(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(which="both", length=0)
