"""Do the shakers run when the plan wants it, and stand still while someone is at their plate?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from ncrobot.deck.layout import Shaker
from ncrobot.errors import Diagnostic
from ncrobot.plan import Background
from ncrobot.scheduler.checking.case import TOLERANCE_S, Case, fault, reached

# A gap between two visits is used if it leaves this much shaking beyond starting and stopping, and
# then all of it but this much (a schedule may count in whole seconds).
WORTH_S = 10.0
ROUNDING_S = 1.0

_ANY = "any labware"
"""Where a person is, for all that is known."""


@dataclass(frozen=True, slots=True)
class Motion:
    """A plate moves from the start of a command until the end of the next one."""

    device: str
    labware: str
    speed_rpm: float
    begin_s: float
    end_s: float
    cause: str


def shaking(case: Case) -> Iterator[Diagnostic]:
    """Visits to plates that move, motion that nobody asked for, and motion that is missing."""
    motions = _motions(case)
    visited = _Visited(case)
    planned = {operation.id for operation in case.plan.operations}
    for motion in motions:
        yield from visited.during(motion)
        if motion.cause not in planned and not _asked(case, motion):
            message = f"{motion.cause} shakes {motion.labware} when no step of the plan wants it"
            yield fault("shakes-unasked", message, case.operations[motion.cause])
    for background in case.plan.backgrounds:
        yield from _missing(case, background, motions)


def _motions(case: Case) -> list[Motion]:
    """Replay every shaker's commands."""
    motions = []
    running: dict[str, tuple[str, float, float, str]] = {}
    for entry in sorted(case.schedule.entries, key=lambda entry: (entry.start_s, entry.end_s)):
        operation = case.operations[entry.operation]
        if operation.kind != "shake":
            continue
        before = running.pop(operation.device, None)
        if before is not None:
            labware, speed_rpm, begin_s, cause = before
            motions.append(
                Motion(operation.device, labware, speed_rpm, begin_s, entry.end_s, cause)
            )
        if operation.speed_rpm > 0:
            running[operation.device] = (
                operation.labware,
                operation.speed_rpm,
                entry.start_s,
                operation.id,
            )
    for device, (labware, speed_rpm, begin_s, cause) in running.items():
        motions.append(Motion(device, labware, speed_rpm, begin_s, float("inf"), cause))
    return motions


class _Visited:
    """What reaches into labware, and what a person does, by time."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._starts_s: dict[str, list[float]] = {}
        self._visits: dict[str, list[tuple[float, str]]] = {}
        for entry in sorted(case.schedule.entries, key=lambda entry: entry.start_s):
            operation = case.operations[entry.operation]
            places = reached(operation)
            if operation.kind == "person" and operation.takes_s > 0:
                places = frozenset((_ANY,))
            for place in places:
                visits = self._visits.setdefault(place, [])
                latest_s = max(visits[-1][0] if visits else 0.0, entry.end_s)
                visits.append((latest_s, entry.operation))
                self._starts_s.setdefault(place, []).append(entry.start_s)

    def during(self, motion: Motion) -> Iterator[Diagnostic]:
        """A fault for every visit while a plate moves."""
        for name in self._at(motion.labware, motion):
            message = f"{name} reaches into {motion.labware} as it shakes"
            yield fault("arm-in-shaking-plate", message, self._case.operations[name])
        for name in self._at(_ANY, motion):
            message = f"a person is asked to do {name} as {motion.labware} shakes"
            yield fault("person-at-shaking-plate", message, self._case.operations[name])

    def _at(self, place: str, motion: Motion) -> Iterator[str]:
        starts_s = self._starts_s.get(place, [])
        index = bisect_left(starts_s, motion.end_s - TOLERANCE_S)
        while index > 0 and self._visits[place][index - 1][0] > motion.begin_s + TOLERANCE_S:
            index -= 1
            name = self._visits[place][index][1]
            if self._case.entries[name].end_s > motion.begin_s + TOLERANCE_S:
                yield name


def _span(case: Case, background: Background) -> tuple[float, float]:
    """When a background begins and when it has to be over."""
    ends_s = [case.entries[name].end_s for name in background.starts_after] or [0.0]
    if background.ends_before:
        return min(ends_s), max(case.entries[name].start_s for name in background.ends_before)
    if background.for_s is not None:
        return min(ends_s), max(ends_s) + background.for_s
    rest = [e.end_s for e in case.schedule.entries if case.operations[e.operation].kind != "shake"]
    return min(ends_s), max(rest, default=0.0)


def _asked(case: Case, motion: Motion) -> bool:
    for background in case.plan.backgrounds:
        on_s, off_s = _span(case, background)
        if (background.device, background.labware, background.speed_rpm) != (
            motion.device,
            motion.labware,
            motion.speed_rpm,
        ):
            continue
        if on_s - TOLERANCE_S <= motion.begin_s and motion.end_s <= off_s + ROUNDING_S:
            return True
        # It may be handed over to a command of the plan, which changes the speed.
        if on_s - TOLERANCE_S <= motion.begin_s < off_s and any(
            case.operations[name].kind == "shake" for name in background.ends_before
        ):
            return True
    return False


def _missing(case: Case, background: Background, motions: list[Motion]) -> Iterator[Diagnostic]:
    device = case.plan.deck.devices.get(background.device)
    if not isinstance(device, Shaker):
        message = f"{background.device} is no shaker, but {background.step} shakes on it"
        yield fault("no-shaker", message, line=background.line)
        return
    on_s, off_s = _span(case, background)
    cursor_s = on_s
    for begin_s, end_s in [*_visits(case, background.labware), (off_s, off_s)]:
        gap_s = min(begin_s, off_s) - cursor_s
        if gap_s > device.stop_s + device.start_s + WORTH_S + 2 * ROUNDING_S and not any(
            motion.labware == background.labware
            and motion.speed_rpm == background.speed_rpm
            and motion.begin_s <= cursor_s + ROUNDING_S
            and motion.end_s >= min(begin_s, off_s) - ROUNDING_S
            for motion in motions
        ):
            message = (
                f"{background.labware} isn't shaken from {cursor_s:g} s to "
                f"{min(begin_s, off_s):g} s, as {background.step} wants it"
            )
            yield fault("not-shaken", message, line=background.line)
        cursor_s = max(cursor_s, end_s)


def _visits(case: Case, labware: str) -> list[tuple[float, float]]:
    """When someone is at a plate, or it isn't in its place."""
    visits = []
    left_s: float | None = None
    for entry in case.schedule.entries:
        operation = case.operations[entry.operation]
        at_work = operation.kind == "person" and operation.takes_s > 0
        if at_work or labware in reached(operation):
            visits.append((entry.start_s, entry.end_s))
        if operation.kind == "move_plate" and operation.labware == labware:
            if operation.to != "home":
                left_s = entry.start_s if left_s is None else left_s
            elif left_s is not None:
                visits.append((left_s, entry.end_s))
                left_s = None
    if left_s is not None:
        visits.append((left_s, float("inf")))
    return sorted(visits)
