"""Doses steered by a probe: which pump and probe do it, how, and what they may expect."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.chemistry import PhError, ph_of
from ncrobot.compiler.acidity import Mixture, curve_of, expected_dose_ul, mixture_before
from ncrobot.compiler.doses import WellDoses, optional_value, value_of
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.strengths import Strength
from ncrobot.deck import Deck
from ncrobot.deck.layout import PhProbe, Shaker, SyringePump
from ncrobot.plan import Steering
from ncrobot.protocol import Add, AdjustPh, Condition, Protocol, ProtocolSource, Role

GUIDE_POINTS = 33
BEYOND_PH = 0.5
"""How far beyond its target a guide goes, so that a reading there is still on it."""


@dataclass(frozen=True, slots=True)
class Steerings:
    """How each steered dose is done, by step and well."""

    by_well: Mapping[tuple[int, str], Steering]

    def of(self, index: int, wells: Sequence[str]) -> Steering | None:
        """For some wells of a step, which share all their times; None if it isn't steered."""
        found = [self.by_well[index, well] for well in wells if (index, well) in self.by_well]
        if not found:
            return None
        targets = {well: ph for each in found for well, ph in each.targets_ph.items()}
        guides = {well: guide for each in found for well, guide in each.guides.items()}
        return found[0].model_copy(update={"targets_ph": targets, "guides": guides})


def plan_steering(
    source: ProtocolSource,
    strengths: Mapping[str, Strength],
    doses: Sequence[WellDoses],
    deck: Deck,
    plate: str,
    findings: Findings,
) -> Steerings:
    """Find pump, probe and shaker of every steered dose, and what each well is expected to take."""
    protocol = source.protocol
    by_well: dict[tuple[int, str], Steering] = {}
    for index, step in enumerate(protocol.steps):
        if not isinstance(step, AdjustPh) or step.steered is None:
            continue
        devices = _devices(deck, plate, index, step, findings)
        if devices is None:
            continue
        _warn_of_make_up(protocol, index, findings)
        for well in doses:
            if index in well.doses:
                steering = _steering(protocol, strengths, well, index, step, devices)
                _check(steering, deck, index, well.condition, findings)
                by_well[index, well.condition.well] = steering
    return Steerings(by_well)


def _devices(
    deck: Deck, plate: str, index: int, step: AdjustPh, findings: Findings
) -> tuple[str, str | None] | None:
    """The probe, and the shaker if the step mixes with one."""
    devices = deck.layout.devices
    pumps = [n for n, d in devices.items() if isinstance(d, SyringePump) and d.stock == step.stock]
    probes = [n for n, d in devices.items() if isinstance(d, PhProbe) and d.beside in pumps]
    if not probes:
        missing = f"pumps {step.stock!r}" if not pumps else f"reads the pH beside {pumps[0]!r}"
        fix = "use a deck layout with both, or leave out steered: then the dose is calculated"
        message = f"no device of the deck {missing}"
        findings.error("no-steering", message, "steps", index, "steered", fix=fix)
        return None
    if step.steered is None or step.steered.mix_speed is None:
        return probes[0], None
    shaker = deck.device_under(plate)
    if shaker is None or not isinstance(devices.get(shaker), Shaker):
        message = f"the plate {plate!r} doesn't stand on a shaker that could mix it"
        findings.error(
            "no-shaker", message, "steps", index, "steered", fix="leave out mix_speed and mix_for"
        )
        return None
    return probes[0], shaker


def _warn_of_make_up(protocol: Protocol, index: int, findings: Findings) -> None:
    if any(isinstance(step, Add) and step.make_up for step in protocol.steps[index + 1 :]):
        message = (
            "what fills the well up counts the most that the steered dose may take: a well that "
            "takes less ends below its final volume"
        )
        findings.warn("make-up-after-steering", message, "steps", index)


def _steering(
    protocol: Protocol,
    strengths: Mapping[str, Strength],
    well: WellDoses,
    index: int,
    step: AdjustPh,
    devices: tuple[str, str | None],
) -> Steering:
    steered, row = step.steered, well.condition
    if steered is None or step.to is None:
        msg = f"step {index} isn't steered"
        raise TypeError(msg)
    material = protocol.materials[protocol.stocks[step.stock].of]
    target = value_of(step.to, row)
    totals = {i: dose.total_ul for i, dose in well.doses.items()}
    mixture = mixture_before(protocol, strengths, totals, index)
    probe, shaker = devices
    guide = _guide(protocol, strengths[step.stock], mixture, step, target)
    return Steering(
        probe=probe,
        raises=material.role is Role.BASE,
        targets_ph={row.well: target},
        tolerance_ph=max(value_of(steered.within, row), 1e-9),
        doses=min(max(round(value_of(steered.doses, row)), 1), 60),
        settle_s=value_of(steered.wait, row),
        shaker=shaker,
        mix_rpm=optional_value(steered.mix_speed, row) or 0.0,
        mix_s=optional_value(steered.mix_for, row) or 0.0,
        guides={row.well: guide} if guide else {},
    )


def _check(steering: Steering, deck: Deck, index: int, row: Condition, findings: Findings) -> None:
    shaker = deck.layout.devices.get(steering.shaker or "")
    if isinstance(shaker, Shaker):
        low, high = shaker.speed_rpm
        if not low <= steering.mix_rpm <= high:
            findings.error(
                "speed-out-of-range", f"the shaker {steering.shaker!r} can't mix at this speed",
                "steps", index, "steered", row=row.name, found=f"{steering.mix_rpm:g} rpm",
                allowed=f"{low:g} to {high:g} rpm",
            )  # fmt: skip
    if steering.tolerance_ph < 0.01:
        findings.error(
            "tolerance-too-small", "no probe reads so exactly", "steps", index, "steered",
            row=row.name, quantity="within", found=f"{steering.tolerance_ph:g}",
            allowed="0.01 or more",
        )  # fmt: skip


def _guide(
    protocol: Protocol, strength: Strength, mixture: Mixture, step: AdjustPh, target_ph: float
) -> tuple[tuple[float, float], ...]:
    """(pH, µL) that the titration or the charge balance expects; none where neither can tell."""
    if step.titration is not None:
        return curve_of(step.titration, mixture.volume_ul)
    if mixture.reduced:
        return ()  # the hydride takes up protons, nobody knows how many by now
    try:
        start_ph = ph_of(mixture.buffers, mixture.charge_umol, mixture.volume_ul)
        end_ph = target_ph + math.copysign(BEYOND_PH, target_ph - start_ph)
        points = [(round(start_ph, 4), 0.0)]
        for number in range(1, GUIDE_POINTS):
            ph = start_ph + (end_ph - start_ph) * number / (GUIDE_POINTS - 1)
            volume_ul = expected_dose_ul(protocol, strength, mixture, ph, math.inf)
            if volume_ul > points[-1][1]:
                points.append((round(ph, 4), round(volume_ul, 4)))
    except PhError:
        return ()
    return tuple(points) if len(points) > 1 else ()
