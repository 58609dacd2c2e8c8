"""Resolving power of a mass spectrometer, and how it changes along m/z.

Sources: a time of flight keeps m/Δm nearly constant; that of an Orbitrap falls with the
square root of m/z, that of an ICR cell with m/z (Marshall and Hendrickson, Annu. Rev. Anal. Chem.
2008, 1, 579).
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from ncrobot.model import Document

FloatArray = npt.NDArray[np.float64]

SIGMA_PER_FWHM = 1.0 / (2.0 * np.sqrt(2.0 * np.log(2.0)))
"""Standard deviation of a Gauss peak divided by its full width at half maximum."""


class Analyser(StrEnum):
    """How the resolving power changes along m/z; the exponent is that of m/z."""

    CONSTANT = "constant"
    ORBITRAP = "orbitrap"
    ICR = "icr"

    @property
    def exponent(self) -> float:
        """Power of m/z that the resolving power follows."""
        return {"constant": 0.0, "orbitrap": -0.5, "icr": -1.0}[self.value]


class Resolution(Document):
    """Resolving power m/Δm (full width at half maximum) at one m/z, and the law along m/z."""

    power: float = Field(gt=1.0, le=1e8, allow_inf_nan=False)
    analyser: Analyser = Analyser.CONSTANT
    at_mz: float | None = Field(default=None, gt=0.0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _place_is_given(self) -> Resolution:
        if self.analyser is not Analyser.CONSTANT and self.at_mz is None:
            raise ValueError(f"the resolving power of an {self.analyser.value} needs its at_mz")
        return self

    def fwhm(self, mz: FloatArray | float) -> FloatArray:
        """Full width at half maximum in m/z of a single peak, for each m/z; shape as ``mz``."""
        place = np.asarray(mz, dtype=np.float64)
        if self.at_mz is None:
            return place / self.power
        return place / (self.power * (place / self.at_mz) ** self.analyser.exponent)
