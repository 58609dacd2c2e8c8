"""Recovering: a run that broke off is taken up again, from what is known to what is certain.

The order matters: books first, then devices are asked what they can tell, then a person is asked
what no device can tell; only then something moves, and the schedule is planned anew from now.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from ncrobot.devices import Resumable, Shaker, SyringePump, TemperatureControl, TipPick
from ncrobot.engine.acts import act
from ncrobot.engine.mending import mend
from ncrobot.engine.operations.visit import throw_tips_away
from ncrobot.engine.outcome import StoppedError
from ncrobot.engine.pausing import costs_of_pausing
from ncrobot.engine.preparing import connect, find_zeros, identities, reach_temperatures
from ncrobot.engine.resuming.recalling import Recalled
from ncrobot.engine.resuming.restoring import channels_in_liquid, forget_tips, restore
from ncrobot.engine.resuming.settling import question_of, settle
from ncrobot.engine.run import Run
from ncrobot.engine.timing import TOLERANCE_S
from ncrobot.engine.watching import watch_levels
from ncrobot.errors import DeviceError
from ncrobot.events import EventKind, ExitStatus
from ncrobot.plan.operations import Transfer
from ncrobot.statuses import RunStatus


async def recover(run: Run, recalled: Recalled, user: str) -> None:
    """Bring a run that broke off to where it can go on.

    Raises:
        StoppedError: the run is ending; it may be resumed again.
        RunError: the record contradicts itself.

    """
    down_s = _take_up(run, recalled, user)
    restore(run, recalled)
    try:
        await connect(run)
        await run.interlocks.arm_watchdogs()
        readback = await _read_back(run)
        await _adopt(run, recalled, readback)
        _announce(run, recalled, down_s, readback, await identities(run))
        await settle(run, recalled)
        run.check()
        kept = await _return_clean(run, recalled)
        await throw_tips_away(run, None)
        for broken in recalled.broken_off.values():
            forget_tips(run, broken, kept)
        await run.workcell.arm.load(run.books.loaded_ul())
        await find_zeros(run)
        await _as_before(run, recalled)
    except DeviceError as error:
        run.end(ExitStatus.FAILED, f"while resuming: {error}")
        raise StoppedError from error
    run.check()
    give_up_late(run, f"the run was down for {down_s:.0f} s")
    watch_levels(run)
    mend(run, f"the run was down for {down_s:.0f} s")
    run.become(RunStatus.RUNNING, f"resumed after {down_s:.0f} s", user)


def _take_up(run: Run, recalled: Recalled, user: str) -> float:
    """Go on with the record, on the same clock; returns for how long nobody worked on the run."""
    if recalled.start_wall is None:
        message = "a run that hasn't begun is started, not resumed"
        raise ValueError(message)
    passed_s = (run.clock.wall() - recalled.start_wall).total_seconds()
    # A computer whose date was set back must not bring time to stand still, nor to turn round.
    time_s = max(passed_s, recalled.last_s)
    run.status = recalled.status
    run.journal.continues(recalled.last_seq, time_s)
    run.become(RunStatus.RECOVERING, "taken up from its record", user)
    run.journal.flush()
    return time_s - recalled.last_s


async def _read_back(run: Run) -> dict[str, dict[str, Any]]:
    """Ask every device what it can tell of itself."""
    found: dict[str, dict[str, Any]] = {}
    arm = run.workcell.arm
    if isinstance(arm, Resumable):
        present = await arm.tips_present()
        tips = None if present is None else sorted(c for c, there in present.items() if there)
        found[arm.name] = {"channels_with_tips": tips}
    for name, device in run.workcell.devices.items():
        told: dict[str, Any] = {}
        if isinstance(device, Shaker):
            told["speed_rpm"] = await device.read_speed_rpm()
        if isinstance(device, TemperatureControl):
            told["temperature_c"] = await device.read_temperature_c()
        if isinstance(device, SyringePump):
            told["plunger_ul"] = await device.read_plunger_ul()
        if told:
            found[name] = told
    return found


async def _adopt(run: Run, recalled: Recalled, readback: dict[str, dict[str, Any]]) -> None:
    """Tell the arm what it carries and what stands elsewhere; tips that are gone are shed."""
    arm = run.workcell.arm
    if not isinstance(arm, Resumable):
        return
    told = readback.get(arm.name, {}).get("channels_with_tips")
    mounted = run.tips.mounted
    if told is not None:
        for channel in sorted(set(mounted) - set(told)):
            run.books.shed(channel)
            del mounted[channel]
    used = recalled.used_tips - set(mounted.values())
    await arm.adopt(dict(mounted), recalled.places, used)


async def _return_clean(run: Run, recalled: Recalled) -> set[str]:
    """Put back what is as good as when it was taken: tips that serve again, and unused ones.

    Returns their spots. A tip that may have drawn or kept liquid is not clean.
    """
    picks = []
    for broken in recalled.broken_off.values():
        operation = run.order.operations.get(broken.operation)
        reused = isinstance(operation, Transfer) and operation.tip_use == "reuse"
        wet, doubtful = channels_in_liquid(broken)
        for channel, spot in sorted(run.tips.mounted.items()):
            clean = run.books.tip_is_empty(channel) and channel not in doubtful
            if clean and (reused or channel not in wet):
                picks.append(TipPick(channel, spot))
    if not picks:
        return set()
    data = [{"channel": pick.channel, "tip": pick.tip} for pick in picks]
    arm = run.workcell.arm
    try:
        await act(
            run, None, "return_tips", arm.name, partial(arm.return_tips, picks), {"tips": data},
            channels=[pick.channel for pick in picks],
        )  # fmt: skip
    except DeviceError:
        return set()  # they are thrown away then
    for pick in picks:
        del run.tips.mounted[pick.channel]
        run.books.shed(pick.channel)
    return {pick.tip for pick in picks}


def _announce(
    run: Run,
    recalled: Recalled,
    down_s: float,
    readback: dict[str, dict[str, Any]],
    devices: dict[str, dict[str, str]],
) -> None:
    run.journal.write(
        EventKind.RUN_RESUMED,
        {
            "died_s": recalled.last_s,
            "down_s": down_s,
            "broken_off": sorted(recalled.broken_off),
            "unknown": [
                {
                    "operation": broken.operation,
                    "act": each.name,
                    "wells": list(each.wells),
                    "question": question_of(run, broken, each),
                }
                for broken in recalled.broken_off.values()
                for each in broken.acts
                if each.is_open
            ],
            "readback": readback,
            "devices": devices,
        },
    )
    run.journal.flush()


async def _as_before(run: Run, recalled: Recalled) -> None:
    """Give every device the setpoint that it had; shakers last, when the arm is out of the way."""
    await reach_temperatures(run, run.plan.initial_temperatures_c | recalled.temperatures_c)
    await asyncio.gather(
        *(_shake(run, name, speed_rpm) for name, speed_rpm in recalled.speeds_rpm.items())
    )


async def _shake(run: Run, name: str, speed_rpm: float) -> None:
    shaker = run.workcell.shaker(name)
    if await shaker.read_speed_rpm() != speed_rpm:
        async with run.interlocks.nest(name):
            await act(
                run, None, "shake", name, partial(shaker.shake, speed_rpm),
                {"device": name, "labware": "", "speed_rpm": speed_rpm},
            )  # fmt: skip


def give_up_late(run: Run, cause: str) -> None:
    """Abandon the wells whose next step can't come in time any more, where the protocol says so."""
    for cost in costs_of_pausing(run):
        if cost.within_s >= -TOLERANCE_S:
            return
        if cost.policy == "continue":
            continue
        reason = f"{cost.operation} comes {-cost.within_s:.0f} s too late: {cause}"
        run.fates.flag(cost.wells, reason, "abandon", cost.operation)
        if cost.policy == "stop":
            run.end(ExitStatus.ABORTED, f"as the protocol asks when late: {reason}")
