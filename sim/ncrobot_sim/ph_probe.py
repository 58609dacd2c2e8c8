"""The simulated pH probe: it reads what stands in the well that its pump's outlet is in.

The pH follows from the acids and bases of the protocol by a balance of charges at 25 °C; what a
reaction takes up or sets free isn't modelled. Noise and drift are the probe's own.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, ClassVar

from ncrobot.devices import ProbeHealth
from ncrobot.devices.sensing import CalibrationPoint
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_sim.chemistry.acidity import ph_of
from ncrobot_sim.device import SimulatedDevice

AIR_PH = 7.0
"""What it reads where there is no liquid (assumed: a dry electrode means nothing)."""


class SimulatedPhProbe(SimulatedDevice):
    """A probe in the world. Options: ``noise_ph``, ``drift_ph_per_h``, ``offset_ph``.

    ``well`` is the address that it always stands in; without one it is where the needle is.
    """

    model: ClassVar[str] = "pH probe"

    def _take(self, settings: Mapping[str, Any]) -> None:
        options = settings.get("options") or {}
        self._read_s = float(settings.get("read_s", 1.0))
        self._well: str | None = settings.get("well")
        self._noise_ph = float(options.get("noise_ph", 0.0))
        self._drift_ph_per_h = float(options.get("drift_ph_per_h", 0.0))
        self._offset_ph = float(options.get("offset_ph", 0.0))
        self._noise = random.Random(self.name)  # noqa: S311
        self._since_s = self._clock.now_s()

    async def read_ph(self) -> float:
        """One reading."""
        fault = self._world.faults.next(self.name, "read_ph")
        await self._clock.sleep(self._read_s + (fault.delay_s if fault is not None else 0.0))
        if fault is not None and fault.kind is not None:
            raise fault.error()
        hours = (self._clock.now_s() - self._since_s) / 3600.0
        wrong_ph = self._offset_ph + self._drift_ph_per_h * hours
        reading = self.true_ph() + wrong_ph + self._noise.gauss(0.0, self._noise_ph)
        return round(min(max(reading, 0.0), 14.0), 3)

    def true_ph(self) -> float:
        """The pH of what it stands in."""
        address = self._well or self._world.needle_at
        volume_ul = self._world.volume_ul(address) if address is not None else 0.0
        if address is None or volume_ul <= 0:
            return AIR_PH
        strong_m, weak = 0.0, list[tuple[float, float]]()
        for material, umol in self._world.umol(address).items():
            acid = self._world.acids.get(material)
            if acid is None:
                continue
            # µmol in µL are mol in L; each proton of an acid is taken as one acid of its own.
            strong_m += acid.charge * umol / volume_ul
            weak += [(umol / volume_ul, pka) for pka in acid.pkas]
        return ph_of(strong_m, weak)

    async def compensate(self, temperature_c: float) -> None:
        """Take note of a temperature; all of this world's pH are those at 25 °C."""
        del temperature_c

    async def calibrate(self, point: CalibrationPoint, ph: float) -> None:
        """Take what it stands in as a buffer."""
        if point == "mid":
            self._offset_ph = ph - self.true_ph()
            self._since_s = self._clock.now_s()
            return
        message = "the simulated probe has an ideal slope: it is calibrated at mid only"
        raise DeviceError(message, device=self.name, kind=DeviceErrorKind.REFUSED, moved=False)

    async def read_health(self) -> ProbeHealth:
        """An ideal electrode."""
        return ProbeHealth(points=1, acid_slope_percent=100.0, base_slope_percent=100.0)
