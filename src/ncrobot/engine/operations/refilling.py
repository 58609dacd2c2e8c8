"""Refill: a person puts a newly made lot of a stock in the place of what is left."""

from __future__ import annotations

from ncrobot.devices import Question
from ncrobot.engine.operations.asking import answer_within_s, ask
from ncrobot.engine.outcome import DONE, Ended, Result
from ncrobot.engine.run import Run
from ncrobot.events import ExitStatus
from ncrobot.plan.operations import Refill


async def refill(run: Run, operation: Refill) -> Ended:
    """Ask for the new lot; without an answer the old one stays, and each use tells its age."""
    answer = await ask(
        run,
        operation.id,
        Question(
            text=_text(operation),
            choices=("done", "skip", "stop"),
            default="skip",
            answer_within_s=answer_within_s(run, operation.id, operation.takes_s, None),
            expected_s=operation.takes_s,
            stock=operation.stock,
            refill_ul=dict(operation.wells_ul),
        ),
    )
    if answer == "stop":
        run.end(ExitStatus.ABORTED, f"{operation.id}: stopped by a person")
        return Ended(Result.NOT_DONE, "stopped")
    if answer == "skip":
        return Ended(Result.NOT_DONE, f"lot {operation.lot} of {operation.stock} was not brought")
    for address, volume_ul in operation.wells_ul.items():
        run.books.refill(address, operation.stock, volume_ul)
    await run.workcell.arm.refill(operation.wells_ul)
    entry = run.timing.entry(operation.id)
    run.lots.refilled(
        operation.stock, operation.lot, tuple(operation.wells_ul), run.now_s() - entry.end_s
    )
    return DONE


def _text(operation: Refill) -> str:
    places = ", ".join(f"{volume_ul:g} µL in {a}" for a, volume_ul in operation.wells_ul.items())
    return (
        f"Throw away what is left of {operation.stock} and put in the newly made lot "
        f"{operation.lot}: {places}."
    )
