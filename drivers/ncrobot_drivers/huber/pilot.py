"""Huber thermostats in their PB language, after programs that drive them.

Tried with our emulator only, never on hardware. Not confirmed: the pause between the starts of pump
and control (one program's author has seen a controller hang without it), and what its numbers of
errors mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceErrorKind
from ncrobot_drivers.line_device import LineDevice
from ncrobot_drivers.link import Line, Terminated
from ncrobot_drivers.options import LineOptions, read_options
from ncrobot_drivers.spans import read_span

DRIVER = "huber.pilot"
CELSIUS = (-120.0, 425.0)
SET_POINT, BATH, ERROR, PROCESS, CONTROL, CIRCULATION = 0x00, 0x01, 0x05, 0x07, 0x14, 0x16
NO_SENSOR_C = -151.0


class HuberOptions(LineOptions):
    """Options of a Huber.

    With ``process`` the temperature is that of the process sensor, else that of the bath.
    ``start_pause_s`` stands between the starts of pump and control.
    """

    process: bool = False
    start_pause_s: float = Field(10.0, ge=0)


class Pilot(LineDevice):
    """A Huber thermostat."""

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, HuberOptions, device=name, driver=DRIVER)
        link = options.make_link(name, port, clock, Line(9600), Terminated(b"\r\n", b"\r\n"))
        super().__init__(name, clock, link, options.reply_s)
        self.options = options
        self._range = read_span(settings, "temperature_c", CELSIUS, device=name, unit="°C")
        self._holds = settings.get("safe_state") == "hold"

    async def get_ready(self) -> None:
        """See that it answers and has no error; it goes on with what it does."""
        await self._check()

    async def identify(self) -> Identity:
        """The language has no word for its name that we know."""
        await self._read(SET_POINT)
        return Identity("Huber thermostat (PB)", "", "")

    async def _exchange(self, address: int, value: str) -> int:
        """Ask or set; the answer names the address and tells the value as it then is."""
        answer = re.compile(rf"\{{S{address:02X}([0-9A-F]{{4}})".encode("ascii"))
        raw = await self.ask(
            f"{{M{address:02X}{value}".encode("ascii"),
            lambda raw: answer.fullmatch(raw.strip()) is not None,
        )
        figure = int(raw.strip()[-4:], 16)
        return figure - 0x10000 if figure >= 0x8000 else figure

    async def _read(self, address: int) -> int:
        return await self._exchange(address, "****")

    async def _set(self, address: int, value: int) -> None:
        """Set a value.

        Raises:
            DeviceError: it has another one afterwards.

        """
        seen = await self._exchange(address, f"{value & 0xFFFF:04X}")
        if seen != value:
            await self._check()
            raise self.refused(f"doesn't take {value} at {address:02X}: it says {seen}")

    async def _check(self) -> None:
        error = await self._read(ERROR)
        if error:
            raise self.failure(
                f"reports error {error}", DeviceErrorKind.TEMPERATURE_NOT_REACHED, moved=False
            )

    async def set_temperature(self, temperature_c: float | None) -> None:
        """Give a setpoint, let it circulate and control; None stops control, then the pump."""
        if temperature_c is None:
            await self._set(CONTROL, 0)
            await self._set(CIRCULATION, 0)
            return
        if self._range is None:
            raise self.refused("has no temperatures in the deck layout")
        self._range.check(temperature_c)
        await self._set(SET_POINT, round(temperature_c * 100))
        for address in (CIRCULATION, CONTROL):
            if not await self._read(address):
                await self._set(address, 1)
                await self.clock.sleep(self.options.start_pause_s)
        await self._check()
        if not await self._read(CONTROL):
            raise self.refused("doesn't start to control")

    async def read_temperature_c(self) -> float:
        """Readback of the bath, or of the process sensor."""
        value_c = await self._read(PROCESS if self.options.process else BATH) / 100
        if value_c <= NO_SENSOR_C:
            raise self.failure(
                "sees no process sensor", DeviceErrorKind.TEMPERATURE_NOT_REACHED, moved=False
            )
        return value_c

    async def make_safe(self) -> bool:
        """Stop control and pump, unless the layout says to hold."""
        if not self._holds:
            await self.set_temperature(None)
        return True
