"""pH doses: within their limit, and right by the auditor's own balance of charges.

A titrated dose is compared with the measured curve; of a steered one the bounds and the target.

Ideal solution at 25 °C. Strong acids and bases (materials without pKa) leave one inert ion each;
all others are shared out over their forms by their pKa values.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ncrobot.auditor.asked import is_calculated
from ncrobot.auditor.doses import Deliveries, Given
from ncrobot.auditor.facts import Case, is_done, optional_value, value_of
from ncrobot.auditor.liquid import ROUNDING_UL, Liquid
from ncrobot.auditor.report import Compared
from ncrobot.plan import PumpDose
from ncrobot.protocol import AdjustPh, Condition, Material, Reduce, Role

_PKW = 14.0
_BORIC_PKA = 9.24
# How far a pH may be off its target beyond what the rounding of the volumes explains.
_TOLERANCE_PH = 0.05
_SAME_DOSE = 1e-4


def check_acidity(case: Case, arrived: Deliveries) -> None:
    """Check every dose that was calculated to reach a pH."""
    for index, step in case.doses.items():
        if isinstance(step, AdjustPh) and is_calculated(step):
            for well, row in case.rows.items():
                _check_dose(case, row, index, step, arrived[well])
    for operation in case.plan.operations:
        if isinstance(operation, PumpDose):
            _check_steering(case, operation)


def _check_steering(case: Case, operation: PumpDose) -> None:
    """A dose is steered where, and as, the protocol says it."""
    step, steering = case.step_of(operation), operation.steering
    asked = step.steered if isinstance(step, AdjustPh) else None
    if (asked is None) != (steering is None):
        compared = Compared("steered", str(asked is not None), str(steering is not None))
        message = f"{operation.id!r} is steered by a probe, or not, against the protocol"
        case.notes.differ("steering", message, compared, step=operation.step)
    if asked is None or steering is None or not isinstance(step, AdjustPh):
        return
    for leg in operation.legs:
        well = leg.destination.split("/")[-1]
        row = case.rows.get(well)
        if row is None:
            continue
        wanted = {
            "pH": (optional_value(step.to, row), steering.targets_ph.get(well)),
            "tolerance": (optional_value(asked.within, row), steering.tolerance_ph),
            "doses": (optional_value(asked.doses, row), float(steering.doses)),
            "wait": (optional_value(asked.wait, row), steering.settle_s),
            "mixing": (optional_value(asked.mix_for, row) or 0.0, steering.mix_s),
        }
        for what, (wished, found) in wanted.items():
            if wished != found:
                case.notes.differ(
                    "steering",
                    f"{operation.id!r} steers well {well} by another {what} than the protocol says",
                    Compared(what, str(wished), str(found)),
                    well=well,
                    step=operation.step,
                )


def _check_dose(
    case: Case, row: Condition, index: int, step: AdjustPh, arrived: Mapping[int, Given]
) -> None:
    if not is_done(step, row):
        return
    name, target = case.step_names[index], optional_value(step.to, row)
    dose_ul = arrived.get(index, Given()).liquid.ul.get(step.stock, 0.0)
    limit_ul = optional_value(step.max_volume, row)
    if limit_ul is not None and not dose_ul <= limit_ul + ROUNDING_UL:
        case.notes.differ(
            "ph-dose",
            f"the dose of {step.stock} in well {row.well} is {dose_ul:g} µL, above the "
            f"{limit_ul:g} µL that {name} allows",
            Compared("volume of the dose", limit_ul, dose_ul, "µL"),
            well=row.well,
            step=name,
        )
    control = case.protocol.controls.get(row.kind)
    if control is not None and case.protocol.stocks[step.stock].of in control.omit:
        return
    if step.steered is not None:
        return
    if target is None or any(
        step.titration is None and isinstance(case.step_at(i), Reduce) for i in arrived if i < index
    ):
        return
    before = Liquid()
    for i, given in arrived.items():
        if 0 <= i < index:
            before.add(given.liquid)
    if before.volume_ul > 0:
        doubt_ul = max(arrived.get(index, Given()).doubt_ul, ROUNDING_UL)
        if step.titration is not None:
            _check_titrated(case, row, index, before.volume_ul, (dose_ul, doubt_ul))
            return
        _check_ph(case, row, index, before, (dose_ul, doubt_ul))


def _check_titrated(
    case: Case, row: Condition, index: int, volume_ul: float, dose: tuple[float, float]
) -> None:
    step = case.doses[index]
    target = optional_value(step.to, row) if isinstance(step, AdjustPh) else None
    titration = step.titration if isinstance(step, AdjustPh) else None
    if titration is None or target is None:
        return
    points = sorted((value_of(p.ph, row), value_of(p.added, row)) for p in titration.points)
    scale = volume_ul / value_of(titration.of, row)
    wished_ul = scale * float(np.interp(target, [p[0] for p in points], [p[1] for p in points]))
    if abs(wished_ul - dose[0]) > dose[1] + _SAME_DOSE * wished_ul:
        case.notes.differ(
            "ph-dose",
            f"the dose of {step.stock} in well {row.well} is {dose[0]:.4g} µL, by the titration it "
            f"takes {wished_ul:.4g} µL",
            Compared("volume of the dose", wished_ul, dose[0], "µL"),
            well=row.well,
            step=case.step_names[index],
        )


def _check_ph(
    case: Case, row: Condition, index: int, before: Liquid, dose: tuple[float, float]
) -> None:
    step = case.doses[index]
    target = optional_value(step.to, row) if isinstance(step, AdjustPh) else None
    reached = []
    for dose_ul in (dose[0] - dose[1], dose[0], dose[0] + dose[1]):
        mixture = Liquid(dict(before.ul))
        mixture.add(Liquid.of(step.stock, max(0.0, dose_ul)))
        reached.append(ph_of(case, mixture))
    low, high = min(reached) - _TOLERANCE_PH, max(reached) + _TOLERANCE_PH
    if target is not None and not low <= target <= high:
        case.notes.differ(
            "ph",
            f"with {dose[0]:.4g} µL of {step.stock} well {row.well} reaches pH "
            f"{reached[1]:.2f}, not pH {target:g}",
            Compared("pH", target, round(reached[1], 3)),
            well=row.well,
            step=case.step_names[index],
        )


def _charge(material: Material, ph: float) -> float:
    """Mean charge of what becomes of one molecule."""
    if not material.acidic_pka:
        return {Role.ACID: -1.0, Role.BASE: 1.0}.get(material.role, 0.0)
    share, shares = 1.0, [1.0]
    for pka in sorted(material.acidic_pka):
        share *= 10.0 ** (ph - pka)
        shares.append(share)
    lost = sum(protons * weight for protons, weight in enumerate(shares)) / sum(shares)
    return material.charge_protonated - lost


def ph_of(case: Case, liquid: Liquid, borate_umol: float = 0.0) -> float:
    """The pH at which the charges in a liquid add up to zero, by halving.

    ``borate_umol`` is spent borohydride: boric acid, and the cation that came with the hydride.
    """
    volume_ul = liquid.volume_ul
    concentrations = {name: umol / volume_ul for name, umol in liquid.umol(case.contents).items()}
    spent_mol_per_l = borate_umol / volume_ul
    low, high = -2.0, 16.0
    for _ in range(60):
        ph = (low + high) / 2
        charge = 10.0**-ph - 10.0 ** (ph - _PKW)
        charge += spent_mol_per_l / (1.0 + 10.0 ** (ph - _BORIC_PKA))
        for name, mol_per_l in concentrations.items():
            charge += mol_per_l * _charge(case.protocol.materials[name], ph)
        low, high = (ph, high) if charge > 0 else (low, ph)
    return (low + high) / 2
