"""Agilent BioTek Cytation plate readers, through PyLabRobot (written against 0.2.2).

Tried with an emulator behind PyLabRobot's USB adapter only, never on hardware. Its camera isn't
used.
"""

from __future__ import annotations

from typing import ClassVar

from pylabrobot.plate_reading.agilent.biotek_cytation_backend import CytationBackend

from ncrobot_drivers.biotek.reader import BioTekReader


class Cytation(BioTekReader):
    """A Cytation."""

    driver: ClassVar[str] = "biotek.cytation"
    model: ClassVar[str] = "BioTek Cytation"

    def make_backend(self) -> CytationBackend:
        """Make the backend."""
        return CytationBackend(device_id=self.port)
