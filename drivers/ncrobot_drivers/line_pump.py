"""What syringe pumps on a serial line of their own have in common, whatever they can tell."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from ncrobot.clock import Clock
from ncrobot_drivers.link import SerialLink
from ncrobot_drivers.pump_settings import PumpSettings
from ncrobot_drivers.waiting import confirmed


class LinePump(ABC):
    """A syringe pump and its line."""

    needs_port: ClassVar[bool] = True

    def __init__(
        self, name: str, clock: Clock, settings: Mapping[str, Any], link: SerialLink
    ) -> None:
        self.name = name
        self.clock = clock
        self.link = link
        self.pump = PumpSettings.read(name, settings)
        self._stops = 0

    @abstractmethod
    async def get_ready(self) -> None:
        """After the line was opened: set the pump up; nothing moves."""

    @abstractmethod
    async def stop(self) -> None:
        """Stop the plunger where it is."""

    async def stands_still(self) -> bool:
        """Stop; True once the pump has said that it stands still.

        Raises:
            DeviceError: it doesn't, or can't be asked.

        """
        await self.stop()
        return True

    async def safe_state(self) -> bool:
        """Stop; False if the pump didn't confirm that it stands still."""
        return await confirmed(self.name, self.stands_still())

    async def disconnect(self) -> None:
        """Close the line."""
        await self.link.close()
