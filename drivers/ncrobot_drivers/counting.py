"""Syringe pumps that only count what they have pushed and drawn: no zero to find, and no valve.

Where the plunger stands is what was drawn less what was pushed out, as the pump counts it since its
counters were cleared with the syringe empty. A dose is the difference between that and the target,
so a lost reply is answered by looking at the counters, never by dosing again.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from ncrobot.clock import Clock
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_drivers.line_pump import LinePump
from ncrobot_drivers.link import LinkError, SerialLink
from ncrobot_drivers.options import LineOptions
from ncrobot_drivers.pump_settings import check_move, refused
from ncrobot_drivers.waiting import Patience


class CountingOptions(LineOptions):
    """Options of a pump that only counts.

    With ``check_valves`` in its line it draws from one tube and pushes into another by itself, so
    that turning to a port is done as soon as asked. ``empty_at_power_on`` is the lab's promise that
    the pump is only ever switched on with its syringe empty and its plunger at the end.
    """

    diameter_mm: float = Field(ge=0.1, le=80, description="inner diameter of the syringe")
    flow: Literal["one_line", "check_valves"] = "one_line"
    empty_at_power_on: bool = False


@dataclass(frozen=True, slots=True)
class Glance:
    """What a pump says of itself: whether it runs, and what has gone wrong with it, if anything."""

    running: bool
    stalled: bool = False
    trouble: str | None = None


class CountingPump(LinePump):
    """What these pumps have in common; a model tells how each thing is said.

    ``trusted`` is False where the counters don't tell where the plunger is.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        settings: Mapping[str, Any],
        options: CountingOptions,
        link: SerialLink,
    ) -> None:
        super().__init__(name, clock, settings, link)
        self.options = options
        ports = self.pump.ports if options.flow == "check_valves" else ()
        self.limits = self.pump.limits(self.steps(self.pump.syringe_ul), ports)
        self.trusted = False
        self._counts_ul = (0.0, 0.0)

    # What a model has to tell.

    @abstractmethod
    def steps(self, syringe_ul: float) -> int:
        """In how many steps a whole syringe is counted."""

    @abstractmethod
    async def glance(self) -> Glance:
        """Ask whether it runs."""

    @abstractmethod
    async def count_ul(self) -> tuple[float, float]:
        """What it has pushed out and drawn since its counters were cleared (µL)."""

    @abstractmethod
    async def clear_counts(self) -> None:
        """Clear both counters."""

    @abstractmethod
    async def set_dose(self, volume_ul: float, rate_ul_per_s: float) -> None:
        """Set what the next start does: draw (positive) or push; nothing moves yet."""

    @abstractmethod
    async def start(self, *, drawing: bool) -> bool:
        """Start what was set; returns False if nobody said that it began."""

    @abstractmethod
    async def halt(self) -> None:
        """Stop, so that nothing is left to be gone on with."""

    # What they promise.

    async def connect(self) -> None:
        """Open the line and set the pump up; nothing moves.

        Raises:
            DeviceError: no port, or no pump.

        """
        await self.link.open()
        self._counts_ul = (0.0, 0.0)
        try:
            await self.get_ready()
            if not -1.0 <= await self._place_ul() <= self.limits.syringe_ul * 1.01 + 1.0:
                self.trusted = False
        except DeviceError:
            await self.link.close()
            raise

    async def initialise(self, port: str | None = None) -> None:
        """Push out what the counters say is in the syringe, and clear them.

        Raises:
            DeviceError: they don't tell: a person has to empty the syringe.

        """
        if await self.read_plunger_ul() is None:
            raise refused(
                self.name,
                "nobody knows where its plunger is: empty the syringe by hand, switch the pump off "
                "and on, and let the layout say options: {empty_at_power_on: true}",
            )
        if port is not None and self.limits.ports:
            await self.move_valve(port)
        await self.move_plunger(0.0, self.limits.rate_ul_per_s[1])

    async def move_valve(self, port: str) -> None:
        """Nothing turns: check valves do it by themselves."""
        if port not in self.limits.ports:
            raise refused(self.name, f"has no port {port!r}")

    async def read_valve(self) -> str | None:
        """It has no valve that could be asked."""
        return None

    async def move_plunger(self, position_ul: float, rate_ul_per_s: float) -> None:
        """Bring the plunger to an absolute position."""
        check_move(self.name, self.limits, position_ul, rate_ul_per_s)
        before_ul = await self.read_plunger_ul()
        if before_ul is None:
            raise refused(self.name, "has lost count of its plunger: initialise it first")
        near_ul = self.limits.resolution_ul
        if abs(position_ul - before_ul) >= near_ul / 2:
            place_ul = await self._dose(position_ul, before_ul, rate_ul_per_s)
            if abs(place_ul - position_ul) > near_ul:
                raise self._elsewhere(place_ul, position_ul, before_ul)
        if position_ul <= near_ul / 2:
            # So the figures stay small, and exact to their last digit.
            await self.clear_counts()
            self._counts_ul = (0.0, 0.0)

    async def read_plunger_ul(self) -> float | None:
        """Where the counters say that the plunger is, once it stands still."""
        await self._until_stopped(self.limits.syringe_ul / self.limits.rate_ul_per_s[0])
        place_ul = await self._place_ul()
        return place_ul if self.trusted else None

    async def stop(self) -> None:
        """Stop the plunger; what it has moved stays counted."""
        self._stops += 1
        await self.halt()

    async def stands_still(self) -> bool:
        """Stop; True once the pump has said that it stands still."""
        await self.stop()
        return not (await self.glance()).running

    # How it is done.

    async def _dose(self, position_ul: float, before_ul: float, rate_ul_per_s: float) -> float:
        """Move by the difference; returns where the plunger then stands."""
        volume_ul = position_ul - before_ul
        stops = self._stops
        for orders in (1, 2):
            await self.set_dose(volume_ul, rate_ul_per_s)
            sure = await self.start(drawing=volume_ul > 0)
            await self._until_stopped(abs(volume_ul) / rate_ul_per_s, moving=True)
            try:
                place_ul = await self._place_ul()
            except LinkError as error:
                error.moved = None
                raise
            moved = abs(place_ul - before_ul) > self.limits.resolution_ul / 2
            if sure and not moved and self._stops == stops:
                self.trusted = False  # it began, and yet nothing was counted
            if not self.trusted:
                raise self._lost("lost count of its plunger in the middle of a move")
            if sure or moved or orders == 2 or self._stops > stops:
                break
        return place_ul

    async def _place_ul(self) -> float:
        """Where the counters say that the plunger is; counters that fell were lost."""
        pushed_ul, drawn_ul = await self.count_ul()
        near_ul = self.limits.resolution_ul
        if pushed_ul < self._counts_ul[0] - near_ul or drawn_ul < self._counts_ul[1] - near_ul:
            self.trusted = False
        self._counts_ul = (pushed_ul, drawn_ul)
        return drawn_ul - pushed_ul

    async def _until_stopped(self, expected_s: float, *, moving: bool = False) -> None:
        """Ask until the pump has stopped.

        Raises:
            DeviceError: it stalled (if ``moving``), takes far too long, or can't be asked.

        """
        patience = Patience(self.name, self.clock, expected_s, times=1.2)
        while True:
            try:
                seen = await self.glance()
            except LinkError as error:
                error.moved = None if moving else error.moved
                raise
            if seen.trouble is not None and moving:
                kind = DeviceErrorKind.STALL if seen.stalled else DeviceErrorKind.REFUSED
                raise DeviceError(seen.trouble, device=self.name, kind=kind, moved=None)
            if not seen.running:
                return
            await patience.pause("running")

    def _lost(self, why: str) -> DeviceError:
        return DeviceError(why, device=self.name, kind=DeviceErrorKind.STALL, moved=None)

    def _elsewhere(self, place_ul: float, position_ul: float, before_ul: float) -> DeviceError:
        return DeviceError(
            f"the plunger stands at {place_ul:g} µL, not at {position_ul:g} µL",
            device=self.name,
            kind=DeviceErrorKind.STALL,
            moved=abs(place_ul - before_ul) > self.limits.resolution_ul / 2,
        )
