"""Brings a flask's amounts into a well: scaled, and told so that a deck can deliver them.

What is weighed into the flask becomes a solution, and what would be less than the deck's smallest
dose becomes a weaker one. Their solvent is taken off the main solvent, which makes up the volume.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ncrobot.importers.draft import Dose, Findings, Recipe
from ncrobot.importers.preparing import Prepared
from ncrobot.protocol import Role
from ncrobot.units import Dimension, format_quantity

DEFAULT_VOLUME_UL = 1000.0
_SHARE_OF_WELL = 1 / 20
_MOST_OF_WELL = 1 / 4
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Strength:
    """How strong a stock is made, and why, if the recipe doesn't say so."""

    concentration_mol_per_l: float
    assumed: str | None


@dataclass(frozen=True, slots=True)
class Well:
    """What the deck gives: the smallest dose, and the volume asked for (None: as it comes)."""

    smallest_ul: float
    volume_ul: float | None = None


class Scaled:
    """The doses of a recipe for one well."""

    def __init__(
        self, recipe: Recipe, prepared: Mapping[str, Prepared], well: Well, findings: Findings
    ) -> None:
        self.findings = findings
        self.prepared = prepared
        self.well = well
        self.doses = [
            each for each in recipe.actions if isinstance(each, Dose) and each.reagent in prepared
        ]
        self.total_ul = sum(each.value for each in self.doses if each.by == "volume_ul")
        self.final_ul = well.volume_ul or min(self.total_ul, DEFAULT_VOLUME_UL)
        self.factor = self.final_ul / self.total_ul if self.total_ul else 0.0
        self.main = self._main_solvent()
        self.reference = self._reference()
        self.strengths = dict(self._made())
        self._tell_scale()
        self._check_room()

    def fields(self, dose: Dose) -> dict[str, Any]:
        """How a step of the protocol tells a dose."""
        if dose.to_ph is not None:
            return {"to": f"pH {dose.to_ph:g}"}
        if dose is self._make_up():
            return {"make_up": True}
        if dose.by == "equivalents" and self.reference is not None:
            per = self.prepared[self.reference.reagent].material
            return {"equivalents": float(f"{dose.value:.{_DIGITS}g}"), "per": per}
        if dose.by == "volume_ul" and dose.reagent not in self.strengths:
            return {"volume": _told(dose.value * self.factor, Dimension.VOLUME)}
        umol = self._umol(dose)
        return {"amount": _told(umol or 0.0, Dimension.AMOUNT)}

    def _make_up(self) -> Dose | None:
        """The dose that fills the well: the largest of the main solvent."""
        of_main = [each for each in self.doses if each.reagent == self.main and each.value > 0]
        return max(of_main, key=lambda each: each.value, default=None)

    def _main_solvent(self) -> str | None:
        totals: dict[str, float] = {}
        for dose in self.doses:
            if self.prepared[dose.reagent].form == "solvent" and dose.by == "volume_ul":
                totals[dose.reagent] = totals.get(dose.reagent, 0.0) + dose.value
        return max(totals, key=lambda name: totals[name], default=None)

    def _reference(self) -> Dose | None:
        """The dose that one equivalent counts: that of the only metal."""
        counting = [each for each in self.doses if each.by == "equivalents"]
        metals = [
            each
            for each in self.doses
            if self.prepared[each.reagent].role is Role.METAL and each.by != "equivalents"
        ]
        if not counting:
            return None
        if len({each.reagent for each in metals}) == 1:
            self.findings.changed(f"equivalents are counted per {metals[0].reagent}")
            return metals[0]
        self.findings.missing(
            "equivalents stand in it, and nobody knows of what one is counted",
            counting[0].line,
            fix="write the amounts in mmol",
        )
        return None

    def _umol(self, dose: Dose) -> float | None:
        """Moles of a dose in one well; None: they can't be told."""
        one = self.prepared[dose.reagent]
        if dose.by == "amount_umol":
            return dose.value * self.factor
        if dose.by == "mass_mg" and one.molar_mass_g_per_mol:
            pure = dose.value * (one.reagent.purity or 1.0)
            return 1000 * pure * self.factor / one.molar_mass_g_per_mol
        if dose.by == "equivalents" and self.reference is not None:
            return dose.value * (self._umol(self.reference) or 0.0)
        strength = one.strength_mol_per_l
        if dose.by == "volume_ul" and strength is not None:
            return dose.value * self.factor * strength
        return None

    def _made(self) -> Iterator[tuple[str, Strength]]:
        """Reagents whose strength the doses decide: by name, the strength."""
        for name, one in self.prepared.items():
            doses = [each for each in self.doses if each.reagent == name and each.to_ph is None]
            if not doses or one.form == "solvent":
                continue
            small = self._too_small(one, doses)
            if one.form == "weighed" or small is not None:
                found = self._strength(one, doses, small)
                if found is not None:
                    yield name, found

    def _too_small(self, one: Prepared, doses: list[Dose]) -> float | None:
        """The smallest dose as it comes, if it is below what the deck delivers."""
        if one.form == "weighed":
            return None
        volumes = []
        for dose in doses:
            umol, strength = self._umol(dose), one.strength_mol_per_l
            if dose.by == "volume_ul":
                volumes.append(dose.value * self.factor)
            elif umol is not None and strength:
                volumes.append(umol / strength)
        smallest = min(volumes, default=self.well.smallest_ul)
        return smallest if smallest < self.well.smallest_ul else None

    def _strength(self, one: Prepared, doses: list[Dose], small: float | None) -> Strength | None:
        umols = [self._umol(dose) for dose in doses]
        known = [each for each in umols if each]
        name = one.reagent.name
        least = f"{self.well.smallest_ul:g} µL"
        if len(known) < len(doses):
            self.findings.refused(
                f"{name}: a dose of {small or 0:.3g} µL is below the deck's smallest of {least}, "
                "and its strength isn't known, so that no weaker solution can be made",
                one.reagent.line,
                fix=f'in a supplement: "{name}": {{density: ..., formula: ...}}',
            )
            return None
        strength = max(known) / (self.final_ul * _SHARE_OF_WELL)
        strength = min(strength, min(known) / self.well.smallest_ul)
        strength = float(f"{strength:.3g}")
        largest_ul = max(known) / strength
        if largest_ul > self.final_ul * _MOST_OF_WELL:
            self.findings.refused(
                f"{name}: its doses differ too much for one solution: the smallest needs "
                f"{least}, then the largest is {largest_ul:.0f} µL of {self.final_ul:g} µL",
                one.reagent.line,
                fix="split it into two reagents of different strengths",
            )
            return None
        why = f"the recipe weighs it; {largest_ul:.3g} µL carry the largest dose: does it dissolve?"
        if small is not None:
            why = f"{small:.3g} µL of it as it comes are below the deck's smallest dose of {least}"
            text = _told(strength, Dimension.CONCENTRATION)
            self.findings.changed(
                f"{name} comes as {text}: {why}; the solvent is taken off the main one",
                one.reagent.line,
            )
        return Strength(strength, why)

    def _tell_scale(self) -> None:
        if not self.total_ul:
            message = "no volume is told, so that nobody knows how full the vessel is"
            self.findings.missing(message, fix="write the volume of the solvent")
        elif abs(self.factor - 1) > 1e-9:
            volumes = (self.total_ul, self.final_ul)
            told = " become ".join(_told(each, Dimension.VOLUME) for each in volumes)
            self.findings.changed(f"all amounts are multiplied by {self.factor:.4g}: {told}")

    def _check_room(self) -> None:
        """Refuse solutions that need more solvent than the main one has to give."""
        added_ul = 0.0
        for dose in self.doses:
            strength = self.strengths.get(dose.reagent)
            if strength is not None:
                was_ul = dose.value * self.factor if dose.by == "volume_ul" else 0.0
                added_ul += (self._umol(dose) or 0.0) / strength.concentration_mol_per_l - was_ul
        make_up = self._make_up()
        room_ul = make_up.value * self.factor if make_up is not None else 0.0
        if added_ul > room_ul and self.total_ul:
            self.findings.refused(
                f"the solutions of what is weighed or too little need {added_ul:.0f} µL, but the "
                f"main solvent has {room_ul:.0f} µL to give",
                fix="ask for a larger volume (--volume), or give stronger stocks in a supplement",
            )


def _told(value: float, dimension: Dimension) -> str:
    return format_quantity(value, dimension, digits=_DIGITS)
