"""Mettler-Toledo balances (MT-SICS, levels 0 and 1).

Tried with our emulator only, never on hardware; PyLabRobot's driver works with that emulator, too.
Not confirmed: the width of a value's field (blanks are skipped), and what a balance says by itself
after power-on (its serial number; it is kept as unasked).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceErrorKind
from ncrobot_drivers.line_device import LineDevice
from ncrobot_drivers.link import Line, Terminated
from ncrobot_drivers.options import LineOptions, read_options

DRIVER = "mettler.sics"
MG = {"g": 1e3, "mg": 1.0, "kg": 1e6}
STATUSES = frozenset("ABDILS+-")
"""Second words of answers."""
ERRORS = {"ES": "doesn't know", "ET": "didn't understand the bytes of", "EL": "can't carry out"}
_VALUE = re.compile(r"(\w+) ([SDA]) +(-?\d+(?:\.\d+)?) (\w+)")


class SicsOptions(LineOptions):
    """Options of a balance. ``rest_s`` is how long it may take to come to rest (real seconds)."""

    rest_s: float = Field(60.0, gt=0)


class Balance(LineDevice):
    """A balance with the standard interface command set."""

    reply_s = 2.0

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, SicsOptions, device=name, driver=DRIVER)
        link = options.make_link(name, port, clock, Line(9600), Terminated(b"\r\n", b"\r\n"))
        super().__init__(name, clock, link, options.reply_s)
        self.options = options

    async def get_ready(self) -> None:
        """See that it answers."""
        await self.identify()

    async def identify(self) -> Identity:
        """Its serial number."""
        told = await self._say("I4")
        return Identity("Mettler-Toledo balance", told.partition('"')[2].rstrip('"'), "")

    async def _say(self, text: str, *, within_s: float | None = None) -> str:
        """Say something; returns the answer.

        Raises:
            DeviceError: it refuses, is out of its range, moving or broken.

        """

        def answers(raw: bytes) -> bool:
            # The tail of an answer whose head was dropped begins with its status: "S  0.0000 g".
            words = raw.decode("latin-1").split()
            mine = len(words) > 1 and words[0] == _word(text) and words[1] in STATUSES
            return mine or (bool(words) and words[0] in ERRORS)

        raw = await self.ask(text.encode("ascii"), answers, within_s=within_s)
        told = raw.decode("latin-1").strip()
        words = told.split()
        if words[0] in ERRORS:
            raise self.refused(f"{ERRORS[words[0]]} {text}")
        if "Error" in told:
            raise self.failure(f"reports {told}", DeviceErrorKind.REFUSED, moved=False)
        trouble = {
            "I": ("isn't at rest", DeviceErrorKind.TIMEOUT),
            "L": ("doesn't allow that", DeviceErrorKind.REFUSED),
            "+": ("carries too much", DeviceErrorKind.REFUSED),
            "-": ("carries too little: is its pan on?", DeviceErrorKind.REFUSED),
        }.get(words[1] if len(words) > 1 else "")
        if trouble is not None:
            raise self.failure(f"{trouble[0]}: {told}", trouble[1], moved=False)
        return told

    async def _mg(self, text: str, *, within_s: float | None = None) -> float:
        told = await self._say(text, within_s=within_s)
        match = _VALUE.fullmatch(told)
        if match is None or match[4] not in MG:
            raise self.refused(f"answers {text} with {told!r}")
        return float(match[3]) * MG[match[4]]

    async def tare(self) -> None:
        """Call what stands on the pan nothing, once it is at rest."""
        await self._mg("T", within_s=self.options.rest_s)

    async def read_mass_mg(self, *, stable: bool = True) -> float:
        """Net mass: at rest, or at once whatever it is."""
        if stable:
            return await self._mg("S", within_s=self.options.rest_s)
        return await self._mg("SI")

    async def make_safe(self) -> bool:
        """Nothing of it moves, heats or flows."""
        return True


def _word(text: str) -> str:
    """First word of the answer: a weight asked for at once comes as any other."""
    return {"SI": "S"}.get(text, text)
