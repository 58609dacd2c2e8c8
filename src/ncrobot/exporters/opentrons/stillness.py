"""Shakers stand still while a pipette is at or beside them: the robots refuse it otherwise.

The schedule keeps the arm away from the shaken plate itself only. So the shaking of the file is
planned anew here: it runs when the schedule wants it to run, less the visits to its own slot and
those in front of, behind, left and right of it, less the time that a person is asked to reach into
the robot, and only where it is worth starting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ncrobot.deck.layout import DeckLayout, Shaker
from ncrobot.exporters.opentrons.order import Moment
from ncrobot.exporters.opentrons.reach import slots_around, slots_touched
from ncrobot.plan import AskPerson, Operation, Plan, Refill, Shake

WORTH_S = 10.0
"""Starting for less than this much shaking isn't worth it (assumed, as in the schedule)."""


@dataclass(frozen=True, slots=True)
class ShakenTime:
    """How long a shaker runs by the schedule and by the file."""

    device: str
    planned_s: float
    exported_s: float


@dataclass
class _Shaker:
    """One shaker on its way through the moments."""

    name: str
    layout: Shaker
    labware: str
    slots: frozenset[int]
    wanted_rpm: float = 0.0
    running_rpm: float = 0.0
    planned_s: float = 0.0
    exported_s: float = 0.0
    acts: int = 0
    out: list[Moment] = field(default_factory=list)

    def disturbed_by(self, operation: Operation, slot_of: Mapping[str, int]) -> bool:
        """Whether the arm comes near for an operation, or somebody reaches into the robot."""
        if isinstance(operation, AskPerson | Refill):
            return True
        return bool(self.slots & slots_touched(operation, slot_of))

    def act(self, speed_rpm: float, at_s: float) -> Moment:
        """A start or a stop that the schedule doesn't have."""
        self.acts += 1
        self.running_rpm = speed_rpm
        return Moment(
            Shake(
                id=f"{self.name}-beside-{self.acts}",
                step="standing still beside the pipettes" if speed_rpm == 0 else "shaking again",
                device=self.name,
                labware=self.labware,
                speed_rpm=speed_rpm,
            ),
            at_s,
            self.layout.start_s if speed_rpm else self.layout.stop_s,
        )


def with_stillness(
    plan: Plan, moments: Sequence[Moment]
) -> tuple[tuple[Moment, ...], tuple[ShakenTime, ...]]:
    """The moments with every shaker's starts and stops planned anew, and what that costs."""
    slot_of = {p.name: p.slot for p in plan.deck.labware if p.slot is not None}
    shaken: list[ShakenTime] = []
    for shaker in _shakers(plan.deck):
        moments = _replanned(shaker, moments, slot_of)
        shaken.append(ShakenTime(shaker.name, shaker.planned_s, shaker.exported_s))
    return tuple(moments), tuple(shaken)


def _shakers(layout: DeckLayout) -> list[_Shaker]:
    return [
        _Shaker(placed.on, device, placed.name, slots_around(placed.slot))
        for placed in layout.labware
        if placed.on is not None
        and placed.slot is not None
        and isinstance(device := layout.devices.get(placed.on), Shaker)
    ]


def _replanned(
    shaker: _Shaker, moments: Sequence[Moment], slot_of: Mapping[str, int]
) -> list[Moment]:
    visits = [shaker.disturbed_by(moment.operation, slot_of) for moment in moments]
    worth_s = shaker.layout.start_s + shaker.layout.stop_s + WORTH_S
    found: list[Moment] = []
    for index, moment in enumerate(moments):
        until_s = moments[index + 1].at_s if index + 1 < len(moments) else moment.at_s
        free_s = _free_s(moments, visits, index)
        if isinstance(moment.operation, Shake) and moment.operation.device == shaker.name:
            found += _commanded(shaker, moment, worth=free_s >= worth_s)
        else:
            if visits[index] and shaker.running_rpm:
                found.append(shaker.act(0.0, moment.at_s - shaker.layout.stop_s))
            found.append(moment)
            if shaker.wanted_rpm and not shaker.running_rpm and free_s >= worth_s:
                found.append(shaker.act(shaker.wanted_rpm, moment.at_s + moment.blocks_s))
        shaker.planned_s += (until_s - moment.at_s) * (shaker.wanted_rpm > 0)
        shaker.exported_s += (until_s - moment.at_s) * (shaker.running_rpm > 0)
    return found


def _commanded(shaker: _Shaker, moment: Moment, *, worth: bool) -> list[Moment]:
    """What becomes of a start or stop of the schedule: done, or only noted down."""
    operation = moment.operation
    assert isinstance(operation, Shake)  # noqa: S101 - the caller has looked
    shaker.wanted_rpm = operation.speed_rpm
    stops = operation.speed_rpm == 0 and shaker.running_rpm > 0
    if stops or (operation.speed_rpm > 0 and worth):
        shaker.running_rpm = operation.speed_rpm
        return [moment]
    return [replace(moment, part="told", blocks_s=0.0)]


def _free_s(moments: Sequence[Moment], visits: Sequence[bool], index: int) -> float:
    """How long nobody comes near after a moment, until the next visit or the end."""
    begin_s = moments[index].at_s + moments[index].blocks_s
    for moment, visit in zip(moments[index + 1 :], visits[index + 1 :], strict=True):
        if visit:
            return moment.at_s - begin_s
    return moments[-1].at_s + moments[-1].blocks_s - begin_s
