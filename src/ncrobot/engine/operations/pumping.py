"""Pump doses: fill the syringe, prime the line, then push each dose out by an absolute move.

An absolute move may be asked for again: what it delivers in all is fixed by where it ends. So after
a failure the plunger is read. Where it says that it is at its target, the dose is done; anywhere
else, the move is asked for once more. Only if the plunger can't be read, or doesn't arrive again,
is the dose unknown (or not done, if the plunger never left), and its well is given up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ncrobot.deck.layout import SyringePump as PumpLayout
from ncrobot.devices import SyringePump
from ncrobot.engine.acts import act
from ncrobot.engine.operations.delivering import Deliveries
from ncrobot.engine.operations.transfer import nothing_left
from ncrobot.engine.outcome import Ended, Result, StoppedError
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError, DeviceErrorKind, InternalError
from ncrobot.plan.operations import Leg, PumpDose


@dataclass
class _Pumping:
    """One operation of a pump while it runs. ``at_ul`` is where the plunger is believed to be."""

    run: Run
    operation: PumpDose
    layout: PumpLayout
    pump: SyringePump
    deliveries: Deliveries
    at_ul: float = 0.0
    lost: list[str] = field(default_factory=list)
    unknown: bool = False

    @property
    def near_ul(self) -> float:
        """Readbacks this close to a position are at it."""
        return max(self.pump.limits.resolution_ul, 1e-6)

    async def turn(self, port: str) -> None:
        """Turn the valve; nothing flows."""
        await act(
            self.run, self.operation.id, "move_valve", self.operation.pump,
            lambda: self.pump.move_valve(port), {"device": self.operation.pump, "port": port},
        )  # fmt: skip

    async def push(
        self, name: str, target_ul: float, rate_ul_per_s: float, leg: Leg | None
    ) -> None:
        """Move the plunger; a failed move is asked for once more where the readback allows it.

        Raises:
            DeviceError: the plunger is elsewhere, or nobody knows where; ``at_ul`` tells if known.

        """
        wells = tuple(self.run.reach.wells_of_leg(leg)) if leg is not None else ()
        volume_ul = abs(self.at_ul - target_ul)
        place = leg.destination if leg is not None else self.operation.legs[0].source
        moves = [{"channel": 0, "address": place, "volume_ul": volume_ul}]
        data = {"device": self.operation.pump, "position_ul": target_ul, "moves": moves}
        began_ul = self.at_ul
        last = await self._try(name, data, wells, (target_ul, rate_ul_per_s))
        if last is not None:
            last = await self._try(name, data, wells, (target_ul, rate_ul_per_s))
        if last is not None:
            raise DeviceError(
                f"the plunger stays at {self.at_ul:g} µL, not at {target_ul:g} µL: {last}",
                device=self.operation.pump,
                kind=last.kind,
                moved=abs(self.at_ul - began_ul) > self.near_ul,
            ) from last

    async def _try(
        self, name: str, data: Mapping[str, Any], wells: tuple[str, ...], move: tuple[float, float]
    ) -> DeviceError | None:
        """Ask for a move once; returns the error if the readback says that it isn't at its end.

        Raises:
            DeviceError: it failed, and the plunger can't be read.

        """
        target_ul, rate_ul_per_s = move
        try:
            await act(
                self.run, self.operation.id, name, self.operation.pump,
                lambda: self.pump.move_plunger(target_ul, rate_ul_per_s), data, wells=wells,
            )  # fmt: skip
        except DeviceError as error:
            found_ul = await self._position_ul(error)
            if found_ul is None:
                raise
            self.at_ul = found_ul
            return None if abs(found_ul - target_ul) <= self.near_ul else error
        self.at_ul = target_ul
        return None

    async def _position_ul(self, error: DeviceError) -> float | None:
        """Where the plunger is after an error; None if it can't be told."""
        if error.kind is DeviceErrorKind.DEVICE_GONE:
            return None
        try:
            return await self.pump.read_plunger_ul()
        except DeviceError:
            return None

    def give_up(self, legs: Sequence[Leg], reason: str) -> None:
        """Abandon the wells of these legs."""
        self.lost.append(reason)
        wells = [well for leg in legs for well in self.run.reach.wells_of_leg(leg)]
        self.run.fates.flag(wells, f"{self.operation.id}: {reason}", "abandon", self.operation.id)


async def pump_dose(run: Run, operation: PumpDose) -> Ended:
    """Dose the wells that are not abandoned."""
    left = [leg for leg in operation.legs if not run.is_settled(operation.id, leg)]
    legs = [leg for leg in left if run.fates.any_alive(run.reach.wells_of_leg(leg))]
    if not legs:
        return nothing_left(run, operation, left)
    layout = run.plan.deck.devices[operation.pump]
    if not isinstance(layout, PumpLayout):
        raise InternalError(f"{operation.pump} is no pump")
    pump = run.workcell.pump(operation.pump)
    state = _Pumping(run, operation, layout, pump, Deliveries(run, operation))
    waiting = list(legs)
    try:
        await _ready(state)
        for cycle in sorted({leg.cycle for leg in legs}):
            mine = [leg for leg in legs if leg.cycle == cycle]
            await _fill(state, mine, prime=cycle == min(leg.cycle for leg in legs))
            for leg in mine:
                waiting.remove(leg)
                await _dose(state, leg, first=leg is mine[0])
            await _empty(state)
    except StoppedError:
        await _stop(state)
    except DeviceError as error:
        state.unknown = state.unknown or error.moved is not False
        state.give_up(waiting, str(error))
        await _stop(state)
    await _park(state)
    await run.workcell.arm.load(_levels(run, operation))
    result = Result.DONE if state.deliveries.made else Result.NOT_DONE
    return Ended(
        Result.UNKNOWN if state.unknown else result,
        "; ".join(state.lost) or (run.ending.reason if run.ending and waiting else ""),
        {
            "purpose": operation.purpose,
            "stock": operation.stock,
            "portion": operation.portion,
            "deliveries": state.deliveries.made,
        },
    )


async def _park(state: _Pumping) -> None:
    """Bring a carried outlet out of the way."""
    run, operation = state.run, state.operation
    if operation.device != run.workcell.arm.name or run.arm_gone:
        return
    needle = run.workcell.needle()
    try:
        await act(run, operation.id, "park_needle", run.workcell.arm.name, needle.park_needle, {})
    except DeviceError as error:
        state.lost.append(str(error))


def _levels(run: Run, operation: PumpDose) -> dict[str, float]:
    places = {place for leg in operation.legs for place in (leg.source, leg.destination)}
    return {place: run.books.volume_ul(place) for place in sorted(places)}


async def _ready(state: _Pumping) -> None:
    """Find the zero if the pump doesn't know it; what is in the syringe goes to the waste."""
    run, name = state.run, state.operation.pump
    run.check()
    position_ul = await state.pump.read_plunger_ul()
    if position_ul is None:
        await act(
            run, state.operation.id, "initialise", name,
            lambda: state.pump.initialise(state.layout.waste), {"device": name},
        )  # fmt: skip
        position_ul = 0.0
    state.at_ul = position_ul
    if position_ul > state.near_ul:
        await _empty(state, post=False)


async def _fill(state: _Pumping, legs: Sequence[Leg], *, prime: bool) -> None:
    """Draw what the legs need, and prime the line out of the waste port."""
    run, layout = state.run, state.layout
    prime_ul = state.operation.excess_ul if prime else 0.0
    whole_ul = sum(leg.volume_ul for leg in legs) + prime_ul
    source = legs[0].source
    if run.books.volume_ul(source) < whole_ul:
        raise DeviceError(
            f"{source} holds {run.books.volume_ul(source):g} µL, asked for {whole_ul:g} µL",
            device=state.operation.pump,
            kind=DeviceErrorKind.NO_LIQUID,
            moved=False,
        )
    run.check()
    await state.turn(layout.inlet)
    await state.push("fill", whole_ul, layout.fill_ul_per_s, None)
    if prime_ul > 0:
        await state.turn(layout.waste)
        await state.push("prime", whole_ul - prime_ul, layout.dispense_ul_per_s, None)
        run.books.throw_away(source, prime_ul)


async def _dose(state: _Pumping, leg: Leg, *, first: bool) -> None:
    """Push one dose out over its well; a failure costs this well, unless the pump is lost."""
    run, operation, layout = state.run, state.operation, state.layout
    run.check()
    reason = run.books.cannot_transfer(leg.source, leg.destination, leg.volume_ul)
    well = leg.destination.split("/")[1]
    port = layout.port_for(well)
    if reason is not None or port is None:
        state.give_up([leg], reason or f"no outlet is over {well}")
        return
    before_ul = state.at_ul
    carried = port == layout.needle
    try:
        async with run.interlocks.reaching([leg.destination.split("/")[0]]):
            if carried:
                needle = run.workcell.needle()
                await act(
                    run, operation.id, "place_needle", run.workcell.arm.name,
                    lambda: needle.place_needle(leg.destination), {"address": leg.destination},
                )  # fmt: skip
            if first or not carried:
                await state.turn(port)
            await state.push("dispense", before_ul - leg.volume_ul, layout.dispense_ul_per_s, leg)
    except DeviceError as error:
        state.unknown = state.unknown or error.moved is not False
        delivered_ul = before_ul - state.at_ul if error.moved is not None else leg.volume_ul
        if delivered_ul > state.near_ul:
            run.books.transfer(leg.source, leg.destination, delivered_ul)
        if error.moved is None:
            state.at_ul = before_ul - leg.volume_ul
        state.give_up([leg], str(error))
        if error.moved is None or error.kind is DeviceErrorKind.DEVICE_GONE:
            raise  # nobody knows where the plunger is: a further dose could be a double one
        return
    state.deliveries.note(leg, run.books.transfer(leg.source, leg.destination, leg.volume_ul))


async def _empty(state: _Pumping, *, post: bool = True) -> None:
    """Push what is left in the syringe into the waste."""
    left_ul = state.at_ul
    if left_ul <= state.near_ul:
        return
    await state.turn(state.layout.waste)
    await state.push("empty", 0.0, state.layout.dispense_ul_per_s, None)
    if post:
        state.run.books.throw_away(state.operation.legs[0].source, left_ul)


async def _stop(state: _Pumping) -> None:
    """Stop the plunger after a failure; what is in the syringe counts as lost to the waste."""
    try:
        await state.pump.stop()
    except DeviceError as error:
        state.lost.append(str(error))
    left_ul = state.at_ul
    if left_ul > state.near_ul:
        state.run.books.throw_away(state.operation.legs[0].source, left_ul)
