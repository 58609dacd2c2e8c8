"""Watching levels: what the rest of the plan runs out of is told as soon as it is known."""

from __future__ import annotations

from ncrobot.engine.interlocks.levels import shortages
from ncrobot.engine.outcome import Result
from ncrobot.engine.run import Run
from ncrobot.events import EventKind
from ncrobot.plan.operations import Refill


def watch_levels(run: Run) -> None:
    """Write down every shortage that wasn't told yet."""
    for short in shortages(run):
        if short.key in run.told_short:
            continue
        run.told_short.add(short.key)
        run.journal.write(
            EventKind.LEVEL_LOW,
            {**short.data(), "text": short.told(run.now_s())},
            operation=short.operation,
            wells=short.wells,
        )


def watch_after(run: Run, operation: object, result: Result) -> None:
    """Look at the levels again where something went otherwise than planned.

    What goes as planned was checked with the plan, and a look costs as much as the rest is long.
    """
    tips_lost = run.tips.lost
    if result not in (Result.DONE, Result.SKIPPED) or tips_lost != run.tips_lost_before:
        run.tips_lost_before = tips_lost
        watch_levels(run)
    elif isinstance(operation, Refill):
        watch_levels(run)
