"""The simulated shaker: takes its time to start, to stop and to home; may heat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ncrobot.clock import Clock
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_sim.device import SimulatedDevice
from ncrobot_sim.temperature_block import SimulatedTemperatureBlock
from ncrobot_sim.world import World

HEATER_SETTLE_S = 600.0
"""Time of a heater-shaker to a new setpoint (assumed: layouts state none for shakers)."""


class SimulatedShaker(SimulatedDevice):
    """A shaker in the world. Its speed is what the world's plate really does, also in a ramp."""

    model: ClassVar[str] = "shaker"

    def _take(self, settings: Mapping[str, Any]) -> None:
        low_rpm, high_rpm = settings["speed_rpm"]
        self._limits_rpm = (float(low_rpm), float(high_rpm))
        self._start_s = float(settings["start_s"])
        self._stop_s = float(settings["stop_s"])

    async def connect(self) -> None:
        """Stand still and homed."""
        await super().connect()
        self._world.speeds_rpm.setdefault(self.name, 0.0)

    async def shake(self, speed_rpm: float) -> None:
        """Reach the speed; 0 stops and homes. Between two speeds takes as long as a start."""
        low_rpm, high_rpm = self._limits_rpm
        if speed_rpm != 0 and not low_rpm <= speed_rpm <= high_rpm:
            message = f"runs at 0 or {low_rpm:g} to {high_rpm:g} rpm, not at {speed_rpm:g} rpm"
            raise DeviceError(message, device=self.name, kind=DeviceErrorKind.REFUSED, moved=False)
        fault = self._world.faults.next(self.name, "shake")
        if fault is not None:
            await self._clock.sleep(fault.delay_s)
            if fault.kind is DeviceErrorKind.SHAKER_NOT_HOMED and speed_rpm == 0:
                await self._stop_anywhere(homed=fault.happened)
            if fault.kind is not None and not fault.happened:
                raise fault.error()
        await self._ramp(speed_rpm)
        if fault is not None and fault.kind is not None:
            raise fault.error()

    async def _stop_anywhere(self, *, homed: bool) -> None:
        """Stand still, but perhaps not where the arm looks for the wells."""
        await self._ramp(0.0)
        self._world.set_homed(self.name, homed)

    async def _ramp(self, speed_rpm: float) -> None:
        if speed_rpm == 0:
            await self._stop()
            return
        if speed_rpm == self._world.speeds_rpm.get(self.name, 0.0):
            return
        self._world.set_speed(self.name, speed_rpm)
        await self._clock.sleep(self._start_s)

    async def _stop(self) -> None:
        """Stand still, and home if it isn't."""
        if self._world.speeds_rpm.get(self.name, 0.0) == 0 and self.name not in self._world.unhomed:
            return
        await self._clock.sleep(self._stop_s)
        self._world.set_speed(self.name, 0.0)
        self._world.set_homed(self.name, True)

    async def read_speed_rpm(self) -> float:
        """Readback of the speed."""
        self._world.faults.check(self.name, "read_speed")
        return self._world.speeds_rpm.get(self.name, 0.0)

    async def safe_state(self) -> bool:
        """Stop."""
        await super().safe_state()
        await self._stop()
        return self._world.speeds_rpm.get(self.name, 0.0) == 0.0


class SimulatedHeaterShaker(SimulatedShaker):
    """A shaker with a heater."""

    def __init__(
        self,
        *,
        name: str,
        clock: Clock,
        settings: Mapping[str, Any],
        world: World,
        port: str | None = None,
    ) -> None:
        super().__init__(name=name, clock=clock, settings=settings, world=world, port=port)
        self._heater = SimulatedTemperatureBlock(
            name=name,
            clock=clock,
            settings={
                "settle_s": HEATER_SETTLE_S,
                **settings,
                "safe_state": "hold" if settings.get("safe_state") == "stopped" else "off",
            },
            world=world,
        )

    async def set_temperature(self, temperature_c: float | None) -> None:
        """Give the heater a setpoint; None switches it off."""
        await self._heater.set_temperature(temperature_c)

    async def read_temperature_c(self) -> float:
        """Readback of the temperature."""
        return await self._heater.read_temperature_c()

    async def safe_state(self) -> bool:
        """Stop, and switch the heater off unless the layout says to leave it."""
        stopped = await super().safe_state()
        return await self._heater.safe_state() and stopped


def make_shaker(
    *,
    name: str,
    clock: Clock,
    settings: Mapping[str, Any],
    world: World,
    port: str | None = None,
) -> SimulatedShaker:
    """Return a shaker, with a heater if its layout states temperatures."""
    kind = SimulatedShaker if settings.get("temperature_c") is None else SimulatedHeaterShaker
    return kind(name=name, clock=clock, settings=settings, world=world, port=port)
