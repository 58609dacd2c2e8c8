"""The simulated balance: nothing stands on it."""

from __future__ import annotations

from typing import ClassVar

from ncrobot_sim.device import SimulatedDevice

STABLE_S = 2.0
"""Time until it is at rest (assumed: usual for an analytical balance)."""


class SimulatedBalance(SimulatedDevice):
    """A balance with an empty pan; faults of the acts ``tare`` and ``read_mass`` strike it."""

    model: ClassVar[str] = "balance"

    async def tare(self) -> None:
        """Call the empty pan nothing."""
        self._world.faults.check(self.name, "tare")
        await self._clock.sleep(STABLE_S)

    async def read_mass_mg(self, *, stable: bool = True) -> float:
        """0 mg."""
        self._world.faults.check(self.name, "read_mass")
        if stable:
            await self._clock.sleep(STABLE_S)
        return 0.0
