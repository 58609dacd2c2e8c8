"""Harvard Apparatus Pump 11 Elite and PHD Ultra, one pump on a line (manual 5419-002, in parts).

Tried with our emulator only, never on hardware. The layout of answers was seen in programs that
drive the pump. Not confirmed: whether a target counts from the start of a run or from where the
counter stands (so the counters are cleared before each dose, and both come to the same), whether a
loss of power clears them, and whether a stall has to be acknowledged at the display.

As the sums are the driver's own, a controller that was restarted doesn't know where the plunger is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

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
    UntilSilence,
)
from ncrobot_drivers.options import read_options

DRIVER = "harvard.elite11"
BAUD = 115200
REPLY_S = 1.0
TRIES = 3
STEPS = 10_000
"""Volumes are told with five figures."""

UNIT_UL = {"ml": 1e3, "ul": 1.0, "nl": 1e-3, "pl": 1e-6}
_LINE = re.compile(r"(?P<address>\d\d)?(?P<prompt>T\*|[:<>*])?(?P<text>.*)")
_VOLUME = re.compile(r"([\d.]+)\s*(ml|ul|nl|pl)")
_ERROR = re.compile(r"error|unknown|out of range", re.IGNORECASE)


class Answer(NamedTuple):
    """The lines of an answer and the prompt that stands alone at its end."""

    lines: tuple[str, ...]
    prompt: str


class Elite11Options(CountingOptions):
    """Options of a Harvard pump; ``force_percent`` as the maker advises for the syringe.

    ``quiet_s`` is the silence that ends an answer.
    """

    address: int = Field(0, ge=0, le=99)
    force_percent: int | None = Field(None, ge=1, le=100)
    quiet_s: float = Field(0.1, gt=0, le=1)


class Elite11(CountingPump):
    """A Harvard syringe pump. It has no valve and no zero; it counts."""

    def __init__(
        self, *, name: str, clock: Clock, settings: Mapping[str, Any], port: str | None = None
    ) -> None:
        options = read_options(settings, Elite11Options, device=name, driver=DRIVER)
        link = options.make_link(
            name, port, clock, Line(BAUD), UntilSilence(b"\r", options.quiet_s)
        )
        super().__init__(name, clock, settings, options, link)
        self._options = options
        self._sums_ul = [0.0, 0.0]

    def steps(self, syringe_ul: float) -> int:
        """Five figures, whatever the syringe."""
        del syringe_ul
        return STEPS

    async def identify(self) -> Identity:
        """What the pump says to ``ver``."""
        lines = (await self._ask("ver")).lines
        return Identity(f"Harvard {lines[0] if lines else ''}".strip(), "", " ".join(lines[1:]))

    async def get_ready(self) -> None:
        """Set syringe and force; only a pump with cleared counters may be known to be empty."""
        self._sums_ul = [0.0, 0.0]
        seen = await self.glance()
        self.trusted = False
        if seen.running:
            return  # what an earlier session began ends by itself
        await self._ask(f"diameter {self._options.diameter_mm:.4f}")
        if self._options.force_percent is not None:
            await self._ask(f"force {self._options.force_percent}")
        cleared = not any(await self.count_ul())
        self.trusted = self._options.empty_at_power_on and cleared and not seen.stalled

    async def glance(self) -> Glance:
        """The prompt tells it, whatever is asked."""
        prompt = (await self._ask("ivolume")).prompt
        stalled = prompt == "*"
        if stalled:
            self.trusted = False
        return Glance(prompt in "<>", stalled, "stalled" if stalled else None)

    async def count_ul(self) -> tuple[float, float]:
        """Volumes pushed and drawn: those of the runs before, and what the counters say now."""
        pushed_ul, drawn_ul = self._sums_ul
        return (
            pushed_ul + await self._volume_ul("ivolume"),
            drawn_ul + await self._volume_ul("wvolume"),
        )

    async def clear_counts(self) -> None:
        """Clear counters and sums."""
        await self._ask("civolume")
        await self._ask("cwvolume")
        self._sums_ul = [0.0, 0.0]

    async def set_dose(self, volume_ul: float, rate_ul_per_s: float) -> None:
        """Set rate and target, with the counters at zero."""
        way = "w" if volume_ul > 0 else "i"
        await self.halt()
        await self._ask(f"{way}rate {rate_ul_per_s * 60:.4f} ul/min")
        counts_ul = await self.count_ul()
        await self.clear_counts()
        self._sums_ul = list(counts_ul)
        await self._ask("ctvolume")
        await self._ask(f"tvolume {abs(volume_ul):.4f} ul")

    async def start(self, *, drawing: bool) -> bool:
        """Run in the direction of the dose."""
        try:
            raw = await self.link.exchange(
                self._words("wrun" if drawing else "irun"),
                within_s=self._options.reply_s or REPLY_S,
                may_move=True,
                accept=_is_answer,
            )
        except (SilentError, HalfReplyError, DamagedReplyError):
            return False
        self._judged(raw)
        return True

    async def halt(self) -> None:
        """Stop."""
        if (await self._ask("stop")).prompt in "<>":
            raise DeviceError(
                "doesn't stop", device=self.name, kind=DeviceErrorKind.TIMEOUT, moved=None
            )

    async def _volume_ul(self, word: str) -> float:
        lines = (await self._ask(word)).lines
        match = _VOLUME.search(" ".join(lines))
        if match is None:
            raise DeviceError(
                f"tells no volume: {lines}",
                device=self.name,
                kind=DeviceErrorKind.REFUSED,
                moved=None,
            )
        return float(match[1]) * UNIT_UL[match[2]]

    async def _ask(self, text: str) -> Answer:
        """Ask or set, as often as it takes; setting twice is setting once."""
        needs_text = text in {"ivolume", "wvolume", "ver"}
        raw = await self.link.exchange(
            self._words(text),
            within_s=self._options.reply_s or REPLY_S,
            tries=TRIES,
            accept=lambda raw: _is_answer(raw) and (not needs_text or bool(_read(raw).lines)),
        )
        return self._judged(raw)

    def _words(self, text: str) -> bytes:
        address = f"{self._options.address:02d}" if self._options.address else ""
        return f"{address}{text}".encode("ascii")

    def _judged(self, raw: bytes) -> Answer:
        answer = _read(raw)
        told = " ".join(answer.lines)
        if _ERROR.search(told):
            raise DeviceError(
                f"refuses: {told}", device=self.name, kind=DeviceErrorKind.REFUSED, moved=False
            )
        return answer


def _is_answer(raw: bytes) -> bool:
    """Whether bytes are a whole answer: they end with a line that is nothing but a prompt."""
    last = raw.decode("latin-1").rpartition("\n")[2].strip()
    match = _LINE.fullmatch(last)
    return match is not None and match["prompt"] is not None and not match["text"]


def _read(raw: bytes) -> Answer:
    """Take an answer apart; an old ``T*`` may stand before the text of its first line."""
    matches = [_LINE.fullmatch(line.strip()) for line in raw.decode("latin-1").split("\n")]
    found = [match for match in matches if match is not None]
    lines = tuple(match["text"].strip() for match in found if match["text"].strip())
    return Answer(lines, found[-1]["prompt"] or ":")
