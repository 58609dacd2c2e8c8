"""Hamilton Microlab 600 with one syringe, protocol 1/RNO+.

Tried with our emulator only, never on hardware, and written without its manual, after a program
that drives the pump. Not confirmed: what ``E1`` tells beside its five bits, that a pump that lost
its power doesn't answer before it was addressed anew, and which way each valve turns. So a pump is
homed in each session, and positions of the valve by words (``input``, ``output``, ``wash``) are
taken for reached when it says that it is done.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_drivers.link import (
    DamagedReplyError,
    HalfReplyError,
    Line,
    SilentError,
    Terminated,
)
from ncrobot_drivers.options import LineOptions, read_options
from ncrobot_drivers.pump_settings import PumpSettings, refuse_if_any
from ncrobot_drivers.stepping import SteppingPump, Trouble

DRIVER = "hamilton.ml600"
STEPS = 48_000
STROKE_S = (2, 3692)
REPLY_S = 0.5
TRIES = 3
ACCEPTED, REFUSED = 0x06, 0x15
WORDS = {"input": "I", "output": "O", "wash": "W"}
SYNTAX_ERROR, DRIVE_ERROR = 0x08, 0x10


class Ml600Options(LineOptions):
    """Options of a Microlab 600. ``valve``: how its positions are called."""

    valve: Literal["words", "numbers", "none"] = "words"
    valve_positions: int = Field(8, ge=2, le=8)

    @property
    def ports(self) -> tuple[str, ...]:
        """Positions of the valve."""
        numbers = tuple(str(n) for n in range(1, self.valve_positions + 1))
        return {"words": tuple(WORDS), "numbers": numbers, "none": ()}[self.valve]


class Ml600(SteppingPump):
    """A Microlab 600, the first of its chain."""

    homing_s = 30.0

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, Ml600Options, device=name, driver=DRIVER)
        pump = PumpSettings.read(name, settings)
        fastest, slowest = (pump.syringe_ul / seconds for seconds in STROKE_S)
        refuse_if_any([*pump.wrong_rates(slowest, fastest), *pump.wrong_ports(options.ports)])
        link = options.make_link(
            name,
            port,
            clock,
            Line(9600, data_bits=7, parity="O"),
            Terminated(sent=b"\r", received=b"\r"),
        )
        super().__init__(name, clock, settings, link, steps=STEPS, ports=options.ports)
        self._numbered = options.valve == "numbers"
        self._reply_s = options.reply_s or REPLY_S

    async def identify(self) -> Identity:
        """Firmware; model and serial number aren't told."""
        return Identity("Hamilton Microlab 600", "", await self._ask("aUR"))

    async def get_ready(self) -> None:
        """Let the chain number itself, twice: its first answer may be wrong."""
        for tries in (1, 2):
            try:
                await self.link.exchange(
                    b"1a", within_s=self._reply_s, tries=tries, accept=lambda raw: b"1" in raw
                )
            except SilentError:
                if tries == 2:
                    raise
        await self._ask("aE1")  # forgets old errors

    async def busy(self) -> bool:
        """Ask whether the last order is done."""
        return await self._ask("aF", ("Y", "N", "*")) != "Y"

    async def trouble(self) -> Trouble | None:
        """Ask for the errors; that forgets them."""
        told = await self._ask("aE1")
        bits = ord(told[0]) if told else 0
        if bits & DRIVE_ERROR:
            return Trouble("its syringe or valve drive failed", DeviceErrorKind.STALL, True)
        if bits & SYNTAX_ERROR:
            return Trouble("doesn't understand", DeviceErrorKind.REFUSED, False)
        return None

    async def place(self) -> int:
        """Step of the syringe."""
        return int(await self._ask("aYQPR", digits=True))

    async def order_plunger(self, step: int, rate_ul_per_s: float) -> bool:
        """Go to a step, at whole seconds a stroke: never quicker than asked for."""
        seconds = math.ceil(self.limits.syringe_ul / rate_ul_per_s - 1e-9)
        return await self._order(f"aM{step}S{min(max(seconds, STROKE_S[0]), STROKE_S[1])}R")

    async def order_valve(self, port: str) -> bool:
        """Turn to a word or a number."""
        return await self._order(f"aLP0{port}R" if self._numbered else f"a{WORDS[port]}R")

    async def order_homing(self) -> bool:
        """Home the syringe alone: the valve stays where the content is to go."""
        return await self._order("aX1R")

    async def initialise(self, port: str | None = None) -> None:
        """Home the valve, turn it to a port, and home the syringe."""
        if self.limits.ports:
            await self._at_rest()
            for _ in range(2):
                sure = await self._order("aLXR")
                await self._follow(self.valve_s * 2, turning=True)
                if sure:
                    break
        await super().initialise(port)

    async def order_stop(self) -> None:
        """Pause, and clear what was ordered."""
        await self._ask("aK")
        await self._ask("aV")

    async def seen_valve(self) -> str | None:
        """Position by number; by words it can't be told."""
        return await self._ask("aLQPR", digits=True) if self._numbered else None

    async def _ask(self, text: str, among: tuple[str, ...] = (), *, digits: bool = False) -> str:
        """Ask, or order what may be ordered twice."""

        def fits(raw: bytes) -> bool:
            told = _read(raw)
            if told is None or not told[0]:
                return told is not None
            return (not digits or told[1].isdecimal()) and (not among or told[1] in among)

        raw = await self.link.exchange(
            text.encode("ascii"), within_s=self._reply_s, tries=TRIES, accept=fits
        )
        return self._judged(text, raw)

    async def _order(self, text: str) -> bool:
        try:
            raw = await self.link.exchange(
                text.encode("ascii"),
                within_s=self._reply_s,
                may_move=True,
                accept=lambda raw: (told := _read(raw)) is not None and not told[1],
            )
        except (SilentError, HalfReplyError, DamagedReplyError):
            return False
        self._judged(text, raw)
        return True

    def _judged(self, text: str, raw: bytes) -> str:
        accepted, told = _read(raw) or (False, "")
        if not accepted:
            raise DeviceError(
                f"refuses {text!r}", device=self.name, kind=DeviceErrorKind.REFUSED, moved=False
            )
        return told


def _read(raw: bytes) -> tuple[bool, str] | None:
    """Whether it was accepted, and what is told; None if it is no answer."""
    start = max(raw.rfind(ACCEPTED), raw.rfind(REFUSED))
    if start < 0:
        return None
    return raw[start] == ACCEPTED, raw[start + 1 :].decode("latin-1").strip()
