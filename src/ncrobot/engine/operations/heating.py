"""Set a temperature and, if asked, wait until the readback agrees."""

from __future__ import annotations

from ncrobot.devices import TemperatureControl
from ncrobot.engine.acts import act
from ncrobot.engine.faults import Counsel, GivenUpError
from ncrobot.engine.operations.failing import failed, insist
from ncrobot.engine.outcome import DONE, Ended
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.faults import Act
from ncrobot.plan.operations import SetTemperature

POLL_S = 5.0
"""How often the readback is asked for."""

LEAST_PATIENCE_S = 600.0
"""A device gets at least this, and twice the planned time, before it has failed."""


async def set_temperature(run: Run, operation: SetTemperature) -> Ended:
    """Give the setpoint and wait until it is reached, or until that is given up."""
    control = run.workcell.temperature(operation.device)
    counsel = Counsel(run, operation)
    run.check()
    planned_s = run.timing.entry(operation.id).duration_s

    async def attempt() -> None:
        await give_setpoint(run, operation.id, operation.device, control, operation.temperature_c)
        if operation.wait and operation.temperature_c is not None:
            await settle(
                run, operation.device, control, operation.temperature_c,
                tolerance_c=operation.tolerance_c, planned_s=planned_s,
            )  # fmt: skip

    try:
        await insist(counsel, Act.SET_TEMPERATURE, attempt)
    except GivenUpError as given_up:
        return failed(counsel, given_up)
    return DONE


async def give_setpoint(
    run: Run,
    operation: str | None,
    device: str,
    control: TemperatureControl,
    temperature_c: float | None,
) -> None:
    """Give a device its setpoint, as one act.

    Raises:
        DeviceError: it refused or failed.

    """
    await act(
        run, operation, "set_temperature", device,
        lambda: control.set_temperature(temperature_c),
        {"device": device, "temperature_c": temperature_c},
    )  # fmt: skip


async def settle(
    run: Run,
    device: str,
    control: TemperatureControl,
    temperature_c: float,
    *,
    tolerance_c: float,
    planned_s: float,
) -> None:
    """Wait until the readback is within the tolerance.

    Raises:
        DeviceError: it is not there in time.
        StoppedError: the run is ending.

    """
    patience_s = max(2 * planned_s, LEAST_PATIENCE_S)
    give_up_s = run.clock.now_s() + patience_s
    while True:
        readback_c = await control.read_temperature_c()
        if abs(readback_c - temperature_c) <= tolerance_c:
            return
        if run.clock.now_s() >= give_up_s:
            raise DeviceError(
                f"is at {readback_c:.1f} °C after {patience_s:g} s, not at {temperature_c:g} °C",
                device=device,
                kind=DeviceErrorKind.TEMPERATURE_NOT_REACHED,
                moved=False,
            )
        run.journal.flush()
        with run.interruptible():
            await run.clock.sleep(POLL_S)
