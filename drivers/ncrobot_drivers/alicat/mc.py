"""Alicat mass-flow controllers, for nitrogen, argon and the like over a deck.

Tried with our emulator only, never on hardware. Not confirmed: the order of the words at the end of
a data frame (they are looked for, wherever they stand) and the layout of the answer about a
register.

The controller has no watchdog that we know of: told to let gas flow, it does so for ever. So a
process of its own, which outlives this one, owns the port and shuts the valve when it isn't fed
(:mod:`ncrobot_drivers.alicat.guardian`). That doesn't help against a pulled cable or a computer
without power: a gas that harms, such as CO, needs a shut-off that depends on no software.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceErrorKind
from ncrobot_drivers.alicat.guarded import Guarded
from ncrobot_drivers.line_device import LineDevice
from ncrobot_drivers.link import (
    Line,
    LinkLostError,
    PortMissingError,
    Reconnect,
    SerialLink,
    Terminated,
)
from ncrobot_drivers.options import LineOptions, read_options
from ncrobot_drivers.spans import read_span

DRIVER = "alicat.mc"
BAUD = 19200
GASES = {
    "air": (0, "Air"), "argon": (1, "Ar"), "methane": (2, "CH4"), "carbon monoxide": (3, "CO"),
    "carbon dioxide": (4, "CO2"), "hydrogen": (6, "H2"), "helium": (7, "He"),
    "nitrogen": (8, "N2"), "oxygen": (11, "O2"),
}  # fmt: skip
"""Number and name by which the controller knows a gas of the deck layout."""

MASS_FLOW = 37
SETTLE_S = 10.0
_FRAME = re.compile(
    r"(?P<unit>[A-Z])(?P<figures>(?: +[+-]?\d+(?:\.\d+)?){5,6}) +(?P<gas>\S+)(?P<tail>(?: +\w+)*)"
)


class AlicatOptions(LineOptions):
    """Options of an Alicat controller.

    ``unit`` is its letter. ``full_scale_ml_per_min`` is what is written on it, at its standard
    conditions; ``flow_unit`` is what it shows.
    """

    unit: str = Field("A", pattern="^[A-Z]$")
    full_scale_ml_per_min: float = Field(gt=0)
    flow_unit: Literal["sccm", "slpm"] = "sccm"


@dataclass(frozen=True, slots=True)
class Frame:
    """What a data frame tells; flows in the controller's unit."""

    flow: float
    set_point: float
    gas: str
    words: tuple[str, ...]


class Mc(LineDevice):
    """An Alicat mass-flow controller behind its guardian."""

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, AlicatOptions, device=name, driver=DRIVER)
        self.options = options
        self._port = port or ""
        self._baud = options.baud or BAUD
        link = self._make_link(name, clock, self._port)
        super().__init__(name, clock, link, options.reply_s)
        self._flows = read_span(
            settings,
            "flow_ml_per_min",
            (0.0, options.full_scale_ml_per_min),
            device=name,
            unit="mL/min",
        )
        self._gas = str(settings.get("gas", "")).lower()
        self._per_unit = 1000.0 if options.flow_unit == "slpm" else 1.0
        unit = options.unit
        last = [f"{unit}S0\r".encode("ascii"), f"{unit}HC\r".encode("ascii")]
        self._guard = Guarded(name, self._port, self._baud, last, mark=f"{unit} ".encode("ascii"))
        self._watchdog_s: float | None = None

    def _make_link(self, name: str, clock: Clock, port: str) -> SerialLink:
        once = Reconnect(attempts=0)  # a guardian serves one client, once
        return self.options.make_link(name, port, clock, Line(BAUD), Terminated(b"\r", b"\r"), once)

    async def connect(self) -> None:
        """Start the guardian, open the line through it, and shut the valve."""
        if not self._port:
            raise PortMissingError("the deck layout gives it no port", device=self.name, port="?")
        self.link = self._make_link(self.name, self.clock, await self._guard.start())
        await super().connect()

    async def disconnect(self) -> None:
        """Close the line; the guardian shuts the valve and ends."""
        await super().disconnect()
        await self._guard.stop()
        self._watchdog_s = None

    async def get_ready(self) -> None:
        """Stop a stream of frames, shut the valve, and see that gas and control are right.

        Raises:
            DeviceError: it controls something else than mass flow, or has no such gas.

        """
        self._watchdog_s = None
        await self.link.send(f"@@={self.options.unit}".encode("ascii"))
        await self.link.drain(quiet_s=0.2, within_s=self.patience_s)
        await self._shut()
        raw = await self.ask(self._words("R122"), lambda raw: b"122" in raw and b"=" in raw)
        if int(raw.rpartition(b"=")[2]) != MASS_FLOW:
            raise self.refused("controls something else than mass flow: choose that in its menu")
        number, short = GASES.get(self._gas, (None, self._gas))
        if number is None:
            raise self.refused(f"has no gas called {self._gas!r}")
        if (await self._frame("")).gas != short and (await self._frame(f"G{number}")).gas != short:
            raise self.refused(f"doesn't take {short} for its gas")

    async def identify(self) -> Identity:
        """Firmware, as it tells it."""
        raw = await self.ask(self._words("VE"), lambda raw: raw.startswith(self._words("")))
        told = raw.decode("latin-1").split()
        return Identity("Alicat mass-flow controller", "", " ".join(told[1:]))

    def _words(self, text: str) -> bytes:
        return f"{self.options.unit}{text}".encode("ascii")

    async def _frame(self, text: str) -> Frame:
        """Say something that is answered with a data frame.

        Raises:
            DeviceError: it doesn't understand.

        """
        raw = await self.ask(
            self._words(text), lambda raw: raw.strip() == b"?" or self._read(raw) is not None
        )
        frame = self._read(raw)
        if frame is None:
            raise self.refused(f"doesn't understand {text!r}")
        return frame

    def _read(self, raw: bytes) -> Frame | None:
        match = _FRAME.fullmatch(raw.decode("latin-1").strip())
        if match is None or match["unit"] != self.options.unit:
            return None
        figures = [float(word) for word in match["figures"].split()]
        return Frame(figures[3], figures[4], match["gas"], tuple(match["tail"].split()))

    async def arm_watchdog(self, timeout_s: float) -> None:
        """Let the guardian shut the valve after a silence of ``timeout_s`` (real seconds)."""
        if not timeout_s > 0:
            raise self.refused(f"has no watchdog of {timeout_s:g} s")
        await self._guard.tell(f"arm {timeout_s:g}")
        self._watchdog_s = timeout_s

    async def feed_watchdog(self) -> None:
        """Be heard, and change nothing."""
        await self._guard.tell("feed")

    async def read_watchdog_s(self) -> float | None:
        """Readback of the time-out, as the guardian has acknowledged it."""
        return self._watchdog_s

    async def set_flow(self, flow_ml_per_min: float) -> None:
        """Let gas flow, and see that it does; 0 shuts. Refused without an armed watchdog."""
        if flow_ml_per_min == 0:
            await self._shut()
            return
        if self._flows is None:
            raise self.refused("has no flows in the deck layout")
        self._flows.check(flow_ml_per_min)
        if self._watchdog_s is None:
            raise self.refused("stays shut while its watchdog isn't armed")
        await self.arm_watchdog(self._watchdog_s)
        wanted = round(flow_ml_per_min / self._per_unit, 3)
        frame = await self._frame(f"S{wanted:g}")
        if abs(frame.set_point - wanted) > 0.0051:
            raise self.refused(f"has the set point {frame.set_point:g}, not {wanted:g}")
        if "HLD" in frame.words:
            await self._frame("C")

        async def flows() -> bool:
            return abs((await self._frame("")).flow - wanted) <= max(0.1 * wanted, 0.02)

        if not await self.until(flows, within_s=SETTLE_S, poll_s=0.2):
            raise self.failure(
                f"lets {await self.read_flow_ml_per_min():g} mL/min flow, not {flow_ml_per_min:g}",
                DeviceErrorKind.FLOW_NOT_REACHED,
                moved=False,
            )

    async def read_flow_ml_per_min(self) -> float:
        """Readback of the flow."""
        return (await self._frame("")).flow * self._per_unit

    async def _shut(self) -> None:
        """Set nothing, hold the valve shut, and see that nothing flows.

        Raises:
            DeviceError: it doesn't say so.

        """
        await self._frame("S0")
        await self._frame("HC")

        async def shut() -> bool:
            frame = await self._frame("")
            held = frame.set_point == 0 and "HLD" in frame.words
            return held and abs(frame.flow * self._per_unit) <= (
                0.005 * self.options.full_scale_ml_per_min
            )

        if not await self.until(shut, within_s=SETTLE_S, poll_s=0.2):
            raise self.failure("doesn't shut", DeviceErrorKind.VALVE_ERROR, moved=False)

    async def make_safe(self) -> bool:
        """Shut, and hold the valve shut; if the line was lost, through a new guardian."""
        try:
            await self._shut()
        except LinkLostError:
            await self.disconnect()
            await self.connect()
        return True
