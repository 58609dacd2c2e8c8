"""Hazard rules: what must never happen, what needs a person's permission, what must be read.

They are reminders from general lab knowledge, not a safety assessment: a chemist and the site's
safety officer decide.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from ncrobot.chemistry.formula import FormulaError, element_counts

GAS_L_PER_MOL = 24.465
"""Molar volume of an ideal gas at 25 °C and 1 atm."""
H2_PER_BOROHYDRIDE = 4
"""NaBH4 + 2 H2O -> NaBO2 + 4 H2."""


class HazardSeverity(StrEnum):
    """Forbid: never. Permission: only with a reason in the protocol. Warn: must be read."""

    FORBID = "forbid"
    PERMISSION = "permission"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class HazardFinding:
    """One rule that applies."""

    code: str
    message: str
    severity: HazardSeverity


def hydrogen_ul(hydride_umol: float, molecules_h2: int = H2_PER_BOROHYDRIDE) -> float:
    """µL of hydrogen at 25 °C and 1 atm if all hydride hydrolyses."""
    return hydride_umol * molecules_h2 * GAS_L_PER_MOL


def headspace_ratio(gas_ul: float, vessel_ul: float, liquid_ul: float) -> float:
    """Gas volume per free volume of the vessel; infinite for a full vessel."""
    free_ul = vessel_ul - liquid_ul
    return gas_ul / free_ul if free_ul > 0 else float("inf")


def is_borohydride(formula: str | None) -> bool:
    """Whether a formula names a tetrahydroborate."""
    return formula is not None and "BH4" in formula


def hazards_of_addition(
    formula: str | None, *, is_acid: bool, solvents: Collection[str], present: Collection[str]
) -> list[HazardFinding]:
    """What adding a substance to a well means; ``present`` are formulas already in it."""
    found: list[HazardFinding] = []
    hydride = any(is_borohydride(other) for other in present)
    cyano = any(other == "NaBH3CN" for other in present)
    if is_acid and cyano:
        found.append(
            HazardFinding(
                "hcn", "acid on cyanoborohydride sets free toxic HCN", HazardSeverity.FORBID
            )
        )
    if is_acid and hydride:
        found.append(
            HazardFinding(
                "acid-after-hydride",
                "acid on borohydride gives hydrogen, foam and heat at once",
                HazardSeverity.PERMISSION,
            )
        )
    if formula == "HNO3":
        found.append(
            HazardFinding(
                "nitric-acid",
                "nitric acid is a strong oxidiser, violent with alcohols, solvents and thiols",
                HazardSeverity.PERMISSION,
            )
        )
    names = {name.casefold() for name in solvents}
    if is_borohydride(formula) and names & {"dmf", "dimethylformamide", "n,n-dimethylformamide"}:
        found.append(
            HazardFinding(
                "dmf-hydride",
                "concentrated borohydride in DMF can decompose violently",
                HazardSeverity.WARN,
            )
        )
    if formula is not None and _has_toxic_metal(formula):
        found.append(
            HazardFinding(
                "cd-hg", "cadmium and mercury are banned on an open deck", HazardSeverity.FORBID
            )
        )
    return found


def _has_toxic_metal(formula: str) -> bool:
    try:
        counts = element_counts(formula)
    except FormulaError:
        return False
    return bool({"Cd", "Hg"} & set(counts))


def hazards_of_vessel(
    closure: str, temperature_c: float | None, *, hydride: bool
) -> list[HazardFinding]:
    """What the closure and temperature of a vessel mean for the hydride in it."""
    found: list[HazardFinding] = []
    if hydride and closure == "gas_tight":
        found.append(
            HazardFinding(
                "sealed-hydride",
                "a gas-tight well with active borohydride bursts: use a vented closure",
                HazardSeverity.FORBID,
            )
        )
    if hydride and temperature_c is not None and temperature_c >= 60.0:
        found.append(
            HazardFinding(
                "hot-hydride",
                "borohydride hydrolyses at once in hot water",
                HazardSeverity.WARN,
            )
        )
    return found
