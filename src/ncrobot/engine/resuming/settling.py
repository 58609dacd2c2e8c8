"""Settling: what nobody knows after a run broke off is asked, read back, or taken for the worse."""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.devices import Question
from ncrobot.engine.operations.asking import ask
from ncrobot.engine.operations.delivering import Deliveries
from ncrobot.engine.resuming.gassing import gas_question, settle_gas
from ncrobot.engine.resuming.plunger import settle_pump
from ncrobot.engine.resuming.recalling import Act, BrokenOff, Recalled
from ncrobot.engine.resuming.restoring import legs_of
from ncrobot.engine.run import Run
from ncrobot.events import EventKind, ExitStatus
from ncrobot.liquids import LedgerError
from ncrobot.plan.operations import Leg, LetGas, PumpDose, Transfer

ANSWER_WITHIN_S = 300.0
"""Time for a person to look at the plate (assumed: they are called, and walk to the robot)."""

UNKNOWN, ARRIVED, MISSING = "unknown", "arrived", "missing"


async def settle(run: Run, recalled: Recalled) -> None:
    """Give every open act an outcome; ask where only a person can tell.

    Raises:
        StoppedError: the run is ending.

    """
    for broken in recalled.broken_off.values():
        operation = run.order.operations.get(broken.operation)
        if isinstance(operation, PumpDose):
            await settle_pump(run, operation, broken)
            continue
        if isinstance(operation, LetGas):
            await settle_gas(run, operation, broken, recalled)
            continue
        for act in broken.acts:
            if act.is_open:
                await _settle(run, broken, act, recalled)
            elif act.name == "dispense" and act.outcome is EventKind.UNKNOWN:
                _never_again(run, broken, act)


def question_of(run: Run, broken: BrokenOff, act: Act) -> str:
    """What a person would be asked about an open act; empty where nobody has to be."""
    if act.name == "dispense" and (legs := legs_of(run, broken.operation, act)):
        operation = run.order.operations[broken.operation]
        stock = getattr(operation, "stock", None) or "the liquid"
        volumes = ", ".join(f"{leg.volume_ul:g} µL into {leg.destination}" for leg in legs)
        return (
            f"{broken.operation}: the controller died while it dispensed {stock}: {volumes}. "
            f"Did it arrive? If you say {MISSING!r} and it did, it is doubled there; "
            f"{UNKNOWN!r} abandons {_wells(run, legs)}."
        )
    if act.name == "move_labware":
        return (
            f"{broken.operation}: the controller died while the arm carried "
            f"{act.data['labware']} to {act.data['to']}. Is it there?"
        )
    gas = run.order.operations.get(broken.operation)
    return gas_question(run, gas, broken) if isinstance(gas, LetGas) else ""


async def _settle(run: Run, broken: BrokenOff, act: Act, recalled: Recalled) -> None:
    if act.name == "aspirate":
        _suppose_drawn(run, act)
    elif act.name == "dispense" and (legs := legs_of(run, broken.operation, act)):
        answer = await _ask(run, broken, act, (UNKNOWN, ARRIVED, MISSING))
        _dispensed(run, broken, legs, answer, recalled.last_s)
        if answer != UNKNOWN:
            outcome = EventKind.DONE if answer == ARRIVED else EventKind.NOT_DONE
            _close(run, broken, act, outcome, f"a person says: {answer}")
            return
    elif act.name == "move_labware":
        answer = await _ask(run, broken, act, (UNKNOWN, "there", "not moved"))
        if answer == UNKNOWN:
            reason = f"nobody knows where {act.data['labware']} is"
            _close(run, broken, act, EventKind.UNKNOWN, reason)
            run.end(ExitStatus.FAILED, f"{reason}: put it on its place and resume again")
            return
        if answer == "there":
            run.interlocks.moved(act.data["labware"], act.data["to"])
            run.timing.recall(
                {broken.operation: broken.start_s}, {broken.operation: recalled.last_s}
            )
    _close(run, broken, act, EventKind.UNKNOWN, "the controller died in the middle of it")


async def _ask(run: Run, broken: BrokenOff, act: Act, choices: tuple[str, ...]) -> str:
    """Ask a person; the first choice is the default."""
    question = Question(
        text=question_of(run, broken, act),
        choices=choices,
        default=choices[0],
        answer_within_s=ANSWER_WITHIN_S,
        expected_s=0.0,
    )
    return await ask(run, broken.operation, question)


def _suppose_drawn(run: Run, act: Act) -> None:
    """Take the liquid as drawn: then no later move can overdraw the source."""
    for move in act.data["moves"]:
        try:
            run.books.draw(move["channel"], move["address"], move["volume_ul"])
        except LedgerError:
            continue  # it can't have been drawn


def _never_again(run: Run, broken: BrokenOff, act: Act) -> None:
    """Count a dispense that the run itself found unknown as settled: it is in the books.

    A run that died before anybody had decided about it leaves its wells in doubt.
    """
    for leg in legs_of(run, broken.operation, act):
        if not act.failed or leg.channel in act.failed:
            key = (leg.channel, leg.cycle, leg.destination)
            run.settled.setdefault(broken.operation, set()).add(key)
            doubtful = [w for w in run.reach.wells_of_leg(leg) if not run.fates.is_flagged(w)]
            reason = (
                f"{broken.operation}: nobody knows whether {leg.volume_ul:g} µL arrived in "
                f"{leg.destination}, and the controller died before it was decided"
            )
            run.fates.flag(doubtful, reason, "abandon", broken.operation)


def _dispensed(
    run: Run, broken: BrokenOff, legs: Sequence[Leg], answer: str, died_s: float
) -> None:
    if answer == MISSING:
        return
    operation = run.order.operations[broken.operation]
    if not isinstance(operation, Transfer):
        return
    deliveries = Deliveries(run, operation)
    for leg in legs:
        umol = run.books.give(leg.channel, leg.destination, leg.volume_ul)
        run.settled.setdefault(operation.id, set()).add((leg.channel, leg.cycle, leg.destination))
        wells = run.reach.wells_of_leg(leg)
        run.timing.serve(operation.id, wells, broken.start_s, died_s)
        if answer == ARRIVED:
            deliveries.note(leg, umol, delivered_s=died_s)
    run.recalled_deliveries[operation.id] = deliveries.made
    if answer == UNKNOWN:
        lost = [well for leg in legs for well in run.reach.wells_of_leg(leg)]
        volumes = ", ".join(f"{leg.volume_ul:g} µL into {leg.destination}" for leg in legs)
        reason = f"{operation.id}: nobody knows whether {volumes} arrived"
        run.fates.flag(lost, reason, "abandon", operation.id)


def _close(run: Run, broken: BrokenOff, act: Act, outcome: EventKind, why: str) -> None:
    """Write down how an act ended that had no outcome."""
    data = {} if outcome is EventKind.DONE else {"error": why, "error_kind": "controller_died"}
    run.journal.write(outcome, data, operation=broken.operation, act=act.name, wells=act.wells)
    act.outcome = outcome


def _wells(run: Run, legs: Sequence[Leg]) -> str:
    return ", ".join(dict.fromkeys(well for leg in legs for well in run.reach.wells_of_leg(leg)))
