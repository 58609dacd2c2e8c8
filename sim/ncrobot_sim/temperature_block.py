"""The simulated temperature block: a first-order approach to the setpoint, or to the room."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_sim.device import SimulatedDevice
from ncrobot_sim.world import AMBIENT_C

TIME_CONSTANTS_TO_SETTLE = 5.0
"""A first-order system has covered 99.3 % of a step after five of its time constants."""


class SimulatedTemperatureBlock(SimulatedDevice):
    """A block that warms and cools exponentially; off, it drifts to room temperature."""

    model: ClassVar[str] = "temperature block"

    def _take(self, settings: Mapping[str, Any]) -> None:
        low_c, high_c = settings["temperature_c"]
        self._limits_c = (float(low_c), float(high_c))
        self._constant_s = float(settings["settle_s"]) / TIME_CONSTANTS_TO_SETTLE
        self._holds_when_safe = settings.get("safe_state") == "hold"
        # A block whose controller died has held its setpoint meanwhile.
        self._setpoint_c = self._world.setpoints_c.get(self.name)
        held_c = AMBIENT_C if self._setpoint_c is None else self._setpoint_c
        self._from_c = self._world.temperatures_c.get(self.name, held_c)
        self._since_s = self._clock.now_s()

    async def connect(self) -> None:
        """Make the temperature known to the world."""
        await super().connect()
        self._world.temperatures_c[self.name] = self._now_c()

    async def set_temperature(self, temperature_c: float | None) -> None:
        """Give a setpoint and return; None switches the control off."""
        low_c, high_c = self._limits_c
        if temperature_c is not None and not low_c <= temperature_c <= high_c:
            message = f"holds {low_c:g} to {high_c:g} °C, not {temperature_c:g} °C"
            raise DeviceError(message, device=self.name, kind=DeviceErrorKind.REFUSED, moved=False)
        fault = self._world.faults.next(self.name, "set_temperature")
        if fault is not None:
            await self._clock.sleep(fault.delay_s)
            if fault.kind is DeviceErrorKind.TEMPERATURE_NOT_REACHED:
                return  # it takes the order, and stays where it is: the readback tells
            if fault.kind is not None and not fault.happened:
                raise fault.error()
        self._aim(temperature_c)
        if fault is not None and fault.kind is not None:
            raise fault.error()

    def _aim(self, temperature_c: float | None) -> None:
        self._from_c, self._since_s = self._now_c(), self._clock.now_s()
        self._setpoint_c = temperature_c
        self._world.set_setpoint(self.name, temperature_c)

    def _now_c(self) -> float:
        target_c = AMBIENT_C if self._setpoint_c is None else self._setpoint_c
        elapsed_s = self._clock.now_s() - self._since_s
        return target_c + (self._from_c - target_c) * math.exp(-elapsed_s / self._constant_s)

    async def read_temperature_c(self) -> float:
        """Readback of the temperature."""
        self._world.faults.check(self.name, "read_temperature")
        self._world.temperatures_c[self.name] = self._now_c()
        return self._now_c()

    async def safe_state(self) -> bool:
        """Switch off, unless the layout says to hold."""
        await super().safe_state()
        if not self._holds_when_safe:
            self._aim(None)
        return True
