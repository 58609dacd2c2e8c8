"""The language of IKA hotplates (NAMUR commands): orders without answers, checked by questions.

Confirmed by manuals: line, commands, channels, ranges. Seen in programs that drive such plates: the
layout of answers, and that the older end of a command (blank CR blank LF) also works with newer
plates. Not confirmed: the answer to a watchdog's command (any that holds its seconds is taken), and
what a heater says of being on: a plate can only be asked for its set point and its temperature.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar, Literal

from pydantic import Field

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceError
from ncrobot_drivers.hotplates import Hotplate, HotplateOptions
from ncrobot_drivers.line_device import TRIES
from ncrobot_drivers.link import Line, Terminated
from ncrobot_drivers.options import read_options

LINE = Line(9600, data_bits=7, parity="E")
ENDS = {"blanks": b" \r \n", "plain": b"\r\n"}
_VALUE = re.compile(rb"\s*(-?\d+(?:\.\d+)?)(?:\s+(\d+))?\s*")


class IkaOptions(HotplateOptions):
    """Options of an IKA plate.

    ``ends``: how a command ends. ``watchdog_s``: with this silence the plate falls back to its
    lowest temperature and stands still; None: it goes on for ever.
    """

    ends: Literal["blanks", "plain"] = "blanks"
    watchdog_s: int | None = Field(60, ge=20, le=1500)


class IkaPlate(Hotplate):
    """An IKA plate; a model tells its name, its ranges and the channel of its set point."""

    driver: ClassVar[str]
    rpm: ClassVar[tuple[float, float]]
    celsius: ClassVar[tuple[float, float]]

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, IkaOptions, device=name, driver=self.driver)
        link = options.make_link(name, port, clock, LINE, Terminated(ENDS[options.ends], b"\r\n"))
        super().__init__(name, clock, link, settings, options, rpm=self.rpm, celsius=self.celsius)
        self.options = options
        self._watched = False

    @property
    def heat_channel(self) -> int:
        """Channel of the set point that it heats to."""
        return 1

    async def get_ready(self) -> None:
        """See that it answers, and arm its watchdog; it goes on with what it does."""
        await self._text("IN_NAME")
        await self._arm()

    async def _arm(self) -> None:
        """Arm the watchdog, and feed it from now on."""
        if self.options.watchdog_s is None:
            return
        await self._guard(f"OUT_SP_12@{self.celsius[0] or 20:g}")
        await self._guard("OUT_SP_42@0")
        await self._feed()
        self._watched = True
        self.start_heart(self._feed, self.options.watchdog_s / 4)

    async def _feed(self) -> None:
        await self._guard(f"OUT_WD2@{self.options.watchdog_s}")

    async def _guard(self, text: str) -> None:
        """Say something that is answered with its own figure."""
        figure = float(text.partition("@")[2])
        await self.ask(text.encode("ascii"), lambda raw: _figures(raw)[:1] == (figure,))

    async def identify(self) -> Identity:
        """What it calls itself."""
        return Identity(f"IKA {await self._text('IN_NAME')}", "", "")

    async def _text(self, question: str) -> str:
        return (await self.ask(question.encode("ascii"))).decode("latin-1").strip()

    async def _number(self, question: str) -> float:
        """Ask for a value; the answer ends with the number of its channel."""
        channel = float(question.rpartition("_")[2])
        raw = await self.ask(question.encode("ascii"), lambda raw: _figures(raw)[1:] == (channel,))
        return _figures(raw)[0]

    async def _set(self, channel: int, value: float) -> None:
        """Set a value, as often as it takes until it is read back.

        Raises:
            DeviceError: the plate doesn't take it.

        """
        seen = math.nan
        for _ in range(TRIES):
            await self.link.send(f"OUT_SP_{channel} {value:g}".encode("ascii"))
            seen = await self._number(f"IN_SP_{channel}")
            if abs(seen - value) <= 0.051:  # it is told with one decimal
                return
        raise self.refused(f"doesn't take {value:g} on channel {channel}: it says {seen:g}")

    async def set_speed(self, speed_rpm: float) -> None:
        """Set the speed."""
        await self._set(4, round(speed_rpm))

    async def turn(self, *, on: bool) -> None:
        """Start or stop the motor; it says nothing to that."""
        await self.link.send(b"START_4" if on else b"STOP_4")

    async def set_heat(self, temperature_c: float | None) -> None:
        """Set the temperature and heat. To stop, it is also set as low as it can be.

        The set point can be read back, the stop can't: so both have to fail before it goes on.
        """
        if temperature_c is None:
            await self.link.send(b"STOP_1")
            await self._set(self.heat_channel, self.celsius[0])
            await self.link.send(b"STOP_1")
            return
        for _ in range(2):  # nothing tells whether the plate has heard that it is to start
            await self._set(self.heat_channel, round(temperature_c, 1))
            await self.link.send(b"START_1")

    async def read_speed_rpm(self) -> float:
        """Readback of the speed."""
        return await self._number("IN_PV_4")

    async def read_temperature_c(self) -> float:
        """Readback of the plate, or of the probe."""
        return await self._number("IN_PV_1" if self.options.probe else "IN_PV_2")

    async def disconnect(self) -> None:
        """Close the line; a plate that is to hold its heat is freed of its watchdog first."""
        await self.stop_heart()
        if self._watched and self.keeps_heat:
            with suppress(DeviceError):  # then it falls back to standing still and cold
                await self._guard("OUT_WD2@0")
        self._watched = False
        await super().disconnect()


def _figures(raw: bytes) -> tuple[float, ...]:
    """The value of an answer, and its channel if it names one; nothing if it is no answer."""
    match = _VALUE.fullmatch(raw)
    return tuple(float(part) for part in match.groups() if part is not None) if match else ()
