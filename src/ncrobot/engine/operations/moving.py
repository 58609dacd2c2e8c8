"""Move a plate with the gripper, to a device or home."""

from __future__ import annotations

from contextlib import AsyncExitStack

from ncrobot.engine.acts import act
from ncrobot.engine.operations.failing import failed
from ncrobot.engine.outcome import DONE, Ended
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError
from ncrobot.events import ExitStatus
from ncrobot.plan.operations import MovePlate


async def move_plate(run: Run, operation: MovePlate) -> Ended:
    """Carry the plate; if nobody knows where it is, the run can't go on."""
    arm = run.workcell.arm
    run.check()
    try:
        async with AsyncExitStack() as held:
            await held.enter_async_context(run.interlocks.reaching([operation.labware]))
            if operation.to in run.workcell.devices:
                await held.enter_async_context(run.interlocks.nest(operation.to))
            await act(
                run, operation.id, "move_labware", arm.name,
                lambda: arm.move_labware(operation.labware, operation.to),
                {"labware": operation.labware, "to": operation.to}, wells=operation.wells,
            )  # fmt: skip
    except DeviceError as error:
        if error.moved is not False:
            run.end(ExitStatus.FAILED, f"nobody knows where {operation.labware} is: {error}")
        return failed(run, operation, error, "abandon")
    run.interlocks.moved(operation.labware, operation.to)
    return DONE
