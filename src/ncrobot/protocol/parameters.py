"""The inputs of a protocol: what a conditions table may vary, within which bounds."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from ncrobot.model import Document
from ncrobot.units import Dimension, parse_quantity


class Scope(StrEnum):
    """For how many wells one value of a parameter holds: a shaker has one speed for its plate."""

    WELL = "well"
    BLOCK = "block"
    PLATE = "plate"


class Parameter(Document):
    """A named input with dimension, range, default and scope; bounds are written with units."""

    quantity: Dimension
    range: tuple[str | float, str | float]
    default: str | float
    scope: Scope = Scope.WELL
    description: str = ""
    assumed: str | None = Field(None, description="why the default or range was chosen")

    @property
    def low(self) -> float:
        """Lower bound in the canonical unit."""
        return parse_quantity(self.range[0], self.quantity)

    @property
    def high(self) -> float:
        """Upper bound in the canonical unit."""
        return parse_quantity(self.range[1], self.quantity)

    @property
    def default_value(self) -> float:
        """Default in the canonical unit."""
        return parse_quantity(self.default, self.quantity)

    @model_validator(mode="after")
    def _ordered(self) -> Parameter:
        if self.low > self.high:
            msg = f"range runs from {self.range[0]} down to {self.range[1]}"
            raise ValueError(msg)
        if not self.low <= self.default_value <= self.high:
            msg = f"default {self.default} lies outside the range"
            raise ValueError(msg)
        return self
