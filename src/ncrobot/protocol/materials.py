"""What a protocol works with: materials (species), stocks (solutions of them) and the vessel."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator
from pydantic.config import JsonDict

from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, described, either, raise_all
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
from ncrobot.units import QUANTITY_PATTERN, Dimension, QuantityError, parse_quantity

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]


MOST_MEMBERS = 10_000
Closure = Literal["open", "vented", "gas_tight"]


def _layer(raw: object) -> object:
    """Read one solvent, or a list of those that lie in one layer."""
    return (raw,) if isinstance(raw, str) else raw


_NAME: JsonDict = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_]*$"}
Layer = Annotated[
    tuple[Name, ...],
    BeforeValidator(_layer),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}),
]
"""Solvents that lie in one layer of a vessel."""
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


class Decay(Document):
    """How a stock loses strength."""

    model: Literal["borohydride_hydrolysis", "none"]
    ph: PH | None = Field(None, description="pH of the stock, needed by borohydride_hydrolysis")


def _members(raw: object) -> object:
    """Read a list of words, or a prefix with a count: ``{prefix: s, count: 96}`` is s1 to s96."""
    if not isinstance(raw, dict):
        return raw
    unknown = [key for key in raw if key not in ("prefix", "count", "first")]
    prefix, count, first = raw.get("prefix"), raw.get("count"), raw.get("first", 1)
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in (count, first))
    if unknown or not isinstance(prefix, str) or not whole:
        raise FlawError(
            "numbered members have a prefix and a count",
            code="wrong-kind",
            found=described(raw),
            fix="write members: {prefix: s, count: 96}, or list the names",
        )
    if not 2 <= int(count or 0) <= MOST_MEMBERS:
        raise FlawError(
            "a library has several members, and not more than can be kept apart",
            code="out-of-range",
            at=("count",),
            found=str(count),
            allowed=f"2 to {MOST_MEMBERS}",
        )
    return tuple(f"{prefix}{number}" for number in range(int(first), int(first) + int(count or 0)))


class Library(Document):
    """The members of a library: one material at one strength, in a vessel for each member."""

    members: Annotated[
        tuple[Name, ...],
        BeforeValidator(_members),
        Field(min_length=2, max_length=MOST_MEMBERS),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "array", "items": _NAME, "minItems": 2},
                    {
                        "type": "object",
                        "properties": {
                            "prefix": _NAME,
                            "count": {"type": "integer", "minimum": 2},
                            "first": {"type": "integer"},
                        },
                        "required": ["prefix", "count"],
                        "additionalProperties": False,
                    },
                ]
            }
        ),
    ] = Field(description="names, or {prefix, count, first}: {prefix: s, count: 96} is s1 to s96")
    labware: str = Field("library", description="role of the labware in whose wells they stand")

    @field_validator("members")
    @classmethod
    def _each_once(cls, members: tuple[str, ...]) -> tuple[str, ...]:
        seen: set[str] = set()
        for index, member in enumerate(members):
            if member.casefold() in seen:
                message = f'"{member}" is there twice'
                raise FlawError(message, code="name-collision", at=(index,), found=member)
            seen.add(member.casefold())
        return members


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
