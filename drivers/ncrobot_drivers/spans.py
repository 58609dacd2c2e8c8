"""Ranges of a deck layout, checked against what the device can do before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ncrobot.errors import DeviceError, DeviceErrorKind, Diagnostic, LabError


@dataclass(frozen=True, slots=True)
class Span:
    """The range of one quantity that a device may be asked for, both ends included."""

    device: str
    quantity: str
    low: float
    high: float
    unit: str

    def check(self, value: float) -> None:
        """Check an order.

        Raises:
            DeviceError: it is out of the range; nothing was sent.

        """
        if not (math.isfinite(value) and self.low <= value <= self.high):
            raise DeviceError(
                f"takes {self.low:g} to {self.high:g} {self.unit}, not {value:g} {self.unit}",
                device=self.device,
                kind=DeviceErrorKind.REFUSED,
                moved=False,
            )


def read_span(
    settings: Mapping[str, Any],
    quantity: str,
    able: tuple[float, float],
    *,
    device: str,
    unit: str,
) -> Span | None:
    """Return the range that the layout states; None if it states none.

    Raises:
        LabError: the device can't do all of it.

    """
    told = settings.get(quantity)
    if told is None:
        return None
    low, high = float(told[0]), float(told[1])
    if not able[0] <= low <= high <= able[1]:
        raise LabError(
            Diagnostic(
                code="device-range",
                message=f"device {device!r} can't do all that {quantity} asks of it",
                quantity=quantity,
                found=f"{low:g} to {high:g} {unit}",
                allowed=f"{able[0]:g} to {able[1]:g} {unit}",
                fix="narrow the range in the deck layout",
            )
        )
    return Span(device, quantity, low, high, unit)
