"""Molecular Devices SpectraMax 384 Plus plate readers, through PyLabRobot (written against 0.2.2).

Tried with an emulator on a pseudo-terminal only, never on hardware.
"""

from __future__ import annotations

from typing import ClassVar

from pylabrobot.plate_reading.molecular_devices.spectramax_384_plus_backend import (
    MolecularDevicesSpectraMax384PlusBackend,
)

from ncrobot_drivers.molecular_devices.spectramax import SignedFigures, SpectraMax


class _Backend(SignedFigures, MolecularDevicesSpectraMax384PlusBackend):  # type: ignore[misc]
    """PyLabRobot's, with figures below zero."""


class SpectraMax384Plus(SpectraMax):
    """A SpectraMax 384 Plus."""

    driver: ClassVar[str] = "molecular_devices.spectramax_384_plus"
    model: ClassVar[str] = "SpectraMax 384 Plus"
    nanometres: ClassVar[tuple[float, float]] = (190.0, 1000.0)

    def make_backend(self) -> MolecularDevicesSpectraMax384PlusBackend:
        """Make the backend."""
        if self.port is None:
            raise self.refused("has no port: say in the deck layout which one it is on")
        return _Backend(self.port)
