"""Writes a draft as the texts of a protocol and of its table."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from ncrobot.importers.draft import Findings, Reagent, Recipe
from ncrobot.importers.preparing import Companion, Prepared, material_of, solvent_material, told
from ncrobot.importers.scaling import Scaled
from ncrobot.importers.steps import StepWriter
from ncrobot.protocol import Role
from ncrobot.units import Dimension, format_quantity

_ADDITIVE = "volumes are additive, and strengths are those at room temperature"


def table_text(wells: int) -> str:
    """A table of equal rows, one a well."""
    return "\n".join(["name", *(f"r{number:02d}" for number in range(1, wells + 1)), ""])


class ProtocolWriter:
    """Writes the protocol of a recipe whose doses are known."""

    def __init__(
        self,
        recipe: Recipe,
        scaled: Scaled,
        companions: Mapping[str, Companion],
        findings: Findings,
    ) -> None:
        self.recipe = recipe
        self.scaled = scaled
        self.companions = companions
        self.findings = findings
        self.materials: dict[str, Any] = {}
        self.assumptions = [_ADDITIVE]

    def text(self) -> str:
        """The protocol as YAML; what is done otherwise than in the source stands above it."""
        yaml = YAML()
        yaml.width = 100
        yaml.indent(mapping=2, sequence=4, offset=2)
        buffer = io.StringIO()
        yaml.dump(self._document(), buffer)
        head = [f"# Imported from {self.recipe.source}."]
        if self.findings.changes:
            head.append("# Otherwise than there:")
            for each in self.findings.changes:
                line = "" if each.line is None else f"line {each.line}: "
                head.append(f"#   - {line}{' '.join(each.message.split())}")
        return "\n".join([*head, buffer.getvalue()])

    def _document(self) -> dict[str, Any]:
        recipe = self.recipe
        for one in self.scaled.prepared.values():
            self.materials.setdefault(one.material, material_of(one))
        for companion in self.companions.values():
            self.materials.setdefault(companion.material, companion.fields)
        stocks = {one.stock: self._stock(n, one) for n, one in self.scaled.prepared.items()}
        document: dict[str, Any] = {
            "ncrobot": "protocol/1",
            "name": recipe.name,
            "title": recipe.title,
            "sources": [{"cite": recipe.source, "where": recipe.where}],
            "materials": self.materials,
            "stocks": stocks,
            "vessel": self._vessel(),
            "steps": StepWriter(recipe, self.scaled, self.findings).steps(),
            "assumptions": self.assumptions,
        }
        return document

    def _vessel(self) -> dict[str, Any]:
        recipe = self.recipe
        fields: dict[str, Any] = {
            "labware": "reaction",
            "final_volume": format_quantity(self.scaled.final_ul, Dimension.VOLUME, digits=6),
        }
        if recipe.inert:
            fields["atmosphere"] = "inert"
        if recipe.dark:
            fields["dark"] = True
        if recipe.temperature_c is not None:
            fields["temperature"] = f"{recipe.temperature_c:g} °C"
        return fields

    def _stock(self, name: str, one: Prepared) -> dict[str, Any]:
        strength = self._strength(name, one)
        fields: dict[str, Any] = {"of": one.material}
        if strength is None:
            return fields | {"neat": True}
        fields["concentration"] = strength
        also = one.reagent.also_mol_per_l
        if also:
            fields["also"] = {
                self.companions[each].material: _strong(value) for each, value in also.items()
            }
        solvent = self._solvent(name, one)
        if solvent is None:
            self.findings.missing(
                f"reagent {name}: nobody knows in what it is dissolved",
                one.reagent.line,
                fix=f'in a supplement (--with), under reagents: "{name}": {{solvent: water}}',
            )
        return fields | {"solvent": solvent} | self._keeping(name, one)

    def _strength(self, name: str, one: Prepared) -> object:
        """The concentration of a stock, with the reason if it was chosen; None: it is neat."""
        made, reagent = self.scaled.strengths.get(name), one.reagent
        if made is not None:
            return told(_strong(made.concentration_mol_per_l), made.assumed)
        if one.form != "solution" or reagent.concentration_mol_per_l is None:
            return None
        strength = _strong(reagent.concentration_mol_per_l)
        return told(strength, reagent.assumed.get("concentration"))

    def _keeping(self, name: str, one: Prepared) -> dict[str, Any]:
        reagent: Reagent = one.reagent
        fields: dict[str, Any] = {}
        if reagent.keep_at_c is not None:
            fields["keep_at"] = told(f"{reagent.keep_at_c:g} °C", reagent.assumed.get("keep_at"))
        if reagent.life_s is not None:
            fields["life"] = told(_lasting(reagent.life_s), reagent.assumed.get("life"))
        if reagent.remake_takes_s is not None:
            reason = reagent.assumed.get("remake_takes")
            fields["remake"] = "person"
            fields["remake_takes"] = told(_lasting(reagent.remake_takes_s), reason)
        if one.role is Role.REDUCTANT and reagent.life_s is None:
            message = f"{name}: the source doesn't tell how long its solution lasts; no life is set"
            self.assumptions.append(message)
        if one.role is Role.REDUCTANT:
            fields["dilutable"] = False
        return fields

    def _solvent(self, name: str, one: Prepared) -> object:
        """The solvent of a stock: as told, else the main solvent of the recipe."""
        named, by_name = one.reagent.solvent, self.scaled.prepared
        if one.reagent.solvents and named is None:
            shares = {self._companion(each): s for each, s in one.reagent.solvents.items()}
            return next(iter(shares)) if len(shares) == 1 else shares
        if named is not None and named in by_name:
            return by_name[named].material
        if named is not None:
            found = solvent_material(named)
            if found is None:
                return None
            self.materials.setdefault(*found)
            return found[0]
        if self.scaled.main is None:
            return None
        main = by_name[self.scaled.main].material
        self.assumptions.append(
            f"{name}: its solvent isn't told; {main} is taken, the main one of the recipe"
        )
        return main

    def _companion(self, name: str) -> str:
        return self.companions[name].material


def _lasting(seconds: float) -> str:
    return format_quantity(seconds, Dimension.DURATION, digits=6)


def _strong(mol_per_l: float) -> str:
    return format_quantity(mol_per_l, Dimension.CONCENTRATION, digits=6)
