"""The simulated stop button: pressed when a fault plan says so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot_sim.world import World


class SimulatedStopButton:
    """A button that a fault of the act ``wait_pressed`` presses after its delay.

    A fault with an error is a cable that breaks then.
    """

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
        """Be there, and not pressed."""

    async def identify(self) -> Identity:
        """Say that this button is simulated."""
        return Identity(model="simulated stop button", serial_number="", firmware="")

    async def wait_pressed(self) -> None:
        """Wait for the fault plan, or for ever."""
        fault = self._world.faults.next(self.name, "wait_pressed")
        if fault is None:
            await asyncio.Event().wait()
            return
        await self._clock.sleep(fault.delay_s)
        if fault.kind is not None:
            raise fault.error()

    async def safe_state(self) -> bool:
        """A button does nothing that could be unsafe."""
        self._world.faults.check(self.name, "safe_state")
        return True

    async def disconnect(self) -> None:
        """Nothing to close."""
