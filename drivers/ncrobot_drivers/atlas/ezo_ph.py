"""Atlas Scientific EZO-pH on its serial line (UART mode).

Tried with our emulator only, never on hardware. Not confirmed: its codes around a restart
(``*RS``, ``*RE``), the layout of the answer about the slope, and what a restart leaves of its
settings. So each reading names its temperature, and the driver sets the circuit up again whenever
it hears of one.

As delivered it reads once a second unasked. That is switched off first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ncrobot.clock import Clock
from ncrobot.devices import CalibrationPoint, Identity, ProbeHealth
from ncrobot.errors import DeviceErrorKind
from ncrobot_drivers.line_device import TRIES, LineDevice
from ncrobot_drivers.link import (
    DamagedReplyError,
    HalfReplyError,
    Line,
    LinkLostError,
    SilentError,
    Terminated,
)
from ncrobot_drivers.options import LineOptions, read_options

DRIVER = "atlas.ezo_ph"
CELSIUS = (0.0, 100.0)
BUFFERS: Mapping[CalibrationPoint, tuple[float, float]] = {
    "mid": (6.0, 8.0), "low": (1.0, 6.0), "high": (8.0, 13.0),
}  # fmt: skip
"""Which pH may be which point: a slip of the buffers is caught here."""

RESTARTED = (b"*RS", b"*RE")
ENDINGS = (b"*OK", b"*ER")
_READING = re.compile(rb"-?\d{1,2}\.\d+")


class EzoPh(LineDevice):
    """An EZO-pH circuit with its electrode."""

    reply_s = 3.0

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, LineOptions, device=name, driver=DRIVER)
        link = options.make_link(name, port, clock, Line(9600), Terminated(b"\r", b"\r"))
        super().__init__(name, clock, link, options.reply_s)
        self._temperature_c = 25.0
        self._sessions = 0

    async def get_ready(self) -> None:
        """Switch acknowledgements on and continuous readings off."""
        for text in ("*OK,1", "C,0"):
            await self._frames(text, b"")
        self.link.take_unasked()
        self._sessions = self.link.sessions

    async def identify(self) -> Identity:
        """Kind and firmware of the circuit."""
        fields = (await self._told("i", "?I,")).split(",")
        return Identity(f"Atlas EZO-{fields[0]}", "", fields[1] if len(fields) > 1 else "")

    async def _told(self, question: str, start: str) -> str:
        """What an answer says behind its beginning, whose case varies with the firmware."""
        frames = await self._frames(question, start.encode("ascii"))
        return frames[0].decode("latin-1").strip()[len(start) :]

    async def _frames(self, text: str, start: bytes | re.Pattern[bytes]) -> list[bytes]:
        """Say something until it is acknowledged; returns the lines before the acknowledgement.

        ``start`` is how a line of the answer begins (nothing: there is none), or what all of it is.

        Raises:
            DeviceError: it refuses, or isn't heard.

        """

        def mine(raw: bytes) -> bool:
            told = raw.strip()
            if told.upper() in ENDINGS:
                return True
            if isinstance(start, re.Pattern):
                return start.fullmatch(told) is not None
            return bool(start) and told.upper().startswith(start.upper())

        wants = bool(start)
        for left in reversed(range(TRIES)):
            try:
                frames = await self.link.exchange_frames(
                    text.encode("ascii"),
                    within_s=self.patience_s,
                    complete=lambda frames: _whole(frames, wants=wants),
                    accept=mine,
                )
            except (SilentError, HalfReplyError, DamagedReplyError, LinkLostError) as error:
                if not left:
                    raise
                if not isinstance(error, LinkLostError):
                    await self.link.drain(quiet_s=0.5, within_s=self.patience_s)
                continue
            if frames[-1].strip().upper() == b"*ER":
                raise self.refused(f"refuses {text}")
            return [frame for frame in frames if frame.strip().upper() not in ENDINGS]
        raise self.refused(f"doesn't answer {text}")  # the last try raises before

    def _was_restarted(self, lines: Sequence[bytes]) -> bool:
        """Whether something was heard that only a circuit says that has started anew."""
        codes = [raw.strip().upper() for raw in self.link.take_unasked()]
        return (
            len(lines) > 1
            or self.link.sessions != self._sessions
            or any(code in RESTARTED or _READING.fullmatch(code) for code in codes)
        )

    async def read_ph(self) -> float:
        """One reading, compensated for the temperature that was last told.

        Raises:
            DeviceError: it gives none, or starts anew again and again.

        """
        for _ in range(TRIES):
            lines = await self._frames(f"RT,{self._temperature_c:.1f}", _READING)
            if not self._was_restarted(lines):
                return float(lines[-1])
            await self.get_ready()
        raise self.failure("starts anew all the time", DeviceErrorKind.TIMEOUT, moved=False)

    async def compensate(self, temperature_c: float) -> None:
        """Tell the temperature of the liquid, and see that it was taken."""
        if not CELSIUS[0] <= temperature_c <= CELSIUS[1]:
            raise self.refused(f"compensates 0 to 100 °C, not {temperature_c:g} °C")
        await self._frames(f"T,{temperature_c:.1f}", b"")
        taken_c = float(await self._told("T,?", "?T,"))
        if abs(taken_c - temperature_c) > 0.051:
            raise self.refused(f"compensates for {taken_c:g} °C, not {temperature_c:g} °C")
        self._temperature_c = temperature_c

    async def calibrate(self, point: CalibrationPoint, ph: float) -> None:
        """Take what the probe stands in as a buffer, at the temperature that was last told.

        Raises:
            DeviceError: this pH isn't one for that point, ``mid`` is missing, or it refuses.

        """
        low, high = BUFFERS[point]
        if not low <= ph <= high:
            raise self.refused(f"{point} is a buffer of pH {low:g} to {high:g}, not {ph:g}")
        if point != "mid" and (await self.read_health()).points == 0:
            raise self.refused("has to be calibrated at its mid point first")
        await self.compensate(self._temperature_c)
        await self._frames(f"Cal,{point},{ph:.2f}", b"")
        points = (await self.read_health()).points
        if points < 1 or (point == "mid" and points != 1):
            raise self.refused(f"says that {points} points are calibrated after {point}")

    async def read_health(self) -> ProbeHealth:
        """Number of calibrated points, slopes and offset."""
        points = int(await self._told("Cal,?", "?CAL,"))
        figures = [_float(part) for part in (await self._told("Slope,?", "?SLOPE,")).split(",")]
        acid, base, zero = (*figures, None, None, None)[:3]
        return ProbeHealth(points, acid, base, zero)

    async def make_safe(self) -> bool:
        """Nothing of it moves, heats or flows."""
        return True


def _whole(frames: Sequence[bytes], *, wants: bool) -> bool:
    """Whether an answer is whole: acknowledged, and with a line if one is wanted."""
    if not frames:
        return False
    last = frames[-1].strip().upper()
    return last == b"*ER" or (last == b"*OK" and (len(frames) > 1 or not wants))


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
