"""The steps of a protocol. ``do:`` names the operation; the order of steps is chemistry.

Every step happens after the one before it in the same well. ``timing`` adds lags: they run from
the end of the earlier step's last operation (``of: end``, the moment its liquid is delivered) to
the start of this step's first one, unless ``of`` says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncrobot.model import Document
from ncrobot.protocol.adjusting import AdjustPh, Steered, Titration
from ncrobot.protocol.away import Age, Away, Flush, Treat, UnderGas
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
    | Measure | Person | Treat | UnderGas,
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
    "Flush",
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
    "UnderGas",
]
