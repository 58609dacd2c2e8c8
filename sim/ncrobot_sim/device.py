"""What simulated devices have in common: a place in the world, and faults that may strike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_sim.world import World


class SimulatedDevice:
    """A device in the world. ``settings`` are its fields of the deck layout."""

    model: ClassVar[str]

    def __init__(
        self,
        *,
        name: str,
        clock: Clock,
        settings: Mapping[str, Any],
        world: World,
        port: str | None = None,
    ) -> None:
        del port
        self.name = name
        self._clock = clock
        self._world = world
        self._take(settings)

    def _take(self, settings: Mapping[str, Any]) -> None:
        """Take what concerns it from its settings."""

    async def connect(self) -> None:
        """Be there; nothing is to be opened."""
        self._world.faults.check(self.name, "connect")

    async def identify(self) -> Identity:
        """Say that it is simulated."""
        self._world.faults.check(self.name, "identify")
        return Identity(model=f"simulated {self.model}", serial_number="", firmware="")

    async def safe_state(self) -> bool:
        """Confirm that nothing moves, heats or flows."""
        self._world.faults.check(self.name, "safe_state")
        return True

    async def disconnect(self) -> None:
        """Nothing to close."""

    def _refused(self, reason: str) -> DeviceError:
        return DeviceError(reason, device=self.name, kind=DeviceErrorKind.REFUSED, moved=False)
