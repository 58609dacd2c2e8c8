"""Syringe pumps that go to absolute steps and tell in which step they stand.

An order that nobody acknowledged is answered by waiting until the pump is at rest and reading where
it stands: it is given again only if the plunger hasn't left its place.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ncrobot.clock import Clock
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_drivers.line_pump import LinePump
from ncrobot_drivers.link import LinkError, SerialLink
from ncrobot_drivers.pump_settings import check_move, refused
from ncrobot_drivers.waiting import Patience


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a pump says has gone wrong with it."""

    why: str
    kind: DeviceErrorKind
    place_lost: bool


class SteppingPump(LinePump):
    """What these pumps have in common; a model tells how each thing is said.

    ``homed`` is False where its zero isn't known to be right.
    """

    valve_s = 5.0
    homing_s = 30.0
    tolerance_steps = 0

    def __init__(
        self,
        name: str,
        clock: Clock,
        settings: Mapping[str, Any],
        link: SerialLink,
        *,
        steps: int,
        ports: Sequence[str],
    ) -> None:
        super().__init__(name, clock, settings, link)
        self.steps = steps
        self.limits = self.pump.limits(steps, ports)
        self.homed = False
        self.valve: str | None = None
        self._session = 0

    # What a model has to tell.

    @abstractmethod
    async def busy(self) -> bool:
        """Ask whether it is at something."""

    @abstractmethod
    async def trouble(self) -> Trouble | None:
        """Ask what went wrong in the last order; told once."""

    @abstractmethod
    async def place(self) -> int:
        """Step in which the plunger stands."""

    @abstractmethod
    async def order_plunger(self, step: int, rate_ul_per_s: float) -> bool:
        """Order a move; returns False if nobody said that it began."""

    @abstractmethod
    async def order_valve(self, port: str) -> bool:
        """Order the valve to a port; returns as above."""

    @abstractmethod
    async def order_homing(self) -> bool:
        """Order the plunger to its zero; returns as above."""

    @abstractmethod
    async def order_stop(self) -> None:
        """Stop the plunger, and forget what was ordered."""

    @abstractmethod
    async def seen_valve(self) -> str | None:
        """Port that the valve stands at by the pump's own word; None if it can't tell."""

    # What they promise.

    async def connect(self) -> None:
        """Open the line and set the pump up; nothing moves.

        Raises:
            DeviceError: no port, or no pump.

        """
        await self.link.open()
        self.homed, self.valve = False, None
        try:
            await self.get_ready()
        except DeviceError:
            await self.link.close()
            raise
        self._session = self.link.sessions

    async def initialise(self, port: str | None = None) -> None:
        """Turn the valve to a port, and push out of it what is in the syringe."""
        await self._at_rest()
        if port is not None and self.limits.ports:
            await self.move_valve(port)
        self.homed = False
        for orders in (1, 2):
            # Homing what is homed already moves nothing: it may be ordered again.
            sure = await self.order_homing()
            try:
                await self._follow(self.homing_s)
            except DeviceError as error:
                if sure or orders == 2 or isinstance(error, LinkError):
                    raise
            if sure:
                break
        self.homed = True

    async def move_valve(self, port: str) -> None:
        """Turn the valve and, where the pump can tell, read back where it stands."""
        if port not in self.limits.ports:
            raise refused(self.name, f"has no port {port!r}")
        await self._at_rest()
        self.valve = None
        for orders in (1, 2):
            sure = await self.order_valve(port)
            await self._follow(self.valve_s, turning=True)
            seen = await self.seen_valve()
            if seen == port or (seen is None and (sure or orders == 2)):
                self.valve = port
                return
            if sure:
                break
        raise DeviceError(
            f"the valve stands at {seen}, not at {port}",
            device=self.name,
            kind=DeviceErrorKind.VALVE_ERROR,
            moved=False,
        )

    async def read_valve(self) -> str | None:
        """Port that the valve stands at, by its own word or else by our last order."""
        return (await self.seen_valve() or self.valve) if self.limits.ports else None

    async def move_plunger(self, position_ul: float, rate_ul_per_s: float) -> None:
        """Bring the plunger to an absolute position."""
        check_move(self.name, self.limits, position_ul, rate_ul_per_s)
        await self._at_rest()
        if not self.homed:
            raise refused(self.name, "doesn't know its zero: initialise it first")
        target = round(position_ul / self.limits.syringe_ul * self.steps)
        before, stops = await self.place(), self._stops
        expected_s = abs(target - before) / self.steps * self.limits.syringe_ul / rate_ul_per_s
        for orders in (1, 2):
            try:
                sure = await self.order_plunger(target, rate_ul_per_s)
                await self._follow(expected_s * 1.2 + 2.0)
            except DeviceError as error:
                error.moved = None if orders > 1 else error.moved
                raise
            place = await self._place_after()
            if abs(place - target) <= self.tolerance_steps:
                return
            moved = abs(place - before) > self.tolerance_steps
            if sure or moved:
                break
        raise DeviceError(
            f"the plunger {'was stopped' if self._stops > stops else 'stands'} "
            f"at {self._ul(place):g} µL, not at {position_ul:g} µL",
            device=self.name,
            kind=DeviceErrorKind.STALL,
            moved=moved,
        )

    async def read_plunger_ul(self) -> float | None:
        """Where the pump says that the plunger stands, once it is at rest."""
        await self._at_rest()
        return self._ul(await self.place()) if self.homed else None

    async def stop(self) -> None:
        """Stop the plunger where it is."""
        self._stops += 1
        await self.order_stop()
        await self._until_idle(self.valve_s)

    # How it is done.

    async def _at_rest(self) -> None:
        await self._until_idle(self.limits.syringe_ul / self.limits.rate_ul_per_s[0])
        if self.link.sessions != self._session:
            # The line was lost meanwhile, and perhaps the power with it.
            self.homed, self.valve, self._session = False, None, self.link.sessions

    async def _place_after(self) -> int:
        try:
            return await self.place()
        except LinkError as error:
            error.moved = None
            raise

    async def _follow(self, expected_s: float, *, turning: bool = False) -> None:
        """Wait for the end of an order and ask what went wrong in it.

        Raises:
            DeviceError: something did.

        """
        try:
            await self._until_idle(expected_s)
            trouble = await self.trouble()
        except LinkError as error:
            error.moved = False if turning else None
            raise
        if trouble is None:
            return
        self.homed = self.homed and not trouble.place_lost
        moved = None if trouble.place_lost and not turning else False
        raise DeviceError(trouble.why, device=self.name, kind=trouble.kind, moved=moved)

    async def _until_idle(self, expected_s: float) -> None:
        patience = Patience(self.name, self.clock, expected_s)
        while await self.busy():
            await patience.pause("busy")

    def _ul(self, steps: int) -> float:
        return steps / self.steps * self.limits.syringe_ul
