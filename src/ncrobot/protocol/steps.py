"""The steps of a protocol. ``do:`` names the operation; the order of steps is chemistry.

Every step happens after the one before it in the same well. ``timing`` adds lags: they run from
the end of the earlier step's last operation (``of: end``, the moment its liquid is delivered) to
the start of this step's first one, unless ``of`` says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ncrobot.model import Document
from ncrobot.protocol.materials import Name
from ncrobot.protocol.values import (
    PH,
    Amount,
    Concentration,
    Count,
    Duration,
    Fraction,
    Ratio,
    Speed,
    Temperature,
    Volume,
    Wavelength,
)

StepId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Late = Literal["continue", "abandon", "stop"]


class Timing(Document):
    """A lag to an earlier step: at least, at most, or a target with a tolerance."""

    after: StepId
    of: Literal["end", "start", "first", "last"] = Field(
        "end", description="first/last: the start of the first/last portion of a reduce step"
    )
    at_least: Duration | None = None
    at_most: Duration | None = None
    target: Duration | None = None
    tolerance: Duration | None = None

    @model_validator(mode="after")
    def _some_bound(self) -> Timing:
        if self.target is None and self.at_least is None and self.at_most is None:
            msg = "give at_least, at_most, or target with tolerance"
            raise ValueError(msg)
        if (self.target is None) != (self.tolerance is None):
            msg = "target and tolerance belong together"
            raise ValueError(msg)
        if self.target is not None and (self.at_least is not None or self.at_most is not None):
            msg = "give either target with tolerance, or at_least / at_most"
            raise ValueError(msg)
        return self


class StepBase(Document):
    """What all steps share: a name, lags, the policy for a broken lag, and a note."""

    id: StepId | None = Field(None, description="needed if another step refers to this one")
    timing: tuple[Timing, ...] = ()
    if_late: Late | None = Field(None, description="what to do with a well whose lag was broken")
    note: str | None = None


class Dosing(StepBase):
    """A dose of a stock, told in exactly one way."""

    stock: Name
    volume: Volume | None = None
    amount: Amount | None = None
    concentration: Concentration | None = Field(None, description="in the vessel's final volume")
    equivalents: Ratio | None = Field(None, description="moles added per mole of `per`")
    inverse_equivalents: Ratio | None = Field(None, description="moles of `per` per mole added")
    per: str = Field("metal", description="a material, or 'metal': all metal atoms in the well")

    @model_validator(mode="after")
    def _one_way(self) -> Dosing:
        ways = type(self).ways()
        given = [way for way in ways if getattr(self, way) not in (None, False)]
        if len(given) != 1:
            msg = f"give the dose in exactly one way: {', '.join(ways)}"
            raise ValueError(msg)
        return self

    @classmethod
    def ways(cls) -> tuple[str, ...]:
        """Names of the fields of which exactly one tells the dose."""
        return ("volume", "amount", "concentration", "equivalents", "inverse_equivalents")


class Add(Dosing):
    """Add a stock. ``make_up`` fills the well so that all additions end at the final volume."""

    do: Literal["add"]
    make_up: bool = False

    @classmethod
    def ways(cls) -> tuple[str, ...]:
        """As for any dose, or make-up."""
        return (*super().ways(), "make_up")


class Reduce(Dosing):
    """Add a reductant, in ``portions`` identical parts at an ``interval``."""

    do: Literal["reduce"]
    electrons_per_metal: Ratio | None = Field(None, description="electrons per metal atom")
    portions: Count | None = None
    interval: Duration | None = None
    tolerance: Duration | None = Field(None, description="allowed deviation of each portion")

    @classmethod
    def ways(cls) -> tuple[str, ...]:
        """As for any dose, or electrons per metal atom."""
        return (*super().ways(), "electrons_per_metal")

    @model_validator(mode="after")
    def _portions_need_interval(self) -> Reduce:
        if self.portions is not None and (self.interval is None or self.tolerance is None):
            msg = "portions need an interval and a tolerance"
            raise ValueError(msg)
        return self


class Acidify(Dosing):
    """Add acid. After a hydride it needs ``permission`` with the reason why it is safe here."""

    do: Literal["acidify"]
    permission: str | None = Field(None, description="who allows acid after hydride, and why")


class Exchange(Dosing):
    """Add an incoming ligand or metal to a finished cluster, and let it act ``for`` a time."""

    do: Literal["exchange"]
    for_: Duration | None = Field(None, alias="for")
    tolerance: Duration | None = None


class AdjustPh(Dosing):
    """Add acid or base: a dose, or the amount calculated to reach a pH (``to``)."""

    do: Literal["adjust_ph"]
    to: PH | None = None
    max_volume: Volume | None = Field(None, description="refuse a calculated dose above this")

    @classmethod
    def ways(cls) -> tuple[str, ...]:
        """As for any dose, or a target pH."""
        return (*super().ways(), "to")


class Dilute(StepBase):
    """Add solvent to a total volume, or by a factor, or a plain volume."""

    do: Literal["dilute"]
    stock: Name
    volume: Volume | None = None
    factor: Ratio | None = Field(None, description="new volume / volume before")
    to_volume: Volume | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Dilute:
        if sum(x is not None for x in (self.volume, self.factor, self.to_volume)) != 1:
            msg = "give exactly one of volume, factor, to_volume"
            raise ValueError(msg)
        return self


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


class Age(StepBase):
    """Let the product mature or focus: a hold, often long or warm, on or off the deck."""

    do: Literal["age"]
    for_: Duration = Field(alias="for")
    tolerance: Duration | None = None
    temperature: Temperature | None = None
    dark: bool = False
    where: Literal["deck", "off_deck"] = "deck"


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
    into: str = Field("samples", description="role of the destination labware")
    dilute_with: Quench | None = None
    for_instrument: Literal["uvvis", "hplc_ms", "other"] = "uvvis"


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
    max_fraction_left: Fraction | None = Field(None, description="volume left, if liquid is removed")


Step = Annotated[
    Add | Reduce | Acidify | Exchange | AdjustPh | Dilute | Mix | Stir | Hold | Age | Sample
    | Measure | Person,
    Field(discriminator="do"),
]  # fmt: skip
