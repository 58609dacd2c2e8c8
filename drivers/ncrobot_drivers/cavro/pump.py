"""The driver of all pumps that speak Cavro's language; each model is a :class:`Dialect` of it.

A move is absolute, and done only if the pump says that it was told to be at the target (``?``) and
the encoder (``?4``) sees the plunger there. So a lost reply costs nothing: what was asked for
either stands, or is asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_drivers.cavro.dialect import PULSES_PER_STROKE, WORDS, Dialect
from ncrobot_drivers.cavro.machine import CavroMachine
from ncrobot_drivers.cavro.options import CavroOptions
from ncrobot_drivers.cavro.wire import FRAMINGS, CavroLine, Protocol
from ncrobot_drivers.line_pump import LinePump
from ncrobot_drivers.link import Line, LinkError
from ncrobot_drivers.options import read_options
from ncrobot_drivers.pump_settings import PumpSettings, check_move, refused

BAUD = 9600
HOMING_S = PULSES_PER_STROKE / 500 + 3
VALVE_S = 3.0
START_SPEED = 880
"""As near the usual 900 pulses/s as can be told from it: by it a restart of the pump is noticed."""
RAMPS_S = 1.0
"""More than both ramps of a move take."""


class CavroPump(LinePump):
    """A syringe pump with a valve. Never tried on hardware."""

    dialect: ClassVar[Dialect]

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        told = read_options(settings, CavroOptions, device=name, driver=self.dialect.driver)
        self._options = options = told.settled(PumpSettings.read(name, settings), self.dialect)
        protocol: Protocol = options.protocol or "dt"
        link = options.make_link(name, port, clock, Line(BAUD), FRAMINGS[protocol])
        super().__init__(name, clock, settings, link)
        self._steps = options.steps or 0
        self.limits = self.pump.limits(self._steps, options.ports)
        line = CavroLine(link, options.address, protocol, options.reply_s)
        self._machine = CavroMachine(name, self.dialect, line, clock)

    async def connect(self) -> None:
        """Open the line and find out whether the pump knows its zero; nothing moves.

        Raises:
            DeviceError: no port, or no pump.

        """
        await self.link.open()
        try:
            await self.get_ready()
        except LinkError:
            await self.link.close()
            raise

    async def get_ready(self) -> None:
        """Find out whether the pump knows its zero."""
        await self._machine.get_to_know(self._longest_s())

    async def identify(self) -> Identity:
        """Model and firmware; the pump doesn't tell its serial number."""
        return Identity(self.dialect.model, "", await self._machine.firmware())

    async def initialise(self, port: str | None = None) -> None:
        """Home valve and plunger; what is in the syringe goes out of ``port``."""
        options, pump, machine = self._options, self.pump, self._machine
        letter = "Z" if options.ports_counted == "clockwise" else "Y"
        text = f"{letter}{options.force_code(pump.syringe_ul)}"
        if options.numbered:
            port = port or pump.waste
            if port not in self.limits.ports:
                raise refused(self.name, f"has no port {port!r}")
            text += f",{pump.inlet},{port}"
        elif port not in (None, "output") and options.homes_out_of is None:
            raise refused(self.name, f"can't home out of {port!r}, only out of 'output'")
        await machine.at_rest(self._longest_s())
        await machine.home(f"{text}R", HOMING_S)
        await self.read_valve()

    async def move_valve(self, port: str) -> None:
        """Turn the valve and read back where it stands."""
        if port not in self.limits.ports:
            raise refused(self.name, f"has no port {port!r}")
        await self._require_homed()
        for _ in range(2):
            sure = await self._machine.carry_out(f"{self._turn(port)}R", VALVE_S)
            if await self.read_valve() == port:
                return
            if sure:
                break
        raise DeviceError(
            f"the valve stands at {self._machine.valve}, not at {port}",
            device=self.name,
            kind=DeviceErrorKind.VALVE_ERROR,
            moved=False,
        )

    async def read_valve(self) -> str | None:
        """Port that the valve stands at."""
        return await self._machine.read_valve() if self.limits.ports else None

    async def move_plunger(self, position_ul: float, rate_ul_per_s: float) -> None:
        """Bring the plunger to an absolute position."""
        check_move(self.name, self.limits, position_ul, rate_ul_per_s)
        await self._require_homed()
        if self._machine.valve == "bypass":
            raise refused(self.name, "can't move its plunger while the valve is in bypass")
        target = round(position_ul / self.limits.syringe_ul * self._steps)
        before, stops = await self._machine.place(), self._stops
        place = await self._reach(target, before, rate_ul_per_s)
        if place is not None:
            raise DeviceError(
                f"the plunger {'was stopped' if self._stops > stops else 'stands'} "
                f"at {self._ul(place):g} µL, not at {position_ul:g} µL",
                device=self.name,
                kind=DeviceErrorKind.STALL,
                moved=abs(place - before) > self._options.tolerance_steps,
            )

    async def read_plunger_ul(self) -> float | None:
        """Where the encoder sees the plunger, once it stands still; None if its zero is lost."""
        await self._machine.at_rest(self._longest_s())
        if not await self._machine.kept_power():
            return None
        return self._ul(await self._machine.place())

    async def stop(self) -> None:
        """Stop plunger and program; a turning valve turns to its end."""
        self._stops += 1
        await self._machine.halt()

    async def _reach(self, target: int, before: int, rate_ul_per_s: float) -> int | None:
        """Go to a step; returns where the plunger stands if it isn't there.

        Raises:
            DeviceError: the pump refused, or failed.

        """
        tolerance = self._options.tolerance_steps
        speed = round(rate_ul_per_s / self.limits.syringe_ul * PULSES_PER_STROKE)
        speed = min(max(speed, self.dialect.speeds[0]), self.dialect.speeds[1])
        gentle = max(50, min(START_SPEED, speed))
        # Below its lowest start speed a pump may tell that or the top speed.
        marks = frozenset({gentle} if speed >= gentle else {gentle, speed})
        distance = abs(target - before) / self._steps * PULSES_PER_STROKE
        order = f"v{gentle}V{speed}c{gentle}A{target}R"
        for orders in (1, 2):
            try:
                sure = await self._machine.carry_out(order, distance / speed + RAMPS_S, marks)
            except DeviceError as error:
                if orders > 1:
                    error.moved = None  # the first order may have been obeyed
                raise
            commanded, place = await self._where()
            if commanded == target and abs(place - target) <= tolerance:
                return None
            if sure or abs(place - before) > tolerance:
                break  # it was obeyed, and yet it isn't there
        return place

    async def _where(self) -> tuple[int, int]:
        """Where the plunger was told to be after a move, and where it is (steps).

        Raises:
            DeviceError: the pump doesn't say, or lost its power meanwhile.

        """
        machine = self._machine
        try:
            commanded, place = await machine.commanded(), await machine.place()
            kept_power = await machine.kept_power()
        except LinkError as error:
            error.moved = None
            raise
        if not kept_power:
            raise DeviceError(
                "lost its power in the middle of a move",
                device=self.name,
                kind=DeviceErrorKind.STALL,
                moved=None,
            )
        return commanded, place

    async def _require_homed(self) -> None:
        await self._machine.at_rest(self._longest_s())
        if not self._machine.homed:
            raise refused(self.name, "doesn't know its zero: initialise it first")

    def _ul(self, steps: int) -> float:
        return steps / self._steps * self.limits.syringe_ul

    def _longest_s(self) -> float:
        """Time of a whole stroke at the slowest rate of the layout."""
        return self.limits.syringe_ul / self.limits.rate_ul_per_s[0]

    def _turn(self, port: str) -> str:
        """The command that turns the valve to a port, the short way round."""
        if not self._options.numbered:
            return WORDS[port]
        ports, valve = self.limits.ports, self._machine.valve
        if valve not in ports:
            return f"I{port}"
        clockwise = (ports.index(port) - ports.index(valve)) % len(ports)
        return f"I{port}" if clockwise <= len(ports) / 2 else f"O{port}"
