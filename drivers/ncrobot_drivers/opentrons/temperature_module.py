"""Opentrons temperature module at its own USB line, without a robot.

Tried with our emulator only, never on hardware; PyLabRobot's driver works with that emulator, too.
Not confirmed: whether it takes parts of a degree (the maker's own program sends whole ones, so a
set point that comes back rounded to a whole degree is taken for right).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot_drivers.line_device import LineDevice
from ncrobot_drivers.link import Line, Terminated
from ncrobot_drivers.options import LineOptions, read_options
from ncrobot_drivers.spans import read_span

DRIVER = "opentrons.temperature_module"
CELSIUS = (4.0, 95.0)
ROUNDED_C = 0.5
_TEMPERATURES = re.compile(rb"T:(\S+)\s+C:(\S+)")


class TemperatureModule(LineDevice):
    """A temperature module."""

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, LineOptions, device=name, driver=DRIVER)
        link = options.make_link(
            name, port, clock, Line(115200), Terminated(b"\r\n\r\n", b"ok\r\nok\r\n")
        )
        super().__init__(name, clock, link, options.reply_s)
        self._range = read_span(settings, "temperature_c", CELSIUS, device=name, unit="°C")
        self._holds = settings.get("safe_state") == "hold"

    async def get_ready(self) -> None:
        """See that it answers; it goes on with what it does."""
        await self._temperatures()

    async def identify(self) -> Identity:
        """Model, serial number and firmware."""
        raw = await self.ask(b"M115", lambda raw: b"serial:" in raw)
        pairs = (word.partition(":") for word in raw.decode("latin-1").split())
        told = {key: value for key, _, value in pairs}
        return Identity(
            f"Opentrons {told.get('model', '')}", told.get("serial", ""), told.get("version", "")
        )

    async def _temperatures(self) -> tuple[float | None, float]:
        """Set point (None: off) and readback (°C)."""
        raw = await self.ask(b"M105", lambda raw: _read(raw) is not None)
        told = _read(raw)
        if told is None:  # accept has seen to that
            raise self.refused(f"answers {raw!r}")
        return told

    async def set_temperature(self, temperature_c: float | None) -> None:
        """Give a setpoint and see that it was taken; None switches the control off."""
        if temperature_c is None:
            order = b"M18"
        else:
            if self._range is None:
                raise self.refused("has no temperatures in the deck layout")
            self._range.check(temperature_c)
            order = f"M104 S{temperature_c:.1f}".encode("ascii")
        await self.ask(order, lambda raw: not raw.strip())
        target_c, _ = await self._temperatures()
        if target_c is None or temperature_c is None:
            agrees = target_c is None and temperature_c is None
        else:
            agrees = abs(target_c - temperature_c) <= ROUNDED_C
        if not agrees:
            raise self.refused(f"has the setpoint {target_c}, not {temperature_c}")

    async def read_temperature_c(self) -> float:
        """Readback of the temperature."""
        return (await self._temperatures())[1]

    async def make_safe(self) -> bool:
        """Switch off, unless the layout says to hold."""
        if not self._holds:
            await self.set_temperature(None)
        return True


def _read(raw: bytes) -> tuple[float | None, float] | None:
    """Set point and readback of an answer; None if it is none."""
    match = _TEMPERATURES.search(raw)
    if match is None:
        return None
    try:
        target = None if match[1].lower() == b"none" else float(match[1])
        return target, float(match[2])
    except ValueError:
        return None
