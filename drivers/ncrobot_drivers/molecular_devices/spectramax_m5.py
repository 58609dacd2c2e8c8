"""Molecular Devices SpectraMax M5 plate readers, through PyLabRobot (written against 0.2.2).

Tried with an emulator on a pseudo-terminal only, never on hardware.
"""

from __future__ import annotations

from typing import ClassVar

from pylabrobot.plate_reading.molecular_devices.spectramax_m5_backend import (
    MolecularDevicesSpectraMaxM5Backend,
)

from ncrobot_drivers.molecular_devices.spectramax import SignedFigures, SpectraMax


class _Backend(SignedFigures, MolecularDevicesSpectraMaxM5Backend):  # type: ignore[misc]
    """PyLabRobot's, with figures below zero."""


class SpectraMaxM5(SpectraMax):
    """A SpectraMax M5."""

    driver: ClassVar[str] = "molecular_devices.spectramax_m5"
    model: ClassVar[str] = "SpectraMax M5"
    nanometres: ClassVar[tuple[float, float]] = (200.0, 1000.0)

    def make_backend(self) -> MolecularDevicesSpectraMaxM5Backend:
        """Make the backend."""
        if self.port is None:
            raise self.refused("has no port: say in the deck layout which one it is on")
        return _Backend(self.port)
