"""Ask a person to do something for the plate."""

from __future__ import annotations

from ncrobot.devices import Question
from ncrobot.engine.operations.asking import answer_within_s, ask
from ncrobot.engine.outcome import DONE, Ended, Result
from ncrobot.engine.run import Run
from ncrobot.events import ExitStatus
from ncrobot.plan.operations import AskPerson


async def ask_person(run: Run, operation: AskPerson) -> Ended:
    """Ask; ``skip`` flags the wells and goes on, ``stop`` ends the run."""
    wells = run.reach.concerned(operation)
    leave_ul = _leave_ul(run, operation, wells)
    answer = await ask(
        run,
        operation.id,
        Question(
            text=_text(operation),
            choices=("done", "skip", "stop"),
            default=operation.default,
            answer_within_s=answer_within_s(
                run, operation.id, operation.takes_s, operation.answer_within_s
            ),
            expected_s=operation.takes_s,
            leave_ul=leave_ul,
        ),
    )
    if answer == "stop":
        run.end(ExitStatus.ABORTED, f"{operation.id}: stopped by a person or by default")
        return Ended(Result.NOT_DONE, "stopped")
    if answer == "skip":
        run.fates.flag(wells, f"{operation.id} was skipped", "continue", operation.id)
        return Ended(Result.NOT_DONE, "skipped")
    for address, left_ul in leave_ul.items():
        run.books.take_out(address, left_ul)
    if leave_ul:
        await run.workcell.arm.load({a: run.books.volume_ul(a) for a in leave_ul})
    return DONE


def _text(operation: AskPerson) -> str:
    warnings = f" Mind: {'; '.join(operation.hazards)}." if operation.hazards else ""
    return operation.task + warnings


def _leave_ul(run: Run, operation: AskPerson, wells: tuple[str, ...]) -> dict[str, float]:
    """Volume that may stay in each well: a fraction of the most that has been in it."""
    if operation.max_fraction_left is None:
        return {}
    addresses = [f"{run.plan.vessel_labware}/{well}" for well in wells]
    return {a: operation.max_fraction_left * run.books.volume_ul(a) for a in addresses}
