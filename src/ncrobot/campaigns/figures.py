"""Figures out of spectra: simple ones that a campaign file can declare.

They look at absorbance at a few wavelengths. Whoever knows more of a spectrum hands the campaign
another function of the same shape, see :data:`Analyse`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ncrobot.model import Document
from ncrobot.settings import FlawError

if TYPE_CHECKING:
    from ncrobot.campaigns.document import Campaign

Floats = NDArray[np.float64]


class Band(Document):
    """The height of a band above the straight line between two wavelengths beside it, in AU."""

    kind: Literal["band"]
    nm: float = Field(gt=0)
    between: tuple[float, float]

    @model_validator(mode="after")
    def _order(self) -> Band:
        if not self.between[0] < self.nm < self.between[1]:
            message = "the band must stand between the two wavelengths, lower one first"
            raise FlawError(message, code="range-order", at=("between",))
        return self

    @property
    def wavelengths_nm(self) -> tuple[float, ...]:
        """Where it looks."""
        return (self.nm, *self.between)

    def of(self, at: Callable[[float], float]) -> float:
        """The figure, given absorbance by wavelength."""
        low, high = self.between
        share = (self.nm - low) / (high - low)
        return at(self.nm) - (at(low) * (1.0 - share) + at(high) * share)


class Absorbance(Document):
    """Absorbance at a wavelength, in AU."""

    kind: Literal["absorbance"]
    nm: float = Field(gt=0)

    @property
    def wavelengths_nm(self) -> tuple[float, ...]:
        """Where it looks."""
        return (self.nm,)

    def of(self, at: Callable[[float], float]) -> float:
        """The figure, given absorbance by wavelength."""
        return at(self.nm)


class Quotient(Document):
    """Absorbance at one wavelength over that at another; 0 where there is hardly any."""

    kind: Literal["quotient"]
    nm: float = Field(gt=0)
    over_nm: float = Field(gt=0)
    least_au: float = Field(0.05, gt=0, description="of the lower one, below which it is 0")

    @property
    def wavelengths_nm(self) -> tuple[float, ...]:
        """Where it looks."""
        return (self.nm, self.over_nm)

    def of(self, at: Callable[[float], float]) -> float:
        """The figure, given absorbance by wavelength."""
        below = at(self.over_nm)
        return at(self.nm) / below if below >= self.least_au else 0.0


Figure = Annotated[Band | Absorbance | Quotient, Field(discriminator="kind")]


class Limit(Document):
    """A well whose figure is beyond the limit has failed."""

    above: float | None = None
    below: float | None = None
    because: str = ""

    def is_broken(self, figure: float) -> bool:
        """Whether a figure is beyond it."""
        return (self.above is not None and figure > self.above) or (
            self.below is not None and figure < self.below
        )


class Spectrum(Document):
    """Absorbance (AU) of one well at rising wavelengths (nm)."""

    nm: tuple[float, ...]
    au: tuple[float, ...]


class Judged(Document):
    """The figures of a well with their standard errors, or why there are none."""

    figures: dict[str, float] = Field(default_factory=dict)
    errors: dict[str, float] = Field(default_factory=dict)
    failed: str = Field("", description="why nothing can be told; empty: all is well")
    missing: str = Field("", description="why nothing was measured; says nothing of the well")


Analyse = Callable[["Campaign", Mapping[str, Spectrum], Sequence[str]], dict[str, Judged]]
"""From the spectra of wells, and which of them are blanks, to what each says."""


def judge(
    campaign: Campaign, spectra: Mapping[str, Spectrum], blanks: Sequence[str]
) -> dict[str, Judged]:
    """What the spectra of a plate say by the figures that the campaign declares."""
    base = _blank([spectra[well] for well in blanks if well in spectra])
    return {well: _judged(campaign, spectrum, base) for well, spectrum in spectra.items()}


def _blank(spectra: Sequence[Spectrum]) -> Callable[[float], float]:
    """The median of the blanks: one odd well doesn't spoil the plate."""
    if not spectra:
        return lambda nm: 0.0  # noqa: ARG005 - without blanks nothing is taken off
    nm = np.array(spectra[0].nm)
    median = np.median([spectrum.au for spectrum in spectra], axis=0)
    return lambda at: float(np.interp(at, nm, median))


def _judged(campaign: Campaign, spectrum: Spectrum, base: Callable[[float], float]) -> Judged:
    nm, au = np.array(spectrum.nm), np.array(spectrum.au)
    figures = {}
    for name, figure in campaign.figures.items():
        read = [float(np.interp(at, nm, au)) for at in figure.wavelengths_nm]
        if min(figure.wavelengths_nm) < nm[0] or max(figure.wavelengths_nm) > nm[-1]:
            return Judged(failed=f"{name} looks beyond {nm[0]:g} to {nm[-1]:g} nm")
        if not np.isfinite(read).all():
            return Judged(failed=f"{name}: the reader gave no number")
        if max(read) >= campaign.saturated_au:
            return Judged(failed=f"{name}: the reader is saturated ({max(read):.2f} AU)")
        figures[name] = round(figure.of(lambda at: float(np.interp(at, nm, au)) - base(at)), 6)
    return Judged(figures=figures, failed=broken_limit(campaign, figures))


def broken_limit(campaign: Campaign, figures: Mapping[str, float]) -> str:
    """Which limit of ``failed_if`` figures break, in words; empty if none."""
    for name, limit in campaign.failed_if.items():
        if name in figures and limit.is_broken(figures[name]):
            why = limit.because or "beyond its limit"
            return f"{name} is {figures[name]:.3g}: {why}"
    return ""
