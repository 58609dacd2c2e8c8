"""What may be asked of devices that measure: pH probes and balances; and of plate clamps.

As in :mod:`ncrobot.devices.contracts`, all methods are coroutines and idempotent, and a failure
raises :class:`~ncrobot.errors.DeviceError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from ncrobot.devices.contracts import Connectable

CalibrationPoint = Literal["mid", "low", "high"]
"""Which of a probe's three buffers: near pH 7, near pH 4, near pH 10."""


@dataclass(frozen=True, slots=True)
class ProbeHealth:
    """How a calibrated electrode compares with an ideal one.

    ``points`` is the number of calibrated buffers. Slopes are in percent of the ideal electrode's,
    ``None`` where the device doesn't tell; ``zero_mv`` is the offset at pH 7.
    """

    points: int
    acid_slope_percent: float | None = None
    base_slope_percent: float | None = None
    zero_mv: float | None = None


@runtime_checkable
class PHProbe(Connectable, Protocol):
    """A pH electrode with its amplifier."""

    async def read_ph(self) -> float:
        """One reading, compensated for the temperature that was last told."""

    async def compensate(self, temperature_c: float) -> None:
        """Tell the temperature of the liquid, and see that it was taken."""

    async def calibrate(self, point: CalibrationPoint, ph: float) -> None:
        """Take what the probe stands in as a buffer of this pH; ``mid`` erases all other points."""

    async def read_health(self) -> ProbeHealth:
        """Number of calibrated points, slopes and offset."""


@runtime_checkable
class Balance(Connectable, Protocol):
    """A balance. Masses are in mg, net of the tare."""

    async def tare(self) -> None:
        """Call what stands on the pan nothing, once it is stable."""

    async def read_mass_mg(self, *, stable: bool = True) -> float:
        """Net mass: a stable one, or at once whatever it is."""


@runtime_checkable
class PlateClamp(Protocol):
    """A shaker that holds its labware fast, and must let it go before a gripper takes it."""

    async def clamp(self) -> None:
        """Hold the labware; returns when it is held."""

    async def release(self) -> None:
        """Let the labware go; refused while it shakes. Returns when it is free."""

    async def read_clamped(self) -> bool | None:
        """Whether it holds; None while it moves, or if the device can't tell."""
