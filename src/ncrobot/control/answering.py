"""A person who can be asked at two places: where the driver asks, and at the desk of the run."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from ncrobot.control.desk import Desk
from ncrobot.devices import Identity, Operator, Question
from ncrobot.errors import DeviceError


class AskedAtTheDesk:
    """An operator that asks through another one, and at the desk; the first answer holds.

    ``acts``: the other one is no mouthpiece but does what is asked itself, as the simulated person
    does: what is answered with ``done`` at the desk is done when it says so.
    """

    def __init__(self, operator: Operator, desk: Desk, *, acts: bool) -> None:
        self.name = operator.name
        self._operator = operator
        self._desk = desk
        self._acts = acts

    async def connect(self) -> None:
        """Connect the other one."""
        await self._operator.connect()

    async def identify(self) -> Identity:
        """Say who the other one is."""
        return await self._operator.identify()

    async def safe_state(self) -> bool:
        """Bring the other one to its safe state."""
        return await self._operator.safe_state()

    async def disconnect(self) -> None:
        """Disconnect the other one."""
        await self._operator.disconnect()

    async def ask(self, question: Question) -> str | None:
        """Ask at both places. Whoever asks keeps the time: at the desk one may always answer."""
        usual = asyncio.ensure_future(self._operator.ask(question))
        desk = asyncio.ensure_future(self._desk.put(question))
        try:
            await asyncio.wait({usual, desk}, return_when=asyncio.FIRST_COMPLETED)
            if desk.done():
                answer = desk.result()
                return await usual if self._acts and answer == "done" else answer
            if usual.exception() is None and usual.result() is not None:
                return usual.result()
            return await desk
        finally:
            for task in (usual, desk):
                task.cancel()
                with suppress(asyncio.CancelledError, DeviceError):
                    await task
