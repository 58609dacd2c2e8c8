"""Spectra in the places of their wells, and chromatograms one behind the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from ncrobot.assays import ElutionResult, OpticalResult
from ncrobot.reports._colours import ramp
from ncrobot.reports._svg import drawing, element, line, number, text, ticks
from ncrobot.reports._text import span, well_key

FloatArray = npt.NDArray[np.float64]

_CELL_W, _CELL_H, _GAP = 82.0, 46.0, 5.0
_LEFT, _TOP = 22.0, 20.0
_MOST_POINTS = 90
_MOST_TRACES = 60
_TRACE_W, _TRACE_LEFT, _SLOPE = 1000.0, 150.0, 9.0


def spectra_plate(results: Sequence[OpticalResult]) -> Markup | None:
    """A small drawing for each well, all of one scale; a line for each sample, later ones lighter.

    None if there is nothing to draw.
    """
    by_well: dict[str, list[OpticalResult]] = defaultdict(list)
    for each in results:
        by_well[each.about.well].append(each)
    finite = [_finite(each) for each in results]
    values = np.concatenate(finite) if finite else np.zeros(0)
    if values.size == 0:
        return None
    low, high = min(0.0, float(np.percentile(values, 1))), float(np.percentile(values, 99.5))
    rows = max((ord(well[0]) - 64 for well in by_well), default=8)
    columns = max((int(well[1:]) for well in by_well), default=12)
    parts: list[Markup] = []
    for column in range(columns):
        x = _LEFT + column * (_CELL_W + _GAP) + _CELL_W / 2
        parts.append(text(x, _TOP - 6, str(column + 1), "soft middle"))
    for row in range(rows):
        y = _TOP + row * (_CELL_H + _GAP) + _CELL_H / 2 + 4
        parts.append(text(8, y, chr(65 + row), "soft middle"))
    for well, members in sorted(by_well.items(), key=lambda pair: well_key(pair[0])):
        x = _LEFT + (int(well[1:]) - 1) * (_CELL_W + _GAP)
        y = _TOP + (ord(well[0]) - 65) * (_CELL_H + _GAP)
        parts.append(_cell(x, y, members, (low, max(high, low + 1e-9))))
    width = _LEFT + columns * (_CELL_W + _GAP)
    height = _TOP + rows * (_CELL_H + _GAP)
    return drawing(width, height, parts, label="Absorption spectra of all wells")


def _cell(
    x: float, y: float, members: Sequence[OpticalResult], limits: tuple[float, float]
) -> Markup:
    ordered = sorted(members, key=lambda each: each.about.number)
    parts = [element("rect", x=x, y=y, width=_CELL_W, height=_CELL_H, class_="cell")]
    for place, each in enumerate(ordered):
        shade = ramp(0.15 + 0.7 * place / max(len(ordered) - 1, 1))
        path = _path(each, (x, y), limits)
        parts.append(element("path", d=path, class_="curve", stroke=shade))
    about = ordered[0].about
    told = f"{about.well} {about.name}: {', '.join(_when(each) for each in ordered)}"
    return element("g", element("title", told), parts)


def _path(result: OpticalResult, at: tuple[float, float], limits: tuple[float, float]) -> str:
    """A line through the usable points, thinned; it breaks where points are saturated."""
    spectrum = result.corrected.spectrum
    step = max(1, spectrum.wavelength_nm.size // _MOST_POINTS)
    waves, values = spectrum.wavelength_nm[::step], spectrum.absorbance[::step]
    usable = spectrum.usable[::step]
    low_nm, high_nm = spectrum.range_nm
    xs = at[0] + (waves - low_nm) / (high_nm - low_nm) * _CELL_W
    share = (np.nan_to_num(values) - limits[0]) / (limits[1] - limits[0])
    ys = at[1] + _CELL_H - np.clip(share, 0.0, 1.0) * _CELL_H
    return _joined(xs, ys, usable)


def _joined(xs: FloatArray, ys: FloatArray, usable: npt.NDArray[np.bool_]) -> str:
    pieces, pen = [], "M"
    for x, y, is_usable in zip(xs, ys, usable, strict=True):
        if not is_usable:
            pen = "M"
            continue
        pieces.append(f"{pen}{number(float(x))} {number(float(y))}")
        pen = "L"
    return "".join(pieces)


def waterfall(results: Sequence[ElutionResult]) -> Markup | None:
    """Chromatograms without their baselines, by time of reaction, each a little above the last.

    None if there is nothing to draw; of very many, evenly chosen ones are drawn.
    """
    ordered = sorted(results, key=lambda each: (each.about.number, well_key(each.about.well)))
    if not ordered:
        return None
    step = -(-len(ordered) // _MOST_TRACES)
    shown = ordered[::step]
    end_min = max(float(each.peaks.chromatogram.time_min[-1]) for each in shown)
    high = max(float(np.max(each.peaks.corrected)) for each in shown) or 1.0
    foot = 60.0 + _SLOPE * len(shown) + 120.0
    parts: list[Markup] = []
    for tick in ticks(0.0, end_min, 9):
        x = _TRACE_LEFT + tick / end_min * _TRACE_W
        parts.append(line(x, 20.0, x, foot, "grid"))
        parts.append(text(x, foot + 16, f"{tick:g}", "soft middle"))
    for place, each in enumerate(reversed(shown)):
        base = foot - _SLOPE * (len(shown) - 1 - place)
        parts.append(_trace(each, base, end_min, high))
    middle = _TRACE_LEFT + _TRACE_W / 2
    parts.append(text(middle, foot + 34, "retention time, min", "soft middle"))
    label = "Chromatograms one behind the other"
    return drawing(_TRACE_LEFT + _TRACE_W + 10, foot + 42, parts, label=label)


def _trace(result: ElutionResult, base: float, end_min: float, high: float) -> Markup:
    chromatogram = result.peaks.chromatogram
    step = max(1, chromatogram.time_min.size // 700)
    times, values = chromatogram.time_min[::step], result.peaks.corrected[::step]
    xs = _TRACE_LEFT + times / end_min * _TRACE_W
    ys = base - np.clip(values / high, -0.02, 1.0) * 110.0
    path = _joined(xs, ys, np.ones(xs.size, dtype=np.bool_))
    about = result.about
    named = zip(result.peaks.peaks, result.names, strict=True)
    peaks = ", ".join(f"{peak.retention_min:.1f} min {name or 'unknown'}" for peak, name in named)
    told = (
        f"{about.well} {about.name}, {_when_of(about.since_s, about.number)}: {peaks or 'no peak'}"
    )
    return element(
        "g",
        element("title", told),
        element("path", d=path, class_="trace"),
        text(
            _TRACE_LEFT - 6,
            base + 3,
            f"{about.well}, {_when_of(about.since_s, about.number)}",
            "end tiny",
        ),
    )


def _finite(result: OpticalResult) -> FloatArray:
    spectrum = result.corrected.spectrum
    return spectrum.absorbance[spectrum.usable]


def _when(result: OpticalResult) -> str:
    return _when_of(result.about.since_s, result.about.number)


def _when_of(since_s: float | None, count: int) -> str:
    return f"sample {count}" if since_s is None else span(since_s)
