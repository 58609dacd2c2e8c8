"""Move a plate with the gripper, to a device or home."""

from __future__ import annotations

from ncrobot.engine.acts import act
from ncrobot.engine.faults import Counsel, GivenUpError
from ncrobot.engine.operations.drawers import open_drawers, release_clamps, shut_drawers
from ncrobot.engine.operations.failing import failed, insist, kept_out
from ncrobot.engine.outcome import DONE, Ended
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError
from ncrobot.faults import Act
from ncrobot.plan.operations import MovePlate


async def move_plate(run: Run, operation: MovePlate) -> Ended:
    """Carry the plate; if nobody knows where it is, the run can't go on."""
    arm, counsel = run.workcell.arm, Counsel(run, operation)
    run.check()

    async def attempt() -> None:
        try:
            async with run.interlocks.handing(operation.labware, operation.to) as devices:
                await release_clamps(run, devices)
                await open_drawers(run, devices)
                await act(
                    run, operation.id, "move_labware", arm.name,
                    lambda: arm.move_labware(operation.labware, operation.to),
                    {"labware": operation.labware, "to": operation.to}, wells=operation.wells,
                )  # fmt: skip
                run.interlocks.moved(operation.labware, operation.to)
                await shut_drawers(run, devices)
        except DeviceError as error:
            raise kept_out(run, error) from error

    try:
        await insist(counsel, Act.MOVE_PLATE, attempt)
    except GivenUpError as given_up:
        return failed(counsel, given_up)
    return DONE
