"""The simulated plate reader: takes its time and asks a response model what the wells absorb.

What a well of reacting metal, ligand and hydride absorbs is chemistry, and no number of it is made
up here: without a response model the reader says so and measures nothing. If the world has a
chemistry, its twin answers (:mod:`ncrobot_sim.chemistry`). :func:`blank_response` is for dry runs
that need a reading of the right shape: wells of clear solvent, 0 AU.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from ncrobot.clock import Clock
from ncrobot.errors import DeviceError
from ncrobot_sim.chemistry import Twin, load_set
from ncrobot_sim.device import SimulatedDevice
from ncrobot_sim.world import World

Response = Callable[[World, str, int], float]
"""Absorbance (AU) of the well at an address of the world, at a wavelength in nm."""


def blank_response(world: World, address: str, wavelength_nm: int) -> float:
    """Return 0 AU: every well read as if it held clear solvent. It carries no chemistry."""
    del world, address, wavelength_nm
    return 0.0


class SimulatedReader(SimulatedDevice):
    """A plate reader in the world."""

    model: ClassVar[str] = "plate reader"

    def __init__(
        self,
        *,
        name: str,
        clock: Clock,
        settings: Mapping[str, Any],
        world: World,
        port: str | None = None,
        response: Response | None = None,
    ) -> None:
        super().__init__(name=name, clock=clock, settings=settings, world=world, port=port)
        low_nm, high_nm = settings["wavelength_nm"]
        self._limits_nm = (float(low_nm), float(high_nm))
        self._per_wavelength_s = float(settings["read_s_per_wavelength"])
        self._overhead_s = float(settings["overhead_s"])
        self._response = blank_response if settings.get("response") == "blank" else response
        self._twin = None if world.chemistry is None else Twin(world, load_set(world.chemistry))
        world.use_clock(clock)

    async def connect(self) -> None:
        """Stand shut."""
        await super().connect()
        self._world.drawers_open.setdefault(self.name, False)

    async def open_drawer(self) -> None:
        """Move the drawer out."""
        await self._move_drawer("open_drawer", is_open=True)

    async def close_drawer(self) -> None:
        """Move the drawer in."""
        await self._move_drawer("close_drawer", is_open=False)

    async def _move_drawer(self, act: str, *, is_open: bool) -> None:
        fault = self._world.faults.next(self.name, act)
        if fault is not None:
            await self._clock.sleep(fault.delay_s)
            if fault.kind is not None and not fault.happened:
                raise fault.error()
        self._world.set_drawer(self.name, is_open)
        if fault is not None and fault.kind is not None:
            raise fault.error()

    async def read_drawer_open(self) -> bool | None:
        """Readback of the drawer."""
        self._world.faults.check(self.name, "read_drawer_open")
        return self._world.drawers_open.get(self.name, False)

    async def read_absorbance(
        self, labware: str, wells: Sequence[str], wavelengths_nm: Sequence[int]
    ) -> Mapping[str, Sequence[float]]:
        """Return the absorbance by well, one value per wavelength."""
        self._check(wavelengths_nm)
        if self._world.drawers_open.get(self.name, False):
            raise self._refused("measures only with its drawer shut")
        fault = self._world.faults.next(self.name, "read_absorbance")
        duration_s = self._overhead_s + self._per_wavelength_s * len(wavelengths_nm)
        await self._clock.sleep(duration_s + (fault.delay_s if fault is not None else 0.0))
        if fault is not None and fault.kind is not None:
            raise fault.error()
        return {well: self._absorbance(f"{labware}/{well}", wavelengths_nm) for well in wells}

    def _absorbance(self, address: str, wavelengths_nm: Sequence[int]) -> list[float]:
        if self._twin is not None:
            return self._twin.absorbance_au(address, wavelengths_nm)
        response = self._response
        if response is None:
            raise self._knows_nothing()
        return [response(self._world, address, nm) for nm in wavelengths_nm]

    def _check(self, wavelengths_nm: Sequence[int]) -> None:
        low_nm, high_nm = self._limits_nm
        wrong = [nm for nm in wavelengths_nm if not low_nm <= nm <= high_nm]
        if wrong:
            raise self._refused(f"measures {low_nm:g} to {high_nm:g} nm, not {wrong[0]} nm")
        if self._response is None and self._twin is None:
            raise self._knows_nothing()

    def _knows_nothing(self) -> DeviceError:
        return self._refused("has no response model, so it can't know what the wells absorb")

    async def safe_state(self) -> bool:
        """Shut the drawer: nothing else moves or heats."""
        await super().safe_state()
        if self._world.drawers_open.get(self.name, False):
            await self._move_drawer("close_drawer", is_open=False)
        return not self._world.drawers_open.get(self.name, False)
