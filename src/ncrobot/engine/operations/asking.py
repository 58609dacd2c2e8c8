"""Ask a person, with a default answer at a deadline: no question may block the night."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ncrobot.devices import Question
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError
from ncrobot.events import EventKind

GRACE_S = (60.0, 3600.0)
"""Least and most time for an answer beyond the task's own, where the protocol states none.

In between, it is what the schedule can wait before a lag breaks.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """The choice that holds, and whether a person made it in time."""

    choice: str
    answered: bool


def answer_within_s(run: Run, operation: str, takes_s: float, stated_s: float | None) -> float:
    """Return when the default answer holds, in seconds from the asking."""
    if stated_s is not None:
        return stated_s
    slack_s = run.timing.entry(operation).slack_s
    return takes_s + min(max(slack_s, GRACE_S[0]), GRACE_S[1])


async def ask(run: Run, operation: str, question: Question) -> str:
    """Ask and return the answer, or the default when the time is over or the person can't be asked.

    Raises:
        StoppedError: the run is ending.

    """
    return (await put(run, operation, question)).choice


async def put(run: Run, operation: str, question: Question, **told: Any) -> Answer:
    """Ask, and tell also who chose; what else is ``told`` goes into the record with the question.

    Raises:
        StoppedError: the run is ending.

    """
    run.journal.write(
        EventKind.QUESTION,
        {
            "text": question.text,
            "choices": list(question.choices),
            "default": question.default,
            "answer_within_s": question.answer_within_s,
            **told,
        },
        operation=operation,
    )
    run.journal.flush()
    answer = await _answer(run, question)
    valid = answer in question.choices
    chosen = answer if answer is not None and valid else question.default
    run.journal.write(EventKind.ANSWER, {"answer": chosen, "answered": valid}, operation=operation)
    return Answer(chosen, valid)


async def _answer(run: Run, question: Question) -> str | None:
    asking = asyncio.ensure_future(run.workcell.operator.ask(question))
    deadline = asyncio.ensure_future(run.clock.sleep(question.answer_within_s))
    try:
        with run.interruptible():
            await asyncio.wait({asking, deadline}, return_when=asyncio.FIRST_COMPLETED)
        try:
            return asking.result() if asking.done() else None
        except DeviceError:
            return None
    finally:
        for task in (asking, deadline):
            task.cancel()
            with suppress(asyncio.CancelledError, DeviceError):
                await task
