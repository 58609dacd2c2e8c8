"""An Ocean Insight spectrometer, through the library seabreeze (written against 2.10).

Tried with a stand-in for the library only, never on hardware.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from ncrobot.errors import Diagnostic, LabError

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """What the detector saw: counts, mean of ``averages`` scans, shape (n,)."""

    wavelength_nm: FloatArray
    counts: FloatArray


class Spectrometer:
    """An open spectrometer with a fixed integration time."""

    def __init__(self, serial: str | None, integration_ms: float, averages: int) -> None:
        """Open it; ``serial`` None: the only one there is.

        Raises:
            LabError: the library isn't installed, or no such spectrometer answers.
        """
        module = _library()
        self._averages = averages
        try:
            kind = module.Spectrometer
            self._device = (
                kind.from_first_available() if serial is None else kind.from_serial_number(serial)
            )
            self._device.integration_time_micros(round(1000.0 * integration_ms))
        except Exception as error:  # the library has errors of its own, by its backend
            raise _gone(serial, error) from error
        self.serial = str(self._device.serial_number)
        self.full_scale = float(self._device.max_intensity)

    def look(self) -> Light:
        """The mean of some scans; the first after a change of light is thrown away.

        Raises:
            LabError: it doesn't answer.
        """
        try:
            self._device.intensities()
            scans = [np.asarray(self._device.intensities()) for _ in range(self._averages)]
            waves = np.asarray(self._device.wavelengths(), dtype=np.float64)
        except Exception as error:
            raise _gone(self.serial, error) from error
        return Light(waves, np.mean(scans, axis=0, dtype=np.float64))

    def close(self) -> None:
        """Let it go."""
        self._device.close()


def _library() -> Any:
    try:
        return import_module("seabreeze.spectrometers")
    except ImportError as error:
        raise LabError(
            Diagnostic(
                code="missing-extra",
                message="Ocean Insight spectrometers need seabreeze, which isn't installed",
                fix="install ncrobot[seabreeze], and let 'seabreeze_os_setup' give you the right "
                "to use the device",
            )
        ) from error


def _gone(serial: str | None, error: Exception) -> LabError:
    told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return LabError(
        Diagnostic(
            code="spectrometer",
            message=f"the spectrometer {serial or '(any)'} doesn't answer: {told}",
            fix="see that it is plugged in, that you may use it, and that nobody else does",
        )
    )
