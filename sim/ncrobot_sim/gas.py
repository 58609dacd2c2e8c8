"""The simulated gas valve: lets gas flow as long as it hears from its controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ncrobot.errors import DeviceErrorKind
from ncrobot_sim.device import SimulatedDevice


class SimulatedGas(SimulatedDevice):
    """A valve with a watchdog. ``watchdog: broken`` in the settings makes one that can't be armed.

    The time since it last heard of anybody decides whether it is still open. ``flows`` tells what
    really flowed so far: from, to (s) and mL/min; the last one may still go on.
    """

    model: ClassVar[str] = "gas valve"

    def _take(self, settings: Mapping[str, Any]) -> None:
        low, high = settings["flow_ml_per_min"]
        self._limits_ml_per_min = (float(low), float(high))
        self._settle_s = float(settings.get("settle_s", 0.0))
        self._is_broken = settings.get("watchdog") == "broken"
        self._timeout_s: float | None = None
        self._heard_s = 0.0
        self._flow_ml_per_min = 0.0
        self._since_s = 0.0
        self._past: list[tuple[float, float, float]] = []

    async def connect(self) -> None:
        """Stand shut, with the watchdog asleep."""
        await super().connect()
        self._turn(0.0)
        self._timeout_s = None

    @property
    def flows(self) -> list[tuple[float, float, float]]:
        """All that flowed: from, to (s of its clock) and mL/min."""
        open_ = (self._since_s, self._end_s(), self._flow_ml_per_min)
        return [*self._past, *([open_] if self._flow_ml_per_min > 0 else [])]

    async def arm_watchdog(self, timeout_s: float) -> None:
        """Shut by itself after this silence; a broken one takes the order and does nothing."""
        self._world.faults.check(self.name, "arm_watchdog")
        if not timeout_s > 0:
            raise self._refused(f"has no watchdog of {timeout_s:g} s")
        self._hear()
        self._timeout_s = None if self._is_broken else timeout_s

    async def feed_watchdog(self) -> None:
        """Be heard."""
        self._world.faults.check(self.name, "feed_watchdog")
        self._hear()

    async def read_watchdog_s(self) -> float | None:
        """Readback of the time-out."""
        self._world.faults.check(self.name, "read_watchdog")
        return self._timeout_s

    async def set_flow(self, flow_ml_per_min: float) -> None:
        """Open or shut; without a watchdog it stays shut."""
        low, high = self._limits_ml_per_min
        if flow_ml_per_min != 0 and not low <= flow_ml_per_min <= high:
            raise self._refused(f"lets {low:g} to {high:g} mL/min flow, or none")
        if flow_ml_per_min > 0 and self._timeout_s is None:
            raise self._refused("stays shut while its watchdog isn't armed")
        fault = self._world.faults.next(self.name, "set_flow")
        if fault is not None:
            await self._clock.sleep(fault.delay_s)
            if fault.kind is not None and not fault.happened:
                raise fault.error()
        self._hear()
        self._turn(flow_ml_per_min)
        await self._clock.sleep(self._settle_s)
        if fault is not None and fault.kind is not None:
            raise fault.error()

    async def read_flow_ml_per_min(self) -> float:
        """Readback of the flow; asking is no order, so the watchdog doesn't count it."""
        fault = self._world.faults.next(self.name, "read_flow")
        if fault is not None and fault.kind is DeviceErrorKind.FLOW_NOT_REACHED:
            return self._now_ml_per_min() * fault.part
        if fault is not None and fault.kind is not None:
            raise fault.error()
        return self._now_ml_per_min()

    def _hear(self) -> None:
        if self._now_ml_per_min() == 0:
            self._turn(0.0)
        self._heard_s = self._clock.now_s()

    def _turn(self, flow_ml_per_min: float) -> None:
        if self._flow_ml_per_min > 0:
            self._past.append((self._since_s, self._end_s(), self._flow_ml_per_min))
        self._flow_ml_per_min, self._since_s = flow_ml_per_min, self._clock.now_s()

    def _end_s(self) -> float:
        """Until when it flows, as far as is known: now, or when the watchdog shut it."""
        return min(self._clock.now_s(), self._heard_s + (self._timeout_s or 0.0))

    def _now_ml_per_min(self) -> float:
        silent_s = self._clock.now_s() - self._heard_s
        is_shut = self._timeout_s is None or silent_s > self._timeout_s
        return 0.0 if is_shut else self._flow_ml_per_min

    async def safe_state(self) -> bool:
        """Shut."""
        await super().safe_state()
        self._turn(0.0)
        return self._now_ml_per_min() == 0.0
