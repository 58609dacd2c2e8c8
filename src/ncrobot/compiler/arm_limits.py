"""Arm limits: what PyLabRobot can't do with an EVO, found in the finished operations.

Its backend (pylabrobot 0.2.2, EVO_backend.py) passes over the mixing of an aspirate, draws where it
finds the level and nowhere else, follows the level by whole tenths of a millimetre, and spaces all
tips evenly from the one that goes furthest to the back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ncrobot.compiler.findings import Findings
from ncrobot.compiler.strengths import Strength
from ncrobot.deck import Deck, build_pylabrobot_deck, find_container
from ncrobot.labware.decks import EVO_BACK_MM, EVOS
from ncrobot.plan import Leg, MixWells, Operation, PumpDose, Transfer
from ncrobot.protocol import ProtocolSource, Role, step_ids

SMALLEST_STEP_MM = 0.05
"""A level that falls by less is rounded to nothing, which PyLabRobot's aspirate fails at."""


def check_arm_limits(
    source: ProtocolSource,
    operations: Sequence[Operation],
    contents: Mapping[str, Strength],
    deck: Deck,
    findings: Findings,
) -> None:
    """Note, once a step, what the arm of the deck can't do; other arms than EVOs can do it all."""
    if deck.layout.robot not in EVOS:
        return
    limits = _Evo(source, deck, findings)
    for operation in operations:
        if isinstance(operation, MixWells):
            limits.refuse_mix(operation.step, "mixes in the wells")
        elif isinstance(operation, Transfer) and not isinstance(operation, PumpDose):
            limits.look_at(operation)
    _warn_of_solvents(source, operations, contents, findings)


class _Evo:
    """Looks at the operations of one plan; each finding is told once for a step."""

    def __init__(self, source: ProtocolSource, deck: Deck, findings: Findings) -> None:
        self._steps = {name: index for index, name in enumerate(step_ids(source.protocol))}
        self._deck, self._findings = deck, findings
        self._built = build_pylabrobot_deck(deck.layout)
        self._told: set[tuple[str, str]] = set()

    def look_at(self, operation: Transfer) -> None:
        step = operation.step
        if operation.resuspend:
            self.refuse_mix(step, f"mixes {operation.stock!r} before it draws, as it settles")
        elif operation.purpose == "dilution" and operation.mix_repetitions:
            self._refuse_working_solution(operation)
        elif operation.mix_repetitions:
            self.refuse_mix(step, "mixes after it has dispensed")
        for leg in operation.legs:
            self._look_at_leg(step, leg)

    def refuse_mix(self, step: str, what: str) -> None:
        self._refuse(
            "no-mixing",
            step,
            f"{step} {what}, which PyLabRobot can't do with an EVO",
            fix="leave it out and let a stir step on the shaker mix, or take a deck layout with "
            "another arm",
        )

    def _refuse_working_solution(self, operation: Transfer) -> None:
        self._refuse(
            "no-mixing",
            operation.stock or operation.step,
            f"{operation.stock!r} would be diluted on the deck, which needs mixing, and PyLabRobot "
            "can't mix with an EVO",
            fix="make the stock weaker, so that no dose is below the smallest volume of the tips, "
            "or take a deck layout with another arm",
        )

    def _look_at_leg(self, step: str, leg: Leg) -> None:
        if leg.below_ul is not None:
            self._refuse(
                "no-layers",
                step,
                f"{step} draws from one of several layers, and on an EVO PyLabRobot draws at the "
                "surface only",
                fix="let a person take these samples, or take a deck layout with another arm",
            )
        labware = leg.source.partition("/")[0]
        area_mm2 = self._deck.definition(labware).level_area_mm2
        if area_mm2 is None:
            self._refuse(
                "not-for-evo",
                step,
                f"{step} draws from {labware}, which PyLabRobot can't reach into with an EVO",
                fix="put its stock into a plate of Tecan, or dose it by a pump",
            )
        elif leg.volume_ul <= area_mm2 * SMALLEST_STEP_MM:
            self._refuse(
                "too-little-for-evo",
                step,
                f"{step} draws too little from {labware} for PyLabRobot to follow its level",
                found=f"{leg.volume_ul:g} µL",
                allowed=f"above {area_mm2 * SMALLEST_STEP_MM:g} µL out of wells of "
                f"{area_mm2:g} mm²",
                fix="make the stock weaker, or put it into narrower wells",
            )
        for address in (leg.tip, leg.source, leg.destination):
            self._check_reach(step, leg.channel, address)

    def _check_reach(self, step: str, channel: int, address: str) -> None:
        """The tips stand evenly: those before this one must not be behind the zero of y."""
        container = find_container(self._built, address)
        at_mm = (container.get_location_wrt(self._built) + container.center()).y
        behind_mm = at_mm + channel * container.get_absolute_size_y() - EVO_BACK_MM
        if behind_mm > 0:
            self._refuse(
                "out-of-reach",
                step,
                f"{step}: tip {channel + 1} of the arm doesn't reach {address}, as the tips "
                "before it would be behind the deck",
                found=f"{behind_mm:.1f} mm behind",
                fix="put the labware on a site further to the front",
            )

    def _refuse(
        self,
        code: str,
        step: str,
        message: str,
        *,
        found: str | None = None,
        allowed: str | None = None,
        fix: str,
    ) -> None:
        if (code, step) in self._told:
            return
        self._told.add((code, step))
        index = self._steps.get(step)
        path = ("steps", index) if index is not None else ("stocks",)
        self._findings.error(code, message, *path, found=found, allowed=allowed, fix=fix)


def _warn_of_solvents(
    source: ProtocolSource,
    operations: Sequence[Operation],
    contents: Mapping[str, Strength],
    findings: Findings,
) -> None:
    """Say which stocks aren't water: PyLabRobot dispenses them as if they were."""
    water = {
        name
        for name, material in source.protocol.materials.items()
        if material.formula == "H2O" and material.role is Role.SOLVENT
    }
    drawn = {
        operation.stock: None
        for operation in operations
        if isinstance(operation, Transfer) and not isinstance(operation, PumpDose)
    }
    for stock in drawn:
        strength = contents.get(stock or "")
        others = sorted(set(strength.solvent_fraction) - water) if strength is not None else []
        if others:
            findings.warn(
                "dispensed-as-water",
                f"{stock} is in {', '.join(others)}: PyLabRobot has figures for water only on an "
                "EVO, and finds the level by its conductivity; weigh a dose, and see that it is "
                "found, before you trust it",
                "stocks",
                stock or "",
            )
