"""What may be varied: amounts on a scale, whole numbers, and choices."""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, FlawsError, described
from ncrobot.protocol.parameters import Scope
from ncrobot.units import CANONICAL_UNIT, Dimension, QuantityError, format_quantity, parse_quantity

Value = float | int | str
"""A value of a parameter: canonical units for a number, the word itself for a choice."""

MOST_LEVELS = 20_000
"""More levels than any device can tell apart; above it a step is a slip of the pen."""

_KELVIN = re.compile(r"\s*K\s*$")
_WORD = r"^[A-Za-z][A-Za-z0-9_]{0,59}$"
Word = Annotated[str, Field(pattern=_WORD)]


def parse_difference(text: str | float, dimension: Dimension) -> float:
    """Return the canonical size of a step; 5 °C and 5 K are the same step.

    Raises:
        QuantityError: the text is no quantity of this dimension.
    """
    if dimension is Dimension.TEMPERATURE and isinstance(text, str):
        text = _KELVIN.sub(" °C", text)
    return parse_quantity(text, dimension)


class Continuous(Document):
    """A quantity on a scale; without a step it is set to a round 500th of its range.

    With ``log`` it is set to three significant digits.
    """

    kind: Literal["continuous"]
    quantity: Dimension
    range: tuple[str | float, str | float] = Field(description="lowest and highest, with units")
    step: str | float | None = Field(None, description="smallest difference worth setting")
    log: bool = Field(False, description="a factor matters, not a difference: search its logarithm")
    scope: Scope = Scope.WELL
    description: str = ""

    @property
    def low(self) -> float:
        """Lower bound in the canonical unit."""
        return parse_quantity(self.range[0], self.quantity)

    @property
    def high(self) -> float:
        """Upper bound in the canonical unit."""
        return parse_quantity(self.range[1], self.quantity)

    @property
    def step_size(self) -> float | None:
        """The step in the canonical unit, None if none is given."""
        return None if self.step is None else parse_difference(self.step, self.quantity)

    @property
    def unit(self) -> str:
        """The canonical unit, empty for a pure number."""
        return CANONICAL_UNIT[self.quantity]

    @property
    def allowed(self) -> str:
        """The range as text: "5 min to 2 h"."""
        return f"{self.told(self.low)} to {self.told(self.high)}"

    def told(self, value: Value) -> str:
        """A canonical value as a person would write it."""
        return format_quantity(float(value), self.quantity)

    @field_validator("range", mode="before")
    @classmethod
    def _two(cls, raw: object) -> object:
        return _pair(raw)

    @model_validator(mode="after")
    def _sound(self) -> Continuous:
        _check_readable(self)
        _check_order(self.low, self.high, self.range)
        if self.log and self.low <= 0:
            raise FlawError(
                "a range that begins at zero or below has no logarithm",
                code="log-of-zero",
                at=("range", 0),
                found=self.told(self.low),
                fix="begin above zero, or delete log",
            )
        if self.step_size is not None:
            _check_step(self.step_size, self.high - self.low, str(self.step))
        return self


class Integer(Document):
    """A whole number, such as a number of portions."""

    kind: Literal["integer"]
    range: tuple[int, int] = Field(description="lowest and highest")
    step: int = Field(1, ge=1)
    scope: Scope = Scope.WELL
    description: str = ""

    @property
    def low(self) -> float:
        """Lower bound."""
        return float(self.range[0])

    @property
    def high(self) -> float:
        """Upper bound."""
        return float(self.range[1])

    @property
    def allowed(self) -> str:
        """The range as text."""
        return f"{self.range[0]} to {self.range[1]}"

    def told(self, value: Value) -> str:
        """The number as text."""
        return f"{float(value):g}"

    @field_validator("range", mode="before")
    @classmethod
    def _two(cls, raw: object) -> object:
        return _pair(raw)

    @model_validator(mode="after")
    def _sound(self) -> Integer:
        _check_order(self.low, self.high, self.range)
        _check_step(self.step, self.high - self.low, str(self.step))
        return self


class Choice(Document):
    """One of a few words, such as a ligand; no order is assumed between them."""

    kind: Literal["choice"]
    of: tuple[str, ...] = Field(min_length=1, max_length=100)
    scope: Scope = Scope.WELL
    description: str = ""

    @property
    def allowed(self) -> str:
        """The words."""
        return ", ".join(self.of)

    def told(self, value: Value) -> str:
        """The word itself."""
        return str(value)

    @model_validator(mode="after")
    def _different(self) -> Choice:
        twice = sorted({word for word in self.of if self.of.count(word) > 1})
        if twice:
            message = f"{', '.join(twice)} stands twice among the choices"
            raise FlawError(message, code="duplicate-choice", at=("of",), fix="keep one of them")
        return self


SearchParameter = Annotated[Continuous | Integer | Choice, Field(discriminator="kind")]


def _pair(raw: object) -> object:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        raise FlawError(
            "a range is a list of the lowest and the highest value",
            code="wrong-kind",
            found=described(raw),
            fix="write range: [1, 8], or with units [5 min, 2 h]",
        )
    return raw


def _check_readable(parameter: Continuous) -> None:
    flaws = []
    spots: list[tuple[tuple[str | int, ...], str | float]] = [
        (("range", place), bound) for place, bound in enumerate(parameter.range)
    ]
    for at, text in spots:
        try:
            parse_quantity(text, parameter.quantity)
        except QuantityError as error:
            flaws.append(FlawError.of_quantity(error, *at))
    if parameter.step is not None:
        try:
            parse_difference(parameter.step, parameter.quantity)
        except QuantityError as error:
            flaws.append(FlawError.of_quantity(error, "step"))
    if flaws:
        raise FlawsError(flaws)


def _check_order(low: float, high: float, written: tuple[object, object]) -> None:
    if low >= high:
        raise FlawError(
            f"the range runs from {written[0]} to {written[1]}, so there is nothing to vary",
            code="range-order",
            at=("range",),
            found=f"[{written[0]}, {written[1]}]",
            fix="write the lower value first; leave a fixed value to the protocol",
        )


def _check_step(step: float, width: float, written: str) -> None:
    if step <= 0 or step > width * (1 + 1e-9):
        raise FlawError(
            "the step is not within the range",
            code="bad-step",
            at=("step",),
            found=written,
            allowed="above zero, at most the width of the range",
        )
    if width / step > MOST_LEVELS:
        raise FlawError(
            f"the step makes {math.floor(width / step)} levels",
            code="step-too-fine",
            at=("step",),
            found=written,
            allowed=f"at most {MOST_LEVELS} levels",
            fix="write what the deck can set, such as 1 µL",
        )
