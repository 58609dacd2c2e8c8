"""What is wanted: the measured figures, and which way they should go."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError


class Aim(StrEnum):
    """Which way a figure should go."""

    MAXIMISE = "maximise"
    MINIMISE = "minimise"
    TARGET = "target"


class Trade(StrEnum):
    """How several objectives are weighed: by fixed weights, or by showing all good compromises."""

    WEIGHTS = "weights"
    PARETO = "pareto"


class Objective(Document):
    """One measured figure. ``unit`` is checked wherever figures come in with a unit."""

    aim: Aim
    unit: str = Field("", description="empty for a pure number")
    target: float | None = Field(None, description="for aim: target")
    tolerance: float | None = Field(None, gt=0, description="how far from the target is still good")
    range: tuple[float, float] | None = Field(
        None, description="the worst and the best that can be expected, lower figure first"
    )
    weight: float = Field(1.0, gt=0)
    description: str = ""

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
