"""Chromatograms: one signal along retention time, and the matrix of a diode array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.mass.reading import TimeTrace, WavelengthScan

FloatArray = npt.NDArray[np.float64]

_UNEVEN = 0.05  # steps that differ by more than this share are laid on an even grid


@dataclass(frozen=True, slots=True, eq=False)
class Chromatogram:
    """``time_min`` rises, ``signal`` is in ``unit``; both of shape (n,), n of 8 or more."""

    time_min: FloatArray
    signal: FloatArray
    unit: str = ""
    name: str = ""
    wavelength_nm: float | None = None

    def __post_init__(self) -> None:
        time = np.array(self.time_min, dtype=np.float64)
        signal = np.array(self.signal, dtype=np.float64)
        if time.ndim != 1 or time.shape != signal.shape:
            raise ValueError(f"times and signal differ in shape: {time.shape}, {signal.shape}")
        if time.size < 8:
            raise ValueError(f"a chromatogram needs 8 points or more, this has {time.size}")
        if not (np.isfinite(time).all() and np.isfinite(signal).all()):
            raise ValueError("a chromatogram holds values that are no finite numbers")
        if (np.diff(time) <= 0.0).any():
            raise ValueError("the times of a chromatogram have to rise")
        for name, values in (("time_min", time), ("signal", signal)):
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    @property
    def step_min(self) -> float:
        """Median time from point to point."""
        return float(np.median(np.diff(self.time_min)))

    def on_even_grid(self) -> Chromatogram:
        """The same with even steps: itself, or interpolated at its median step."""
        steps = np.diff(self.time_min)
        if float(np.ptp(steps)) <= _UNEVEN * float(steps.mean()):
            return self
        first, last = float(self.time_min[0]), float(self.time_min[-1])
        count = max(8, round((last - first) / self.step_min) + 1)
        time = np.linspace(first, last, count)
        return replace(self, time_min=time, signal=np.interp(time, self.time_min, self.signal))

    def between(self, start_min: float, end_min: float) -> Chromatogram:
        """The part from ``start_min`` to ``end_min``.

        Raises:
            ValueError: fewer than 8 points lie there.
        """
        inside = (self.time_min >= start_min) & (self.time_min <= end_min)
        return replace(self, time_min=self.time_min[inside], signal=self.signal[inside])

    def minus(self, blank: Chromatogram) -> Chromatogram:
        """What is left when a blank is subtracted, interpolated at these times.

        Raises:
            ValueError: the blank is shorter, or has another unit.
        """
        if blank.time_min[0] > self.time_min[0] or blank.time_min[-1] < self.time_min[-1]:
            raise ValueError("the blank doesn't cover the whole chromatogram")
        if blank.unit != self.unit:
            raise ValueError(f"the blank is in {blank.unit!r}, the sample in {self.unit!r}")
        below = np.interp(self.time_min, blank.time_min, blank.signal)
        return replace(self, signal=self.signal - below)


def chromatogram_of(trace: TimeTrace) -> Chromatogram:
    """A trace of a file as a chromatogram.

    Raises:
        ValueError: it is too short, or its times don't rise.
    """
    return Chromatogram(trace.time_min, trace.signal, trace.unit, trace.name)


@dataclass(frozen=True, slots=True, eq=False)
class DiodeArray:
    """``signal`` (t, w) in ``unit``, over rising ``time_min`` (t,) and ``wavelength_nm`` (w,)."""

    time_min: FloatArray
    wavelength_nm: FloatArray
    signal: FloatArray
    unit: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        shape = (self.time_min.size, self.wavelength_nm.size)
        if self.signal.shape != shape or min(shape) < 2:
            raise ValueError(f"the signal has the shape {self.signal.shape}, not {shape}")
        if (np.diff(self.time_min) <= 0.0).any() or (np.diff(self.wavelength_nm) <= 0.0).any():
            raise ValueError("times and wavelengths of a diode array have to rise")
        if not np.isfinite(self.signal).all():
            raise ValueError("a diode array holds values that are no finite numbers")

    def trace(self, wavelength_nm: float, bandwidth_nm: float = 4.0) -> Chromatogram:
        """Mean signal within ``bandwidth_nm`` around a wavelength.

        Raises:
            ValueError: no channel lies there.
        """
        inside = np.abs(self.wavelength_nm - wavelength_nm) <= bandwidth_nm / 2.0
        if not inside.any():
            low, high = self.wavelength_nm[0], self.wavelength_nm[-1]
            message = f"no channel within {bandwidth_nm:g} nm of {wavelength_nm:g} nm"
            raise ValueError(f"{message}; the array runs from {low:g} to {high:g} nm")
        signal = self.signal[:, inside].mean(axis=1)
        return Chromatogram(self.time_min, signal, self.unit, self.name, wavelength_nm)

    def spectrum(self, start_min: float, end_min: float) -> FloatArray:
        """Mean signal at each wavelength from ``start_min`` to ``end_min``; shape (w,).

        Raises:
            ValueError: no time lies there.
        """
        inside = (self.time_min >= start_min) & (self.time_min <= end_min)
        if not inside.any():
            raise ValueError(f"no scan from {start_min:g} to {end_min:g} min")
        mean: FloatArray = self.signal[inside].mean(axis=0)
        return mean


def diode_array_of(scans: Sequence[WavelengthScan], name: str = "", unit: str = "") -> DiodeArray:
    """Put the scans of a file together.

    Raises:
        ValueError: there are too few, a time is missing, or the wavelengths differ.
    """
    timed = [(each.retention_min, each) for each in scans if each.retention_min is not None]
    if len(timed) < 2 or len(timed) < len(scans):
        raise ValueError("a diode array needs two scans or more, each with its time")
    timed.sort(key=lambda pair: pair[0])
    wavelengths = timed[0][1].wavelength_nm
    if any(not np.array_equal(scan.wavelength_nm, wavelengths) for _, scan in timed):
        raise ValueError("the scans of a diode array differ in their wavelengths")
    times = np.array([time for time, _ in timed])
    return DiodeArray(times, wavelengths, np.vstack([s.signal for _, s in timed]), unit, name)
