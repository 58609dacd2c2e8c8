"""The steps of a protocol. ``do:`` names the operation; the order of steps is chemistry.

Every step happens after the one before it in the same well. ``timing`` adds lags: they run from
the end of the earlier step's last operation (``of: end``, the moment its liquid is delivered) to
the start of this step's first one, unless ``of`` says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, raise_all
from ncrobot.protocol.adjusting import AdjustPh, Steered, Titration
from ncrobot.protocol.dosing import (
    PERMISSION,
    Acidify,
    Add,
    Dilute,
    Dosing,
    Exchange,
    Late,
    Permission,
    Reduce,
    StepBase,
    StepId,
    Timing,
)
from ncrobot.protocol.materials import Closure, Name
from ncrobot.protocol.values import (
    Count,
    Duration,
    Fraction,
    Speed,
    Temperature,
    Volume,
    Wavelength,
)

HARMLESS_GASES = frozenset({"air", "nitrogen", "argon", "helium"})
"""Gases that may be let over open wells without a warning; ventilation is assumed."""


class Mix(StepBase):
    """Mix by pipette: repeated aspirate and dispense in the well, with a fresh tip."""

    do: Literal["mix"]
    volume: Volume
    repetitions: Count


class Stir(StepBase):
    """Shake the plate at a speed, from the first well that reaches this step; one speed a shaker.

    ``for`` is the time that each well spends in this step; without it the shaker runs until the
    next stir step or the end. Speed 0 rpm stops it.
    """

    do: Literal["stir"]
    speed: Speed
    for_: Duration | None = Field(None, alias="for")
    tolerance: Duration | None = None
    temperature: Temperature | None = None


class Hold(StepBase):
    """Leave the well alone: at least ``for``; with a tolerance also at most that much longer."""

    do: Literal["hold"]
    for_: Duration = Field(alias="for")
    tolerance: Duration | None = None
    temperature: Temperature | None = None
    dark: bool = False


class Away(StepBase):
    """What steps share in which a person carries the plate off the deck, and back after a time."""

    for_: Duration = Field(alias="for")
    tolerance: Duration | None = None
    temperature: Temperature | None = None
    dark: bool = False
    place: str | None = Field(None, min_length=3, description="where off the deck the plate is")
    carry: Duration | None = Field(
        None, description="time that a person needs to carry the plate there, and again back"
    )
    answer_within: Duration | None = Field(
        None, description="how long a person may take to come; then the run ends"
    )
    hazards: tuple[str, ...] = ()


class Age(Away):
    """Let the product mature or focus: a hold, often long or warm, on or off the deck.

    ``where: off_deck`` lets a person carry the plate to ``place`` and back; ``for`` is the time
    between. It needs ``carry``.
    """

    do: Literal["age"]
    where: Literal["deck", "off_deck"] = "deck"

    @model_validator(mode="after")
    def _whole(self) -> Age:
        away = {"place": self.place, "carry": self.carry, "answer_within": self.answer_within}
        given = [name for name, value in away.items() if value is not None]
        if self.where == "deck":
            raise_all(
                [
                    FlawError(
                        "this tells of a plate that leaves the deck, but it stays there",
                        code="stays-on-deck",
                        at=(name,),
                        fix=f"write where: off_deck, or delete {name}",
                    )
                    for name in given
                ]
            )
        raise_all([] if self.where == "deck" else _unsaid(self))
        return self


class Treat(Away):
    """A person takes the plate off the deck and lets something act on it: a gas, ultrasound, light.

    ``for`` is the time of the treatment, ``carry`` that of each way. The deck only waits.
    """

    do: Literal["treat"]
    what: str = Field(min_length=5, description="what acts on the wells")
    gas: str | None = Field(None, min_length=2, description="the gas over the wells meanwhile")

    @model_validator(mode="after")
    def _whole(self) -> Treat:
        flaws = _unsaid(self)
        if self.gas is not None and self.gas not in HARMLESS_GASES and not self.hazards:
            flaws.append(
                FlawError(
                    f"{self.gas} comes to people without a word of warning",
                    code="hazards-missing",
                    found="no hazards",
                    fix="write hazards: what is dangerous, and what has to be there for it",
                )
            )
        raise_all(flaws)
        return self


def _unsaid(step: Away) -> list[FlawError]:
    """Return a flaw for each thing that a person must know to carry a plate."""
    needed = {"place": step.place, "carry": step.carry}
    return [
        FlawError(
            f"a plate that leaves the deck needs {name}",
            code="missing-field",
            fix=f"write {name}: "
            + ("where it is meanwhile" if name == "place" else "the time of each way"),
        )
        for name, value in needed.items()
        if value is None
    ]


class Quench(Document):
    """What a sample is put into, so that the reaction stops or the instrument isn't saturated."""

    stock: Name
    volume: Volume


class Sample(StepBase):
    """Take aliquots at given times after the step before (or the one named in ``after``)."""

    do: Literal["sample"]
    volume: Volume
    at: tuple[Duration, ...] = Field((), description="times after the reference step; () at once")
    after: StepId | None = None
    after_each_portion_of: StepId | None = None
    tolerance: Duration | None = None
    layer: Name | None = Field(
        None, description="a solvent of the layer that is sampled, where vessel.layers has several"
    )
    into: str = Field("samples", description="role of the destination labware")
    dilute_with: Quench | None = None
    for_instrument: Literal["uvvis", "hplc_ms", "other"] = "uvvis"
    stable_for: Duration | None = Field(None, description="how old it may be when it is measured")
    priority: int = Field(0, ge=0, le=9, description="measured before samples of lower priority")
    permission: Permission | None = Field(None, description=PERMISSION)


class Measure(StepBase):
    """Read the whole plate in the reader: absorbance from ``start`` to ``stop``."""

    do: Literal["measure"]
    start: Wavelength
    stop: Wavelength
    step: Wavelength
    labware: str = Field("reaction", description="role of the plate that is read")


class Person(StepBase):
    """Something that a person does for the whole plate: centrifuge, weigh, evaporate, confirm."""

    do: Literal["person"]
    task: str = Field(min_length=5)
    takes: Duration
    answer_within: Duration | None = Field(None, description="then the default answer holds")
    default: Literal["done", "skip", "stop"] = "stop"
    hazards: tuple[str, ...] = ()
    max_fraction_left: Fraction | None = Field(
        None, description="share of the liquid that is left, if some is removed"
    )
    closure: Closure | None = Field(
        None, description="how the wells are closed from then on; nothing: as before"
    )


Step = Annotated[
    Add | Reduce | Acidify | Exchange | AdjustPh | Dilute | Mix | Stir | Hold | Age | Sample
    | Measure | Person | Treat,
    Field(discriminator="do"),
]  # fmt: skip

__all__ = [
    "Acidify",
    "Add",
    "AdjustPh",
    "Age",
    "Away",
    "Dilute",
    "Dosing",
    "Exchange",
    "Hold",
    "Late",
    "Measure",
    "Mix",
    "Person",
    "Quench",
    "Reduce",
    "Sample",
    "Steered",
    "Step",
    "StepBase",
    "StepId",
    "Stir",
    "Timing",
    "Titration",
    "Treat",
]
