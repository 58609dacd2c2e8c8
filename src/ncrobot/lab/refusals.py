"""What a lab refuses, in words."""

from __future__ import annotations

from pathlib import Path

from ncrobot.errors import Diagnostic, LabError


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
