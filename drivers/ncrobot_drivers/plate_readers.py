"""Plate readers that are driven through PyLabRobot's backends: their common part.

``options``: ``plate``, the labware catalogue's definition of the plates that are read, and
``saturated_au``, what stands for a point without enough light; without it such a reading fails.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar

from pydantic import Field
from pylabrobot.resources import Plate

from ncrobot.clock import Clock
from ncrobot.errors import DeviceError, DeviceErrorKind, Diagnostic, LabError
from ncrobot.labware import build
from ncrobot_drivers.options import LineOptions, read_options
from ncrobot_drivers.pylabrobot_device import PyLabRobotDevice
from ncrobot_drivers.spans import read_span

PATIENCE = 5.0
"""How many times as long as the layout thinks a reading may take."""

_FEWEST = 3

Table = Sequence[Sequence[float | None]]
"""Absorbance (AU) by rows and columns of a plate; None, infinite or no number: no light came."""


class ReaderOptions(LineOptions):
    """Options of every plate reader."""

    plate: str | None = None
    saturated_au: float | None = Field(None, gt=0)


class PlateReaderDevice(PyLabRobotDevice):
    """A plate reader with a drawer, behind a backend of PyLabRobot."""

    driver: ClassVar[str]
    nanometres: ClassVar[tuple[float, float]]
    """What PyLabRobot or the maker allows; a layout may narrow it."""
    most_au: ClassVar[float] = math.inf
    """From here on figures are cut off."""
    least_s: ClassVar[float] = 120.0
    """Real seconds that a drawer or a reading may take at least."""
    ports: ClassVar[bool] = True
    """Whether one of several such readers can be told by its port."""
    options_model: ClassVar[type[ReaderOptions]] = ReaderOptions

    def __init__(
        self,
        *,
        name: str,
        clock: Clock,
        settings: Mapping[str, Any],
        port: str | None = None,
        backend: Any | None = None,
    ) -> None:
        del clock  # PyLabRobot waits by itself
        super().__init__(name, backend)
        self.port = port
        if port is not None and not self.ports:
            raise LabError(_no_port(name, self.driver, port))
        self.options = read_options(settings, self.options_model, device=name, driver=self.driver)
        if self.options.plate is None:
            raise LabError(_no_plate(name, self.driver))
        build(self.options.plate, name)  # an unknown one is told before anything is opened
        self._range = read_span(settings, "wavelength_nm", self.nanometres, device=name, unit="nm")
        self.each_s = float(settings.get("read_s_per_wavelength", 0))
        self._overhead_s = float(settings.get("overhead_s", 0))
        self._drawer_open: bool | None = None

    @abstractmethod
    async def tables(
        self, plate: Plate, wells: Sequence[str], wavelengths_nm: Sequence[int]
    ) -> Sequence[Table]:
        """Read a plate, at least these wells of it; one table for each wavelength."""

    async def open(self) -> None:
        """Open the link and initialize the reader."""
        await self.backend.setup()

    async def close(self) -> None:
        """Close the link."""
        await self.backend.stop()

    async def open_drawer(self) -> None:
        """Move the nest out."""
        self._drawer_open = None
        await self.call(self.backend.open(), within_s=self.least_s)
        self._drawer_open = True

    async def close_drawer(self) -> None:
        """Move the nest in."""
        self._drawer_open = None
        await self.call(self.backend.close(plate=None), within_s=self.least_s)
        self._drawer_open = False

    async def read_drawer_open(self) -> bool | None:
        """Where the nest was last brought to; it can't be asked. None before it was moved."""
        return self._drawer_open

    async def read_absorbance(
        self, labware: str, wells: Sequence[str], wavelengths_nm: Sequence[int]
    ) -> Mapping[str, Sequence[float]]:
        """Absorbance of wells, one figure per wavelength.

        Raises:
            DeviceError: it isn't connected, a wavelength is out of range, a well let no light
                through, or the reader failed or answered something else.

        """
        if self._range is not None:
            for wavelength_nm in wavelengths_nm:
                self._range.check(wavelength_nm)
        plate: Plate = build(str(self.options.plate), labware)
        tables = await self.tables(plate, wells, wavelengths_nm)
        if len(tables) != len(wavelengths_nm):
            raise self.odd(f"read {len(tables)} wavelengths instead of {len(wavelengths_nm)}")
        return {
            well: [
                self._figure(plate, well, nm, table)
                for nm, table in zip(wavelengths_nm, tables, strict=True)
            ]
            for well in wells
        }

    def within_s(self, wavelengths: int) -> float:
        """Real seconds that a reading at so many wavelengths may take."""
        expected_s = self._overhead_s + wavelengths * self.each_s
        return max(PATIENCE * expected_s, self.least_s)

    def odd(self, reason: str) -> DeviceError:
        """An answer that doesn't fit what was asked."""
        return self.failure(reason, DeviceErrorKind.TIMEOUT)

    async def one_by_one(
        self, plate: Plate, wells: Sequence[str], wavelengths_nm: Sequence[int]
    ) -> list[Table]:
        """Read one wavelength after the other, for backends that can't do more at once."""
        items = [plate.get_well(well) for well in wells]
        found: list[Table] = []
        for wavelength_nm in wavelengths_nm:
            work = self.backend.read_absorbance(plate=plate, wells=items, wavelength=wavelength_nm)
            (told,) = await self.call(work, within_s=self.within_s(1))
            found.append(told["data"])
        return found

    def _figure(self, plate: Plate, well: str, wavelength_nm: int, table: Table) -> float:
        item = plate.get_well(well)
        row, column = item.get_row(), item.get_column()
        if len(table) <= row or len(table[row]) <= column:
            raise self.odd(f"told nothing of {well} at {wavelength_nm} nm")
        value = table[row][column]
        if value is not None and math.isfinite(value) and value < self.most_au:
            return float(value)
        if self.options.saturated_au is None:
            raise self.refused(
                f"{well} lets no light of {wavelength_nm} nm through; options.saturated_au may say "
                "what stands for that"
            )
        return self.options.saturated_au

    async def make_safe(self) -> bool:
        """Shut the drawer: nothing else of it moves or heats."""
        await self.close_drawer()
        return True


def even_steps(wavelengths_nm: Sequence[int]) -> tuple[int, int, int] | None:
    """First wavelength, step and number of wavelengths in equal steps upwards; None if they aren't.

    Fewer than three are no spectrum.
    """
    steps = {b - a for a, b in pairwise(wavelengths_nm)}
    if len(wavelengths_nm) < _FEWEST or len(steps) != 1 or min(steps) <= 0:
        return None
    return wavelengths_nm[0], steps.pop(), len(wavelengths_nm)


def _no_plate(name: str, driver: str) -> Diagnostic:
    return Diagnostic(
        code="no-plate",
        message=f"device {name!r}: {driver} has to know the geometry of the plates that it reads",
        quantity="options.plate",
        fix="add to it in the deck layout: options: {plate: NAME}, with the definition of the "
        "plates as their labware names it",
    )


def _no_port(name: str, driver: str, port: str) -> Diagnostic:
    return Diagnostic(
        code="no-port",
        message=f"device {name!r}: PyLabRobot takes the only {driver} on the bus; it has no port",
        quantity="port",
        found=port,
        fix="leave the port out, and plug in one such reader only",
    )
