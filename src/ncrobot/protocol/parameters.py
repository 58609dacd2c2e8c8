"""The inputs of a protocol: what a conditions table may vary, within which bounds."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, field_validator, model_validator

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, described, raise_all
from ncrobot.units import Dimension, QuantityError, parse_quantity


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

    @property
    def allowed(self) -> str:
        """The range as it was written, with its unit: "5 min to 2 h", "0.5 to 10 mol/mol"."""
        low, high = (f"{bound:g}" if isinstance(bound, float) else bound for bound in self.range)
        is_bare_ratio = self.quantity is Dimension.RATIO and high[-1].isdigit()
        return f"{low} to {high} mol/mol" if is_bare_ratio else f"{low} to {high}"

    @field_validator("range", mode="before")
    @classmethod
    def _two_quantities(cls, raw: object) -> object:
        if not isinstance(raw, list | tuple) or len(raw) != 2:
            raise FlawError(
                "a range is a list of the lowest and the highest value",
                code="wrong-kind",
                found=described(raw),
                fix="write range: [1, 8], or with units [5 min, 2 h]",
            )
        raise_all([flaw for index, bound in enumerate(raw) for flaw in _shape_flaws(bound, index)])
        return raw

    @field_validator("default", mode="before")
    @classmethod
    def _one_quantity(cls, raw: object) -> object:
        raise_all(_shape_flaws(raw))
        return raw

    @model_validator(mode="after")
    def _ordered(self) -> Parameter:
        raise_all(self._unreadable())
        if self.low > self.high:
            raise FlawError(
                f"the range runs down from {self.range[0]} to {self.range[1]}",
                code="range-order",
                at=("range",),
                found=self.allowed,
                fix=f"write [{self.range[1]}, {self.range[0]}]",
            )
        if not self.low <= self.default_value <= self.high:
            raise FlawError(
                "the default lies outside the range",
                code="out-of-range",
                at=("default",),
                found=str(self.default),
                allowed=self.allowed,
            )
        return self

    def _unreadable(self) -> list[FlawError]:
        """Return a flaw for each bound or default that is no quantity of this dimension."""
        places: tuple[tuple[str | int, ...], ...] = (("range", 0), ("range", 1), ("default",))
        flaws = []
        for at, text in zip(places, (*self.range, self.default), strict=True):
            try:
                parse_quantity(text, self.quantity)
            except QuantityError as error:
                flaws.append(FlawError.of_quantity(error, *at))
        return flaws


def _shape_flaws(raw: object, *at: int) -> list[FlawError]:
    """Return what is wrong with the form of a bound or default; a number or a text is right."""
    if isinstance(raw, str | int | float) and not isinstance(raw, bool):
        return []
    message = f"a quantity is needed here, not {described(raw)}"
    return [FlawError(message, code="wrong-kind", at=at, found=described(raw))]
