"""Emergency-stop buttons: pressed, or gone dumb, they halt the run this moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ncrobot.devices import StopButton
from ncrobot.engine.workcell import Workcell
from ncrobot.errors import DeviceError


class Buttons:
    """All stop buttons of a workcell, watched from the moment at which it is connected."""

    def __init__(self, workcell: Workcell, halt: Callable[[str], None]) -> None:
        self._workcell = workcell
        self._halt = halt
        self._watches: list[asyncio.Task[None]] = []

    def watch(self) -> None:
        """Halt the run as soon as one is pressed, or can't be read any more."""
        self._watches += [
            asyncio.ensure_future(self._watch(name, device))
            for name, device in self._workcell.everything()
            if isinstance(device, StopButton)
        ]

    async def leave(self) -> None:
        """Watch no longer."""
        for task in self._watches:
            task.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        self._watches.clear()

    async def _watch(self, name: str, button: StopButton) -> None:
        try:
            await button.wait_pressed()
        except DeviceError as error:
            self._halt(f"the stop button {name!r} can't be read: {error}")
        except Exception as error:  # noqa: BLE001 - a watch that breaks mustn't leave a run unwatched
            self._halt(f"the stop button {name!r} broke: {type(error).__name__}: {error}")
        else:
            self._halt(f"the stop button {name!r} was pressed")
