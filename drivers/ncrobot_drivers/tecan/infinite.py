"""Tecan Infinite 200 PRO plate readers with a monochromator, through PyLabRobot (against 0.2.2).

Tried with an emulator behind PyLabRobot's USB only, never on hardware; its authors call their
backend experimental. It reads at one wavelength after the other, with 25 flashes each. Absorbance
is cut off at 4. Options: see :mod:`ncrobot_drivers.plate_readers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pylabrobot.plate_reading.tecan.infinite_backend import ExperimentalTecanInfinite200ProBackend
from pylabrobot.resources import Plate

from ncrobot.devices import Identity
from ncrobot_drivers.plate_readers import PlateReaderDevice, Table


class Infinite(PlateReaderDevice):
    """An Infinite 200 PRO M."""

    driver: ClassVar[str] = "tecan.infinite"
    nanometres: ClassVar[tuple[float, float]] = (230.0, 1000.0)
    most_au: ClassVar[float] = 4.0
    least_s: ClassVar[float] = 310.0  # PyLabRobot waits 300 s for a row
    ports: ClassVar[bool] = False

    def make_backend(self) -> ExperimentalTecanInfinite200ProBackend:
        """Make the backend."""
        return ExperimentalTecanInfinite200ProBackend()

    async def identify(self) -> Identity:
        """PyLabRobot asks it for nothing that could be told; it has answered when it was set up."""
        _ = self.backend
        return Identity("Tecan Infinite 200 PRO", "", "")

    async def tables(
        self, plate: Plate, wells: Sequence[str], wavelengths_nm: Sequence[int]
    ) -> Sequence[Table]:
        """Only the wells that are asked for, one wavelength after the other."""
        return await self.one_by_one(plate, wells, wavelengths_nm)
