"""What is wanted of a synthesis: figures of samples, how each is measured, and which way it goes.

Every measure is of samples that were taken, or of the plate as the reader on the deck reads it.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError

Nanometres = Annotated[float, Field(gt=100, lt=3000)]


class Aim(StrEnum):
    """Which way a figure should go."""

    MAXIMISE = "maximise"
    MINIMISE = "minimise"
    TARGET = "target"


class Objective(Document):
    """One measured figure. ``unit`` is checked wherever figures come in with a unit."""

    aim: Aim = Field(description="which way the figure should go")
    unit: str = Field("", description="empty for a pure number")
    target: float | None = Field(None, description="for aim: target")
    tolerance: float | None = Field(None, gt=0, description="how far from the target is still good")
    range: tuple[float, float] | None = Field(
        None, description="the worst and the best that can be expected, lower figure first"
    )
    weight: float = Field(1.0, gt=0, description="against other objectives")
    description: str = Field("", description="for people")

    @model_validator(mode="after")
    def _sound(self) -> Objective:
        if (self.aim is Aim.TARGET) != (self.target is not None):
            raise FlawError(
                "aim: target needs the target, and only that aim has one",
                code="target-missing" if self.target is None else "target-unused",
                at=("aim",) if self.target is None else ("target",),
                fix="write target: and the wanted figure" if self.target is None else "delete it",
            )
        if self.tolerance is not None and self.aim is not Aim.TARGET:
            message = "only aim: target has a tolerance"
            raise FlawError(message, code="target-unused", at=("tolerance",), fix="delete it")
        if self.range is not None and self.range[0] >= self.range[1]:
            raise FlawError(
                "the range has no width",
                code="range-order",
                at=("range",),
                fix="write the lower figure first",
            )
        return self

    def merit(self, figure: float) -> float:
        """What is to be maximised: the figure, its negative, or minus its distance to target.

        Within the tolerance the distance is zero.
        """
        if self.aim is Aim.MAXIMISE:
            return figure
        if self.aim is Aim.MINIMISE:
            return -figure
        distance = abs(figure - float(self.target or 0.0)) - (self.tolerance or 0.0)
        return -max(distance, 0.0)


class BandHeight(Document):
    """Absorbance at a wavelength, over a straight line between two others if they are given."""

    measure: Literal["band"]
    nm: Nanometres = Field(description="place of the band")
    over_nm: tuple[Nanometres, Nanometres] | None = Field(
        None, description="ends of the line over which its height counts"
    )
    within_nm: float = Field(4.0, ge=0, description="mean of the points so near")


class BandRatio(Document):
    """Absorbance at one wavelength over that at another."""

    measure: Literal["band_ratio"]
    nm: Nanometres = Field(description="place of the one band")
    to_nm: Nanometres = Field(description="place of the other")
    within_nm: float = Field(4.0, ge=0, description="mean of the points so near")


class OpticalGap(Document):
    """Energy (eV) of the peak of longest wavelength, of those between two wavelengths."""

    measure: Literal["gap"]
    between_nm: tuple[Nanometres, Nanometres] = Field(
        (300.0, 900.0), description="where peaks count"
    )


class UnmixedAmount(Document):
    """How much of a reference the spectrum holds, in units of the reference."""

    measure: Literal["unmixed"]
    of: str = Field(description="name of the reference spectrum")


class PeakArea(Document):
    """Area of the peak of a substance in the chromatogram."""

    measure: Literal["area"]
    of: str = Field(description="the substance")


class AreaShare(Document):
    """Area of a substance among all that counts: the purity by area, 0 to 1."""

    measure: Literal["purity"]
    of: str = Field(description="the substance")


class AreaRatio(Document):
    """Area of one substance over the areas of others: a selectivity."""

    measure: Literal["area_ratio"]
    of: str = Field(description="the substance that is wanted")
    to: tuple[str, ...] = Field(min_length=1, description="those that aren't")


class IonShare(Document):
    """Share of an ion in the signal of all matched ions; no share of amount."""

    measure: Literal["ion_share"]
    of: str = Field(description="the ion, with its charge")


class GivenFigure(Document):
    """A figure that was measured elsewhere, such as a quantum yield: a column of a CSV by well.

    Without a file here, it is handed in with the analysis.
    """

    measure: Literal["given"]
    column: str = Field(description="name of the column")
    file: Path | None = Field(None, description="CSV with the column `well`")


FigureMeasure = Annotated[
    BandHeight
    | BandRatio
    | OpticalGap
    | UnmixedAmount
    | PeakArea
    | AreaShare
    | AreaRatio
    | IonShare
    | GivenFigure,
    Field(discriminator="measure"),
]


class Wanted(Objective):
    """An objective, and how it is measured: of which step's samples, and of which of them.

    ``number`` counts the samples of a step and well from 1; None: the last that was measured.
    ``course``: all of them are fitted as a first-order change too.
    """

    from_: FigureMeasure = Field(alias="from", description="how it is measured")
    step: str | None = Field(None, description="id of the step that takes the samples")
    number: int | None = Field(None, ge=1, description="which sample of a well; nothing: the last")
    course: bool = Field(False, description="fit a first-order change to all samples, too")
    error: float | None = Field(
        None, gt=0, description="standard error of one well, as long as no replicates tell it"
    )


def names_of(measure: FigureMeasure) -> tuple[str, ...]:
    """The species or references that a measure names."""
    if isinstance(measure, AreaRatio):
        return (measure.of, *measure.to)
    if isinstance(measure, PeakArea | AreaShare | IonShare | UnmixedAmount):
        return (measure.of,)
    return ()
