"""Heidolph MR Hei-Connect and Hei-Tec (manual 505-20000): every command comes back by its name.

Tried with our emulator only, never on hardware. Not confirmed: what the plate does to motor and
heater after 10 s of silence (it says so on its display), and its error codes below -1.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_drivers.hotplates import Hotplate, HotplateOptions
from ncrobot_drivers.line_device import TRIES
from ncrobot_drivers.link import Line, Terminated
from ncrobot_drivers.options import read_options

DRIVER = "heidolph.hei_connect"
RPM, CELSIUS = (100.0, 1400.0), (20.0, 300.0)
PAUSE_S = 0.1
"""Least time between two commands."""

HEART_S = 2.5
"""How often it hears of us; it waits for 10 s."""

NO_PROBE_C = 999.9


class HeiOptions(HotplateOptions):
    """Options of a Heidolph plate; ``watchdog``: it stops itself when it hears nothing for 10 s."""

    watchdog: bool = True


class HeiConnect(Hotplate):
    """A Heidolph hotplate stirrer."""

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, HeiOptions, device=name, driver=DRIVER)
        link = options.make_link(
            name, port, clock, Line(9600, data_bits=7, parity="E"), Terminated(b"\r\n", b"\r\n")
        )
        super().__init__(name, clock, link, settings, options, rpm=RPM, celsius=CELSIUS)
        self.options = options

    async def get_ready(self) -> None:
        """Choose its new commands, and arm its watchdog; it goes on with what it does."""
        await self._say("PA_NEW")
        await self._status()
        if self.options.watchdog:
            await self._arm()
            self.start_heart(self._arm, HEART_S)

    async def _arm(self) -> None:
        """Arm its watchdog, which also is a sign of life, and holds after a loss of power, too."""
        await self._say("CC_ON")

    async def identify(self) -> Identity:
        """It says nothing of itself that the manual promises."""
        await self._status()
        return Identity("Heidolph MR Hei", "", "")

    async def _say(self, text: str) -> str:
        """Say a command and return what stands behind its name."""
        name = text.split(" ", maxsplit=1)[0]
        await self.clock.sleep(PAUSE_S)
        raw = await self.ask(
            text.encode("ascii"),
            lambda raw: raw.decode("latin-1").strip().split(" ")[0] == name,
        )
        return raw.decode("latin-1").strip()[len(name) :].strip()

    async def _number(self, question: str) -> float:
        told = await self._say(question)
        try:
            return float(told)
        except ValueError as error:
            raise self.failure(
                f"answers {question} with {told!r}", DeviceErrorKind.REFUSED, moved=False
            ) from error

    async def _status(self) -> int:
        """Ask how it is.

        Raises:
            DeviceError: it has a fault.

        """
        status = int(await self._number("STATUS"))
        if status < 0:
            why = "is blocked at its knobs" if status == -1 else f"reports fault {status}"
            raise self.failure(why, DeviceErrorKind.REFUSED, moved=False)
        return status

    async def _set(self, channel: int, value: float) -> None:
        seen = value
        for _ in range(TRIES):
            await self._say(f"OUT_SP_{channel} {value:g}")
            seen = await self._number(f"IN_SP_{channel}")
            if abs(seen - value) <= 0.051:  # it is told with one decimal
                return
        raise self.refused(f"doesn't take {value:g} on channel {channel}: it says {seen:g}")

    async def set_speed(self, speed_rpm: float) -> None:
        """Set the speed."""
        await self._set(3, round(speed_rpm))

    async def turn(self, *, on: bool) -> None:
        """Start or stop the motor."""
        await self._say("START_2" if on else "STOP_2")
        if on:
            await self._status()

    async def set_heat(self, temperature_c: float | None) -> None:
        """Set the temperature and heat, or stop heating."""
        if temperature_c is None:
            await self._say("STOP_1")
            return
        await self._set(1, round(temperature_c, 1))
        await self._say("START_1")
        await self._status()

    async def read_speed_rpm(self) -> float:
        """Readback of the speed."""
        return await self._number("IN_PV_5")

    async def read_temperature_c(self) -> float:
        """Readback of the plate, or of the probe."""
        value_c = await self._number("IN_PV_1" if self.options.probe else "IN_PV_3")
        if value_c == NO_PROBE_C:
            raise self.no_probe()
        return value_c

    async def disconnect(self) -> None:
        """Close the line; a plate that is to hold its heat is freed of its watchdog first."""
        await self.stop_heart()
        if self.options.watchdog and self.keeps_heat and self.link.sessions:
            with suppress(DeviceError):  # then it stops by itself
                await self._say("CC_OFF")
        await super().disconnect()
