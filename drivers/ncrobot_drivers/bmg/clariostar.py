"""BMG Labtech CLARIOstar plate readers, through PyLabRobot (written against 0.2.2).

Tried with a stand-in for PyLabRobot's backend only, never on hardware; that backend isn't complete,
as its authors say. It reads whole plates at one wavelength after the other. ``port`` is the serial
number of its USB adapter, if there are several. Options: see :mod:`ncrobot_drivers.plate_readers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pylabrobot.plate_reading.bmg_labtech.clario_star_backend import CLARIOstarBackend
from pylabrobot.resources import Plate

from ncrobot.devices import Identity
from ncrobot_drivers.plate_readers import PlateReaderDevice, Table


class Clariostar(PlateReaderDevice):
    """A CLARIOstar."""

    driver: ClassVar[str] = "bmg.clariostar"
    nanometres: ClassVar[tuple[float, float]] = (220.0, 1000.0)

    def make_backend(self) -> CLARIOstarBackend:
        """Make the backend."""
        return CLARIOstarBackend(device_id=self.port)

    async def identify(self) -> Identity:
        """PyLabRobot asks it for nothing that could be told; but it has to answer."""
        await self.call(self.backend.read_command_status())
        return Identity("BMG CLARIOstar", "", "")

    async def tables(
        self, plate: Plate, wells: Sequence[str], wavelengths_nm: Sequence[int]
    ) -> Sequence[Table]:
        """Whole plates are read, as nothing else is built."""
        del wells
        every = [well.get_identifier() for well in plate.get_all_items()]
        return await self.one_by_one(plate, every, wavelengths_nm)
