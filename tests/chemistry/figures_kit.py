"""Works out the figures of published recipes with the chemistry room, each by a named calculation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ncrobot.chemistry import (
    Ratio,
    Substance,
    amount_umol_from_mass,
    amount_umol_from_neat_volume,
    amount_umol_in_solution,
    concentration_mol_per_l,
    electrons_per_metal,
    equivalents,
    hydrogen_ul,
    ionic_strength_mol_per_l,
    mass_mg_of_amount,
    mass_mg_to_weigh,
    molar_mass_g_per_mol,
    mz,
    reductant_umol_for_electrons,
    theoretical_product_umol,
    valence_electrons,
)

Row = Mapping[str, Any]
DATA = Path(__file__).parent.parent / "data" / "recipe_figures.yaml"
# What the canonical unit (umol, µL, mol/L, ...) is divided by.
PER_UNIT = {"mmol": 1000.0, "mL": 1000.0, "mmol/L": 0.001}


@cache
def yardstick() -> Row:
    return YAML(typ="safe").load(DATA.read_text("utf-8"))


@cache
def substances() -> dict[str, Substance]:
    return {
        key: Substance.from_formula(
            key,
            row["name"],
            row["formula"],
            density_g_per_ml=row.get("density_g_per_ml"),
            electrons_per_molecule=row.get("electrons"),
        )
        for key, row in yardstick()["substances"].items()
    }


def tolerance(value: float) -> float:
    """Return 0.1 %, or half a unit of the last of three or more digits kept, if that is more."""
    digits = repr(float(value)).replace(".", "").strip("0")
    decimals = len(repr(float(value)).partition(".")[2])
    half_unit = 0.5 * 10.0**-decimals if len(digits) >= 3 else 0.0
    return max(1e-3 * abs(value), half_unit * 1.0001)


@dataclass(frozen=True)
class Recipe:
    """What went into one synthesis."""

    charge: Mapping[str, Row]

    def substance(self, of: str) -> Substance:
        return substances()[self.charge[of]["substance"]]

    def umol(self, of: str | Iterable[str], assay: float | None = None) -> float:
        if not isinstance(of, str):
            return sum(self.umol(each) for each in of)
        row = self.charge[of]
        if "mol_per_l" in row:
            return amount_umol_in_solution(row["in_ml"] * 1000.0, row["mol_per_l"])
        substance, share = self.substance(of), assay or row.get("assay", 1.0)
        if "mg" in row:
            return amount_umol_from_mass(row["mg"], substance.molar_mass, share)
        assert substance.density_g_per_ml is not None
        return amount_umol_from_neat_volume(
            row["neat_ul"], substance.density_g_per_ml, substance.molar_mass, share
        )

    def total_ul(self) -> float:
        return sum(
            row.get("neat_ul", 0.0) + 1000.0 * (row.get("in_ml", 0.0) + row.get("ml", 0.0))
            for row in self.charge.values()
        )

    def amount(self, row: Row) -> float:
        return self.umol(row["of"], row.get("assay"))

    def molar_mass(self, row: Row) -> float:
        return self.substance(row["of"]).molar_mass

    def mass(self, row: Row) -> float:
        return self.substance(row["of"]).mg_of_umol(self.umol(row["of"]))

    def _ratio(self, row: Row) -> Ratio:
        per = row["per"] if isinstance(row["per"], str) else " + ".join(row["per"])
        return equivalents(
            self.umol(row["of"]) * row.get("groups", 1),
            self.umol(row["per"]) * row.get("sites", 1),
            of=row["of"],
            per=per,
        )

    def ratio(self, row: Row) -> float:
        return self._ratio(row).value

    def ratio_turned(self, row: Row) -> float:
        straight = self._ratio({"of": row["per"], "per": row["of"]})
        return straight.told_as(row["of"], row["per"]).value

    def mass_for_ratio(self, row: Row) -> float:
        wanted = Ratio(row["ratio"], row["of"], row["per"])
        umol = wanted.numerator_umol(self.umol(row["per"]))
        return mass_mg_of_amount(umol, self.substance(row["of"]).molar_mass)

    def stock_concentration(self, row: Row) -> float:
        return concentration_mol_per_l(
            self.umol(row["of"]), self.charge[row["of"]]["in_ml"] * 1000.0
        )

    def weighed_for_1_ml(self, row: Row) -> float:
        molar_mass = self.substance(row["of"]).molar_mass
        return mass_mg_to_weigh(1000.0, self.stock_concentration(row), molar_mass)

    def final_concentration(self, row: Row) -> float:
        return concentration_mol_per_l(self.umol(row["of"]), self.total_ul())

    def electrons(self, row: Row) -> float:
        each = self.substance(row["of"]).electrons_per_molecule
        assert each is not None
        return electrons_per_metal(self.umol(row["of"]), each, self.umol(row["per"]))

    def hydrogen(self, row: Row) -> float:
        return hydrogen_ul(self.umol(row["of"]))

    def hydrogen_per_1_ml(self, row: Row) -> float:
        return row.get("wells", 1) * hydrogen_ul(self.umol(row["of"]) * 1000.0 / self.total_ul())

    def total_volume(self, _row: Row) -> float:
        return self.total_ul()

    def product(self, row: Row) -> float:
        return theoretical_product_umol(self.umol(row["of"]), row["atoms"])

    def per_1_ml(self, row: Row) -> list[float]:
        return [self._share(key) * 1000.0 / self.total_ul() for key in row["values"]]

    def _share(self, key: str) -> float:
        name, _, what = key.rpartition(".")
        row = self.charge[name]
        if what == "mg":
            return self.substance(name).mg_of_umol(self.umol(name))
        if what == "ul" and "neat_ul" in row:
            return row["neat_ul"]
        return 1000.0 * (row["ml"] if "ml" in row else row["in_ml"])


def fewest_electrons(row: Row) -> float:
    count = valence_electrons(row["metals"], row["bonds"], row["charge"])
    return count / row["metals"] / row.get("portions", 1)


def ratio_of_parts(parts: Iterable[float]) -> Ratio:
    numerator, denominator = parts
    return equivalents(numerator, denominator, of="metal", per="ligand")


ALONE: Mapping[str, Callable[[Row], float | list[float]]] = {
    "mass_of_formula": lambda row: molar_mass_g_per_mol(row["formula"]),
    "mz_of_formula": lambda row: mz(row["formula"]),
    "ratio_per_whole": lambda row: Ratio(row["ratio"], "ligand", "site").numerator_umol(
        row["sites"]
    ),
    "ratio_of_parts": lambda row: ratio_of_parts([row["of"], row["per"]]).value,
    "ratios_of_parts": lambda row: [ratio_of_parts(parts).value for parts in row["parts"]],
    "ratios_turned": lambda row: [
        Ratio(value, "metal", "ligand").inverse().value for value in row["ratios"]
    ],
    "fewest_electrons": fewest_electrons,
    "reductant_for_electrons": lambda row: reductant_umol_for_electrons(
        1.0, row["electrons"], row["each"]
    ),
    "ionic_strength": lambda row: ionic_strength_mol_per_l(row["ions"]),
}
IN_RECIPE: Mapping[str, Callable[[Recipe, Row], float | list[float]]] = {
    method.__name__: method
    for method in (
        Recipe.amount, Recipe.molar_mass, Recipe.mass, Recipe.ratio, Recipe.ratio_turned,
        Recipe.mass_for_ratio, Recipe.stock_concentration, Recipe.weighed_for_1_ml,
        Recipe.final_concentration, Recipe.electrons, Recipe.hydrogen, Recipe.hydrogen_per_1_ml,
        Recipe.total_volume, Recipe.product, Recipe.per_1_ml,
    )
}  # fmt: skip


def work_out(recipe: Row, row: Row) -> list[float]:
    """Return the figures of one line in its unit."""
    if row["calc"] in ALONE:
        found = ALONE[row["calc"]](row)
    else:
        found = IN_RECIPE[row["calc"]](Recipe(recipe["charge"]), row)
    per_unit = PER_UNIT.get(row.get("unit", ""), 1.0)
    return [each / per_unit for each in (found if isinstance(found, list) else [found])]


def stated(row: Row) -> list[float]:
    """Return the values of one line."""
    if "value" in row:
        return [row["value"]]
    values = row["values"]
    return list(values.values()) if isinstance(values, dict) else list(values)
