"""Julabo thermostats: questions are answered, orders are not, so each order is followed by one.

Tried with our emulator only, never on hardware. Not confirmed: the line of older units (4800 baud,
7E1, RTS/CTS; see the options), and the pause of 0.25 s after an order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceErrorKind
from ncrobot_drivers.line_device import TRIES, LineDevice
from ncrobot_drivers.link import Line, Terminated
from ncrobot_drivers.options import LineOptions, read_options
from ncrobot_drivers.spans import read_span

DRIVER = "julabo.thermostat"
CELSIUS = (-95.0, 400.0)
PAUSE_S = 0.25
REMOTE_STOP, REMOTE_START = 2, 3
COMPLAINTS = {
    -8: "doesn't know an order", -9: "doesn't allow that now", -10: "says that is too little",
    -11: "says that is too much",
}  # fmt: skip
"""What it says of the last order; all other numbers below zero are its own troubles."""

_STATUS = re.compile(rb"\s*(-?\d\d)\s*(.*)")
_NUMBER = re.compile(rb"\s*-?\d+(?:\.\d+)?\s*")


class JulaboOptions(LineOptions):
    """Options of a Julabo.

    ``bits`` and ``handshake`` as its menu says. With ``external`` the temperature is that of the
    external sensor, else that of the bath.
    """

    bits: Literal["7E1", "8N1"] = "7E1"
    handshake: bool = False
    external: bool = False


class Thermostat(LineDevice):
    """A Julabo bath or circulator."""

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, JulaboOptions, device=name, driver=DRIVER)
        seven = options.bits == "7E1"
        bits, parity = (7, "E") if seven else (8, "N")
        line = Line(4800, data_bits=bits, parity=parity, rtscts=options.handshake)
        link = options.make_link(name, port, clock, line, Terminated(b"\r", b"\r\n"))
        super().__init__(name, clock, link, options.reply_s)
        self.options = options
        self._range = read_span(settings, "temperature_c", CELSIUS, device=name, unit="°C")
        self._holds = settings.get("safe_state") == "hold"

    async def get_ready(self) -> None:
        """See that it may be told something; it goes on with what it does."""
        if await self._status() not in (REMOTE_STOP, REMOTE_START):
            raise self.refused("is under manual control: switch it to remote control by its menu")

    async def identify(self) -> Identity:
        """What it says of its version."""
        raw = await self.ask(b"version", lambda raw: raw.strip().upper().startswith(b"JULABO"))
        name, _, version = raw.decode("latin-1").strip().rpartition(" ")
        return Identity(name, "", version)

    async def _status(self) -> int:
        """Number of its status.

        Raises:
            DeviceError: it is in trouble, or didn't take the last order.

        """
        raw = await self.ask(b"status", lambda raw: _STATUS.fullmatch(raw) is not None)
        told = raw.decode("latin-1").strip()
        status = int(told[: 3 if told.startswith("-") else 2])
        if status in COMPLAINTS:
            raise self.refused(f"{COMPLAINTS[status]}: {told}")
        if status < 0:
            raise self.failure(
                f"reports {told}", DeviceErrorKind.TEMPERATURE_NOT_REACHED, moved=False
            )
        return status

    async def _number(self, question: str) -> float:
        raw = await self.ask(question.encode("ascii"), lambda raw: bool(_NUMBER.fullmatch(raw)))
        return float(raw)

    async def _order(self, text: str) -> None:
        await self.link.send(text.encode("ascii"))
        await self.clock.sleep(PAUSE_S)

    async def set_temperature(self, temperature_c: float | None) -> None:
        """Give a setpoint and start; None stops it. Both are read back."""
        if temperature_c is not None:
            if self._range is None:
                raise self.refused("has no temperatures in the deck layout")
            self._range.check(temperature_c)
            await self._set_point(round(temperature_c, 2))
        wanted = REMOTE_STOP if temperature_c is None else REMOTE_START
        for _ in range(TRIES):
            await self._order(f"out_mode_05 {int(wanted == REMOTE_START)}")
            if await self._status() == wanted:
                return
        raise self.refused("doesn't " + ("stop" if temperature_c is None else "start"))

    async def _set_point(self, temperature_c: float) -> None:
        seen_c = temperature_c
        for _ in range(TRIES):
            await self._order(f"out_sp_00 {temperature_c:g}")
            seen_c = await self._number("in_sp_00")
            if abs(seen_c - temperature_c) <= 0.051:  # some tell tenths only
                return
            await self._status()
        raise self.refused(f"has the setpoint {seen_c:g} °C, not {temperature_c:g} °C")

    async def read_temperature_c(self) -> float:
        """Readback of the bath, or of the external sensor."""
        return await self._number("in_pv_02" if self.options.external else "in_pv_00")

    async def make_safe(self) -> bool:
        """Stop, unless the layout says to hold."""
        if not self._holds:
            await self.set_temperature(None)
        return True
