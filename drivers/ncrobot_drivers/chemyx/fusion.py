"""Chemyx Fusion syringe pumps, one channel of one pump (commands as the maker's web page has them).

Tried with our emulator only, never on hardware. The layout of answers (an echo, lines ``name =
value``, a prompt ``>``) was seen in programs that drive the pump. Not confirmed: the figures of
``pump status`` (0 stopped, 1 running, 2 paused, 3 delayed, 4 stalled); that a started run counts
its volume from zero, and a stopped pump goes on telling that of its last run; whether a drawn
volume is told with a sign.

The pump tells the volume of one run. The sums are the driver's own, so a controller that was
restarted doesn't know where the plunger is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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
    Prompted,
    SilentError,
)
from ncrobot_drivers.options import read_options

DRIVER = "chemyx.fusion"
REPLY_S = 1.0
TRIES = 3
STEPS = 10_000
"""Volumes are told with four digits behind the point, in µL."""
UL_PER_MIN = 2
"""The figure of these units; volumes are in µL then."""
STOPPED, RUNNING, PAUSED, DELAYED, STALLED = range(5)

_PROMPT = re.compile(rb">\s*")
_FIGURE = r"\s*=\s*(-?\d+(?:\.\d+)?)"
_REFUSED = re.compile(r"invalid|error", re.IGNORECASE)


class FusionOptions(CountingOptions):
    """Options of a Chemyx pump; ``channel`` 1 or 2 of a pump with two, else 0."""

    channel: int = Field(0, ge=0, le=2)
    quiet_s: float = Field(0.3, gt=0, le=2)


class Fusion(CountingPump):
    """A Chemyx syringe pump that can draw. It has no valve and no zero; it counts."""

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, FusionOptions, device=name, driver=DRIVER)
        link = options.make_link(
            name, port, clock, Line(9600), Prompted(b"\r", _PROMPT, options.quiet_s)
        )
        super().__init__(name, clock, settings, options, link)
        self._options = options
        self._sums_ul = [0.0, 0.0]
        self._run: int | None = None
        self._sure = True
        self._stale_ul = 0.0
        self._asked_ul = 0.0

    def steps(self, syringe_ul: float) -> int:
        """Four digits, whatever the syringe."""
        del syringe_ul
        return STEPS

    async def identify(self) -> Identity:
        """The commands that we know have no word for its name."""
        await self._status()
        return Identity("Chemyx Fusion", "", "")

    async def get_ready(self) -> None:
        """Set units, syringe and no delay; only a pump that has counted nothing may be empty."""
        self._sums_ul, self._run = [0.0, 0.0], None
        status = await self._status()
        self.trusted = False
        if status in (RUNNING, DELAYED):
            return  # what an earlier session began ends by itself
        await self._set("units", f"{UL_PER_MIN}")
        await self._set("diameter", f"{self._options.diameter_mm:.3f}")
        await self._set("delay", "0")
        nothing = await self._shown_ul() == 0.0
        self.trusted = self._options.empty_at_power_on and nothing and status == STOPPED

    async def glance(self) -> Glance:
        """Ask for its state."""
        status = await self._status()
        stalled = status == STALLED
        if stalled:
            self.trusted = False
        return Glance(status in (RUNNING, DELAYED), stalled, "stalled" if stalled else None)

    async def count_ul(self) -> tuple[float, float]:
        """Volumes pushed and drawn: those of the runs before, and what the last one tells."""
        sums_ul = list(self._sums_ul)
        if self._run is not None:
            shown_ul = await self._shown_ul()
            if not self._sure and abs(shown_ul - self._stale_ul) < self.limits.resolution_ul:
                # It tells what it told before. Was it the same dose once more, or none at all?
                if abs(self._asked_ul - self._stale_ul) < 2 * self.limits.resolution_ul:
                    self.trusted = False
                shown_ul = 0.0
            sums_ul[self._run] += shown_ul
        return sums_ul[0], sums_ul[1]

    async def clear_counts(self) -> None:
        """Begin the sums anew; the pump's own figure counts no more until it is started."""
        self._sums_ul, self._run = [0.0, 0.0], None

    async def set_dose(self, volume_ul: float, rate_ul_per_s: float) -> None:
        """Set rate and volume; a volume below zero draws."""
        await self.halt()
        counts_ul = await self.count_ul()
        self._sums_ul, self._run = list(counts_ul), None
        self._stale_ul = await self._shown_ul()
        self._asked_ul = abs(volume_ul)
        await self._set("rate", f"{rate_ul_per_s * 60:.4f}")
        await self._set("volume", f"{-volume_ul:.4f}")

    async def start(self, *, drawing: bool) -> bool:
        """Start what was set."""
        self._run, self._sure = (1 if drawing else 0), False
        try:
            raw = await self.link.exchange(
                self._words("start"),
                within_s=self._options.reply_s or REPLY_S,
                may_move=True,
                accept=_says("pump start", "pump delay"),
            )
        except (SilentError, HalfReplyError, DamagedReplyError):
            return False
        self._judged(raw)
        self._sure = True
        return True

    async def halt(self) -> None:
        """Stop; the run can't be gone on with."""
        await self._ask("stop", _says("pump stop"))
        if await self._status() in (RUNNING, DELAYED):
            raise DeviceError(
                "doesn't stop", device=self.name, kind=DeviceErrorKind.TIMEOUT, moved=None
            )

    async def _status(self) -> int:
        text = await self._ask("pump status", lambda raw: _integer(raw) is not None)
        return _integer(text.encode("latin-1")) or 0

    async def _shown_ul(self) -> float:
        return abs(await self._figure("dispensed volume", "dispensed volume"))

    async def _set(self, what: str, value: str) -> None:
        """Set something; the pump tells what it has taken.

        Raises:
            DeviceError: that is something else: the value is beyond its limits.

        """
        taken = await self._figure(f"set {what} {value}", what)
        if abs(taken - float(value)) > 1e-3 + 1e-4 * abs(float(value)):
            raise DeviceError(
                f"takes {what} {value} as {taken:g}: beyond its limits for this syringe",
                device=self.name,
                kind=DeviceErrorKind.REFUSED,
                moved=False,
            )

    async def _figure(self, command: str, name: str) -> float:
        pattern = re.compile(rf"^\s*{name}{_FIGURE}\s*$", re.IGNORECASE | re.MULTILINE)

        def tells(raw: bytes) -> bool:
            return pattern.search(_lines(raw)) is not None

        match = pattern.search(await self._ask(command, tells))
        if match is None:
            raise DeviceError(
                f"tells no {name}", device=self.name, kind=DeviceErrorKind.REFUSED, moved=False
            )
        return float(match[1])

    async def _ask(self, text: str, tells: Callable[[bytes], bool]) -> str:
        """Ask or set, as often as it takes; setting twice is setting once."""
        raw = await self.link.exchange(
            self._words(text),
            within_s=self._options.reply_s or REPLY_S,
            tries=TRIES,
            accept=lambda raw: tells(raw) or _REFUSED.search(_lines(raw)) is not None,
        )
        return self._judged(raw)

    def _words(self, text: str) -> bytes:
        channel = f"{self._options.channel} " if self._options.channel else ""
        return f"{channel}{text}".encode("ascii")

    def _judged(self, raw: bytes) -> str:
        told = _lines(raw)
        if _REFUSED.search(told):
            raise DeviceError(
                f"refuses: {' '.join(told.split())}",
                device=self.name,
                kind=DeviceErrorKind.REFUSED,
                moved=False,
            )
        return told


def _lines(raw: bytes) -> str:
    """An answer in lines; echo, CR and LF alike end one."""
    return raw.decode("latin-1").replace("\r", "\n").replace(">", "\n")


def _integer(raw: bytes) -> int | None:
    """The figure that stands alone on a line."""
    match = re.search(r"^\s*([0-4])\s*$", _lines(raw), re.MULTILINE)
    return int(match[1]) if match is not None else None


def _says(*words: str) -> Callable[[bytes], bool]:
    def says(raw: bytes) -> bool:
        lines = [line.strip().lower() for line in _lines(raw).split("\n")]
        return any(line.startswith(words) or _REFUSED.search(line) for line in lines)

    return says
