"""Shake: bring a shaker to a speed; 0 stops and homes it."""

from __future__ import annotations

from ncrobot.engine.acts import act
from ncrobot.engine.faults import Counsel, GivenUpError
from ncrobot.engine.operations.failing import failed, insist
from ncrobot.engine.outcome import DONE, Ended
from ncrobot.engine.run import Run
from ncrobot.faults import Act
from ncrobot.plan.operations import Shake


async def shake(run: Run, operation: Shake) -> Ended:
    """Reach the speed while the arm is out of the nest.

    A shaker that doesn't start flags its wells and they go on. One of which nobody knows whether it
    stands where it should costs its wells, unless a person says that the arm may come down on them.
    """
    shaker = run.workcell.shaker(operation.device)
    counsel = Counsel(run, operation)
    run.check()

    async def attempt() -> None:
        async with run.interlocks.nest(operation.device):
            await act(
                run, operation.id, "shake", operation.device,
                lambda: shaker.shake(operation.speed_rpm),
                {
                    "device": operation.device,
                    "labware": operation.labware,
                    "speed_rpm": operation.speed_rpm,
                },
                wells=operation.wells,
            )  # fmt: skip

    try:
        await insist(counsel, Act.SHAKE if operation.speed_rpm > 0 else Act.STOP_SHAKING, attempt)
    except GivenUpError as given_up:
        return failed(counsel, given_up)
    return DONE
