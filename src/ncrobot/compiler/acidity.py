"""The dose that brings a well to a pH, by charge balance over all that was added before it."""

from __future__ import annotations

from collections.abc import Mapping

from ncrobot.chemistry import BufferComponent, PhError, dose_for_ph
from ncrobot.compiler.doses import optional_value
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.strengths import Strength
from ncrobot.protocol import AdjustPh, Condition, Dosing, Material, Protocol, Reduce, Role


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

    A hydride in the well makes the result wrong, because its hydrolysis takes up protons; that is
    refused rather than guessed.
    """
    before = {i: volume for i, volume in totals_ul.items() if i < index and volume > 0}
    volume_ul = sum(before.values())
    umol: dict[str, float] = {}
    for i, volume in before.items():
        earlier = protocol.steps[i]
        if isinstance(earlier, Dosing):
            for name, each in strengths[earlier.stock].umol_per_ul.items():
                umol[name] = umol.get(name, 0.0) + each * volume
        if isinstance(earlier, Reduce):
            findings.error(
                "ph-after-hydride",
                "the pH can't be calculated after a hydride: its hydrolysis takes up protons",
                "steps",
                index,
                row=condition.name,
                fix="adjust the pH before the reduction, or give the dose as volume or equivalents",
            )
            return 0.0
    _warn_of_neutral(protocol, umol, index, findings)
    target = optional_value(step.to, condition)
    if volume_ul <= 0 or target is None:
        return 0.0
    limit_ul = optional_value(step.max_volume, condition) or volume_ul
    buffers, charge = components(protocol, umol)
    titrant, titrant_charge = components(protocol, strengths[step.stock].umol_per_ul)
    try:
        return dose_for_ph(
            target,
            buffers,
            charge,
            volume_ul,
            titrant_charge_mol_per_l=titrant_charge,
            titrant_components_mol_per_l=titrant,
            max_volume_ul=limit_ul,
        )
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
