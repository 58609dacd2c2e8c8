"""The end of a run, whatever its reason: tips shed, devices safe, unfinished wells told."""

from __future__ import annotations

import asyncio

from ncrobot.devices import Connectable, SyringePump
from ncrobot.engine.operations.visit import throw_tips_away
from ncrobot.engine.outcome import RecordLostError, RunOutcome, StoppedError
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError
from ncrobot.events import EventKind, ExitStatus
from ncrobot.statuses import RunStatus, check_transition

SAFE_STATE_LIMIT_S = 60.0
"""How long a device may take to confirm its safe state."""


async def close(run: Run) -> RunOutcome:
    """Bring everything to its safe state and write the end; no device and no record stops it."""
    try:
        if not run.emergency:
            await throw_tips_away(run, None)
    except StoppedError:
        pass  # an emergency stop: the tips stay where they are
    except RecordLostError as error:
        run.end(ExitStatus.FAILED, f"the record can't be written: {error}")
    await run.buttons.leave()
    _announce(run)
    confirmed = await make_safe(run)
    duration_s = max(run.now_s(), 0.0)
    try:
        _tell(run, confirmed)
    except RecordLostError as error:
        run.end(ExitStatus.FAILED, f"the record can't be written: {error}")
    await asyncio.gather(*(device.disconnect() for _, device in run.workcell.everything()))
    status, reason = status_of(run)
    return RunOutcome(
        status, reason, run.fates.ok, run.fates.flagged, duration_s, run.operations_done
    )


def status_of(run: Run) -> tuple[ExitStatus, str]:
    """Return how the run ended and why."""
    if run.ending is not None:
        return run.ending.status, run.ending.reason
    return ExitStatus.SUCCEEDED, "all operations are over"


async def make_safe(run: Run) -> dict[str, bool]:
    """Ask every device for its safe state at the same time; True where it confirmed it.

    In an emergency the arm is left where it is: to park it would be to move it.
    """
    devices = [
        (name, device)
        for name, device in run.workcell.everything()
        if not (run.emergency and device is run.workcell.arm)
    ]
    answers = await asyncio.gather(*(_safe(device) for _, device in devices))
    confirmed = {name: answer for (name, _), answer in zip(devices, answers, strict=True)}
    return confirmed | ({run.workcell.arm.name: False} if run.emergency else {})


def _announce(run: Run) -> None:
    """Write the intent of the safe state; it is not the record's to forbid it."""
    try:
        run.journal.write(EventKind.INTENT, {}, act="safe_state")
        run.journal.flush()
    except RecordLostError as error:
        run.end(ExitStatus.FAILED, f"the record can't be written: {error}")


async def _safe(device: Connectable) -> bool:
    try:
        async with asyncio.timeout(SAFE_STATE_LIMIT_S):
            if isinstance(device, SyringePump):
                await device.stop()
            return await device.safe_state()
    except (DeviceError, TimeoutError):
        return False
    except Exception:  # noqa: BLE001 - a driver that fails must not keep the others from safety
        return False


def _tell(run: Run, confirmed: dict[str, bool]) -> None:
    run.journal.write(EventKind.SAFE_STATE, {"confirmed": confirmed})
    unfinished = set(run.timing.unfinished())
    if run.ending is not None and (unfinished or run.fates.missed):
        concerned = run.fates.missed | {
            well for name in unfinished for well in run.reach.concerned(run.order.operations[name])
        }
        wells = [well for well in run.fates.wells if well in concerned]
        reason = f"the run ended before its last operation: {run.ending.reason}"
        run.fates.leave(wells, reason)
    status, reason = status_of(run)
    check_transition(run.status, RunStatus(status.value))
    run.status = RunStatus(status.value)
    run.journal.write(
        EventKind.RUN_ENDED,
        {
            "status": status.value,
            "reason": reason,
            "wells_ok": run.fates.ok,
            "wells_flagged": run.fates.flagged,
            "ledger": run.books.as_json(),
        },
    )
    run.journal.flush()
