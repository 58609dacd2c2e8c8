"""BMG Labtech CLARIOstar plate readers, through PyLabRobot (written against 0.2.2).

Tried with a stand-in for PyLabRobot's backend only, never on hardware; that backend isn't complete,
as its authors say. It reads whole plates at one wavelength after the other. ``port`` is the serial
number of its USB adapter, if there are several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pylabrobot.plate_reading.bmg_labtech.clario_star_backend import CLARIOstarBackend

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.labware import build
from ncrobot_drivers.options import LineOptions, read_options
from ncrobot_drivers.pylabrobot_device import PyLabRobotDevice
from ncrobot_drivers.spans import read_span

DRIVER = "bmg.clariostar"
NANOMETRES = (220.0, 1000.0)
PATIENCE = 5.0
"""How many times as long as the layout thinks a reading may take."""

LEAST_S = 120.0


class ClarioOptions(LineOptions):
    """Options: ``plate``, the labware catalogue's definition of the plates that are read."""

    plate: str | None = None


class Clariostar(PyLabRobotDevice):
    """A CLARIOstar."""

    def __init__(
        self,
        *,
        name: str,
        clock: Clock,
        settings: Mapping[str, Any],
        port: str | None = None,
        backend: CLARIOstarBackend | None = None,
    ) -> None:
        del clock  # PyLabRobot waits by itself
        super().__init__(name, backend)
        self._port = port
        self._plate = read_options(settings, ClarioOptions, device=name, driver=DRIVER).plate
        self._range = read_span(settings, "wavelength_nm", NANOMETRES, device=name, unit="nm")
        takes_s = settings.get("read_s_per_wavelength", 0) + settings.get("overhead_s", 0)
        self._within_s = max(PATIENCE * float(takes_s), LEAST_S)
        self._drawer_open: bool | None = None

    def make_backend(self) -> CLARIOstarBackend:
        """Make the backend."""
        return CLARIOstarBackend(device_id=self._port)

    async def open(self) -> None:
        """Open the link and initialize the reader."""
        await self.backend.setup()

    async def close(self) -> None:
        """Close the link."""
        await self.backend.stop()

    async def identify(self) -> Identity:
        """PyLabRobot asks it for nothing that could be told; but it has to answer."""
        await self.call(self.backend.read_command_status())
        return Identity("BMG CLARIOstar", "", "")

    async def open_drawer(self) -> None:
        """Move the nest out."""
        self._drawer_open = None
        await self.call(self.backend.open(), within_s=LEAST_S)
        self._drawer_open = True

    async def close_drawer(self) -> None:
        """Move the nest in."""
        self._drawer_open = None
        await self.call(self.backend.close(), within_s=LEAST_S)
        self._drawer_open = False

    async def read_drawer_open(self) -> bool | None:
        """Where the nest was last brought to; it can't be asked. None before it was moved."""
        return self._drawer_open

    async def read_absorbance(
        self, labware: str, wells: Sequence[str], wavelengths_nm: Sequence[int]
    ) -> Mapping[str, Sequence[float]]:
        """Absorbance of wells, one figure per wavelength.

        Raises:
            DeviceError: the layout doesn't tell what plate it is, a well let no light through, or
                the reader failed.

        """
        if self._plate is None:
            raise self.refused(f"doesn't know what plate {labware!r} is: say so in options.plate")
        if self._range is not None:
            for wavelength_nm in wavelengths_nm:
                self._range.check(wavelength_nm)
        plate = build(self._plate, labware)
        found: dict[str, list[float]] = {well: [] for well in wells}
        for wavelength_nm in wavelengths_nm:
            table = await self._table(plate, wavelength_nm)
            for well in wells:
                row, column = ord(well[0]) - ord("A"), int(well[1:]) - 1
                value = table[row][column]
                if value is None:
                    raise self.refused(f"{well} lets no light of {wavelength_nm} nm through")
                found[well].append(float(value))
        return found

    async def _table(self, plate: Any, wavelength_nm: int) -> Sequence[Sequence[float | None]]:
        work = self.backend.read_absorbance(
            plate=plate, wells=plate.get_all_items(), wavelength=wavelength_nm
        )
        (told,) = await self.call(work, within_s=self._within_s)
        table: Sequence[Sequence[float | None]] = told["data"]
        return table

    async def make_safe(self) -> bool:
        """Shut the drawer: nothing else of it moves or heats."""
        await self.close_drawer()
        return True
