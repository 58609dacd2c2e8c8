"""IKA RCT digital and C-MAG HS control (NAMUR commands).

Tried with our emulator only, never on hardware. What isn't confirmed stands with the language,
:mod:`ncrobot_drivers.ika.plate`.
"""

from __future__ import annotations

from ncrobot_drivers.ika.plate import IkaPlate


class Rct(IkaPlate):
    """A plate whose one set point holds for its probe if that is plugged in, else for itself."""

    driver = "ika.rct"
    rpm = (50.0, 1500.0)
    celsius = (20.0, 310.0)
