"""What a protocol works with: materials (species) and the vessel."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator
from pydantic.config import JsonDict

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError
from ncrobot.protocol.values import (
    Density,
    Fraction,
    MolarMass,
    Temperature,
    Volume,
)

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]


Closure = Literal["open", "vented", "gas_tight"]


def _layer(raw: object) -> object:
    """Read one solvent, or a list of those that lie in one layer."""
    return (raw,) if isinstance(raw, str) else raw


NAME_SCHEMA: JsonDict = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_]*$"}
Layer = Annotated[
    tuple[Name, ...],
    BeforeValidator(_layer),
    Field(min_length=1),
    WithJsonSchema(
        {"anyOf": [NAME_SCHEMA, {"type": "array", "items": NAME_SCHEMA, "minItems": 1}]}
    ),
]
"""Solvents that lie in one layer of a vessel."""


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
    """One substance, by full name and formula (or molar mass, if there is no simple formula)."""

    name: str = Field(min_length=3, description="full chemical name, never an abbreviation")
    role: Role
    formula: str | None = Field(None, min_length=1, max_length=100)
    cas: str | None = Field(None, pattern=r"^\d{2,7}-\d{2}-\d$")
    molar_mass: MolarMass | None = None
    density: Density | None = Field(None, description="of the neat liquid at 25 °C")
    assay: Fraction | None = Field(None, description="mass fraction of the pure substance")
    boiling_point: Temperature | None = Field(
        None, description="of a solvent at 1 atm; common ones are known"
    )
    electrons: int | None = Field(None, ge=1, le=8, description="electrons per molecule")
    acidic_pka: tuple[float, ...] = Field((), description="pKa values, each a lost proton")
    charge_protonated: int = Field(0, description="charge of the fully protonated form")
    hazards: tuple[str, ...] = ()
    note: str | None = None

    @field_validator("cas")
    @classmethod
    def _check_digit(cls, cas: str | None) -> str | None:
        digits = (cas or "").replace("-", "")
        if digits and _cas_check_digit(digits) != int(digits[-1]):
            right = f"{cas}"[:-1] + str(_cas_check_digit(digits))
            raise FlawError(
                f"{cas} is no registry number: its check digit is wrong",
                code="bad-cas",
                found=cas,
                fix=f"compare it with the bottle; {right} would be one, but so would others",
            )
        return cas


class Vessel(Document):
    """Where the syntheses take place: which labware of the deck, how full, and how it is closed."""

    labware: str = Field("reaction", description="role of the labware in the deck layout")
    final_volume: Volume
    max_fill: Fraction | None = Field(None, description="of the well's volume; default 0.9")
    closure: Closure = "open"
    atmosphere: Literal["air", "inert"] = "air"
    layers: tuple[Layer, ...] = Field(
        (),
        description="liquids that don't mix, from the bottom up: each a solvent, or a list of them",
    )
    dark: bool = False
    temperature: Temperature | None = None


def _cas_check_digit(digits: str) -> int:
    """Return the last digit of a registry number: the others weighted 1, 2, ... from the right."""
    return sum(n * int(digit) for n, digit in enumerate(reversed(digits[:-1]), start=1)) % 10
