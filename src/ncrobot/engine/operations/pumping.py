"""Pump doses: fill the syringe, prime the line, then push each dose out by an absolute move.

An absolute move may be asked for again: what it delivers in all is fixed by where it ends. So after
a failure the plunger is read. Where it says that it is at its target, the dose is done; anywhere
else, the move may be asked for again. Only if the plunger can't be read, or doesn't arrive, is the
dose unknown (or not done, if the plunger never left), and its well is given up.
"""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.deck.layout import SyringePump as PumpLayout
from ncrobot.engine.faults import Counsel, GivenUpError
from ncrobot.engine.operations.delivering import Deliveries
from ncrobot.engine.operations.failing import kept_out
from ncrobot.engine.operations.steering import steer
from ncrobot.engine.operations.stroking import Pumping
from ncrobot.engine.operations.transfer import nothing_left
from ncrobot.engine.outcome import Ended, Result, StoppedError
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError, DeviceErrorKind, InternalError
from ncrobot.faults import Act
from ncrobot.plan.operations import Leg, PumpDose


async def pump_dose(run: Run, operation: PumpDose) -> Ended:
    """Dose the wells that are not abandoned."""
    left = [leg for leg in operation.legs if not run.is_settled(operation.id, leg)]
    legs = [leg for leg in left if run.fates.any_alive(run.reach.wells_of_leg(leg))]
    if not legs:
        return nothing_left(run, operation, left)
    layout = run.plan.deck.devices[operation.pump]
    if not isinstance(layout, PumpLayout):
        raise InternalError(f"{operation.pump} is no pump")
    deliveries = Deliveries(run, operation)
    state = Pumping(Counsel(run, operation), operation, layout, deliveries, list(legs))
    try:
        await _ready(state)
        for cycle in sorted({leg.cycle for leg in legs}):
            mine = [leg for leg in legs if leg.cycle == cycle]
            await _fill(state, mine, prime=cycle == min(leg.cycle for leg in legs))
            for leg in mine:
                state.waiting.remove(leg)
                if operation.steering is None:
                    await _dose(state, leg)
                    if leg is not mine[-1]:
                        await _draw_back(state, leg)
                else:
                    await steer(state, operation.steering, leg)
            await _empty(state)
    except StoppedError:
        await _stop(state)
    except GivenUpError as given_up:
        state.give_up(state.waiting, given_up)
        await _stop(state)
    await _park(state)
    await run.workcell.arm.load(_levels(run, operation))
    result = Result.DONE if deliveries.made else Result.NOT_DONE
    return Ended(
        Result.UNKNOWN if state.unknown else result,
        "; ".join(state.lost) or (run.ending.reason if run.ending and state.waiting else ""),
        {
            "purpose": operation.purpose,
            "stock": operation.stock,
            "portion": operation.portion,
            "deliveries": deliveries.made,
        },
    )


async def _park(state: Pumping) -> None:
    """Bring a carried outlet out of the way."""
    run, operation = state.run, state.operation
    if operation.device != run.workcell.arm.name or run.arm_gone:
        return
    needle = run.workcell.needle()
    try:
        await state.do(Act.PLACE_NEEDLE, "park_needle", needle.park_needle, {}, by=operation.device)
    except GivenUpError as given_up:
        state.lost.append(str(given_up))
    except StoppedError:
        pass  # it was tried, and the run is ending


def _levels(run: Run, operation: PumpDose) -> dict[str, float]:
    places = {place for leg in operation.legs for place in (leg.source, leg.destination)}
    return {place: run.books.volume_ul(place) for place in sorted(places)}


async def _ready(state: Pumping) -> None:
    """Find the zero if the pump doesn't know it; what is in the syringe goes to the waste."""
    state.run.check()
    position_ul = await state.read_ul()
    if position_ul is None:
        await state.do(
            Act.MOVE_PLUNGER,
            "initialise",
            lambda: state.pump.initialise(state.layout.waste),
            {"device": state.operation.pump},
        )
        position_ul = 0.0
    state.at_ul = position_ul
    if position_ul > state.near_ul:
        await _empty(state)
    state.left_over = False


async def _fill(state: Pumping, legs: Sequence[Leg], *, prime: bool) -> None:
    """Draw what the legs need, and prime the line out of the waste port."""
    run, layout = state.run, state.layout
    prime_ul = state.operation.excess_ul if prime else 0.0
    whole_ul = sum(leg.volume_ul for leg in legs) + prime_ul
    source = legs[0].source
    if run.books.volume_ul(source) < whole_ul:
        raise await state.refused(
            f"{source} holds {run.books.volume_ul(source):g} µL, asked for {whole_ul:g} µL",
            DeviceErrorKind.NO_LIQUID,
        )
    run.check()
    await state.turn(layout.inlet)
    await state.push("fill", whole_ul, layout.fill_ul_per_s)
    if prime_ul > 0:
        await state.turn(layout.waste)
        await _waste(state, "prime", whole_ul - prime_ul)


async def _dose(state: Pumping, leg: Leg) -> None:
    """Push one dose out over its well; a failure costs this well, unless the pump is lost."""
    run = state.run
    run.check()
    before_ul = state.at_ul - state.gap_ul
    try:
        await _over_well(state, leg)
    except GivenUpError as given_up:
        delivered_ul = before_ul - state.at_ul
        if delivered_ul > state.near_ul:
            run.books.transfer(leg.source, leg.destination, delivered_ul)
        state.give_up([leg], given_up)
        if state.lost_track or given_up.error.kind is DeviceErrorKind.DEVICE_GONE:
            state.tell_rest(given_up)
            raise  # nobody knows where the plunger is: a further dose could be a double one
        return
    state.deliveries.note(leg, run.books.transfer(leg.source, leg.destination, leg.volume_ul))


async def _over_well(state: Pumping, leg: Leg) -> None:
    """Bring the outlet over a well, and push.

    Raises:
        GivenUpError: it can't be brought there, or the plunger doesn't arrive.

    """
    run, layout = state.run, state.layout
    reason = run.books.cannot_transfer(leg.source, leg.destination, leg.volume_ul)
    well = leg.destination.split("/")[1]
    port = layout.port_for(well)
    if reason is not None or port is None:
        raise await state.refused(
            reason or f"no outlet is over {well}", DeviceErrorKind.REFUSED, [leg]
        )
    try:
        async with run.interlocks.reaching([leg.destination.split("/")[0]]):
            if port == layout.needle:
                needle = run.workcell.needle()
                await state.do(
                    Act.PLACE_NEEDLE,
                    "place_needle",
                    lambda: needle.place_needle(leg.destination),
                    {"address": leg.destination},
                    by=state.operation.device,
                    legs=[leg],
                )
            await state.turn(port, [leg])
            if state.gap_ul > 0:
                back_ul, state.gap_ul = state.at_ul - state.gap_ul, 0.0
                await state.push("push_back", back_ul, layout.dispense_ul_per_s, leg)
            target_ul = state.at_ul - leg.volume_ul
            over_s = state.operation.over_s
            rate = layout.dispense_ul_per_s if over_s is None else leg.volume_ul / over_s
            await state.push("dispense", target_ul, rate, leg)
    except DeviceError as error:
        raise await state.refused(str(kept_out(run, error)), error.kind, [leg]) from error


async def _draw_back(state: Pumping, leg: Leg) -> None:
    """Draw liquid back up the line of a carried outlet, so that it doesn't drip on its way."""
    gap_ul = state.layout.air_gap_ul
    if gap_ul <= 0 or state.valve != state.layout.needle:
        return
    began_ul = state.at_ul
    try:
        await state.push("draw_back", began_ul + gap_ul, state.layout.dispense_ul_per_s, leg)
    finally:
        state.gap_ul = max(state.at_ul - began_ul, 0.0)


async def _waste(state: Pumping, name: str, target_ul: float) -> None:
    """Push into the waste, and tell the books what went there, also if it fails."""
    before_ul = state.at_ul
    try:
        await state.push(name, target_ul, state.layout.dispense_ul_per_s)
    finally:
        _post_lost(state, before_ul - state.at_ul)


def _post_lost(state: Pumping, volume_ul: float) -> None:
    if not state.left_over:
        state.run.books.throw_away(state.operation.legs[0].source, volume_ul)


async def _empty(state: Pumping) -> None:
    """Push what is left in the syringe into the waste."""
    if state.at_ul <= state.near_ul:
        return
    await state.turn(state.layout.waste)
    await _waste(state, "empty", 0.0)


async def _stop(state: Pumping) -> None:
    """Stop the plunger after a failure; what is in the syringe counts as lost to the waste."""
    try:
        await state.pump.stop()
    except DeviceError as error:
        state.lost.append(str(error))
    if state.at_ul > state.near_ul:
        _post_lost(state, state.at_ul)
