"""Inheco CPAC blocks on their TEC control box, through PyLabRobot (written against 0.2.2).

Tried with a stand-in for the control box only, never on hardware. ``port`` is the serial number of
the box, if there are several.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from pylabrobot.temperature_controlling.inheco import InhecoCPACBackend, InhecoTECControlBox

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot_drivers.options import LineOptions, read_options
from ncrobot_drivers.pylabrobot_device import PyLabRobotDevice
from ncrobot_drivers.spans import read_span

DRIVER = "inheco.cpac"
CELSIUS = (4.0, 110.0)
SERIAL_NUMBER, FIRMWARE = 2, 1


class CpacOptions(LineOptions):
    """Options: ``index`` of the block at its box."""

    index: int = Field(1, ge=1, le=6)


class Cpac(PyLabRobotDevice):
    """A CPAC block."""

    def __init__(
        self,
        *,
        name: str,
        clock: Clock,
        settings: Mapping[str, Any],
        port: str | None = None,
        backend: InhecoCPACBackend | None = None,
    ) -> None:
        del clock  # every call of it is short
        super().__init__(name, backend)
        self._port = port
        self._index = read_options(settings, CpacOptions, device=name, driver=DRIVER).index
        self._range = read_span(settings, "temperature_c", CELSIUS, device=name, unit="°C")
        self._holds = settings.get("safe_state") == "hold"

    def make_backend(self) -> InhecoCPACBackend:
        """Make backend and box."""
        return InhecoCPACBackend(self._index, InhecoTECControlBox(serial_number=self._port))

    async def open(self) -> None:
        """Open the box; the block goes on with what it does."""
        await self.backend.interface.setup()

    async def close(self) -> None:
        """Close the box. PyLabRobot's own stop would switch off a block that is to hold."""
        await self.backend.interface.stop()

    async def identify(self) -> Identity:
        """Serial number and firmware of the block."""
        number = await self.call(self.backend.get_device_info(SERIAL_NUMBER))
        firmware = await self.call(self.backend.get_device_info(FIRMWARE))
        return Identity("Inheco CPAC", str(number), str(firmware))

    async def set_temperature(self, temperature_c: float | None) -> None:
        """Give a setpoint; None switches the control off."""
        if temperature_c is None:
            await self.call(self.backend.deactivate())
            return
        if self._range is None:
            raise self.refused("has no temperatures in the deck layout")
        self._range.check(temperature_c)
        # PyLabRobot cuts off what is below a tenth of a degree, also of 37.3, which is 372.99….
        await self.call(self.backend.set_temperature(round(temperature_c, 1) + 0.001))

    async def read_temperature_c(self) -> float:
        """Readback of the temperature."""
        return float(await self.call(self.backend.get_current_temperature()))

    async def make_safe(self) -> bool:
        """Switch off, unless the layout says to hold."""
        if not self._holds:
            await self.set_temperature(None)
        return True
