"""What a person adds to a foreign recipe: the facts of its reagents that it doesn't tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot.importers.draft import Reagent
from ncrobot.importers.substances import find_substance
from ncrobot.model import Document
from ncrobot.protocol import Given, Role
from ncrobot.protocol.values import Concentration, Density, Duration, MolarMass, Temperature
from ncrobot.settings import load_settings

_CATALOGUE = "common catalogue value at 25 °C; the recipe doesn't tell it"


class Supplied(Document):
    """Facts of one reagent; they stand above what the recipe says."""

    name: str | None = Field(None, min_length=3, description="full chemical name")
    role: Role | None = None
    formula: str | None = None
    cas: str | None = None
    molar_mass: MolarMass | None = None
    density: Density | None = None
    concentration: Concentration | None = None
    solvent: str | None = Field(None, description="a reagent of the recipe, or a known solvent")
    solid: bool | None = None
    keep_at: Temperature | None = None
    life: Duration | None = None
    remake_takes: Duration | None = Field(
        None, description="a person makes it anew when its life ends, which takes this long"
    )


class Supplement(Document):
    """Facts of reagents, by the name that the recipe uses."""

    ncrobot: Literal["supplement/1"]
    reagents: dict[str, Supplied]


def load_supplement(path: Path) -> Supplement:
    """Read a supplement.

    Raises:
        LabError: it can't be read, or is wrong; carries every finding with line and field.
    """
    return load_settings(Supplement, path).settings


def completed(
    reagents: Mapping[str, Reagent], supplement: Supplement | None, file: str | None
) -> Mapping[str, Reagent]:
    """The reagents with what the supplement and the list of known substances tell of them.

    Raises:
        LabError: the supplement names a reagent that the recipe hasn't.
    """
    given = {} if supplement is None else supplement.reagents
    unknown = [name for name in given if name not in reagents]
    if unknown:
        raise LabError([_unknown(name, reagents, file) for name in unknown])
    return {
        name: _with_known(_with_supplied(each, given.get(name))) for name, each in reagents.items()
    }


def _with_supplied(reagent: Reagent, given: Supplied | None) -> Reagent:
    if given is None:
        return reagent
    facts: dict[str, Any] = {
        "full_name": given.name,
        "role": given.role.value if given.role else None,
        "formula": given.formula,
        "cas": given.cas,
        "molar_mass_g_per_mol": _value(given.molar_mass),
        "density_g_per_ml": _value(given.density),
        "concentration_mol_per_l": _value(given.concentration),
        "solvent": given.solvent,
        "solid": given.solid,
        "keep_at_c": _value(given.keep_at),
        "life_s": _value(given.life),
        "remake_takes_s": _value(given.remake_takes),
    }
    reasons = {
        name: value.assumed
        for name, value in given
        if isinstance(value, Given) and value.assumed is not None
    }
    known = {name: fact for name, fact in facts.items() if fact is not None}
    return replace(reagent, **known, assumed={**reagent.assumed, **reasons})


def _with_known(reagent: Reagent) -> Reagent:
    known = find_substance(reagent.cas, reagent.full_name, reagent.name)
    if known is None:
        return reagent
    has_mass = reagent.formula is not None or reagent.molar_mass_g_per_mol is not None
    has_density = reagent.density_g_per_ml is not None or known.density is None
    return replace(
        reagent,
        # The recipe's abbreviation says less than the full name.
        full_name=known.name,
        cas=reagent.cas or known.cas,
        role=reagent.role or known.role.value,
        formula=reagent.formula if has_mass else known.formula,
        density_g_per_ml=reagent.density_g_per_ml if has_density else known.density,
        assumed=reagent.assumed if has_density else {**reagent.assumed, "density": _CATALOGUE},
        electrons=known.electrons,
    )


def _value(given: Given | None) -> float | None:
    return None if given is None else given.value


def _unknown(name: str, reagents: Mapping[str, Reagent], file: str | None) -> Diagnostic:
    nearest = nearest_word(name, reagents)
    return Diagnostic(
        code="unknown-reagent",
        message="the recipe has no such reagent",
        file=file,
        found=name,
        allowed=", ".join(reagents),
        fix=f"did you mean {nearest}?" if nearest else None,
    )
