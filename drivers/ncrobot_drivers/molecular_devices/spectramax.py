"""What SpectraMax readers have in common, through PyLabRobot (written against 0.2.2).

Wavelengths in equal steps are read as a spectrum, others six at a time, which is as many as the
maker's software asks for. Whole plates are read. ``port`` is a serial port; gateways on the network
aren't taken. Options: see :mod:`ncrobot_drivers.plate_readers`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from pylabrobot.plate_reading.molecular_devices.backend import (
    MolecularDevicesBackend,
    MolecularDevicesError,
    MolecularDevicesSettings,
    ReadType,
    SpectrumSettings,
)
from pylabrobot.resources import Plate

from ncrobot.devices import Identity
from ncrobot_drivers.plate_readers import PlateReaderDevice, Table, even_steps

_AT_ONCE = 6


class SpectraMax(PlateReaderDevice):
    """A reader that speaks Molecular Devices' protocol."""

    needs_port: ClassVar[bool] = True
    model: ClassVar[str]
    refusals: ClassVar[tuple[type[Exception], ...]] = (MolecularDevicesError,)

    async def identify(self) -> Identity:
        """Ask for its options; PyLabRobot's own question leaves half of the answer on the line."""
        told = await self.call(self.backend.send_command("!OPTION", num_res_fields=2))
        return Identity(self.model, "", " ".join(told[1:]))

    async def tables(
        self, plate: Plate, wells: Sequence[str], wavelengths_nm: Sequence[int]
    ) -> Sequence[Table]:
        """A spectrum, or some wavelengths at once, of the whole plate."""
        del wells
        steps = even_steps(wavelengths_nm)
        if steps is not None:
            # PyLabRobot always names wavelengths; the reader goes by the spectrum's own.
            return await self._read(
                plate, wavelengths_nm, wavelengths_nm[:1], SpectrumSettings(*steps)
            )
        found: list[Table] = []
        for at in range(0, len(wavelengths_nm), _AT_ONCE):
            some = wavelengths_nm[at : at + _AT_ONCE]
            found += await self._read(plate, some, some, None)
        return found

    async def _read(
        self,
        plate: Plate,
        wavelengths_nm: Sequence[int],
        named_nm: Sequence[int],
        spectrum: SpectrumSettings | None,
    ) -> list[Table]:
        within_s = self.within_s(len(wavelengths_nm))
        await self.call(self.backend.io.reset_input_buffer())  # a reading before may have failed
        work = self.backend.read_absorbance(
            plate=plate,
            wavelengths=list(named_nm),
            read_type=ReadType.ENDPOINT if spectrum is None else ReadType.SPECTRUM,
            spectrum_settings=spectrum,
            timeout=math.ceil(within_s),
        )
        told = await self.call(work, within_s=within_s)
        read_nm = [each["wavelength"] for each in told]
        if read_nm != list(wavelengths_nm):
            raise self.odd(f"read {_listed(read_nm)} nm instead of {_listed(wavelengths_nm)} nm")
        return [each["data"] for each in told]


class SignedFigures(MolecularDevicesBackend):  # type: ignore[misc] # it has no types
    """PyLabRobot takes figures below zero for none at all; a clear well may well have them."""

    def _parse_data(
        self, data_str: str, settings: MolecularDevicesSettings
    ) -> list[dict[str, Any]]:
        """Read what the reader transfers: a head, its wavelengths, and columns of the plate."""
        del settings
        found: list[dict[str, Any]] = []
        heads = 0
        for line in filter(None, map(str.strip, data_str.splitlines())):
            name, _, rest = line.partition(":")
            if name == "L":
                heads += 1
                if heads > 1:  # the first lists all of them
                    found.append({"wavelength": int(rest.split()[0]), "columns": []})
            elif found and name.isdigit():
                found[-1]["columns"].append([_figure(word) for word in rest.split()])
        return [
            {
                "wavelength": each["wavelength"],
                "data": [list(row) for row in zip(*each["columns"], strict=True)],
            }
            for each in found
        ]


def _figure(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return math.inf if word == "#SAT" else math.nan


def _listed(wavelengths_nm: Sequence[int]) -> str:
    some = ", ".join(str(each) for each in wavelengths_nm[:_AT_ONCE])
    return some + (", ..." if len(wavelengths_nm) > _AT_ONCE else "")
