"""Hamilton heater-shakers on their control box, through PyLabRobot (written against 0.2.2).

Tried with a stand-in for the control box only, never on hardware. Not confirmed: that the figure of
a speed, which PyLabRobot calls steps per second in one place and allows from 20 to 2000, is in
revolutions per minute as the maker's range of speeds suggests. Time it before trusting it.

``port`` is the serial number of the box, if there are several. A shaker that is plugged into a STAR
itself can't be driven: its commands go through the arm's own link.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pydantic import Field
from pylabrobot.heating_shaking.hamilton_backend import (
    HamiltonHeaterShakerBackend,
    HamiltonHeaterShakerBox,
)

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceErrorKind
from ncrobot_drivers.options import LineOptions, read_options
from ncrobot_drivers.pylabrobot_device import PyLabRobotDevice
from ncrobot_drivers.spans import read_span

DRIVER = "hamilton.heater_shaker"
RPM, CELSIUS = (20.0, 2000.0), (0.1, 105.0)
STILL_LOOKS = 20
STILL_S = 0.5


class HamiltonOptions(LineOptions):
    """Options: ``index`` of the shaker at its box."""

    index: int = Field(1, ge=0, le=8)


class HeaterShaker(PyLabRobotDevice):
    """A Hamilton heater-shaker. It locks its plate before it shakes."""

    def __init__(
        self,
        *,
        name: str,
        clock: Clock,
        settings: Mapping[str, Any],
        port: str | None = None,
        backend: HamiltonHeaterShakerBackend | None = None,
    ) -> None:
        super().__init__(name, backend)
        self._clock, self._port = clock, port
        self._index = read_options(settings, HamiltonOptions, device=name, driver=DRIVER).index
        self._speeds = read_span(settings, "speed_rpm", RPM, device=name, unit="rpm")
        self._heats = read_span(settings, "temperature_c", CELSIUS, device=name, unit="°C")
        self._keeps_heat = settings.get("safe_state") == "stopped"
        self._speed_rpm = math.nan
        self._locked: bool | None = None

    def make_backend(self) -> HamiltonHeaterShakerBackend:
        """Make backend and box."""
        box = HamiltonHeaterShakerBox(serial_number=self._port)
        return HamiltonHeaterShakerBackend(index=self._index, interface=box)

    async def open(self) -> None:
        """Open the box; a shaker that stands still is homed, one that shakes is left alone."""
        box = self.backend.interface
        if isinstance(box, HamiltonHeaterShakerBox):
            await box.setup()
        if not await self.backend.get_is_shaking():
            await self.backend.setup()

    async def close(self) -> None:
        """Close the box."""
        box = self.backend.interface
        if isinstance(box, HamiltonHeaterShakerBox):
            await box.stop()

    async def identify(self) -> Identity:
        """PyLabRobot asks it for nothing; but it has to answer."""
        await self.call(self.backend.get_is_shaking())
        return Identity("Hamilton heater-shaker", "", "")

    async def shake(self, speed_rpm: float) -> None:
        """Lock the plate and shake; 0 stops and homes. It is asked whether it does."""
        if speed_rpm != 0:
            if self._speeds is None:
                raise self.refused("has no speeds in the deck layout")
            self._speeds.check(speed_rpm)
            self._locked = None
            await self.call(self.backend.start_shaking(speed=round(speed_rpm)), within_s=60.0)
            self._locked = True
        else:
            await self.call(self.backend.stop_shaking(), within_s=60.0)
        for _ in range(STILL_LOOKS):
            if await self.call(self.backend.get_is_shaking()) == (speed_rpm != 0):
                self._speed_rpm = speed_rpm
                return
            await self._clock.sleep(STILL_S)
        kind = DeviceErrorKind.STALL if speed_rpm else DeviceErrorKind.SHAKER_NOT_HOMED
        raise self.failure("doesn't shake" if speed_rpm else "doesn't stand still", kind)

    async def read_speed_rpm(self) -> float:
        """The set speed as long as it says that it shakes, else 0; NaN if nobody knows it."""
        if not await self.call(self.backend.get_is_shaking()):
            return 0.0
        return self._speed_rpm or math.nan

    async def clamp(self) -> None:
        """Lock the plate."""
        self._locked = None
        await self.call(self.backend.lock_plate())
        self._locked = True

    async def release(self) -> None:
        """Unlock the plate; refused while it shakes."""
        if await self.call(self.backend.get_is_shaking()):
            raise self.refused("shakes, so it holds its plate")
        self._locked = None
        await self.call(self.backend.unlock_plate())
        self._locked = False

    async def read_clamped(self) -> bool | None:
        """What it was told last: the lock can't be asked. None if nothing was told."""
        return self._locked

    async def set_temperature(self, temperature_c: float | None) -> None:
        """Give the heater a setpoint; None switches it off."""
        if temperature_c is None:
            await self.call(self.backend.deactivate())
            return
        if self._heats is None:
            raise self.refused("has no temperatures in the deck layout")
        self._heats.check(temperature_c)
        await self.call(self.backend.set_temperature(temperature_c))

    async def read_temperature_c(self) -> float:
        """Readback in the middle of the plate."""
        return float(await self.call(self.backend.get_current_temperature()))

    async def make_safe(self) -> bool:
        """Stop, and switch the heater off unless the layout says to leave it."""
        try:
            if self._heats is not None and not self._keeps_heat:
                await self.set_temperature(None)
        finally:
            await self.shake(0.0)
        return True
