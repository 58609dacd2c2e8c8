"""Hamilton STAR and STARlet, through PyLabRobot's STARBackend (written against pylabrobot 0.2.2).

Tried with PyLabRobot's STARChatterboxBackend only, which runs the real command code without a
machine; never yet on hardware, which ``connect`` says in a log line.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from pylabrobot.liquid_handling.backends.hamilton import STAR_backend as star

from ncrobot.clock import Clock
from ncrobot.devices import ChannelMove, HandlerSetup, Identity
from ncrobot.devices.pylabrobot_handler import Cause, PyLabRobotHandler
from ncrobot.errors import DeviceErrorKind

logger = logging.getLogger(__name__)

BEFORE_LIQUID: dict[type[Exception], DeviceErrorKind] = {
    star.HamiltonNoTipError: DeviceErrorKind.TIP_NOT_PICKED_UP,
    star.TipAlreadyFittedError: DeviceErrorKind.TIP_NOT_PICKED_UP,
    star.LiquidLevelError: DeviceErrorKind.NO_LIQUID,
    star.TipTooLittleVolumeError: DeviceErrorKind.REFUSED,
    star.CommandSyntaxError: DeviceErrorKind.REFUSED,
    star.PositionNotReachableError: DeviceErrorKind.REFUSED,
    star.NotAllowedParameterCombinationError: DeviceErrorKind.REFUSED,
    star.CoverCloseError: DeviceErrorKind.REFUSED,
}
"""Errors that the instrument finds before it moves liquid."""

IN_LIQUID: dict[type[Exception], DeviceErrorKind] = {
    star.ClotDetectedError: DeviceErrorKind.CLOT,
    star.AspirationError: DeviceErrorKind.OVERPRESSURE,
    star.TADMMeasurementError: DeviceErrorKind.OVERPRESSURE,
    star.HardwareError: DeviceErrorKind.STALL,
    star.StopError: DeviceErrorKind.STALL,
}
"""Errors after which liquid may have moved."""

CHECKED_BY_PYLABROBOT = (ValueError, TypeError, AssertionError)
"""What STARBackend raises about its arguments, always before it sends a command."""


class Starlet(PyLabRobotHandler):
    """The pipetting arm of a STARlet. ``port`` is its serial number, if there are several."""

    def __init__(
        self,
        *,
        name: str,
        setup: HandlerSetup,
        clock: Clock,
        port: str | None = None,
        backend: star.STARBackend | None = None,
    ) -> None:
        del clock  # the instrument keeps its own time
        self._star = backend or star.STARBackend(serial_number=port)
        super().__init__(name=name, setup=setup, backend=self._star)

    async def connect(self) -> None:
        """Initialize the instrument."""
        logger.warning(
            "%s: this driver was never tried on hardware; watch its first run", self.name
        )
        await super().connect()

    async def identify(self) -> Identity:
        """Ask for serial number and firmware; what the instrument doesn't tell is left empty."""
        try:
            serial_number = str(await self._star.request_device_serial_number())
        except (TypeError, KeyError):
            serial_number = ""
        firmware = await self._star.request_firmware_version()
        return Identity("Hamilton STARlet", serial_number, str(firmware or ""))

    async def park(self) -> None:
        """Raise all channels to the height of travel."""
        await self._star.move_all_channels_in_z_safety()

    def explain(self, error: Exception) -> Cause | None:
        """Return what an error of the instrument means; a slave's unknown error may have moved."""
        for kinds, moved in ((BEFORE_LIQUID, False), (IN_LIQUID, None)):
            for kind, meaning in kinds.items():
                if isinstance(error, kind):
                    return meaning, moved
        if isinstance(error, star.STARFirmwareError):
            causes = [self.explain(part) for part in error.errors.values()]
            return next((cause for cause in causes if cause), (DeviceErrorKind.STALL, None))
        if isinstance(error, CHECKED_BY_PYLABROBOT):
            return DeviceErrorKind.REFUSED, False
        return None

    def options(self, moves: Sequence[ChannelMove], *, draw: bool) -> dict[str, Any]:
        """Choose the liquid class: jet for a free dispense, else surface; emptied if it is all."""
        del draw
        return {
            "jet": [not move.touches for move in moves],
            "blow_out": [not move.partial for move in moves],
        }
