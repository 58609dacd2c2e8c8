"""Tecan Spark plate readers, through PyLabRobot (written against 0.2.2).

Tried with an emulator behind PyLabRobot's USB only, never on hardware; its authors call their
backend experimental. Wavelengths in equal steps are read as a spectrum. PyLabRobot goes on
if the reader doesn't answer, and sorts rows by a number that begins again after 255: so a drawer
has to say where it stands, each reading is counted anew, and one that isn't a whole plate is
refused. Options: those of :mod:`ncrobot_drivers.plate_readers`, ``bandwidth_nm`` and ``flashes``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field
from pylabrobot.plate_reading.tecan.spark20m import spark_reader_async
from pylabrobot.plate_reading.tecan.spark20m.controls.spark_enums import PlatePosition
from pylabrobot.plate_reading.tecan.spark20m.spark_backend import ExperimentalSparkBackend
from pylabrobot.plate_reading.tecan.spark20m.spark_reader_async import SparkError
from pylabrobot.resources import Plate

from ncrobot.devices import Identity
from ncrobot.errors import DeviceErrorKind
from ncrobot_drivers.plate_readers import PlateReaderDevice, ReaderOptions, Table, even_steps

_ROW_S = 50.0
"""PyLabRobot gives up waiting for a row after 60 s, and says nothing of it."""


class SparkOptions(ReaderOptions):
    """Options of a Spark; PyLabRobot's own bandwidth would be 20 nm."""

    bandwidth_nm: float = Field(5.0, gt=0, le=20)
    flashes: int = Field(10, ge=1, le=100)


class Spark(PlateReaderDevice):
    """A Spark with its absorbance module."""

    driver: ClassVar[str] = "tecan.spark"
    nanometres: ClassVar[tuple[float, float]] = (200.0, 1000.0)
    least_s: ClassVar[float] = 600.0
    ports: ClassVar[bool] = False
    options_model: ClassVar[type[ReaderOptions]] = SparkOptions
    refusals: ClassVar[tuple[type[Exception], ...]] = (SparkError,)

    def make_backend(self) -> ExperimentalSparkBackend:
        """Make the backend."""
        if not hasattr(spark_reader_async, "usb"):  # it would say that no Spark is there
            reason = "pyusb is not installed; install it with: pip install pylabrobot[usb]"
            raise self.failure(reason, DeviceErrorKind.DEVICE_GONE)
        return ExperimentalSparkBackend()

    async def open(self) -> None:
        """Open the links to its modules."""
        try:
            await super().open()
        except ValueError as error:  # that is how it tells that none is there
            raise self.failure(str(error), DeviceErrorKind.DEVICE_GONE) from error

    async def identify(self) -> Identity:
        """Ask for its serial number."""
        asked = self.backend.config_control.get_config_sap_instrument_serial_number()
        return Identity("Tecan Spark", await self.call(asked) or "", "")

    async def open_drawer(self) -> None:
        """Move the nest out, and hear from the reader that it stands there."""
        await super().open_drawer()
        await self._stands(PlatePosition.OUT_RIGHT)

    async def close_drawer(self) -> None:
        """Move the nest in, and hear from the reader that it stands there."""
        await super().close_drawer()
        await self._stands(PlatePosition.PLATE_IN)

    async def _stands(self, position: PlatePosition) -> None:
        """PyLabRobot takes silence for consent: believe only what is read back."""
        told = await self.call(self.backend.plate_control.get_current_position())
        if position.value not in (told or ""):
            self._drawer_open = None
            raise self.odd(f"doesn't say that its plate stands at {position.value}, but {told!r}")

    async def tables(
        self, plate: Plate, wells: Sequence[str], wavelengths_nm: Sequence[int]
    ) -> Sequence[Table]:
        """Spectra, or one wavelength after the other, of the whole plate."""
        del wells
        most = len(wavelengths_nm)
        if self.each_s > 0:
            most = max(1, int(_ROW_S * plate.num_items_y / self.each_s))
        found: list[Table] = []
        for at in range(0, len(wavelengths_nm), most):
            some = wavelengths_nm[at : at + most]
            steps = even_steps(some)
            if steps is not None:
                found += await self._spectrum(plate, some, steps[1])
            else:
                found += [await self._single(plate, wavelength_nm) for wavelength_nm in some]
        return found

    async def _spectrum(
        self, plate: Plate, wavelengths_nm: Sequence[int], step_nm: int
    ) -> list[Table]:
        self.backend.reader.seq_num = 0
        work = self.backend.experimental_read_absorbance_spectrum(
            plate=plate,
            wells=None,
            wavelength_start=wavelengths_nm[0],
            wavelength_end=wavelengths_nm[-1],
            wavelength_step=step_nm,
            **self._how(),
        )
        told = await self.call(work, within_s=self.within_s(len(wavelengths_nm)))
        if [each["wavelength"] for each in told] != list(wavelengths_nm):
            raise self.odd(f"told {len(told)} of {len(wavelengths_nm)} wavelengths, or others")
        return [self._whole(plate, each["data"]) for each in told]

    async def _single(self, plate: Plate, wavelength_nm: int) -> Table:
        self.backend.reader.seq_num = 0
        work = self.backend.read_absorbance(
            plate=plate, wells=None, wavelength=wavelength_nm, **self._how()
        )
        (told,) = await self.call(work, within_s=self.within_s(1))
        return self._whole(plate, told["data"])

    def _how(self) -> Mapping[str, Any]:
        options = self.options
        assert isinstance(options, SparkOptions)  # noqa: S101 - its own model read them
        return {"bandwidth": round(options.bandwidth_nm * 10), "num_reads": options.flashes}

    def _whole(self, plate: Plate, table: Table) -> Table:
        rows, columns = plate.num_items_y, plate.num_items_x
        if len(table) != rows or any(len(row) != columns for row in table):
            got = "nothing" if not table else f"{len(table)} rows of {len(table[0])}"
            raise self.odd(f"told {got}, not {rows} rows of {columns}")
        return table
