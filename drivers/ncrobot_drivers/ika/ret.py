"""IKA RET control-visc (NAMUR commands).

Tried with our emulator only, never on hardware. What isn't confirmed stands with the language,
:mod:`ncrobot_drivers.ika.plate`. The plate's option "Eurostar" must be off.
"""

from __future__ import annotations

from ncrobot.devices import Identity
from ncrobot_drivers.ika.plate import IkaPlate


class Ret(IkaPlate):
    """A plate with a set point for the liquid (its probe plugged in) and another for itself."""

    driver = "ika.ret"
    rpm = (50.0, 1700.0)
    celsius = (0.0, 340.0)

    @property
    def heat_channel(self) -> int:
        """Channel 1 is the liquid's, channel 2 the plate's."""
        return 1 if self.options.probe else 2

    async def identify(self) -> Identity:
        """Name and firmware."""
        return Identity(f"IKA {await self._text('IN_NAME')}", "", await self._text("IN_VERSION"))
