"""The inputs of a record: each becomes a reagent and its dose."""

from __future__ import annotations

from collections.abc import Iterator

from ncrobot.chemistry import FormulaError, molar_mass_g_per_mol
from ncrobot.importers.draft import Dose, Findings, Reagent
from ncrobot.importers.ord.records import Amount, Compound, Input
from ncrobot.importers.ord.smiles import SmilesError, smiles_formula
from ncrobot.importers.substances import as_cas, find_substance

_ROLES = {"SOLVENT": "solvent"}
_UNSAID = "a volume that counts the solvent alone; the solutes are taken to add nothing to it"


class Inputs:
    """Collects reagents while inputs are read."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.reagents: dict[str, Reagent] = {}

    def doses(self, name: str, given: Input) -> list[Dose]:
        """The doses of one input, in order; what it holds is known from then on."""
        if given.crude_components:
            self.findings.refused(
                f"input {name} is the crude product of another reaction",
                fix="isolate it, and write what it is and how strong",
            )
            return []
        solvents = [each for each in given.components if _is_solvent(each) and _amount(each).ul]
        solutes = [each for each in given.components if each not in solvents]
        if solutes and solvents:
            return self._solution(name, given, solutes, solvents)
        alone = len(given.components) == 1
        found = []
        for each in given.components:
            own = name if alone else f"{name}: {_word(each)}"
            dose = self._alone(own, given, each)
            found += [] if dose is None else [dose]
        return found

    def _alone(self, name: str, given: Input, compound: Compound) -> Dose | None:
        amount = _amount(compound)
        self._know(name, compound, given, solid=amount.ul is None)
        for by, value in (
            ("volume_ul", amount.ul),
            ("amount_umol", amount.umol),
            ("mass_mg", amount.mg),
        ):
            if value:
                return Dose(reagent=name, by=by, value=value)  # type: ignore[arg-type]
        fix = "write mass, moles or volume in the record"
        self.findings.missing(f"input {name} tells no amount", fix=fix)
        return None

    def _solution(
        self, name: str, given: Input, solutes: list[Compound], solvents: list[Compound]
    ) -> list[Dose]:
        volume_ul = sum(_amount(each).ul or 0.0 for each in solvents)
        strengths = {}
        for each in solutes:
            umol = self._umol(name, each)
            if umol is None:
                return []
            strengths[_word(each)] = umol / volume_ul
        first = solutes[0]
        also = {}
        for each in solutes[1:]:
            self._know(_word(each), each, given, solid=True)
            also[_word(each)] = strengths[_word(each)]
        for each in solvents:
            self._know(_word(each), each, given, solid=False)
        counted = all(_amount(each).volume_includes_solutes for each in solvents)
        self._know(
            name,
            first,
            given,
            solid=False,
            concentration_mol_per_l=strengths[_word(first)],
            assumed={} if counted else {"concentration": _UNSAID},
            solvents={_word(each): (_amount(each).ul or 0.0) / volume_ul for each in solvents},
            also_mol_per_l=also,
        )
        return [Dose(reagent=name, by="volume_ul", value=volume_ul)]

    def _umol(self, name: str, compound: Compound) -> float | None:
        """Moles of a solute; from its mass if its formula is known."""
        amount = _amount(compound)
        if amount.umol:
            return amount.umol
        known = find_substance(compound.named("CAS_NUMBER"), compound.named("NAME", "IUPAC_NAME"))
        formula = known.formula if known else _formula(compound)
        if amount.mg and formula:
            try:
                return 1000 * amount.mg / molar_mass_g_per_mol(formula)
            except FormulaError:
                pass
        self.findings.missing(
            f"input {name}: nobody knows how many moles of {_word(compound)} are in it",
            fix="write moles in the record, or a mass and a name, a registry number or a SMILES",
        )
        return None

    def _know(self, name: str, compound: Compound, given: Input, **more: object) -> None:
        if name in self.reagents:
            return
        at = given.addition_temperature
        facts = {
            "full_name": compound.named("NAME", "IUPAC_NAME", "CAS_NUMBER", "SMILES"),
            "cas": as_cas(compound.named("CAS_NUMBER") or ""),
            "formula": _formula(compound),
            "role": _ROLES.get(compound.reaction_role),
            "keep_at_c": at.celsius if at else None,
            **more,
        }
        self.reagents[name] = Reagent(name=name, **facts)  # type: ignore[arg-type]


def in_order(inputs: dict[str, Input], findings: Findings) -> Iterator[tuple[str, Input]]:
    """The inputs in the order in which they were added."""
    orders = [each.addition_order for each in inputs.values()]
    if len(inputs) > 1 and len(set(orders)) < len(orders):
        findings.changed(
            "the record doesn't tell the order of all additions; equal ones come as in the file, "
            "though the order of additions is chemistry"
        )
    yield from sorted(inputs.items(), key=lambda item: item[1].addition_order)


def _amount(compound: Compound) -> Amount:
    return compound.amount


def _is_solvent(compound: Compound) -> bool:
    if compound.reaction_role == "SOLVENT":
        return True
    known = find_substance(compound.named("CAS_NUMBER"), compound.named("NAME", "IUPAC_NAME"))
    unsaid = compound.reaction_role in {"UNSPECIFIED", "WORKUP"}
    return unsaid and known is not None and known.role.value == "solvent"


def _word(compound: Compound) -> str:
    return compound.named("NAME", "IUPAC_NAME", "CAS_NUMBER", "SMILES") or "a nameless substance"


def _formula(compound: Compound) -> str | None:
    known = find_substance(compound.named("CAS_NUMBER"), compound.named("NAME", "IUPAC_NAME"))
    if known is not None:
        return known.formula
    smiles = compound.named("SMILES", "CXSMILES")
    if smiles is None:
        return None
    try:
        return smiles_formula(smiles)
    except SmilesError:
        return None
