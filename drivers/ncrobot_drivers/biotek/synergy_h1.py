"""Agilent BioTek Synergy H1 plate readers, through PyLabRobot (written against 0.2.2).

Tried with an emulator behind PyLabRobot's USB adapter only, never on hardware.
"""

from __future__ import annotations

from typing import ClassVar

from pylabrobot.plate_reading.agilent.biotek_synergyh1_backend import SynergyH1Backend

from ncrobot_drivers.biotek.reader import BioTekReader


class SynergyH1(BioTekReader):
    """A Synergy H1."""

    driver: ClassVar[str] = "biotek.synergy_h1"
    model: ClassVar[str] = "BioTek Synergy H1"

    def make_backend(self) -> SynergyH1Backend:
        """Make the backend."""
        return SynergyH1Backend(device_id=self.port)
