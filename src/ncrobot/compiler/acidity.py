"""The dose that brings a well to a pH: by charge balance over all that is in it, or as titrated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.chemistry import BufferComponent, PhError, dose_for_ph, volume_at
from ncrobot.compiler.doses import optional_value
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.strengths import Strength
from ncrobot.protocol import (
    AdjustPh,
    Condition,
    Dosing,
    Material,
    Protocol,
    Reduce,
    Role,
    Titration,
)


def _strong_charge(material: Material) -> float:
    """Charge of the inert ion of a strong acid (-1) or base (+1); 0 for anything else."""
    if material.acidic_pka:
        return 0.0
    return {Role.ACID: -1.0, Role.BASE: 1.0}.get(material.role, 0.0)


def components(
    protocol: Protocol, umol: Mapping[str, float]
) -> tuple[list[BufferComponent], float]:
    """Buffers, and the charge of ions that don't buffer, of an amount of each material."""
    buffers, charge = [], 0.0
    for name, amount in umol.items():
        material = protocol.materials[name]
        charge += _strong_charge(material) * amount
        if material.acidic_pka:
            buffers.append(
                BufferComponent(amount, tuple(material.acidic_pka), material.charge_protonated)
            )
    return buffers, charge


@dataclass(frozen=True, slots=True)
class Mixture:
    """What stands in a well before a step: its buffers, and the charge of its other ions.

    ``reduced``: a hydride is in it, whose hydrolysis takes up protons.
    """

    volume_ul: float
    buffers: Sequence[BufferComponent]
    charge_umol: float
    umol: Mapping[str, float]
    reduced: bool


def mixture_before(
    protocol: Protocol,
    strengths: Mapping[str, Strength],
    totals_ul: Mapping[int, float],
    index: int,
) -> Mixture:
    """What all doses before a step bring, ``totals_ul`` by step."""
    before = {i: volume for i, volume in totals_ul.items() if i < index and volume > 0}
    umol: dict[str, float] = {}
    for i, volume in before.items():
        earlier = protocol.steps[i]
        if isinstance(earlier, Dosing):
            for name, each in strengths[earlier.stock].umol_per_ul.items():
                umol[name] = umol.get(name, 0.0) + each * volume
    reduced = any(isinstance(protocol.steps[i], Reduce) for i in before)
    return Mixture(sum(before.values()), *components(protocol, umol), umol, reduced)


def expected_dose_ul(
    protocol: Protocol, strength: Strength, mixture: Mixture, target_ph: float, limit_ul: float
) -> float:
    """µL of a stock that bring a mixture to a pH.

    Raises:
        PhError: it can't, or not within ``limit_ul``.
    """
    titrant, titrant_charge = components(protocol, strength.umol_per_ul)
    return dose_for_ph(
        target_ph,
        mixture.buffers,
        mixture.charge_umol,
        mixture.volume_ul,
        titrant_charge_mol_per_l=titrant_charge,
        titrant_components_mol_per_l=titrant,
        max_volume_ul=limit_ul,
    )


def ph_dose_ul(  # noqa: PLR0913 - a dose depends on the well, the step and what came before
    protocol: Protocol,
    strengths: Mapping[str, Strength],
    condition: Condition,
    totals_ul: Mapping[int, float],
    index: int,
    step: AdjustPh,
    findings: Findings,
) -> float:
    """µL of the step's stock that bring the well to ``to``, counting the steps before it.

    A steered dose counts as the most that it may become. A measured titration is read; else the
    dose is calculated. There a hydride in the well makes the result wrong, because its hydrolysis
    takes up protons; that is refused rather than guessed.
    """
    most_ul = optional_value(step.max_volume, condition)
    if step.steered is not None:
        return most_ul or 0.0
    mixture = mixture_before(protocol, strengths, totals_ul, index)
    target = optional_value(step.to, condition)
    if mixture.volume_ul <= 0 or target is None:
        return 0.0
    limit_ul = most_ul or mixture.volume_ul
    try:
        if step.titration is not None:
            return titrated_ul(step.titration, mixture.volume_ul, target, limit_ul)
        if mixture.reduced:
            findings.error(
                "ph-after-hydride",
                "the pH can't be calculated after a hydride: its hydrolysis takes up protons",
                "steps",
                index,
                row=condition.name,
                fix="adjust the pH before the reduction, steer it by a probe, or give the dose as "
                "volume or equivalents",
            )
            return 0.0
        _warn_of_neutral(protocol, mixture.umol, index, findings)
        return expected_dose_ul(protocol, strengths[step.stock], mixture, target, limit_ul)
    except PhError as error:
        findings.error(
            "ph-not-reached",
            str(error),
            "steps",
            index,
            row=condition.name,
            well=condition.well,
            fix="take an acid or base that moves the pH the right way, or a stronger stock",
        )
        return 0.0


def titrated_ul(titration: Titration, volume_ul: float, target_ph: float, limit_ul: float) -> float:
    """µL that a measured titration gives for a pH, for so much of the same mixture.

    Between its points the curve is taken as straight.

    Raises:
        PhError: the pH lies beyond its points, or the dose above ``limit_ul``.
    """
    curve = curve_of(titration, volume_ul)
    low, high = min(ph for ph, _ in curve), max(ph for ph, _ in curve)
    if not low <= target_ph <= high:
        message = f"pH {target_ph:g} is not reached: the titration goes from pH {low:g} to {high:g}"
        raise PhError(message)
    dose_ul = volume_at(curve, target_ph)
    if dose_ul > limit_ul:
        message = (
            f"pH {target_ph:g} takes {dose_ul:.4g} µL by the titration, but at most {limit_ul:g} "
            "µL are allowed"
        )
        raise PhError(message)
    return dose_ul


def curve_of(titration: Titration, volume_ul: float) -> tuple[tuple[float, float], ...]:
    """(pH, µL) of a measured titration, for so much of the same mixture."""
    of_ul = titration.of.value or math.nan
    return tuple(
        (point.ph.value or 0.0, (point.added.value or 0.0) * volume_ul / of_ul)
        for point in titration.points
    )


def _warn_of_neutral(
    protocol: Protocol, umol: Mapping[str, float], index: int, findings: Findings
) -> None:
    """Say once which materials count as neither acid nor base because nobody gave their pKa."""
    silent = [
        protocol.materials[name].name
        for name, amount in umol.items()
        if amount > 0
        and not protocol.materials[name].acidic_pka
        and protocol.materials[name].role in (Role.METAL, Role.LIGAND, Role.CLUSTER, Role.ADDITIVE)
    ]
    message = f"counted as neutral in the pH, for lack of acidic_pka: {', '.join(silent)}"
    if silent and all(warning.message != message for warning in findings.warnings):
        findings.warn("counted-as-neutral", message, "steps", index)
