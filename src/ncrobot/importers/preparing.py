"""From reagents to substances that a protocol can name: what each is, and how it comes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ncrobot.chemistry import FormulaError, molar_mass_g_per_mol
from ncrobot.importers.draft import Dose, Findings, Reagent
from ncrobot.importers.substances import find_substance
from ncrobot.protocol import Role

Form = Literal["solvent", "solution", "neat", "weighed"]
_FIX = 'in a supplement (--with), under reagents: "{name}": {{{facts}}}'
_KEY_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reagent with all that a protocol needs to know of it.

    ``form``: a ``solvent``; a ``solution`` of known strength; a ``neat`` liquid; or a pure
    substance that is ``weighed`` and dissolved at a strength that the doses decide.
    """

    reagent: Reagent
    material: str
    stock: str
    role: Role
    form: Form
    molar_mass_g_per_mol: float | None

    @property
    def strength_mol_per_l(self) -> float | None:
        """Of the solution, or of the neat liquid as far as its density is known."""
        if self.form == "solution":
            return self.reagent.concentration_mol_per_l
        density, mass = self.reagent.density_g_per_ml, self.molar_mass_g_per_mol
        if self.form in {"neat", "solvent"} and density and mass:
            return 1000 * density * (self.reagent.purity or 1.0) / mass
        return None


@dataclass(frozen=True, slots=True)
class Companion:
    """A substance that comes in a solution of another: a solvent, or something else dissolved."""

    material: str
    fields: dict[str, Any]


def companions(
    reagents: Mapping[str, Reagent], prepared: Mapping[str, Prepared], findings: Findings
) -> dict[str, Companion]:
    """Everything that solutions hold beside what their doses count, by name."""
    found = {}
    for one in prepared.values():
        for name in (*one.reagent.solvents, *one.reagent.also_mol_per_l):
            reagent = reagents[name]
            known = find_substance(reagent.cas, reagent.full_name)
            if reagent.role is None or reagent.full_name is None:
                _missing(findings, reagent, "its role isn't known", "role: ..., formula: ...")
                continue
            fields = {
                "name": reagent.full_name,
                "role": reagent.role,
                "formula": reagent.formula or (known.formula if known else None),
                "cas": reagent.cas,
            }
            kept = {key: value for key, value in fields.items() if value is not None}
            found[name] = Companion(slug(reagent.full_name), kept)
    return found


def prepare(
    reagents: Mapping[str, Reagent], doses: Iterable[Dose], findings: Findings
) -> dict[str, Prepared]:
    """Every reagent that is dosed, by its name; what isn't known is among the findings."""
    found: dict[str, Prepared] = {}
    stocks: set[str] = set()
    by_reagent: dict[str, list[Dose]] = {}
    for dose in doses:
        by_reagent.setdefault(dose.reagent, []).append(dose)
    for name, given in by_reagent.items():
        one = _prepared(reagents[name], given, stocks, findings)
        if one is not None:
            found[name] = one
            stocks.add(one.stock)
    return found


def material_of(prepared: Prepared) -> dict[str, Any]:
    """The substance as a protocol's material."""
    reagent = prepared.reagent
    return {
        name: value
        for name, value in {
            "name": reagent.full_name,
            "role": prepared.role.value,
            "formula": reagent.formula,
            "cas": reagent.cas,
            "molar_mass": None
            if reagent.formula or not prepared.molar_mass_g_per_mol
            else f"{prepared.molar_mass_g_per_mol:.10g} g/mol",
            "density": _density(reagent),
            "assay": f"{100 * reagent.purity:.6g} %" if reagent.purity else None,
            "electrons": reagent.electrons,
        }.items()
        if value is not None
    }


def solvent_material(name: str) -> tuple[str, dict[str, Any]] | None:
    """Key and material of a solvent that is only named; None: it isn't known."""
    known = find_substance(name)
    if known is None or known.role is not Role.SOLVENT:
        return None
    return slug(known.name), {
        "name": known.name, "role": "solvent", "formula": known.formula, "cas": known.cas
    }  # fmt: skip


def slug(name: str) -> str:
    """A name that a protocol may use for a material or stock."""
    bare = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")
    # A name begins with a letter, so what stands before it goes behind.
    locants = re.match(r"[0-9_]*", bare)
    digits = locants[0].strip("_") if locants else ""
    words = bare[len(digits) :].strip("_")[:_KEY_LENGTH].strip("_") or "substance"
    return f"{words}_{digits}" if digits else words


def _prepared(
    reagent: Reagent, doses: list[Dose], stocks: set[str], findings: Findings
) -> Prepared | None:
    name = reagent.full_name
    if name is None or len(name) < 3:
        _missing(findings, reagent, "nobody knows what it is", "name: ..., role: ..., formula: ...")
        return None
    if reagent.role is None:
        _missing(findings, reagent, "its role isn't known", "role: ..., formula: ...")
        return None
    role, mass = Role(reagent.role), _molar_mass(reagent, findings)
    form = _form(reagent, role, doses, findings)
    if form is None:
        return None
    by_moles = any(dose.by != "volume_ul" for dose in doses)
    if mass is None and (by_moles or form in {"weighed", "solution"}):
        _missing(findings, reagent, "its molar mass isn't known", "formula: ...")
        return None
    material = slug(name)
    stock = next(key for key in _keys(material) if key not in stocks)
    return Prepared(reagent, material, stock, role, form, mass)


def _form(reagent: Reagent, role: Role, doses: list[Dose], findings: Findings) -> Form | None:
    if reagent.concentration_mol_per_l is not None:
        return "solution"
    if role is Role.SOLVENT:
        return "solvent"
    if all(dose.by != "volume_ul" for dose in doses):
        return "weighed" if reagent.solid or reagent.density_g_per_ml is None else "neat"
    if reagent.solid or reagent.density_g_per_ml is None:
        reason = "it comes by volume, but nobody knows how strong it is"
        facts = "concentration: ..., solvent: ...}, or {density: ..."
        _missing(findings, reagent, reason, facts)
        return None
    return "neat"


def _molar_mass(reagent: Reagent, findings: Findings) -> float | None:
    if reagent.molar_mass_g_per_mol is not None and reagent.formula is None:
        return reagent.molar_mass_g_per_mol
    if reagent.formula is None:
        return None
    try:
        return molar_mass_g_per_mol(reagent.formula)
    except FormulaError as error:
        _missing(findings, reagent, f"its formula can't be read: {error}", "formula: ...")
        return None


def _missing(findings: Findings, reagent: Reagent, reason: str, facts: str) -> None:
    findings.missing(
        f"reagent {reagent.name}: {reason}",
        reagent.line,
        fix=_FIX.format(name=reagent.name, facts=facts),
    )


def _keys(material: str) -> Iterable[str]:
    yield material
    number = 2
    while True:
        yield f"{material}_{number}"
        number += 1


def told(value: str, reason: str | None) -> object:
    """A value as a protocol writes it: alone, or with the reason why it was chosen."""
    return value if reason is None else {"value": value, "assumed": reason}


def _density(reagent: Reagent) -> object:
    if reagent.density_g_per_ml is None or reagent.role == "solvent":
        return None
    value = f"{reagent.density_g_per_ml:.6g} g/mL"
    return told(value, reagent.assumed.get("density"))
