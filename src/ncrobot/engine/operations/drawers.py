"""Drawers and clamps: open while the gripper is there, by their own readback."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from ncrobot.devices import PlateClamp
from ncrobot.engine.acts import act
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError, DeviceErrorKind


async def open_drawers(run: Run, devices: Iterable[str]) -> None:
    """Open the drawers of devices that have some, and see that they stand open.

    Raises:
        DeviceError: one doesn't open; the gripper hasn't moved.

    """
    for device in devices:
        drawer = run.interlocks.drawer(device)
        if drawer is not None and not await run.interlocks.is_open(device):
            await act(run, None, "open_drawer", device, drawer.open_drawer, {"device": device})
        await run.interlocks.check_open(device)


async def release_clamps(run: Run, devices: Iterable[str]) -> None:
    """Let shakers that hold their plate let it go; they hold it again before they shake.

    Raises:
        DeviceError: one doesn't let go, or doesn't tell; the gripper hasn't moved.

    """
    for device in devices:
        clamp: object = run.workcell.devices.get(device)
        if not isinstance(clamp, PlateClamp) or await clamp.read_clamped() is False:
            continue
        await act(run, None, "release_clamp", device, clamp.release, {"device": device})
        if await clamp.read_clamped() is not False:
            message = f"interlock: the clamp of {device} doesn't stand open"
            raise DeviceError(
                message, device=run.workcell.arm.name, kind=DeviceErrorKind.REFUSED, moved=False
            )


async def shut_drawers(run: Run, devices: Iterable[str]) -> None:
    """Shut them. One that stays open is in the record, and keeps the device from measuring."""
    for device in devices:
        drawer = run.interlocks.drawer(device)
        if drawer is not None:
            with suppress(DeviceError):
                await act(
                    run, None, "close_drawer", device, drawer.close_drawer, {"device": device}
                )
