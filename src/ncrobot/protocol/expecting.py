"""What analysis is to look for: the species of a reaction, and what each shows on an instrument."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError

Wavelengths = tuple[Annotated[float, Field(gt=100, lt=3000)], ...]
_CHARGED = re.compile(r"[0-9]*[+\-\u2212]$")
Part = Literal["target", "parent", "intermediate", "by_product", "failure"]


class Ion(Document):
    """A peak in a mass spectrum; a negative charge is one of negative mode."""

    mz: float = Field(gt=0, description="mass over charge as the source prints it")
    charge: int
    formula: str | None = Field(None, description="if it isn't that of the species")
    computed: bool = Field(False, description="worked out from the formula, not printed")
    note: str | None = None

    @model_validator(mode="after")
    def _is_an_ion(self) -> Ion:
        if self.charge == 0:
            message = "a neutral species has no peak in a mass spectrum"
            raise FlawError(message, code="out-of-range", at=("charge",), found="0")
        return self


class Expected(Document):
    """One species that may be found, what it is here, and how instruments tell it."""

    species: str = Field(min_length=2, description="formula as chemists write it")
    part: Part = Field(description="what it is in this reaction; failure: what it ends as instead")
    absorption_nm: Wavelengths = Field((), description="maxima")
    shoulders_nm: Wavelengths = Field((), description="shoulders and weak bands")
    region_nm: tuple[float, float] | None = Field(None, description="where the spectrum changes")
    excitation_nm: float | None = Field(None, gt=100, lt=3000)
    emission_nm: Wavelengths = ()
    quantum_yield_percent: float | None = Field(None, ge=0, le=100)
    retention_min: float | None = Field(None, gt=0, description="on the source's own column")
    region_mz: tuple[float, float] | None = Field(
        None, description="where its peaks lie in a mass spectrum, whether or not any is printed"
    )
    ions: tuple[Ion, ...] = ()
    same_as: tuple[str, ...] = Field((), description="species that these figures can't tell apart")
    note: str | None = None

    @field_validator("region_nm", "region_mz")
    @classmethod
    def _lower_first(cls, region: tuple[float, float] | None) -> tuple[float, float] | None:
        if region is not None and region[0] >= region[1]:
            raise FlawError(
                "the region has no width",
                code="range-order",
                found=f"{region[0]:g} to {region[1]:g}",
                fix="write the lower figure first",
            )
        return region

    def ion_names(self) -> tuple[str, ...]:
        """Its ions as text with their charges, such as ``[Ag29(BDT)12]3-``."""
        return tuple(dict.fromkeys(_named(each, self.species) for each in self.ions))


def _named(ion: Ion, species: str) -> str:
    """The formula of an ion, with its charge behind brackets if it has none of its own."""
    formula = ion.formula or species
    if _CHARGED.search(formula):
        return formula
    number = abs(ion.charge)
    return f"[{formula}]{number if number > 1 else ''}{'+' if ion.charge > 0 else '-'}"
