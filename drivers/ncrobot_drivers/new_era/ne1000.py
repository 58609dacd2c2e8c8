"""New Era NE-1000 and its family, one pump on a line (manuals 1200-01, -02, -03).

Tried with our emulator only, never on hardware. Not confirmed: that a first ``STP`` pauses and a
second one stops, and the range of rates, which the pump checks by itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_drivers.counting import CountingOptions, CountingPump, Glance
from ncrobot_drivers.link import (
    DamagedReplyError,
    HalfReplyError,
    Line,
    SilentError,
)
from ncrobot_drivers.new_era.wire import ALARMS, BASIC, RUNNING, SAFE, NewEraLine
from ncrobot_drivers.options import read_options

DRIVER = "new_era.ne1000"
BAUD = 19200
_COUNTS = re.compile(r"I(\d*\.?\d*)W(\d*\.?\d*)(ML|UL)")
UNIT_UL = {"UL": 1.0, "ML": 1000.0}


class Ne1000Options(CountingOptions):
    """Options of a New Era pump.

    In safe mode all that is said has a checksum, and the pump stops by itself if it hears nothing
    for ``watchdog_s``.
    """

    address: int = Field(0, ge=0, le=99)
    safe_mode: bool = True
    watchdog_s: int = Field(10, ge=2, le=255)


class Ne1000(CountingPump):
    """A New Era syringe pump. It has no valve and no zero; it counts."""

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, Ne1000Options, device=name, driver=DRIVER)
        link = options.make_link(
            name, port, clock, Line(BAUD), SAFE if options.safe_mode else BASIC
        )
        super().__init__(name, clock, settings, options, link)
        self._safe_s = options.watchdog_s if options.safe_mode else 0
        self._diameter_mm = options.diameter_mm
        self._unit = "UL" if self.pump.syringe_ul < 1000 else "ML"
        self._empty_at_power_on = options.empty_at_power_on
        self._line = NewEraLine(
            self.link, name, options.address, options.reply_s, safe=options.safe_mode
        )

    def steps(self, syringe_ul: float) -> int:
        """Four digits: a syringe of 1000 µL is counted in 1000 steps, one of 500 µL in 5000."""
        digit_ul = math.pow(10, math.floor(math.log10(syringe_ul)) - 3)
        return round(syringe_ul / digit_ul)

    async def identify(self) -> Identity:
        """Model and firmware, as the pump tells them."""
        version = (await self._line.ask("VER")).text
        model, _, firmware = version.partition("V")
        return Identity(f"New Era {model}", "", firmware)

    async def get_ready(self) -> None:
        """Choose the mode, stop what runs, set the diameter; an alarm tells of power lost."""
        self._line.alarms.clear()
        await self._line.choose_mode(self._safe_s)
        self._line.take_unasked()
        alarms, self._line.alarms = self._line.alarms, set()
        self.trusted = "S" not in alarms and ("R" not in alarms or self._empty_at_power_on)
        status = (await self._line.ask("")).status
        if status in RUNNING:
            return  # what an earlier session began ends by itself
        await self.halt()
        told = (await self._line.ask("DIA")).text
        if abs(float(told) - self._diameter_mm) > 0.005:
            await self._line.ask(f"DIA{four_digits(self._diameter_mm)}")
        await self._line.ask(f"VOL{self._unit}")

    async def glance(self) -> Glance:
        """Ask for the status."""
        status = (await self._line.ask("")).status
        self._line.take_unasked()
        alarms, self._line.alarms = self._line.alarms, set()
        if alarms & {"R", "S"}:
            self.trusted = False
        trouble = "; ".join(ALARMS.get(alarm, alarm) for alarm in sorted(alarms)) or None
        return Glance(status in RUNNING, "S" in alarms, trouble)

    async def count_ul(self) -> tuple[float, float]:
        """Volumes pushed and drawn."""
        text = (await self._line.ask("DIS")).text
        match = _COUNTS.fullmatch(text)
        if match is None:
            raise DeviceError(
                f"tells its volumes in words that nobody understands: {text!r}",
                device=self.name,
                kind=DeviceErrorKind.REFUSED,
                moved=None,
            )
        unit_ul = UNIT_UL[match[3]]
        return float(match[1]) * unit_ul, float(match[2]) * unit_ul

    async def clear_counts(self) -> None:
        """Clear both counters."""
        await self._line.ask("CLDINF")
        await self._line.ask("CLDWDR")

    async def set_dose(self, volume_ul: float, rate_ul_per_s: float) -> None:
        """Set direction, rate and volume."""
        await self.halt()
        per_min = rate_ul_per_s * 60
        number, unit = (per_min, "UM") if per_min < 10_000 else (per_min / 1000, "MM")
        if number < 1:
            number, unit = per_min * 60, "UH"
        volume = abs(volume_ul) / UNIT_UL[self._unit]
        await self._line.ask("DIRWDR" if volume_ul > 0 else "DIRINF")
        await self._line.ask(f"RAT{four_digits(number)}{unit}")
        await self._line.ask(f"VOL{self._unit}")
        await self._line.ask(f"VOL{four_digits(volume)}")

    async def start(self, *, drawing: bool) -> bool:
        """Run."""
        del drawing  # the direction was set before
        try:
            return await self._line.command("RUN") is not None
        except (SilentError, HalfReplyError, DamagedReplyError):
            return False

    async def halt(self) -> None:
        """Stop until the pump says stopped: a pump that only pauses would go on with the rest."""
        for _ in range(3):
            if (await self._line.ask("")).status == "S":
                return
            try:
                await self._line.ask("STP")
            except DeviceError as error:
                if error.kind is not DeviceErrorKind.REFUSED:
                    raise  # "not applicable" is said by a pump that stands still
        if (await self._line.ask("")).status != "S":
            raise DeviceError(
                "doesn't stop", device=self.name, kind=DeviceErrorKind.TIMEOUT, moved=None
            )


def four_digits(value: float) -> str:
    """A number in at most four digits and a point, with at most three decimals."""
    decimals = min(3, max(0, 3 - math.floor(math.log10(value)))) if value >= 1 else 3
    text = f"{value:.{decimals}f}"
    if len(text.replace(".", "")) > 4 and decimals:
        text = f"{value:.{decimals - 1}f}"
    return text
