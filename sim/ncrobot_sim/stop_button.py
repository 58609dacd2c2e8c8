"""The simulated stop button: pressed when a fault plan says so."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from ncrobot_sim.device import SimulatedDevice


class SimulatedStopButton(SimulatedDevice):
    """A button that a fault of the act ``wait_pressed`` presses after its delay.

    A fault with an error is a cable that breaks then.
    """

    model: ClassVar[str] = "stop button"

    async def wait_pressed(self) -> None:
        """Wait for the fault plan, or for ever."""
        fault = self._world.faults.next(self.name, "wait_pressed")
        if fault is None:
            await asyncio.Event().wait()
            return
        await self._clock.sleep(fault.delay_s)
        if fault.kind is not None:
            raise fault.error()
