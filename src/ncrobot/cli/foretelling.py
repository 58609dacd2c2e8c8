"""Warns before a run of samples that the instruments couldn't measure in time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ncrobot import console
from ncrobot.errors import LabError

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.plan import Plan
    from ncrobot.schedule import Schedule


def warn_of_samples(plan: Plan, times: Schedule, instruments: Path | None, database: Path) -> None:
    """Tell for each instrument how many samples of a plan would be too old, and what would help.

    A file of instruments that can't be read is told, and keeps nothing from running.
    """
    if instruments is None or not plan.samples:
        return
    from ncrobot.lab.sampling import Sampling

    try:
        with Sampling.open(database, instruments) as lab:
            found = lab.forecast_plan(plan, times)
    except LabError as error:
        console.warnings(
            [f"no forecast of the samples: {each.message}" for each in error.diagnostics]
        )
        return
    told = []
    for each in found:
        if each.too_late:
            every = each.take_every
            rule = f" Queue them by 'queue submit RUN --every {each.instrument}={every}'."
            told.append(each.told() + (rule if every else ""))
    console.warnings(told)
