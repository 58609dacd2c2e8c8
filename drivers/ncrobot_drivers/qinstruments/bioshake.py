"""QInstruments BioShake 3000 (-T, elm), after programs that drive it.

Tried with our emulator only, never on hardware; PyLabRobot's driver works with that emulator, too.
Not confirmed: what state it is in after a loss of power, whether its readback of the speed is that
of the set speed to the revolution (so 5 % are allowed for), and whether all firmware knows
``getTempTarget`` and ``getTempState``; one that doesn't isn't asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceErrorKind
from ncrobot_drivers.link import Line, Terminated
from ncrobot_drivers.options import LineOptions, read_options
from ncrobot_drivers.qinstruments.words import BioShakeWords, fits
from ncrobot_drivers.spans import read_span

DRIVER = "qinstruments.bioshake"
RPM, CELSIUS = (200.0, 3000.0), (0.0, 99.0)
RUNNING, HOME = 0, 3
LOCKED, UNLOCKED = 1, 3
UNLOCK_TRIES = 10
"""For some seconds after a stop it refuses to move its lock."""

HOMING_S = 30.0
NEAR = 0.05
"""How far from the set speed the readback may be."""

ORDERS = 3
"""How often a temperature is ordered, until it is read back."""

NEAR_C = 0.06
"""How far from the set temperature its readback may be: it counts tenths."""


class BioShakeOptions(LineOptions):
    """Options of a BioShake: time of its ramps, and whether it has an edge lock."""

    acceleration_s: int | None = Field(None, ge=0, le=10)
    elm: bool = True


class BioShake(BioShakeWords):
    """A BioShake. It holds its plate before it shakes, and is home and locked when it stands."""

    reply_s = 2.0

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, BioShakeOptions, device=name, driver=DRIVER)
        link = options.make_link(name, port, clock, Line(9600), Terminated(b"\r", b"\r\n"))
        super().__init__(name, clock, link, options.reply_s)
        self.options = options
        self._speeds = read_span(settings, "speed_rpm", RPM, device=name, unit="rpm")
        self._heats = read_span(settings, "temperature_c", CELSIUS, device=name, unit="°C")
        self._start_s = max(5 * float(settings.get("start_s") or 0), 15.0)
        self._aim_c: float | None = None
        self._tells_aim = True
        self._keeps_heat = settings.get("safe_state") in ("stopped", "hold")

    async def get_ready(self) -> None:
        """See what it can do; it goes on with what it does.

        Raises:
            DeviceError: the deck layout asks for more than this one can.

        """
        if self._speeds is not None:
            low = await self.number("getShakeMinRpm")
            high = await self.number("getShakeMaxRpm")
            if not low <= self._speeds.low <= self._speeds.high <= high:
                raise self.refused(f"runs at {low:g} to {high:g} rpm, the layout asks for more")
        if self._heats is not None:
            low, high = await self.number("getTempMin"), await self.number("getTempMax")
            if not low <= self._heats.low <= self._heats.high <= high:
                raise self.refused(f"holds {low:g} to {high:g} °C, the layout asks for more")
        if self.options.acceleration_s is not None:
            await self.say(f"setShakeAcceleration{self.options.acceleration_s}")

    async def identify(self) -> Identity:
        """What it calls itself, and its firmware."""
        return Identity(await self.say("getDescription"), "", await self.say("getVersion"))

    async def shake(self, speed_rpm: float) -> None:
        """Hold the plate and reach the speed; 0 stops, homes and locks.

        Raises:
            DeviceError: it is out of range, or isn't reached.

        """
        if speed_rpm == 0:
            await self._stop()
            return
        if self._speeds is None:
            raise self.refused("has no speeds in the deck layout")
        self._speeds.check(speed_rpm)
        if await self._state() == HOME:
            await self.clamp()
        await self.say(f"setShakeTargetSpeed{round(speed_rpm)}")
        await self.say("shakeOn")

        async def reached() -> bool:
            near = abs(await self.read_speed_rpm() - speed_rpm) <= NEAR * speed_rpm
            return near and await self._state() == RUNNING

        if not await self.until(reached, within_s=self._start_s, poll_s=0.5):
            raise self.failure(
                f"shakes at {await self.read_speed_rpm():g} rpm, not at {speed_rpm:g} rpm",
                DeviceErrorKind.STALL,
                moved=False,
            )

    async def _stop(self) -> None:
        if await self._state() != HOME:
            await self.say("shakeOff")

        async def is_home() -> bool:
            state = await self._state()
            if state == RUNNING:  # what was taken for "home" above answered another question
                await self.say("shakeOff")
            return state == HOME

        if not await self.until(is_home, within_s=HOMING_S, poll_s=0.5):
            raise self.failure("didn't come home", DeviceErrorKind.SHAKER_NOT_HOMED, moved=False)

    async def _state(self) -> int:
        return int(await self.number("getShakeState"))

    async def _is_home(self) -> bool:
        return await self._state() == HOME

    async def read_speed_rpm(self) -> float:
        """Readback of the speed."""
        return await self.number("getShakeActualSpeed")

    async def clamp(self) -> None:
        """Lock the plate's edges."""
        await self._lock("setElmLockPos", LOCKED)

    async def release(self) -> None:
        """Unlock the plate's edges; refused while it shakes."""
        if not await self._is_home():
            raise self.refused("is not home and locked, so it holds its plate")
        await self._lock("setElmUnlockPos", UNLOCKED)

    async def read_clamped(self) -> bool | None:
        """Whether the edges are locked; None if it has no lock, or reports an error of it."""
        if not self.options.elm:
            return None
        return {LOCKED: True, UNLOCKED: False}.get(int(await self.number("getElmState")))

    async def _lock(self, order: str, wanted: int) -> None:
        """Move the lock; it refuses for some seconds after a stop."""
        if not self.options.elm:
            return
        for _ in range(UNLOCK_TRIES):
            if int(await self.number("getElmState")) == wanted:
                return
            raw = await self.ask(order.encode("ascii"), lambda raw: fits(order, raw))
            if raw.strip() != b"ok":
                await self.clock.sleep(1.0)
        raise self.failure("its edge lock doesn't move", DeviceErrorKind.STALL, moved=False)

    async def set_temperature(self, temperature_c: float | None) -> None:
        """Give a setpoint, and read it back; None switches the control off.

        Raises:
            DeviceError: it is out of range, or isn't taken.

        """
        if temperature_c is None:
            self._aim_c = None
            await self.say("tempOff")
            return
        if self._heats is None:
            raise self.refused("has no temperatures in the deck layout")
        self._heats.check(temperature_c)
        for _ in range(ORDERS):
            await self.say(f"setTempTarget{round(temperature_c * 10)}")
            await self.say("tempOn")
            if await self._aims_at(temperature_c):
                self._aim_c = temperature_c
                return
        raise self.failure(
            f"doesn't take {temperature_c:g} °C",
            DeviceErrorKind.TEMPERATURE_NOT_REACHED,
            moved=False,
        )

    async def read_temperature_c(self) -> float:
        """Readback of the temperature.

        Raises:
            DeviceError: it no longer heats to what it was told: it was switched off meanwhile.

        """
        told_c = await self.number("getTempActual")
        if self._aim_c is not None and not await self._still_aims_at(self._aim_c):
            raise self.failure(
                f"no longer holds {self._aim_c:g} °C: it has lost its set point",
                DeviceErrorKind.TEMPERATURE_NOT_REACHED,
                moved=False,
            )
        return told_c

    async def _aims_at(self, temperature_c: float) -> bool:
        """Whether it heats to this temperature, by its readback; True if it can't say."""
        if not self._tells_aim:
            return True
        raw = await self.ask(b"getTempTarget", lambda raw: fits("getTempTarget", raw))
        if raw.startswith(b"u ->"):
            self._tells_aim = False
            return True
        near = abs(float(raw) - temperature_c) < NEAR_C
        return near and await self.number("getTempState") == 1

    async def _still_aims_at(self, temperature_c: float) -> bool:
        """The same, asked anew on a silent line before it is denied.

        Its answers don't say to which question they belong: a figure that came twice is easily
        taken for the next one.
        """
        if await self._aims_at(temperature_c):
            return True
        await self.link.drain()
        return await self._aims_at(temperature_c)

    async def make_safe(self) -> bool:
        """Stop and home, and switch the heater off unless the layout says to leave it."""
        try:
            if self._heats is not None and not self._keeps_heat:
                await self.set_temperature(None)
        finally:
            await self._stop()
        return True
