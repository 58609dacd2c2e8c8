"""The simulated syringe pump: absolute plunger moves between the ports of a valve.

Where a port leads is told by the deck layout: the inlet stands in the stock's position, fixed
outlets hang over wells of the reaction plate, a needle is wherever the arm has brought it, and the
waste port leads to the waste.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ncrobot.devices import PumpLimits
from ncrobot_sim.device import SimulatedDevice

STEPS = 3000
"""Steps of the plunger over the whole syringe (assumed: a usual figure of laboratory pumps)."""


class SimulatedSyringePump(SimulatedDevice):
    """A syringe pump in the world. Its syringe is a vessel of the world by the pump's name."""

    model: ClassVar[str] = "syringe pump"

    def _take(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._valve_s = float(settings["valve_s"])
        syringe_ul = float(settings["syringe_ul"])
        low, high = settings["rate_ul_per_s"]
        outlets = [*settings.get("outlets", {}), *filter(None, [settings.get("needle")])]
        self.limits = PumpLimits(
            syringe_ul=syringe_ul,
            rate_ul_per_s=(float(low), float(high)),
            resolution_ul=syringe_ul / STEPS,
            ports=(settings["inlet"], settings["waste"], *outlets),
        )

    @property
    def _plunger_ul(self) -> float | None:
        """Where the plunger is: the world knows, also after the controller died."""
        return self._world.plungers_ul.get(self.name)

    @property
    def _valve(self) -> str | None:
        return self._world.valves.get(self.name)

    async def initialise(self, port: str | None = None) -> None:
        """Push all out of a port and find the zero."""
        if port is not None:
            await self.move_valve(port)
        self._world.faults.check(self.name, "initialise")
        held_ul = self._world.volume_ul(self._syringe)
        await self._clock.sleep(held_ul / self.limits.rate_ul_per_s[1])
        self._world.flow(self._syringe, self._leads_to(self._valve), held_ul)
        self._world.set_plunger(self.name, 0.0)

    async def move_valve(self, port: str) -> None:
        """Turn the valve."""
        if port not in self.limits.ports:
            raise self._refused(f"has no port {port!r}")
        fault = self._world.faults.next(self.name, "move_valve")
        await self._clock.sleep(self._valve_s + (fault.delay_s if fault is not None else 0.0))
        if fault is None or fault.kind is None or fault.happened:
            self._world.set_valve(self.name, port)
        if fault is not None and fault.kind is not None:
            raise fault.error()

    async def read_valve(self) -> str | None:
        """Port that the valve stands at."""
        self._world.faults.check(self.name, "read_valve")
        return self._valve

    async def move_plunger(self, position_ul: float, rate_ul_per_s: float) -> None:
        """Bring the plunger to an absolute position."""
        low, high = self.limits.rate_ul_per_s
        if self._plunger_ul is None:
            raise self._refused("doesn't know its zero: initialise it first")
        if not -1e-9 <= position_ul <= self.limits.syringe_ul + 1e-9:
            raise self._refused(f"can't go to {position_ul:g} of {self.limits.syringe_ul:g} µL")
        if not low <= rate_ul_per_s <= high:
            raise self._refused(f"can't move at {rate_ul_per_s:g} µL/s")
        fault = self._world.faults.next(self.name, "move_plunger")
        distance_ul = abs(position_ul - self._plunger_ul)
        delay_s = fault.delay_s if fault is not None else 0.0
        await self._clock.sleep(distance_ul / rate_ul_per_s + delay_s)
        if fault is None or fault.kind is None:
            self._flow(position_ul)
        elif fault.share > 0:
            self._flow(self._plunger_ul + fault.share * (position_ul - self._plunger_ul))
        if fault is not None and fault.kind is not None:
            raise fault.error()

    def _flow(self, position_ul: float) -> None:
        before_ul = self._plunger_ul or 0.0
        air_ul = max(before_ul - self._world.volume_ul(self._syringe), 0.0)
        if position_ul > before_ul and self._valve == self._settings.get("needle"):
            pass  # the line is drawn back, and air follows into the outlet
        elif position_ul > before_ul:
            if self._valve != self._settings["inlet"]:
                raise self._refused(f"would draw air through port {self._valve!r}")
            source = self._settings["source"]
            self._world.flow(source, self._syringe, position_ul - before_ul)
        else:
            place = self._leads_to(self._valve)
            # All of a syringe that goes to its zero leaves it, rounding or not.
            volume_ul = before_ul - position_ul if position_ul > 1e-9 else float("inf")
            if volume_ul > air_ul:
                self._world.flow(self._syringe, place, volume_ul - air_ul)
        self._world.set_plunger(self.name, position_ul)

    @property
    def _syringe(self) -> str:
        return f"{self.name}/A1"

    def _leads_to(self, port: str | None) -> str | None:
        """The vessel that a port's outlet stands in or over; None for the waste."""
        if port is None or port == self._settings["waste"]:
            return None
        if port == self._settings["inlet"]:
            return str(self._settings["source"])
        if port == self._settings.get("needle"):
            return self._world.needle_at
        return f"{self._settings['plate']}/{self._settings['outlets'][port]}"

    async def read_plunger_ul(self) -> float | None:
        """Position of the plunger."""
        self._world.faults.check(self.name, "read_plunger")
        return self._plunger_ul

    async def stop(self) -> None:
        """A simulated move is over before anything else happens."""
        self._world.faults.check(self.name, "stop")
