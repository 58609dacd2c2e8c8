"""What a protocol works with: materials (species), stocks (solutions of them) and the vessel."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ncrobot.model import Document
from ncrobot.protocol.values import (
    PH,
    Concentration,
    Density,
    Duration,
    Fraction,
    MassConcentration,
    MolarMass,
    Temperature,
    Volume,
)

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]


class Role(StrEnum):
    """What a material is for; hazards, blanks and ratios depend on it."""

    METAL = "metal"
    LIGAND = "ligand"
    REDUCTANT = "reductant"
    ACID = "acid"
    BASE = "base"
    SOLVENT = "solvent"
    CLUSTER = "cluster"
    COUNTER_ION = "counter_ion"
    ADDITIVE = "additive"


class Material(Document):
    """One substance, by its full name and formula (or molar mass, for what has no simple formula)."""

    name: str = Field(min_length=3, description="full chemical name, never an abbreviation")
    role: Role
    formula: str | None = None
    cas: str | None = Field(None, pattern=r"^\d{2,7}-\d{2}-\d$")
    molar_mass: MolarMass | None = None
    density: Density | None = Field(None, description="of the neat liquid at 25 °C")
    assay: Fraction | None = Field(None, description="mass fraction of the pure substance")
    electrons: int | None = Field(None, ge=1, le=8, description="electrons per molecule")
    acidic_pka: tuple[float, ...] = Field((), description="pKa values, each a lost proton")
    charge_protonated: int = Field(0, description="charge of the fully protonated form")
    hazards: tuple[str, ...] = ()
    note: str | None = None


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
    solvent: Name | dict[Name, float] | None = Field(
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
    note: str | None = None

    @model_validator(mode="after")
    def _one_strength(self) -> Stock:
        given = [self.concentration is not None, self.weighed is not None, self.neat]
        if sum(given) != 1:
            msg = "give exactly one of concentration, weighed or neat: true"
            raise ValueError(msg)
        if self.neat and self.solvent is not None:
            msg = "a neat liquid has no solvent"
            raise ValueError(msg)
        if not self.neat and self.solvent is None:
            msg = "name the solvent"
            raise ValueError(msg)
        if self.decay.model == "borohydride_hydrolysis" and (
            self.decay.ph is None or self.keep_at is None
        ):
            msg = "borohydride_hydrolysis needs decay.ph and keep_at"
            raise ValueError(msg)
        return self


class Vessel(Document):
    """Where the syntheses take place: which labware of the deck, how full, and how it is closed."""

    labware: str = Field("reaction", description="role of the labware in the deck layout")
    final_volume: Volume
    max_fill: Fraction | None = Field(None, description="of the well's volume; default 0.9")
    closure: Literal["open", "vented", "gas_tight"] = "open"
    atmosphere: Literal["air", "inert"] = "air"
    dark: bool = False
    temperature: Temperature | None = None
