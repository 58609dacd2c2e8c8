"""What must not be asked for: limits of sums and products, and forbidden combinations."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, described


class _Bounded(Document):
    """A figure with a limit below, above, or both."""

    of: dict[str, float] = Field(min_length=1)
    at_most: str | float | None = None
    at_least: str | float | None = None
    because: str = Field("", description="the reason, told with every refusal")

    @model_validator(mode="after")
    def _has_limit(self) -> _Bounded:
        if self.at_most is None and self.at_least is None:
            raise FlawError(
                "a limit is missing",
                code="missing-field",
                fix="write at_most or at_least",
            )
        odd = [name for name, number in self.of.items() if not math.isfinite(number) or not number]
        if odd:
            message = f"{odd[0]} has no number that counts"
            raise FlawError(message, code="bad-value", at=("of", odd[0]), fix="write 1, -1, 2, ...")
        return self


class SumLimit(_Bounded):
    """A weighted sum of numbers has a limit, such as the volume that fits a well.

    ``of`` gives the weight of each parameter. A limit with a unit needs parameters of one quantity;
    a bare limit counts in canonical units.
    """

    kind: Literal["sum"]


class ProductLimit(_Bounded):
    """A product of powers has a limit; ``of`` gives the power of each parameter.

    The limit is a bare number, in canonical units of the factors.
    """

    kind: Literal["product"]


class Between(Document):
    """A part of a scale; both ends are outside of it."""

    above: str | float | None = None
    below: str | float | None = None

    @model_validator(mode="after")
    def _has_end(self) -> Between:
        if self.above is None and self.below is None:
            message = "neither above nor below is given"
            raise FlawError(message, code="missing-field", fix="write {above: 40 °C}")
        return self


def _condition(raw: Any) -> Any:
    if isinstance(raw, str):
        return (raw,)
    if isinstance(raw, dict | list | tuple | Between):
        return raw
    raise FlawError(
        "a condition is a word, a list of words, or a part of a scale",
        code="wrong-kind",
        found=described(raw),
        fix="write {above: 40 °C} or {below: 7}, or words of a choice",
    )


def _tag(raw: Any) -> str:
    return "scale" if isinstance(raw, dict | Between) else "words"


Condition = Annotated[
    Annotated[tuple[str, ...], Tag("words")] | Annotated[Between, Tag("scale")],
    Discriminator(_tag),
    BeforeValidator(_condition),
]


class Never(Document):
    """A combination that is forbidden: it is refused where all of ``when`` holds."""

    kind: Literal["never"]
    when: dict[str, Condition] = Field(min_length=1)
    because: str = Field("", description="the reason, told with every refusal")


Constraint = Annotated[SumLimit | ProductLimit | Never, Field(discriminator="kind")]
