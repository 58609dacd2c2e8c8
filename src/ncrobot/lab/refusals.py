"""What a lab refuses, in words."""

from __future__ import annotations

import re
from pathlib import Path

from ncrobot.errors import Diagnostic, LabError, RunError

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
"""Files are named after runs: an id is one plain name, and never a way to another folder."""


def check_run_id(run: str) -> None:
    """Refuse what can't be the id of a run.

    Raises:
        LabError: it isn't one plain name.
    """
    if _RUN_ID.fullmatch(run):
        return
    raise LabError(
        Diagnostic(
            code="bad-run-id",
            message="this can't be the id of a run: files are named after it",
            quantity="run",
            found=repr(run),
            allowed="1 to 80 letters, digits, dots, '-' and '_', a letter or digit first",
            fix="give another id with --run, or none",
        )
    )


def run_exists(run: str) -> LabError:
    """Two runs have never the same id."""
    return LabError(
        Diagnostic(
            code="run-exists",
            message=f"there is a run {run!r} already",
            fix="give another id with --run, or none; 'ncrobot resume' takes up one that broke off",
        )
    )


def record_lost(run: str, error: LabError) -> RunError:
    """A run whose record couldn't be written to its end: what it did is known as far as it is."""
    return RunError(
        f"run {run!r} was ended, and its devices sent to their safe state: its record can't be "
        f"written any more\n{error}\n    then: 'ncrobot resume {run}' tells what is known, asks "
        "about the rest, and goes on"
    )


def is_over(run: str) -> LabError:
    """A run that succeeded isn't resumed."""
    return LabError(
        Diagnostic(
            code="run-is-over",
            message=f"run {run!r} succeeded: there is nothing to resume",
            fix="start a new run with 'ncrobot run'",
        )
    )


def world_is_gone(run: str, world: Path) -> LabError:
    """A simulated run can't go on without what its world has kept."""
    return LabError(
        Diagnostic(
            code="world-is-gone",
            message=f"the simulated world of run {run!r} is gone: who knows what is in its wells",
            file=str(world),
            fix="start a new run; only what the world has kept can be resumed",
        )
    )


def other_robot(run: str, ran_on: str, robot: str, deck: Path) -> LabError:
    """A run tells nothing about the times of another robot."""
    return LabError(
        Diagnostic(
            code="other-robot",
            message=f"run {run!r} can't calibrate this layout: it ran on another robot",
            file=str(deck),
            found=robot,
            allowed=ran_on,
            fix="give the layout of the robot that the run was made on",
        )
    )
