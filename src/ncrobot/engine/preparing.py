"""Before time zero: devices connected and identified, trackers loaded, temperatures reached."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from ncrobot.deck import DeckLayout
from ncrobot.deck.layout import Shaker, SyringePump, TemperatureBlock
from ncrobot.devices import Connectable
from ncrobot.engine.acts import act
from ncrobot.engine.operations.heating import give_setpoint, settle
from ncrobot.engine.outcome import StoppedError
from ncrobot.engine.run import Run
from ncrobot.engine.watching import watch_levels
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan.operations import PumpDose
from ncrobot.statuses import RunStatus, check_transition

TOLERANCE_C = 1.0
"""How near the readback must be to an initial setpoint before the run starts."""


async def prepare(run: Run, user: str) -> None:
    """Bring the workcell to where the schedule begins, and make that moment time zero.

    Times in the record count towards that moment from below: the longest settling of a device.

    Raises:
        StoppedError: the run is ending.

    """
    plan = run.plan
    settling_s = [_settle_s(plan.deck, device) for device in plan.initial_temperatures_c]
    run.journal.expect_start(max(settling_s, default=0.0))
    run.journal.write(
        EventKind.RUN_CREATED,
        {
            "plan_sha256": plan.sha256,
            "protocol": plan.protocol,
            "title": plan.title,
            "deck": plan.deck.name,
            "wells": len(plan.wells),
            "user": user,
        },
    )
    run.journal.flush()
    try:
        await connect(run)
        await run.interlocks.arm_watchdogs()
        await find_zeros(run)
        await turn_magnets(run)
        await reach_temperatures(run, plan.initial_temperatures_c)
        devices = await identities(run)
    except DeviceError as error:
        run.end(ExitStatus.FAILED, f"before the start: {error}")
        raise StoppedError from error
    run.check()
    watch_levels(run)
    run.journal.start()
    check_transition(run.status, RunStatus.RUNNING)
    run.status = RunStatus.RUNNING
    run.journal.write(
        EventKind.RUN_STARTED,
        {"start_wall": run.clock.wall().isoformat(), "devices": devices},
    )


async def connect(run: Run) -> None:
    """Connect everything at once.

    Raises:
        DeviceError: some can't; the error tells all of them.

    """
    connecting = (device.connect() for _, device in run.workcell.everything())
    outcomes = await asyncio.gather(*connecting, return_exceptions=True)
    failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    undefined = [error for error in failed if not isinstance(error, DeviceError)]
    if undefined:
        raise undefined[0]
    if failed:
        raise DeviceError(
            "; ".join(str(error) for error in failed),
            device="workcell",
            kind=DeviceErrorKind.DEVICE_GONE,
            moved=False,
        )
    run.buttons.watch()
    await run.workcell.arm.load(run.books.loaded_ul())


async def find_zeros(run: Run) -> None:
    """Let every pump of the plan that doesn't know its zero find it, out of its waste port.

    Raises:
        DeviceError: one can't.

    """
    doses = [op for op in run.plan.operations if isinstance(op, PumpDose)]
    for name in dict.fromkeys(operation.pump for operation in doses):
        pump, layout = run.workcell.pump(name), run.plan.deck.devices.get(name)
        if isinstance(layout, SyringePump) and await pump.read_plunger_ul() is None:
            await act(
                run, None, "initialise", name, partial(pump.initialise, layout.waste),
                {"device": name, "port": layout.waste},
            )  # fmt: skip


async def turn_magnets(run: Run) -> None:
    """Let every stirrer turn that turns through every run.

    Raises:
        DeviceError: one doesn't.

    """
    for name, layout in run.plan.deck.devices.items():
        if not isinstance(layout, Shaker) or layout.turns_rpm is None:
            continue
        stirrer = run.workcell.shaker(name)
        await act(
            run, None, "shake", name, partial(stirrer.shake, layout.turns_rpm),
            {"device": name, "labware": "", "speed_rpm": layout.turns_rpm},
        )  # fmt: skip


async def identities(run: Run) -> dict[str, dict[str, str]]:
    """Ask every device what it is."""
    return {name: await _identity(device) for name, device in run.workcell.everything()}


async def _identity(device: Connectable) -> dict[str, str]:
    identity = await device.identify()
    return {
        "model": identity.model,
        "serial_number": identity.serial_number,
        "firmware": identity.firmware,
    }


async def reach_temperatures(run: Run, wanted_c: Mapping[str, float | None]) -> None:
    """Give all setpoints, then wait for each in turn; None switches a device off.

    Raises:
        DeviceError: one refuses, or isn't there in time.
        StoppedError: the run is ending.

    """
    for device, temperature_c in wanted_c.items():
        await give_setpoint(run, None, device, run.workcell.temperature(device), temperature_c)
    for device, temperature_c in wanted_c.items():
        if temperature_c is None:
            continue
        await settle(
            run, device, run.workcell.temperature(device), temperature_c,
            tolerance_c=TOLERANCE_C, planned_s=_settle_s(run.plan.deck, device),
        )  # fmt: skip


def _settle_s(deck: DeckLayout, device: str) -> float:
    layout = deck.devices.get(device)
    return layout.settle_s if isinstance(layout, TemperatureBlock) else 0.0
