"""Hazard rules: what must never happen, what needs a person's permission, what must be read.

They are reminders from general lab knowledge, not a safety assessment: a chemist and the site's
safety officer decide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from ncrobot.chemistry.compatibility import solvent_key
from ncrobot.chemistry.formula import FormulaError, element_counts

GAS_L_PER_MOL = 24.465
"""Molar volume of an ideal gas at 25 °C and 1 atm."""
H2_PER_BOROHYDRIDE = 4
"""NaBH4 + 2 H2O -> NaBO2 + 4 H2."""
HOT_HYDRIDE_C = 60.0
"""Assumed: from here on borohydride in water gives its gas off too fast to watch."""
TOO_HOT_HYDRIDE_C = 85.0
"""The heated syntheses of the literature (85 to 95 °C) are none with borohydride."""
_COUNTER_IONS = frozenset({"Li", "Na", "K", "Rb", "Cs"})
_TOXIC_METALS = frozenset({"Cd", "Hg"})
_NITRIC = {"H": 1, "N": 1, "O": 3}
_ACIDS = tuple(
    element_counts(formula)
    for formula in (
        "HF", "HCl", "HBr", "HI", "HNO3", "H2SO4", "HClO4", "H3PO4",
        "HCOOH", "CH3COOH", "CF3COOH", "C6H8O7",
    )
)  # fmt: skip


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


def hydrogen_ul(hydride_umol: float, molecules_h2_per_molecule: int = H2_PER_BOROHYDRIDE) -> float:
    """µL of hydrogen at 25 °C and 1 atm if all hydride hydrolyses."""
    return hydride_umol * molecules_h2_per_molecule * GAS_L_PER_MOL


def headspace_ratio(gas_ul: float, vessel_ul: float, liquid_ul: float) -> float:
    """Gas volume per free volume of the vessel; infinite for a full vessel."""
    free_ul = vessel_ul - liquid_ul
    return gas_ul / free_ul if free_ul > 0 else float("inf")


def _counts(formula: str | None) -> dict[str, int]:
    """Atoms of a formula; none if there is no formula that can be read."""
    try:
        return element_counts(formula) if formula else {}
    except FormulaError:
        return {}


def _anion(formula: str | None) -> dict[str, int]:
    """Atoms of a formula without those of its alkali metal."""
    counts = _counts(formula)
    return {element: count for element, count in counts.items() if element not in _COUNTER_IONS}


def is_borohydride(formula: str | None) -> bool:
    """Whether a formula names a tetrahydroborate, also a deuterated one."""
    if formula is None:
        return False
    return "BH4" in formula or "BD4" in formula or _anion(formula) == {"B": 1, "H": 4}


def is_cyanoborohydride(formula: str | None) -> bool:
    """Whether a formula names a cyanoborohydride."""
    if formula is None:
        return False
    named = any(text in formula for text in ("BH3CN", "BH3(CN)", "CNBH3"))
    return named or _anion(formula) == {"B": 1, "H": 3, "C": 1, "N": 1}


def is_common_acid(formula: str | None) -> bool:
    """Whether a formula is that of a common mineral or carboxylic acid, however it is written."""
    return _counts(formula) in _ACIDS


def hazards_of_addition(
    formula: str | None,
    *,
    is_acid: bool,
    solvents: Collection[str],
    present: Collection[str],
    acid_present: bool = False,
) -> list[HazardFinding]:
    """What adding a substance to a well means.

    ``present`` are formulas already in it, ``solvents`` the names of the solvents that meet there.
    Common acids are known by their formulas; ``is_acid`` and ``acid_present`` tell of others.
    """
    acid_met = acid_present or any(is_common_acid(other) for other in present)
    return [
        *_of_acid(formula, is_acid=is_acid or is_common_acid(formula), present=present),
        *_of_hydride(formula, acid_met=acid_met),
        *_of_dmf([formula, *present], solvents),
        *_of_substance(formula),
    ]


def _of_acid(
    formula: str | None, *, is_acid: bool, present: Collection[str]
) -> Iterable[HazardFinding]:
    if is_acid and any(is_cyanoborohydride(other) for other in present):
        yield HazardFinding(
            "hcn", "acid on cyanoborohydride sets free toxic HCN", HazardSeverity.FORBID
        )
    if is_acid and any(is_borohydride(other) for other in present):
        yield HazardFinding(
            "acid-after-hydride",
            "acid on borohydride gives hydrogen, foam and heat at once",
            HazardSeverity.PERMISSION,
        )
    if _counts(formula) == _NITRIC:
        yield HazardFinding(
            "nitric-acid",
            "nitric acid is a strong oxidiser, violent with alcohols, solvents and thiols",
            HazardSeverity.PERMISSION,
        )


def _of_hydride(formula: str | None, *, acid_met: bool) -> Iterable[HazardFinding]:
    if acid_met and is_cyanoborohydride(formula):
        yield HazardFinding(
            "hcn", "cyanoborohydride in acid sets free toxic HCN", HazardSeverity.FORBID
        )
    # Published recipes have both orders; in both the gas comes at once.
    if acid_met and is_borohydride(formula):
        yield HazardFinding(
            "hydride-on-acid",
            "borohydride in acid gives hydrogen, foam and heat at once: small doses, slowly",
            HazardSeverity.PERMISSION,
        )


def _of_dmf(formulas: Iterable[str | None], solvents: Collection[str]) -> Iterable[HazardFinding]:
    with_dmf = any(solvent_key(name) == "dimethylformamide" for name in solvents)
    if with_dmf and any(is_borohydride(formula) for formula in formulas):
        yield HazardFinding(
            "dmf-hydride",
            "concentrated borohydride in DMF can decompose violently",
            HazardSeverity.WARN,
        )


def _of_substance(formula: str | None) -> Iterable[HazardFinding]:
    if _TOXIC_METALS & set(_counts(formula)):
        yield HazardFinding(
            "cd-hg", "cadmium and mercury are banned on an open deck", HazardSeverity.FORBID
        )


def hazards_of_vessel(
    closure: str, temperature_c: float | None, *, hydride: bool
) -> list[HazardFinding]:
    """What the closure and temperature of a vessel mean for the hydride in it."""
    if not hydride:
        return []
    found: list[HazardFinding] = []
    if closure == "gas_tight":
        found.append(
            HazardFinding(
                "sealed-hydride",
                "a gas-tight well with active borohydride bursts: use a vented closure",
                HazardSeverity.FORBID,
            )
        )
    if temperature_c is not None and temperature_c >= HOT_HYDRIDE_C:
        too_hot = temperature_c >= TOO_HOT_HYDRIDE_C
        found.append(
            HazardFinding(
                "hot-hydride",
                f"borohydride hydrolyses at once in water of {temperature_c:g} °C",
                HazardSeverity.FORBID if too_hot else HazardSeverity.WARN,
            )
        )
    return found
