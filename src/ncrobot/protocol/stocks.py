"""Stocks: solutions and neat liquids that stand on the deck, with their strength and life."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema, field_validator, model_validator

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, described, either, raise_all
from ncrobot.protocol.materials import Name
from ncrobot.protocol.members import Library
from ncrobot.protocol.values import PH, Concentration, Duration, MassConcentration, Temperature
from ncrobot.units import QUANTITY_PATTERN, Dimension, QuantityError, parse_quantity

VolumeFraction = Annotated[
    float,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": QUANTITY_PATTERN(Dimension.FRACTION)},
            ]
        }
    ),
]


class Decay(Document):
    """How a stock loses strength."""

    model: Literal["borohydride_hydrolysis", "none"]
    ph: PH | None = Field(None, description="pH of the stock, needed by borohydride_hydrolysis")


class Stock(Document):
    """A solution (or neat liquid) that stands on the deck, with its strength, home and life.

    Exactly one of ``concentration`` (of the pure substance), ``weighed`` (solid as weighed, the
    material's assay is applied) or ``neat`` (density and assay of the material) tells its strength.
    """

    of: Name = Field(description="the material that doses of this stock count")
    concentration: Concentration | None = None
    weighed: MassConcentration | None = None
    neat: bool = False
    also: dict[Name, Concentration] = Field(default={}, description="other materials dissolved")
    solvent: Name | dict[Name, VolumeFraction] | None = Field(
        None, description="a solvent, or volume fractions of several; none for a neat liquid"
    )
    keep_at: Temperature | None = None
    dark: bool = False
    life: Duration | None = Field(None, description="use within this time after making")
    remake: Literal["never", "person"] = Field(
        "never", description="who makes a new lot when the life ends before the run does"
    )
    remake_takes: Duration | None = Field(None, description="time the arm stays away for it")
    decay: Decay = Decay(model="none")
    dilutable: bool = Field(True, description="may be diluted on the deck for small doses")
    tips: Literal["reuse", "fresh"] = Field(
        "reuse", description="reuse: one set of tips, dispensing without touching the wells"
    )
    slurry: bool = False
    library: Library | None = Field(
        None, description="it stands in many vessels, and a column of the table tells which"
    )
    note: str | None = None

    @field_validator("solvent", mode="before")
    @classmethod
    def _fractions(cls, raw: object) -> object:
        return _solvent_fractions(raw) if isinstance(raw, dict) else _solvent_name(raw)

    @model_validator(mode="after")
    def _consistent(self) -> Stock:
        raise_all([*self._strength_flaws(), *self._life_flaws()])
        return self

    def _strength_flaws(self) -> list[FlawError]:
        strengths = {
            "concentration": self.concentration is not None,
            "weighed": self.weighed is not None,
            "neat: true": self.neat,
        }
        given = [name for name, is_given in strengths.items() if is_given]
        flaws = []
        if len(given) != 1:
            flaws.append(
                FlawError(
                    "a stock tells its strength in exactly one way",
                    code="one-of",
                    found=" and ".join(given) or "none",
                    allowed=either(tuple(strengths)),
                    fix="leave one" if given else "write one of them",
                )
            )
        if self.neat and self.solvent is not None:
            message = "a neat liquid has no solvent"
            fix = "delete the solvent, or give a concentration instead of neat: true"
            flaws.append(FlawError(message, code="solvent-of-neat", at=("solvent",), fix=fix))
        if not self.neat and self.solvent is None:
            fix = "write solvent: and the name of a material with role solvent"
            flaws.append(FlawError("a stock needs its solvent", code="missing-field", fix=fix))
        return flaws

    def _life_flaws(self) -> list[FlawError]:
        flaws = []
        if self.decay.model == "borohydride_hydrolysis":
            needed = {"decay.ph": self.decay.ph, "keep_at": self.keep_at}
            flaws += [
                FlawError(
                    f"the decay model borohydride_hydrolysis needs {name}",
                    code="missing-field",
                    at=("decay",),
                    fix=f"write {name}, or model: none",
                )
                for name, value in needed.items()
                if value is None
            ]
        if self.remake == "person":
            lacking = {"life": self.life, "remake_takes": self.remake_takes}
            flaws += [
                FlawError(
                    f"a stock that a person makes anew needs {name}",
                    code="missing-field",
                    at=("remake",),
                    fix=f"write {name}: with a duration, or remake: never",
                )
                for name, value in lacking.items()
                if value is None
            ]
        return flaws


def _solvent_name(raw: object) -> object:
    if raw is not None and not isinstance(raw, str):
        raise FlawError(
            f"a solvent is a name, or names with volume fractions, not {described(raw)}",
            code="wrong-kind",
            found=described(raw),
            fix="write solvent: water, or solvent: {water: 0.5, methanol: 0.5}",
        )
    return raw


def _solvent_fractions(raw: dict[object, object]) -> dict[object, float]:
    """Return the volume fractions as numbers; they must add up to 1."""
    flaws = []
    fractions: dict[object, float] = {}
    for name, written in raw.items():
        if isinstance(written, bool) or not isinstance(written, str | int | float):
            message = f"a volume fraction is needed here, not {described(written)}"
            flaws.append(FlawError(message, code="wrong-kind", at=(str(name),)))
            continue
        try:
            fractions[name] = parse_quantity(written, Dimension.FRACTION)
        except QuantityError as error:
            flaws.append(FlawError.of_quantity(error, str(name)))
    raise_all(flaws)
    total = sum(fractions.values())
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        raise FlawError(
            "the volume fractions of a solvent mixture must add up to 1",
            code="fractions-sum",
            found=f"{total:g}",
            allowed="1",
        )
    return fractions
