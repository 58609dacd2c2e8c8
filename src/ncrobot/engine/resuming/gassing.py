"""Gas that was broken off: the valve has shut itself since; how long it flowed has bounds."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.deck.layout import Gas
from ncrobot.devices import Question
from ncrobot.engine.operations.asking import ask
from ncrobot.engine.operations.gassing import READ_EVERY_S
from ncrobot.engine.resuming.recalling import Act, BrokenOff, Recalled
from ncrobot.engine.run import Run
from ncrobot.events import EventKind
from ncrobot.plan.operations import LetGas

ANSWER_WITHIN_S = 300.0
"""Time for a person to look at the plate (assumed: they are called, and walk to the robot)."""

ENOUGH, REST, ABANDON = "enough", "rest", "abandon"


@dataclass(frozen=True, slots=True)
class Flowed:
    """For how long gas flowed, at least and at most."""

    least_s: float
    most_s: float

    def __str__(self) -> str:
        if self.most_s - self.least_s < 1:
            return f"{self.least_s:.0f} s"
        return f"{self.least_s:.0f} to {self.most_s:.0f} s"


def flowed_before(run: Run, operation: LetGas, broken: BrokenOff) -> Flowed | None:
    """Tell from the record how long it flowed; None if the valve was never told to open.

    Between two readings nobody wrote anything down, and after the last order the valve stayed open
    until its watchdog shut it.
    """
    told = [each for each in broken.acts if each.name in ("set_flow", "gas_read")]
    if not told:
        return None
    last = told[-1]
    least_s = max(float(each.data["flowed_s"]) for each in told)
    is_shut = last.name == "set_flow" and last.data["flow_ml_per_min"] == 0
    if is_shut and last.outcome is EventKind.DONE:
        return Flowed(least_s, least_s)
    layout = run.plan.deck.devices.get(operation.device)
    doubt_s = layout.watchdog_s if isinstance(layout, Gas) else 0.0
    return Flowed(least_s, least_s + doubt_s + (0.0 if is_shut else READ_EVERY_S))


def gas_question(run: Run, operation: LetGas, broken: BrokenOff) -> str:
    """What a person would be asked; empty where all of it has flowed, or none."""
    flowed = flowed_before(run, operation, broken)
    if flowed is None or flowed.least_s >= operation.for_s:
        return ""
    mind = f" Mind: {'; '.join(operation.hazards)}." if operation.hazards else ""
    return (
        f"{operation.id}: it was broken off while {operation.gas} flowed over "
        f"{operation.labware}, after {flowed} of {operation.for_s:.0f} s; the valve is shut. "
        f"{REST!r} lets it flow for the rest, {ENOUGH!r} goes on without, {ABANDON!r} gives the "
        f"wells up.{mind}"
    )


async def settle_gas(run: Run, operation: LetGas, broken: BrokenOff, recalled: Recalled) -> None:
    """Close the open acts, and ask whether the rest is to flow; nothing flows before.

    Raises:
        StoppedError: the run is ending.

    """
    flowed = flowed_before(run, operation, broken)
    question = gas_question(run, operation, broken)
    for each in broken.acts:
        if each.is_open:
            _close(run, broken, each)
    if flowed is None:
        return
    if not question:
        _is_over(run, operation, broken, recalled)
        return
    answer = await ask(
        run,
        operation.id,
        Question(
            text=question,
            choices=(ENOUGH, REST, ABANDON),
            default=ENOUGH,
            answer_within_s=ANSWER_WITHIN_S,
            expected_s=0.0,
        ),
    )
    wells = run.reach.concerned(operation)
    reason = f"{operation.id}: {operation.gas} was broken off after {flowed}"
    if answer == ABANDON:
        run.fates.flag(wells, reason, "abandon", operation.id)
    elif answer == REST:
        run.gas_flowed_s[operation.id] = flowed.least_s
        run.fates.flag(wells, f"{reason}, the rest came later", "continue", operation.id)
    else:
        run.fates.flag(wells, f"{reason} of {operation.for_s:.0f} s", "continue", operation.id)
    if answer != REST:
        _is_over(run, operation, broken, recalled)


def _is_over(run: Run, operation: LetGas, broken: BrokenOff, recalled: Recalled) -> None:
    run.timing.recall({operation.id: broken.start_s}, {operation.id: recalled.last_s})


def _close(run: Run, broken: BrokenOff, act: Act) -> None:
    data = {
        "error": "the controller died in the middle of it; the valve has shut itself",
        "error_kind": "controller_died",
    }
    run.journal.write(
        EventKind.UNKNOWN, data, operation=broken.operation, act=act.name, wells=act.wells
    )
    act.outcome = EventKind.UNKNOWN
