"""Absorption spectra: absorbance along wavelength, and where the detector saw too little light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

LEAST_POINTS = 3


def _none_saturated() -> BoolArray:
    return np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class AbsorptionSpectrum:
    """``wavelength_nm`` rises, ``absorbance`` is in AU; both of shape (n,), n of 3 or more.

    ``saturated`` marks points (shape (n,)) at which the detector had too little light: their
    absorbance is a lower limit, or NaN if the instrument gave no number.
    """

    wavelength_nm: FloatArray
    absorbance: FloatArray
    name: str = ""
    saturated: BoolArray = field(default_factory=_none_saturated)

    def __post_init__(self) -> None:
        wavelength = np.array(self.wavelength_nm, dtype=np.float64)
        absorbance = np.array(self.absorbance, dtype=np.float64)
        saturated = np.array(self.saturated, dtype=np.bool_)
        if saturated.size == 0:
            saturated = np.zeros(wavelength.shape, dtype=np.bool_)
        if wavelength.ndim != 1 or not wavelength.shape == absorbance.shape == saturated.shape:
            raise ValueError(
                f"wavelengths and absorbance differ in shape: {wavelength.shape}, "
                f"{absorbance.shape}"
            )
        if wavelength.size < LEAST_POINTS:
            raise ValueError(f"a spectrum needs {LEAST_POINTS} points, this has {wavelength.size}")
        if not np.isfinite(wavelength).all() or (np.diff(wavelength) <= 0.0).any():
            raise ValueError("the wavelengths of a spectrum have to rise")
        if not np.isfinite(absorbance[~saturated]).all():
            raise ValueError("a spectrum holds values that are no finite numbers")
        for name, values in (
            ("wavelength_nm", wavelength), ("absorbance", absorbance), ("saturated", saturated),
        ):  # fmt: skip
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    @property
    def step_nm(self) -> float:
        """Median distance from point to point."""
        return float(np.median(np.diff(self.wavelength_nm)))

    @property
    def range_nm(self) -> tuple[float, float]:
        """The first and the last wavelength."""
        return float(self.wavelength_nm[0]), float(self.wavelength_nm[-1])

    @property
    def usable(self) -> BoolArray:
        """Which points hold a figure that can be reckoned with, shape (n,)."""
        return ~self.saturated

    def covers(self, low_nm: float, high_nm: float) -> bool:
        """Whether all of this range was measured, and nothing in it is saturated."""
        first, last = self.range_nm
        inside = self.within(low_nm, high_nm)
        return first <= low_nm and last >= high_nm and bool(self.usable[inside].all())

    def within(self, low_nm: float, high_nm: float) -> BoolArray:
        """Which points lie in a range, shape (n,)."""
        return (self.wavelength_nm >= low_nm) & (self.wavelength_nm <= high_nm)

    def at(self, wavelength_nm: float) -> float | None:
        """The absorbance at a wavelength by straight lines; None beyond the range or saturated."""
        first, last = self.range_nm
        if not first <= wavelength_nm <= last:
            return None
        place = int(np.searchsorted(self.wavelength_nm, wavelength_nm))
        around = [n for n in (place - 1, place) if n >= 0]
        if self.wavelength_nm[place] == wavelength_nm:
            around = [place]
        if self.saturated[around].any():
            return None
        return float(np.interp(wavelength_nm, self.wavelength_nm, self.absorbance))

    def on(self, wavelength_nm: FloatArray) -> AbsorptionSpectrum:
        """The same at other wavelengths, by straight lines; saturated next to saturated points.

        Raises:
            ValueError: they go beyond the range.
        """
        wanted = np.asarray(wavelength_nm, dtype=np.float64)
        if np.array_equal(wanted, self.wavelength_nm):
            return self
        first, last = self.range_nm
        if wanted.size == 0 or wanted[0] < first or wanted[-1] > last:
            raise ValueError(f"the spectrum {self.name!r} covers {first:g} to {last:g} nm only")
        marks = np.interp(wanted, self.wavelength_nm, self.saturated.astype(np.float64)) > 0.0
        filled = np.where(np.isfinite(self.absorbance), self.absorbance, 0.0)
        values = np.interp(wanted, self.wavelength_nm, filled)
        return replace(self, wavelength_nm=wanted, absorbance=values, saturated=marks)

    def between(self, low_nm: float, high_nm: float) -> AbsorptionSpectrum:
        """The part within a range.

        Raises:
            ValueError: fewer than three points lie there.
        """
        inside = self.within(low_nm, high_nm)
        return replace(
            self, wavelength_nm=self.wavelength_nm[inside], absorbance=self.absorbance[inside],
            saturated=self.saturated[inside],
        )  # fmt: skip


def common_grid(spectra: Sequence[AbsorptionSpectrum]) -> FloatArray:
    """The wavelengths of the coarsest spectrum that all of them cover, shape (m,).

    Raises:
        ValueError: there is no spectrum, or they share fewer than three points.
    """
    if not spectra:
        raise ValueError("there is no spectrum")
    low = max(each.range_nm[0] for each in spectra)
    high = min(each.range_nm[1] for each in spectra)
    coarsest = max(spectra, key=lambda each: each.step_nm)
    inside = coarsest.wavelength_nm[coarsest.within(low, high)]
    if inside.size < LEAST_POINTS:
        raise ValueError("the spectra share too few wavelengths")
    return inside
