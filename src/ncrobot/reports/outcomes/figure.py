"""One figure of a plate's results: objectives over the plate, spectra by well, chromatograms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ncrobot.assays import ElutionResult, ObjectiveValue, OpticalResult, Results, Wanted
from ncrobot.errors import Diagnostic, LabError
from ncrobot.reports._text import significant, span, well_key

_WIDTH_IN = 11.7
_MAP_IN, _SPECTRA_IN, _TRACES_IN = 2.5, 5.6, 5.0
_MAPS_A_ROW = 4
_MOST_TRACES = 48
_SLOPE = 0.055
_INK, _SOFT, _LINE = "#1d2b36", "#5b6b76", "#dfe4e8"
_SHADES = "viridis"


def write_figure(
    results: Results, wanted: Mapping[str, Wanted], path: Path, *, title: str, simulated: bool
) -> None:
    """Draw the results of a plate into one file; its suffix says what kind (png, pdf, svg).

    Parts of which nothing was measured are left out.

    Raises:
        LabError: there is nothing to draw, or the file can't be written.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes a while to import

    maps = [name for name in wanted if _values(results, name)]
    heights = [_MAP_IN] * (-(-len(maps) // _MAPS_A_ROW))
    heights += [_SPECTRA_IN] if results.optical else []
    heights += [_TRACES_IN] if results.elution else []
    if not heights:
        raise LabError(Diagnostic(code="no-figure", message="nothing was measured to draw"))
    figure = Figure(figsize=(_WIDTH_IN, sum(heights) + 0.7), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, color=_INK, weight="bold")
    if simulated:
        figure.text(0.99, 0.995, "SIMULATED", ha="right", va="top", fontsize=10, color="#a33")
    parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    rows = -(-len(maps) // _MAPS_A_ROW)
    for row in range(rows):
        _draw_maps(parts[row], maps[row * _MAPS_A_ROW :][:_MAPS_A_ROW], results, wanted)
    if results.optical:
        _draw_spectra(parts[rows], results.optical)
    if results.elution:
        _draw_traces(parts[-1], results.elution)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=160)
    except (OSError, ValueError) as error:
        message = f"the figure can't be written: {error}"
        raise LabError(Diagnostic(code="output", message=message, file=str(path))) from error


def _values(results: Results, name: str) -> list[ObjectiveValue]:
    return [e for e in results.objectives if e.objective == name and e.value is not None]


def _shape(wells: Sequence[str]) -> tuple[int, int]:
    """Rows and columns of the smallest usual plate with these wells."""
    row = max(ord(well[0]) - 64 for well in wells)
    column = max(int(well[1:]) for well in wells)
    usual = ((4, 6), (8, 12), (16, 24))
    return next(shape for shape in usual if row <= shape[0] and column <= shape[1])


def _draw_maps(
    part: Any, names: Sequence[str], results: Results, wanted: Mapping[str, Wanted]
) -> None:
    """Heat maps of objectives; wells without a value stay grey, with a small cross."""
    axes = np.atleast_1d(part.subplots(1, _MAPS_A_ROW))
    for axis in axes[len(names) :]:
        axis.set_visible(False)
    rows, columns = _shape([each.well for each in results.objectives])
    for axis, name in zip(axes, names, strict=False):
        grid = np.full((rows, columns), np.nan)
        for each in results.objectives:
            if each.objective == name and each.value is not None:
                grid[ord(each.well[0]) - 65, int(each.well[1:]) - 1] = each.value
        axis.set_facecolor("#eceff1")
        image = axis.imshow(grid, cmap=_SHADES, aspect="equal")
        unit = f", {wanted[name].unit}" if wanted[name].unit else ""
        aim = wanted[name].aim.value
        axis.set_title(f"{name.replace('_', ' ')}{unit} ({aim})", fontsize=8, color=_INK)
        _plate_axes(axis, rows, columns)
        bar = part.colorbar(image, ax=axis, orientation="horizontal", shrink=0.85, pad=0.03)
        bar.ax.tick_params(labelsize=6, colors=_SOFT, length=2)
        bar.outline.set_visible(False)


def _plate_axes(axis: Any, rows: int, columns: int) -> None:
    axis.set_xticks(range(columns), [str(n + 1) for n in range(columns)], fontsize=6, color=_SOFT)
    axis.set_yticks(range(rows), [chr(65 + n) for n in range(rows)], fontsize=6, color=_SOFT)
    axis.xaxis.tick_top()
    axis.tick_params(length=0, pad=1)
    axis.set_xticks(np.arange(-0.5, columns), minor=True)
    axis.set_yticks(np.arange(-0.5, rows), minor=True)
    axis.grid(which="minor", color="white", linewidth=0.8)
    axis.tick_params(which="minor", length=0)
    for side in axis.spines.values():
        side.set_visible(False)


def _draw_spectra(part: Any, results: Sequence[OpticalResult]) -> None:
    """A small frame for each well in its place, all of one scale; later samples are lighter."""
    by_well: dict[str, list[OpticalResult]] = defaultdict(list)
    for each in results:
        by_well[each.about.well].append(each)
    rows, columns = _shape(list(by_well))
    usable = [each.corrected.spectrum for each in results]
    every = np.concatenate([np.zeros(1), *(each.absorbance[each.usable] for each in usable)])
    low, high = min(0.0, float(np.percentile(every, 1))), float(np.percentile(every, 99.5))
    ends = [each.range_nm for each in usable]
    left, right = min(end[0] for end in ends), max(end[1] for end in ends)
    axis = part.subplots()
    gap = 0.08
    shades = _ramp(max(len(members) for members in by_well.values()))
    for well, members in by_well.items():
        x, y = int(well[1:]) - 1, ord(well[0]) - 65
        axis.add_patch(_frame(x, y, gap))
        members.sort(key=lambda each: each.about.number)
        for shade, each in zip(shades, members, strict=False):
            spectrum = each.corrected.spectrum
            inside = (spectrum.wavelength_nm - left) / (right - left)
            share = np.where(spectrum.usable, (spectrum.absorbance - low) / (high - low), np.nan)
            axis.plot(
                x + gap / 2 + inside * (1 - gap),
                y + 1 - gap / 2 - np.clip(share, 0.0, 1.0) * (1 - gap),
                color=shade, linewidth=0.7, solid_joinstyle="round",
            )  # fmt: skip
    axis.set(xlim=(0, columns), ylim=(rows, 0))
    axis.set_xticks(np.arange(columns) + 0.5, [str(n + 1) for n in range(columns)], fontsize=7)
    axis.set_yticks(np.arange(rows) + 0.5, [chr(65 + n) for n in range(rows)], fontsize=7)
    axis.xaxis.tick_top()
    axis.tick_params(length=0, pad=1, labelcolor=_SOFT)
    for side in axis.spines.values():
        side.set_visible(False)
    told = f"Absorbance {significant(low)} to {significant(high)} over {left:g} to {right:g} nm"
    times = sorted({each.about.number for each in results})
    more = "; later samples are lighter" if len(times) > 1 else ""
    axis.set_title(told + more, fontsize=8, color=_INK, loc="left")


def _frame(x: float, y: float, gap: float) -> Any:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - takes a while to import

    place = (x + gap / 2, y + gap / 2)
    return Rectangle(place, 1 - gap, 1 - gap, facecolor="#fafbfb", edgecolor=_LINE, linewidth=0.6)


def _ramp(count: int) -> list[Any]:
    from matplotlib import colormaps  # noqa: PLC0415 - takes a while to import

    return [colormaps[_SHADES](0.05 + 0.75 * n / max(count - 1, 1)) for n in range(count)]


def _draw_traces(part: Any, results: Sequence[ElutionResult]) -> None:
    """Chromatograms without baselines, one behind the other, by time of reaction; front first."""
    ordered = sorted(results, key=lambda each: (each.about.number, well_key(each.about.well)))
    shown = ordered[:: -(-len(ordered) // _MOST_TRACES)]
    high = max(float(np.max(each.peaks.corrected)) for each in shown) or 1.0
    numbers = sorted({each.about.number for each in shown})
    shades = dict(zip(numbers, _ramp(len(numbers)), strict=True))
    axis = part.subplots()
    first: dict[int, float] = {}
    for place, each in reversed(list(enumerate(shown))):
        base = place * _SLOPE
        trace = base + np.clip(each.peaks.corrected / high, -0.02, None)
        time = each.peaks.chromatogram.time_min
        shade = shades[each.about.number]
        axis.fill_between(time, base, trace, color="white", alpha=0.7, linewidth=0)
        axis.plot(time, trace, color=shade, linewidth=0.6)
        first[each.about.number] = base
    for number, base in first.items():
        about = next(each.about for each in shown if each.about.number == number)
        when = f"sample {number}" if about.since_s is None else span(about.since_s)
        axis.annotate(
            when,
            (1.005, base),
            xycoords=("axes fraction", "data"),
            fontsize=7,
            color=shades[number],
        )
    axis.set_xlabel("retention time, min", fontsize=8, color=_SOFT)
    axis.set_yticks([])
    axis.margins(x=0.0, y=0.02)
    axis.tick_params(labelsize=7, colors=_SOFT)
    for side in ("left", "right", "top"):
        axis.spines[side].set_visible(False)
    more = "" if len(shown) == len(ordered) else f", {len(shown)} of {len(ordered)}"
    told = f"Chromatograms, highest peak {significant(high)}{more}"
    axis.set_title(told, fontsize=8, color=_INK, loc="left")
