"""What BioTek's readers have in common, through PyLabRobot (written against 0.2.2).

PyLabRobot reads at one wavelength after the other: it doesn't know how a spectrum is asked for. A
rectangle of wells is read at a time. ``port`` is the serial number of the USB adapter, if there are
several. Options: see :mod:`ncrobot_drivers.plate_readers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pylabrobot.resources import Plate

from ncrobot.devices import Identity
from ncrobot_drivers.plate_readers import PlateReaderDevice, Table


class BioTekReader(PlateReaderDevice):
    """A reader that speaks BioTek's protocol."""

    model: ClassVar[str]
    nanometres: ClassVar[tuple[float, float]] = (230.0, 999.0)
    least_s: ClassVar[float] = 200.0  # PyLabRobot itself waits 180 s for figures

    async def identify(self) -> Identity:
        """Ask for its serial number and firmware."""
        serial_number = await self.call(self.backend.get_serial_number())
        firmware = await self.call(self.backend.get_firmware_version())
        return Identity(self.model, serial_number, firmware)

    async def tables(
        self, plate: Plate, wells: Sequence[str], wavelengths_nm: Sequence[int]
    ) -> Sequence[Table]:
        """Only the wells that are asked for, one wavelength after the other."""
        return await self.one_by_one(plate, wells, wavelengths_nm)
