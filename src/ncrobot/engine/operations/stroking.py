"""Strokes of a pump: its acts with what is done when they fail, and where its plunger is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ncrobot.deck.layout import SyringePump as PumpLayout
from ncrobot.devices import SyringePump
from ncrobot.engine.acts import ACT_LIMIT_S, act
from ncrobot.engine.faults import Case, Counsel, Dose, GivenUpError
from ncrobot.engine.operations.delivering import Deliveries
from ncrobot.engine.operations.failing import insist, restated
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.faults import Act, Response
from ncrobot.plan.operations import Leg, PumpDose


@dataclass
class Pumping:
    """One operation of a pump while it runs. ``at_ul`` is where the plunger is believed to be.

    What the syringe holds is still in its source by the books, unless it is ``left_over`` from an
    earlier operation, which has posted it as lost. ``gap_ul`` of it came back out of the line,
    with air behind it in the outlet. ``valve`` is the port that the valve surely
    stands at; ``waiting`` are the legs that were not begun.
    """

    counsel: Counsel
    operation: PumpDose
    layout: PumpLayout
    deliveries: Deliveries
    waiting: list[Leg]
    at_ul: float = 0.0
    left_over: bool = True
    valve: str | None = None
    gap_ul: float = 0.0
    lost_track: bool = False
    lost: list[str] = field(default_factory=list)
    unknown: bool = False

    @property
    def run(self) -> Run:
        """The run."""
        return self.counsel.run

    @property
    def pump(self) -> SyringePump:
        """The pump."""
        return self.run.workcell.pump(self.operation.pump)

    @property
    def near_ul(self) -> float:
        """Readbacks this close to a position are at it."""
        return max(self.pump.limits.resolution_ul, 1e-6)

    def wells(self, legs: Sequence[Leg]) -> tuple[str, ...]:
        """The wells of these legs."""
        reach = self.run.reach
        return tuple(dict.fromkeys(well for leg in legs for well in reach.wells_of_leg(leg)))

    async def do(
        self,
        kind: Act,
        name: str,
        call: Callable[[], Awaitable[Any]],
        data: Mapping[str, Any],
        *,
        by: str = "",
        legs: Sequence[Leg] = (),
    ) -> None:
        """Carry out an act that may be asked for again; by the pump, unless another device does it.

        Raises:
            GivenUpError: it is given up.
            StoppedError: the run is ending.

        """
        device, wells = by or self.operation.pump, self.wells(legs)

        async def attempt() -> None:
            await act(self.run, self.operation.id, name, device, call, data, wells=wells)

        await insist(self.counsel, kind, attempt, wells=self.wells(legs or self.waiting))

    async def turn(self, port: str, legs: Sequence[Leg] = ()) -> None:
        """Turn the valve, unless it is there; nothing flows.

        Raises:
            GivenUpError: it doesn't turn.

        """
        if self.valve == port:
            return
        self.valve = None
        data = {"device": self.operation.pump, "port": port}
        await self.do(
            Act.TURN_VALVE, "move_valve", lambda: self.pump.move_valve(port), data, legs=legs
        )
        self.valve = port

    async def read_ul(self) -> float | None:
        """Where the plunger is; None if the pump doesn't know its zero.

        Raises:
            GivenUpError: it doesn't answer.

        """
        wells = self.wells(self.waiting)
        return await insist(self.counsel, Act.MOVE_PLUNGER, self.pump.read_plunger_ul, wells=wells)

    async def refused(
        self, reason: str, kind: DeviceErrorKind, legs: Sequence[Leg] = ()
    ) -> GivenUpError:
        """What becomes of wells for which the pump isn't even asked."""
        error = DeviceError(reason, device=self.operation.pump, kind=kind, moved=False)
        case = Case(("refused", *map(_key, legs)), self.wells(legs or self.waiting))
        [response] = await self.counsel.decide(Act.MOVE_PLUNGER, error, [case])
        return GivenUpError(error, response or Response.STOP)

    async def push(
        self, name: str, target_ul: float, rate_ul_per_s: float, leg: Leg | None = None
    ) -> None:
        """Move the plunger; a failed move is asked for again where the readback allows it.

        Raises:
            GivenUpError: the plunger is elsewhere, as ``at_ul`` tells; or nobody knows where: then
                ``at_ul`` tells where it was sent, and track is lost.

        """
        legs = [leg] if leg is not None else []
        place = leg.destination if leg is not None else self.operation.legs[0].source
        began_ul = self.at_ul
        volume_ul = abs(began_ul - target_ul)
        moves = [{"channel": 0, "address": place, "volume_ul": volume_ul}]
        data = {"device": self.operation.pump, "position_ul": target_ul, "moves": moves}
        case = Case(
            (name, *map(_key, legs)),
            self.wells(legs or self.waiting),
            frozenset({Response.RETRY}),
            Dose(self.operation.stock or place, volume_ul),
            tuple(map(_key, legs)),
        )
        while (error := await self._try(name, data, legs, (target_ul, rate_ul_per_s))) is not None:
            await self._answer(error, case, began_ul, target_ul)

    async def _answer(
        self, error: DeviceError, case: Case, began_ul: float, target_ul: float
    ) -> None:
        """Return if the move is to be asked for again."""
        known = error.moved is not None
        if not known:
            # Taken as moved, so that no later move can overdraw or overfill anything.
            self.at_ul, self.lost_track, self.unknown = target_ul, True, True
            case = Case(case.key, case.wells, frozenset(), case.dose, case.legs)
        [response] = await self.counsel.decide(Act.MOVE_PLUNGER, error, [case])
        if response is Response.RETRY and self.run.ending is None:
            return
        if known:
            moved = abs(self.at_ul - began_ul) > self.near_ul
            where = f"the plunger stays at {self.at_ul:g} µL, not at {target_ul:g} µL: {error}"
            error = restated(error, moved=moved, message=where)
        raise GivenUpError(error, response or Response.STOP)

    async def _try(
        self, name: str, data: Mapping[str, Any], legs: Sequence[Leg], move: tuple[float, float]
    ) -> DeviceError | None:
        """Ask for a move once; returns what is wrong, unless the readback says that it arrived.

        The error tells ``moved`` None only if the plunger can't be read and the driver isn't sure
        that nothing moved.
        """
        target_ul, rate_ul_per_s = move
        try:
            await act(
                self.run, self.operation.id, name, self.operation.pump,
                lambda: self.pump.move_plunger(target_ul, rate_ul_per_s), data,
                wells=self.wells(legs),
                limit_s=ACT_LIMIT_S + abs(self.at_ul - target_ul) / rate_ul_per_s,
            )  # fmt: skip
        except DeviceError as error:
            found_ul = await self._position_ul(error)
            if found_ul is None:
                # A driver says False only if it is sure; else nobody knows.
                return error if error.moved is False else restated(error, moved=None)
            moved = abs(found_ul - self.at_ul) > self.near_ul
            self.at_ul = found_ul
            arrived = abs(found_ul - target_ul) <= self.near_ul
            return None if arrived else restated(error, moved=moved)
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

    def tell_rest(self, given_up: GivenUpError) -> None:
        """Write down that what was not begun shares the fate of what was."""
        if not self.waiting:
            return
        keys = tuple(map(_key, self.waiting))
        case = Case(("rest", *keys), self.wells(self.waiting), legs=keys)
        self.counsel.write(Act.MOVE_PLUNGER, given_up.error, [case], given_up.response, "table")

    def give_up(self, legs: Sequence[Leg], given_up: GivenUpError) -> None:
        """Let these legs go, and their wells as was decided."""
        self.unknown = self.unknown or self.lost_track
        reason = str(given_up.error)
        self.lost.append(reason)
        told = f"{self.operation.id}: {reason}"
        self.run.fates.flag(self.wells(legs), told, given_up.policy, self.operation.id)


def _key(leg: Leg) -> tuple[int, int, str]:
    return leg.channel, leg.cycle, leg.destination
