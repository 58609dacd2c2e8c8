"""The simulated balance: nothing stands on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot_sim.world import World

STABLE_S = 2.0
"""Time until it is at rest (assumed: usual for an analytical balance)."""


class SimulatedBalance:
    """A balance with an empty pan; faults of the acts ``tare`` and ``read_mass`` strike it."""

    def __init__(
        self,
        *,
        name: str,
        clock: Clock,
        settings: Mapping[str, Any],
        world: World,
        port: str | None = None,
    ) -> None:
        del settings, port
        self.name = name
        self._clock = clock
        self._world = world

    async def connect(self) -> None:
        """Be there."""
        self._world.faults.check(self.name, "connect")

    async def identify(self) -> Identity:
        """Say that this balance is simulated."""
        return Identity(model="simulated balance", serial_number="", firmware="")

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

    async def safe_state(self) -> bool:
        """Nothing of it moves, heats or flows."""
        self._world.faults.check(self.name, "safe_state")
        return True

    async def disconnect(self) -> None:
        """Nothing to close."""
