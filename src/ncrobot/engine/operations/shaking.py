"""Shake: bring a shaker to a speed; 0 stops and homes it."""

from __future__ import annotations

from ncrobot.engine.acts import act
from ncrobot.engine.operations.failing import failed
from ncrobot.engine.outcome import DONE, Ended
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError
from ncrobot.plan.operations import Shake


async def shake(run: Run, operation: Shake) -> Ended:
    """Reach the speed while the arm is out of the nest.

    A shaker that doesn't start flags its wells and they go on. One that doesn't stop is kept from
    the arm by the interlock: the wells are lost where the arm would have come down on them.
    """
    shaker = run.workcell.shaker(operation.device)
    run.check()
    try:
        async with run.interlocks.nest(operation.device):
            await act(
                run, operation.id, "shake", operation.device,
                lambda: shaker.shake(operation.speed_rpm),
                {"labware": operation.labware, "speed_rpm": operation.speed_rpm},
                wells=operation.wells,
            )  # fmt: skip
    except DeviceError as error:
        return failed(run, operation, error, "continue")
    return DONE
