"""Steered doses: dose, mix, wait, read, dose, until a probe beside the outlet reads the target.

Count and volume are bounded by the plan. A reading beyond the target is looked at twice, since
liquid that isn't mixed yet reads wrongly; then nothing more is dosed, and the well is flagged, as
it is if the bounds come first. Every reading is written down with what followed from it.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from ncrobot.chemistry import Advice, Aim, Reading, next_dose
from ncrobot.deck.layout import PhProbe as ProbeLayout
from ncrobot.engine.acts import act
from ncrobot.engine.faults import GivenUpError
from ncrobot.engine.operations.failing import insist, kept_out
from ncrobot.engine.operations.stroking import Pumping
from ncrobot.engine.outcome import StoppedError
from ncrobot.errors import DeviceError, DeviceErrorKind, InternalError
from ncrobot.events import EventKind
from ncrobot.faults import Act
from ncrobot.plan import READINGS
from ncrobot.plan.operations import Leg, Steering

_TOLD = {
    "overshot": "it was overshot",
    "doses_used": "all {doses} doses are used up",
    "volume_used": "all {most:g} µL are used up",
    "too_coarse": "the smallest dose of the pump, {smallest:g} µL, would overshoot it",
}


@dataclass
class _Well:
    """One well on its way to its pH."""

    leg: Leg
    port: str
    aim: Aim
    readings: list[Reading] = field(default_factory=list)
    dosed_ul: float = 0.0
    umol: dict[str, float] = field(default_factory=dict)


async def steer(state: Pumping, steering: Steering, leg: Leg) -> None:
    """Bring one well to its pH; what can't be done costs this well, unless the pump is lost."""
    run = state.run
    run.check()
    name = leg.destination.split("/")[1]
    port = state.layout.port_for(name)
    if port is None:
        message = f"no outlet is over {name}"
        state.give_up([leg], await state.refused(message, DeviceErrorKind.REFUSED, [leg]))
        return
    aim = Aim(
        target_ph=steering.targets_ph[name],
        tolerance_ph=steering.tolerance_ph,
        raises=steering.raises,
        doses=steering.doses,
        smallest_ul=state.layout.dose_ul,
        most_ul=leg.volume_ul,
        guide=steering.guides.get(name, ()),
    )
    well = _Well(leg, port, aim)
    try:
        await _rinse(state, steering, well)
        advice = await _to_the_end(state, steering, well)
    except GivenUpError as given_up:
        _deliver(state, well)
        state.give_up([leg], given_up)
        if state.lost_track or given_up.error.kind is DeviceErrorKind.DEVICE_GONE:
            state.tell_rest(given_up)
            raise  # nobody knows where the plunger is: a further dose could be a double one
        return
    except StoppedError:
        if well.dosed_ul > 0:
            _deliver(state, well)
            _flag(state, well, "the run ended on the way")
        raise
    _deliver(state, well)
    if advice.kind != "reached":
        _flag(state, well, _told(advice, aim))


def _told(advice: Advice, aim: Aim) -> str:
    bounds = {"doses": aim.doses, "most": aim.most_ul, "smallest": aim.smallest_ul}
    return _TOLD[advice.kind].format(**bounds)


async def _to_the_end(state: Pumping, steering: Steering, well: _Well) -> Advice:
    doubted = False
    while True:
        advice = await _visit(state, steering, well, final=doubted)
        if advice.kind == "overshot" and not doubted and well.dosed_ul > 0:
            doubted = True
            well.readings.pop()
        elif advice.kind != "dose":
            return advice
        else:
            doubted = False
        await _mix(state, steering, well)


async def _visit(state: Pumping, steering: Steering, well: _Well, *, final: bool) -> Advice:
    """Read, and dose what follows; the plate stands still all the time."""
    run, leg = state.run, well.leg
    try:
        async with run.interlocks.reaching([leg.destination.split("/")[0]]):
            await _place(state, leg.destination, leg)
            await _wait(state, steering.settle_s)
            ph, readings = await _read(state, steering, leg)
            well.readings.append(Reading(well.dosed_ul, ph))
            advice = next_dose(well.aim, well.readings)
            _write(state, well, advice, readings, looked_again=final)
            if advice.kind == "dose":
                await _dose(state, well, advice.dose_ul)
            return advice
    except DeviceError as error:
        raise await state.refused(str(kept_out(run, error)), error.kind, [leg]) from error


async def _dose(state: Pumping, well: _Well, volume_ul: float) -> None:
    run, leg = state.run, well.leg
    run.check()
    before_ul = state.at_ul
    reason = run.books.cannot_transfer(leg.source, leg.destination, volume_ul)
    if reason is not None:
        raise await state.refused(reason, DeviceErrorKind.REFUSED, [leg])
    await state.turn(well.port, [leg])
    try:
        await state.push("dispense", before_ul - volume_ul, state.layout.dispense_ul_per_s, leg)
    finally:
        moved_ul = before_ul - state.at_ul
        if moved_ul > state.near_ul:
            umol = run.books.transfer(leg.source, leg.destination, moved_ul)
            well.dosed_ul += moved_ul
            for name, amount in umol.items():
                well.umol[name] = well.umol.get(name, 0.0) + amount


async def _read(state: Pumping, steering: Steering, leg: Leg) -> tuple[float, list[float]]:
    """The middle one of some readings."""
    run, probe = state.run, state.run.workcell.probe(steering.probe)

    async def several() -> list[float]:
        return [await probe.read_ph() for _ in range(READINGS)]

    async def attempt() -> list[float]:
        data = {"device": steering.probe, "address": leg.destination}
        found: list[float] = await act(
            run, state.operation.id, "read_ph", steering.probe, several, data,
            wells=state.wells([leg]),
        )  # fmt: skip
        return found

    readings = await insist(state.counsel, Act.READ, attempt, wells=state.wells([leg]))
    return statistics.median(readings), readings


async def _mix(state: Pumping, steering: Steering, well: _Well) -> None:
    """Shake the plate, with the outlet out of it; without a shaker only wait."""
    run, name = state.run, steering.shaker
    if name is None:
        await _wait(state, steering.mix_s)
        return
    await _place(state, None, well.leg)
    shaker = run.workcell.shaker(name)
    labware = well.leg.destination.split("/")[0]

    async def shake(kind: Act, speed_rpm: float) -> None:
        # Whoever takes the run up again finds the plate standing still.
        data = {"device": name, "labware": labware, "speed_rpm": speed_rpm, "then_rpm": 0.0}
        await state.do(
            kind, "shake", lambda: shaker.shake(speed_rpm), data, by=name, legs=[well.leg]
        )

    async with run.interlocks.nest(name):
        await shake(Act.SHAKE, steering.mix_rpm)
        try:
            await _wait(state, steering.mix_s)
        finally:
            await shake(Act.STOP_SHAKING, 0.0)


async def _rinse(state: Pumping, steering: Steering, well: _Well) -> None:
    """Dip the probe where it is rinsed, so that it carries nothing from well to well."""
    layout = state.run.plan.deck.devices.get(steering.probe)
    if not isinstance(layout, ProbeLayout):
        raise InternalError(f"{steering.probe} is no pH probe")
    if layout.rinse is None or state.layout.needle is None:
        return
    try:
        async with state.run.interlocks.reaching([layout.rinse.split("/")[0]]):
            await _place(state, layout.rinse, well.leg)
            await _wait(state, layout.rinse_s)
    except DeviceError as error:
        raise await state.refused(
            str(kept_out(state.run, error)), error.kind, [well.leg]
        ) from error


async def _place(state: Pumping, address: str | None, leg: Leg) -> None:
    """Bring a carried outlet, and the probe at it, somewhere; None: out of the way."""
    if state.layout.needle is None:
        return
    needle = state.run.workcell.needle()
    if address is None:
        await state.do(
            Act.PLACE_NEEDLE, "park_needle", needle.park_needle, {},
            by=state.operation.device, legs=[leg],
        )  # fmt: skip
        return
    await state.do(
        Act.PLACE_NEEDLE, "place_needle", lambda: needle.place_needle(address),
        {"address": address}, by=state.operation.device, legs=[leg],
    )  # fmt: skip


async def _wait(state: Pumping, duration_s: float) -> None:
    run = state.run
    run.journal.flush()
    with run.interruptible():
        await run.clock.sleep(duration_s)
    run.check()


def _write(
    state: Pumping, well: _Well, advice: Advice, readings: list[float], *, looked_again: bool
) -> None:
    state.run.journal.write(
        EventKind.PH_READ,
        {
            "address": well.leg.destination,
            "ph": well.readings[-1].ph,
            "readings": readings,
            "target_ph": well.aim.target_ph,
            "dosed_ul": well.dosed_ul,
            "follows": advice.kind,
            "dose_ul": advice.dose_ul,
            "looked_again": looked_again,
        },
        operation=state.operation.id,
        wells=state.wells([well.leg]),
    )


def _deliver(state: Pumping, well: _Well) -> None:
    """Write down all doses of a well as one delivery, also if it needed none."""
    leg = well.leg.model_copy(update={"volume_ul": well.dosed_ul})
    state.deliveries.note(leg, well.umol)


def _flag(state: Pumping, well: _Well, why: str) -> None:
    ph = f"pH {well.readings[-1].ph:.2f}" if well.readings else "an unknown pH"
    reason = (
        f"{state.operation.id}: pH {well.aim.target_ph:g} isn't reached, it is {ph} after "
        f"{well.dosed_ul:.4g} µL: {why}"
    )
    state.run.fates.flag(state.wells([well.leg]), reason, "continue", state.operation.id)
