"""Faults of an emulated device, switched on for certain commands or by chance.

They are of two sorts. Those of the line spoil what is said: they work on any device. Those of the
device (``STALL``, ``VALVE``, ``RESET``) hit it while it does what it was told; a device offers the
ones that it can have.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What goes wrong."""

    DEAF = "deaf"
    """The command isn't heard, so it isn't carried out."""
    SILENCE = "silence"
    """It is carried out, but the reply gets lost."""
    GARBAGE = "garbage"
    """Noise comes instead of the reply."""
    NOISE = "noise"
    """Noise comes before the reply."""
    TRUNCATED = "truncated"
    """Half of the reply comes."""
    LATE = "late"
    """The reply comes ``delay_s`` later."""
    WRONG_CHECKSUM = "wrong_checksum"
    """The reply's checksum is wrong."""
    DUPLICATE = "duplicate"
    """The reply comes twice."""
    ECHO = "echo"
    """The command comes back before the reply."""
    UNASKED = "unasked"
    """Something that nobody asked for comes before the reply."""
    STALL = "stall"
    """The drive is blocked ``delay_s`` after the command."""
    VALVE = "valve"
    """The valve sticks at its next turn."""
    RESET = "reset"
    """Power fails and comes back, ``delay_s`` after the command."""
    DISCONNECT = "disconnect"
    """The cable is pulled ``delay_s`` after the command, for ``back_after_s`` or for good."""


OF_THE_DEVICE = frozenset({FaultKind.STALL, FaultKind.VALVE, FaultKind.RESET})


@dataclass(frozen=True, slots=True)
class WireFault:
    """One fault. Seconds are the device's own, which run quicker where time is compressed.

    It strikes at the ``nth`` command, counted from 1, in which the regular expression ``command``
    is found, and at the following such commands until it has struck ``times`` times (0: for ever).
    """

    kind: FaultKind
    command: str = ""
    nth: int = 1
    times: int = 1
    delay_s: float = 0.0
    back_after_s: float | None = None


class Switches:
    """Which faults are on. Belongs to one emulated device and is used under its lock."""

    def __init__(self, faults: Iterable[WireFault] = ()) -> None:
        self._on: list[list[int]] = []
        self._faults: list[WireFault] = []
        self._random: random.Random | None = None
        self._rate = 0.0
        self._kinds: Sequence[WireFault] = ()
        for fault in faults:
            self.switch_on(fault)

    def switch_on(self, fault: WireFault) -> None:
        """Count commands for this fault from now on."""
        self._faults.append(fault)
        self._on.append([0, 0])

    def by_chance(self, rate: float, faults: Sequence[WireFault], seed: int) -> None:
        """Let each command be struck with this probability, by one of these faults."""
        self._random, self._rate, self._kinds = random.Random(seed), rate, faults  # noqa: S311

    def clear(self) -> None:
        """Switch everything off."""
        self._faults, self._on, self._random = [], [], None

    def strike(self, command: bytes) -> WireFault | None:
        """Return the fault that this command meets, if any."""
        text = command.decode("latin-1")
        struck: WireFault | None = None
        for fault, counts in zip(self._faults, self._on, strict=True):
            if not re.search(fault.command, text):
                continue
            counts[0] += 1
            again = fault.times == 0 or counts[1] < fault.times
            if struck is None and counts[0] >= fault.nth and again:
                counts[1] += 1
                struck = fault
        if struck is None and self._random is not None and self._random.random() < self._rate:
            struck = self._random.choice(self._kinds)
        return struck


def noise(seed: int) -> bytes:
    """A few bytes without meaning; the same for the same seed."""
    generator = random.Random(seed)  # noqa: S311
    return generator.randbytes(generator.randrange(1, 9))
