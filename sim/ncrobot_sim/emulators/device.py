"""What every emulated device is: a machine of its own time, written from its manual.

A device knows neither threads nor descriptors. It is told what time it is, in seconds of its own
clock, so that it can be tested without waiting.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from ncrobot_sim.emulators.faults import FaultKind


class Answer(NamedTuple):
    """A reply that begins ``after_s`` seconds after the command's last byte."""

    data: bytes
    after_s: float


class Emulator(ABC):
    """One device at the far end of a line.

    ``kind`` is the name of the driver that it is for, ``baud`` the rate it is set to, ``offers``
    the faults of the device that it can have. ``patience_s`` is how long it waits inside a
    command: longer silence makes it forget what it has heard of it. ``reply_after_s`` is how long
    it takes to begin an answer.
    """

    kind: ClassVar[str]
    offers: ClassVar[frozenset[FaultKind]] = frozenset({FaultKind.RESET})
    baud: int = 9600
    bits_per_byte: float = 10.0
    patience_s: float | None = None
    reply_after_s: float = 0.002

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._unasked: list[tuple[float, bytes]] = []
        self.baud = int(settings.get("baud", self.baud))

    @abstractmethod
    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """Take the first whole command off what was heard: it and the rest; None if there is none.

        What can't be part of a command is dropped with it; the command is empty if all is noise.
        """

    @abstractmethod
    def answer(self, command: bytes, now_s: float) -> bytes | Answer:
        """Carry out a command and return the reply, framed; empty for none."""

    def advance(self, now_s: float) -> None:
        """Let time pass until now: whatever has ended by then has ended."""
        del now_s

    def next_event_s(self) -> float | None:
        """When it will next do something that nobody asks for; None: never."""
        return min((at_s for at_s, _ in self._unasked), default=None)

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Have a fault of the device now.

        Raises:
            ValueError: this device doesn't offer it.

        """
        if kind is FaultKind.RESET and kind in self.offers:
            self.lose_power(now_s)
        else:
            raise ValueError(f"{self.kind} has no fault {kind}")

    def lose_power(self, now_s: float) -> None:
        """Forget what power failure makes it forget, and start anew."""
        del now_s
        self._unasked.clear()

    def spoil(self, reply: bytes) -> bytes | None:
        """The same reply with a wrong check; None if its language has none."""
        del reply
        return None

    def say(self, data: bytes, at_s: float) -> None:
        """Say something without being asked, at that time."""
        self._unasked.append((at_s, data))

    def take_said(self, now_s: float) -> list[tuple[float, bytes]]:
        """What it has said by itself until now; told once."""
        said = sorted(speech for speech in self._unasked if speech[0] <= now_s)
        self._unasked = [speech for speech in self._unasked if speech[0] > now_s]
        return said
