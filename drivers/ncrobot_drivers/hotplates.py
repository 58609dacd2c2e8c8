"""Hotplate stirrers: what IKA and Heidolph plates have in common behind their different words.

In a deck layout such a plate stands as a shaker (it stirs what is on it, and may heat it) or as a
temperature block. Speeds are those of its magnet.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from ncrobot.clock import Clock
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_drivers.line_device import LineDevice
from ncrobot_drivers.link import SerialLink
from ncrobot_drivers.options import LineOptions
from ncrobot_drivers.spans import read_span

ROUNDS = 3
"""How often starting or stopping is ordered anew, as these plates don't acknowledge it for sure."""

STILL_RPM = 5.0
"""A readback up to this is standing still."""

LEAST_PATIENCE_S = 10.0
"""A plate gets at least this for a start or a stop, whatever the layout thinks."""

POLL_S = 0.5


class HotplateOptions(LineOptions):
    """Options of a hotplate.

    With ``probe`` the temperature is that of the probe in the liquid, else that of the plate.
    ``speed_tolerance_rpm`` is how far the readback may be from the set speed (assumed: digital
    plates show steps of ten).
    """

    probe: bool = False
    speed_tolerance_rpm: float = Field(20.0, gt=0)


class Hotplate(LineDevice):
    """A plate that stirs and heats; a model tells how each thing is said."""

    def __init__(  # noqa: PLR0913 - who, what, and what it can
        self,
        name: str,
        clock: Clock,
        link: SerialLink,
        settings: Mapping[str, Any],
        options: HotplateOptions,
        *,
        rpm: tuple[float, float],
        celsius: tuple[float, float],
    ) -> None:
        super().__init__(name, clock, link, options.reply_s)
        self._speeds = read_span(settings, "speed_rpm", rpm, device=name, unit="rpm")
        self._heats = read_span(settings, "temperature_c", celsius, device=name, unit="°C")
        self._tolerance_rpm = options.speed_tolerance_rpm
        self._start_s = max(5 * float(settings.get("start_s") or 0), LEAST_PATIENCE_S)
        self._stop_s = max(5 * float(settings.get("stop_s") or 0), LEAST_PATIENCE_S)
        self.keeps_heat = settings.get("safe_state") in ("stopped", "hold")

    # What a model has to tell.

    @abstractmethod
    async def set_speed(self, speed_rpm: float) -> None:
        """Set the speed and see that it was taken; nothing starts."""

    @abstractmethod
    async def turn(self, *, on: bool) -> None:
        """Start or stop the motor."""

    @abstractmethod
    async def set_heat(self, temperature_c: float | None) -> None:
        """Set the temperature, see that it was taken, and heat; None: heat no more."""

    @abstractmethod
    async def read_speed_rpm(self) -> float:
        """Readback of the speed."""

    @abstractmethod
    async def read_temperature_c(self) -> float:
        """Readback of the temperature of plate or probe."""

    # What they promise.

    async def shake(self, speed_rpm: float) -> None:
        """Reach the speed; 0 stops.

        Raises:
            DeviceError: it is out of range, or isn't reached.

        """
        if speed_rpm != 0:
            if self._speeds is None:
                raise self.refused("has no speeds in the deck layout, so it doesn't stir")
            self._speeds.check(speed_rpm)
            await self.set_speed(speed_rpm)
        tolerance_rpm = self._tolerance_rpm if speed_rpm else STILL_RPM
        within_s = self._start_s if speed_rpm else self._stop_s

        async def reached() -> bool:
            return abs(await self.read_speed_rpm() - speed_rpm) <= tolerance_rpm

        for _ in range(ROUNDS):
            await self.turn(on=speed_rpm != 0)
            if await self.until(reached, within_s=within_s, poll_s=POLL_S):
                return
        raise self.failure(
            f"turns at {await self.read_speed_rpm():g} rpm, not at {speed_rpm:g} rpm",
            DeviceErrorKind.STALL,
            moved=False,
        )

    async def set_temperature(self, temperature_c: float | None) -> None:
        """Give the heater a setpoint; None switches it off."""
        if temperature_c is not None:
            if self._heats is None:
                raise self.refused("has no temperatures in the deck layout, so it doesn't heat")
            self._heats.check(temperature_c)
        await self.set_heat(temperature_c)

    async def make_safe(self) -> bool:
        """Stop the motor, and the heater unless the layout says to leave it."""
        try:
            if not self.keeps_heat:
                await self.set_heat(None)
        finally:
            await self.shake(0.0)
        return True

    def no_probe(self) -> DeviceError:
        """The error of a plate whose probe isn't there."""
        return self.failure(
            "sees no temperature probe", DeviceErrorKind.TEMPERATURE_NOT_REACHED, moved=False
        )
