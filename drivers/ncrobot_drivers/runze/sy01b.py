"""Runze SY-01B syringe pump with a multi-way valve, in its binary protocol.

Tried with our emulator only, never on hardware, and written without its manual, after programs that
drive the pump. They don't agree on what a figure of speed means, so the layout tells a time that
the lab has taken: ``options: {stroke_s_at_100: ...}``. Not confirmed: that ``4A`` answers 06 while
the place is unknown, so a pump is homed in each session; and that ``3E`` tells the valve's port.

A reply doesn't say which question it answers, and may come late: so a place counts only if it is
told twice running.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from pydantic import Field

from ncrobot.clock import Clock
from ncrobot.devices import Identity
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_drivers.link import (
    DamagedReplyError,
    FixedLength,
    HalfReplyError,
    Line,
    SilentError,
    sum16_low_first,
)
from ncrobot_drivers.options import LineOptions, read_options
from ncrobot_drivers.pump_settings import PumpSettings, refuse_if_any
from ncrobot_drivers.stepping import SteppingPump, Trouble

DRIVER = "runze.sy01b"
REPLY_S = 3.0
TRIES = 3
LOST = (SilentError, HalfReplyError, DamagedReplyError)

VERSION, VALVE_PORT, TO_PORT, HOME_PLUNGER, STOP = 0x3F, 0x3E, 0x44, 0x45, 0x49
STATUS, SPEED, HOME_VALVE, TO_STEP, PLACE = 0x4A, 0x4B, 0x4C, 0x4E, 0x66

FINE, DAMAGED, BUSY, WORKING = 0x00, 0x01, 0x04, 0xFE
TROUBLES = {
    0x02: Trouble("can't do so much", DeviceErrorKind.REFUSED, False),
    0x03: Trouble("its sensor of the zero fails", DeviceErrorKind.STALL, True),
    0x05: Trouble("its motor stalled", DeviceErrorKind.STALL, True),
    0x06: Trouble("doesn't know where it stands", DeviceErrorKind.STALL, True),
    0x07: Trouble("refuses", DeviceErrorKind.REFUSED, False),
    0x08: Trouble("was sent to a place that doesn't exist", DeviceErrorKind.REFUSED, False),
    0xFF: Trouble("tells an error that nobody knows", DeviceErrorKind.STALL, True),
}


class Answer(NamedTuple):
    """Status and figure of a reply."""

    status: int
    figure: int


class Sy01bOptions(LineOptions):
    """Options of an SY-01B. ``stroke_s_at_100``: time of a whole stroke at speed 100, as taken."""

    address: int = Field(0, ge=0, le=127)
    steps: Literal[6000, 12000] = 12000
    valve_ports: Literal[6, 9, 12] = 6
    stroke_s_at_100: float = Field(gt=0)
    top_speed: int = Field(200, ge=1, le=1000)


def _is_sound(frame: bytes) -> bool:
    return frame[5] == 0xDD and sum16_low_first(frame[:6]) == frame[6:]


class Sy01b(SteppingPump):
    """A Runze SY-01B; ports of its valve have numbers."""

    homing_s = 60.0

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, Sy01bOptions, device=name, driver=DRIVER)
        pump = PumpSettings.read(name, settings)
        ports = tuple(str(n) for n in range(1, options.valve_ports + 1))
        # At speed 100 a stroke takes that long; speed is taken for proportional to the rate.
        self._rate_at_1 = pump.syringe_ul / options.stroke_s_at_100 / 100
        fastest = self._rate_at_1 * options.top_speed
        refuse_if_any([*pump.wrong_rates(self._rate_at_1, fastest), *pump.wrong_ports(ports)])
        link = options.make_link(name, port, clock, Line(9600), FixedLength(8, b"\xcc", _is_sound))
        super().__init__(name, clock, settings, link, steps=options.steps, ports=ports)
        self.tolerance_steps = 1
        self._options = options
        self._reply_s = options.reply_s or REPLY_S
        self._status = self._said_before = FINE
        self._patient_until_s = 0.0

    async def identify(self) -> Identity:
        """Firmware; model and serial number aren't told."""
        figure = (await self._ask(VERSION)).figure
        return Identity("Runze SY-01B", "", f"{figure & 0xFF}.{figure >> 8}")

    async def get_ready(self) -> None:
        """Ask for the status, to see that somebody is there."""
        await self._ask(STATUS)

    async def busy(self) -> bool:
        """Ask for the motor's status; while a move is due, silence counts as busy."""
        try:
            self._status = (await self._ask(STATUS)).status
        except SilentError:
            if self.clock.now_s() < self._patient_until_s:
                return True
            raise
        trouble = TROUBLES.get(self._status)
        self.homed = self.homed and not (trouble is not None and trouble.place_lost)
        return self._status in (BUSY, WORKING)

    async def trouble(self) -> Trouble | None:
        """What the last status said, unless it had said so before the order."""
        return None if self._status == self._said_before else TROUBLES.get(self._status)

    async def place(self) -> int:
        """Step of the plunger, once two answers agree."""
        before = None
        for _ in range(6):
            now = (await self._ask(PLACE)).figure
            if now == before:
                return now
            before = now
        raise DeviceError(
            "tells another place each time",
            device=self.name,
            kind=DeviceErrorKind.TIMEOUT,
            moved=None,
        )

    async def order_plunger(self, step: int, rate_ul_per_s: float) -> bool:
        """Set the speed, then go to a step."""
        speed = min(max(round(rate_ul_per_s / self._rate_at_1), 1), self._options.top_speed)
        self._judge((await self._ask(SPEED, speed)).status)
        return await self._order(TO_STEP, step, self.limits.syringe_ul / rate_ul_per_s)

    async def order_valve(self, port: str) -> bool:
        """Turn to a port."""
        return await self._order(TO_PORT, int(port), self.valve_s)

    async def order_homing(self) -> bool:
        """Bring the plunger to its zero."""
        return await self._order(HOME_PLUNGER, 0, self.homing_s)

    async def initialise(self, port: str | None = None) -> None:
        """Home the valve, turn it to a port, and home the plunger."""
        await self._until_idle(self.homing_s)
        for _ in range(2):
            sure = await self._order(HOME_VALVE, 0, self.valve_s)
            await self._until_idle(self.valve_s)
            if sure:
                break
        await super().initialise(port)

    async def order_stop(self) -> None:
        """Stop at once."""
        self._patient_until_s = 0.0
        await self._ask(STOP)

    async def seen_valve(self) -> str | None:
        """Port by the pump's word; some never answer."""
        try:
            figure = (await self._ask(VALVE_PORT, tries=1)).figure
        except SilentError:
            return None
        return str(figure) if 1 <= figure <= self._options.valve_ports else None

    async def _ask(self, code: int, figure: int = 0, *, tries: int = TRIES) -> Answer:
        """Ask, or set what may be set twice."""
        raw = await self.link.exchange(
            self._frame(code, figure), within_s=self._reply_s, tries=tries, accept=self._mine
        )
        return _read(raw)

    async def _order(self, code: int, figure: int, expected_s: float) -> bool:
        # Only homing is expected to mend what was wrong before.
        self._said_before = FINE if code == HOME_PLUNGER else self._status
        self._patient_until_s = self.clock.now_s() + 1.5 * expected_s + 2.0
        try:
            raw = await self.link.exchange(
                self._frame(code, figure),
                within_s=self._reply_s,
                may_move=True,
                accept=self._mine,
            )
        except LOST:
            return False
        status = _read(raw).status
        if status == DAMAGED:
            return False
        self._judge(status)
        return True

    def _judge(self, status: int) -> None:
        """Turn a status into an error.

        Raises:
            DeviceError: an order was refused; nothing moved.

        """
        trouble = TROUBLES.get(status)
        if status == BUSY:
            trouble = Trouble("was still moving", DeviceErrorKind.REFUSED, False)
        if trouble is not None:
            self.homed = self.homed and not trouble.place_lost
            moved = None if trouble.kind is DeviceErrorKind.STALL else False
            raise DeviceError(trouble.why, device=self.name, kind=trouble.kind, moved=moved)

    def _mine(self, raw: bytes) -> bool:
        return raw[1] == self._options.address

    def _frame(self, code: int, figure: int) -> bytes:
        body = bytes([0xCC, self._options.address, code]) + figure.to_bytes(2, "little") + b"\xdd"
        return body + sum16_low_first(body)


def _read(raw: bytes) -> Answer:
    return Answer(raw[2], int.from_bytes(raw[3:5], "little"))
