"""Framings: how a command is wrapped for the wire, and where a reply begins and ends.

A framing is a small strategy without state. ``find`` looks for the first whole reply in what has
come so far; bytes before its start are noise and are dropped, so that a line finds its step again
after garbage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ncrobot_drivers.link.checksums import Check

STX, ETX = b"\x02", b"\x03"


@dataclass(frozen=True, slots=True)
class Found:
    """A whole reply in a buffer: bytes ``start`` to ``end``, and what it says.

    ``intact`` is False if its checksum is wrong.
    """

    start: int
    end: int
    payload: bytes
    intact: bool = True


class Framing(Protocol):
    """How commands and replies are told apart on a line."""

    @property
    def quiet_s(self) -> float | None:
        """Silence that ends a reply which nothing else ends; None if something always does."""

    def wrap(self, payload: bytes) -> bytes:
        """Return a command as it goes over the wire."""

    def find(self, buffer: bytes) -> Found | None:
        """Return the first whole reply, or None if more bytes have to come."""


@dataclass(frozen=True, slots=True)
class Terminated:
    """Replies end with a mark; if they also begin with one, noise before it is dropped."""

    sent: bytes
    received: bytes
    start: bytes = b""
    quiet_s: float | None = None

    def wrap(self, payload: bytes) -> bytes:
        """Put the terminator after the command."""
        return payload + self.sent

    def find(self, buffer: bytes) -> Found | None:
        """Look for the mark; of several starts before it, the last one counts."""
        searched = 0
        while (end := buffer.find(self.received, searched)) >= 0:
            start = buffer.rfind(self.start, 0, end) if self.start else 0
            if start >= 0:
                payload = buffer[start + len(self.start) : end]
                return Found(start, end + len(self.received), payload)
            searched = end + len(self.received)
        return None


@dataclass(frozen=True, slots=True)
class Checked:
    """STX, text, ETX, then a check over all bytes from STX to ETX; both ways."""

    check: Check
    check_length: int = 1
    quiet_s: float | None = None

    def wrap(self, payload: bytes) -> bytes:
        """Frame the command and put its check behind it."""
        framed = STX + payload + ETX
        return framed + self.check(framed)

    def find(self, buffer: bytes) -> Found | None:
        """Try every STX; a frame with a wrong check is told only if none is right or unfinished."""
        return _best(self._at(buffer, start) for start in _starts(buffer, STX))

    def _at(self, buffer: bytes, start: int) -> Found | None:
        end = buffer.find(ETX, start) + 1
        stop = end + self.check_length
        if end == 0 or stop > len(buffer):
            return None
        right = self.check(buffer[start:end]) == buffer[end:stop]
        return Found(start, stop, buffer[start + 1 : end - 1], intact=right)


@dataclass(frozen=True, slots=True)
class Counted:
    """STX, length, text, two check bytes, ETX; both ways.

    The length counts itself and all that follows: text + 4. The check covers the text alone and
    may hold any byte, so the end is found by counting.
    """

    check: Check
    quiet_s: float | None = None

    def wrap(self, payload: bytes) -> bytes:
        """Put length, check and marks around the command.

        Raises:
            ValueError: the command is longer than 251 bytes.

        """
        return STX + bytes([len(payload) + 4]) + payload + self.check(payload) + ETX

    def find(self, buffer: bytes) -> Found | None:
        """Try every STX, as for :class:`Checked`."""
        return _best(self._at(buffer, start) for start in _starts(buffer, STX))

    def _at(self, buffer: bytes, start: int) -> Found | None:
        if start + 1 >= len(buffer):
            return None
        end = start + 1 + buffer[start + 1]
        if end > len(buffer):
            return None
        frame = buffer[start:end]
        if len(frame) < 5:
            return Found(start, start + 1, b"", intact=False)
        payload = frame[2:-3]
        right = frame[-3:-1] == self.check(payload) and frame.endswith(ETX)
        return Found(start, end, payload, intact=right)


@dataclass(frozen=True, slots=True)
class FixedLength:
    """Binary replies of always the same length that begin with a known byte.

    ``intact`` tells of a whole frame whether its check is right. Commands are wrapped by the
    driver, which knows their fields.
    """

    length: int
    start: bytes
    intact: Callable[[bytes], bool]
    quiet_s: float | None = None

    def wrap(self, payload: bytes) -> bytes:
        """Send it as it is."""
        return payload

    def find(self, buffer: bytes) -> Found | None:
        """Try every start byte, as for :class:`Checked`."""
        return _best(self._at(buffer, start) for start in _starts(buffer, self.start))

    def _at(self, buffer: bytes, start: int) -> Found | None:
        end = start + self.length
        if end > len(buffer):
            return None
        frame = buffer[start:end]
        return Found(start, end, frame, intact=self.intact(frame))


@dataclass(frozen=True, slots=True)
class Prompted:
    """Replies that end with a prompt and no mark, or with silence.

    ``prompt`` is searched for at the end of what has come; its payload is everything.
    """

    sent: bytes
    prompt: re.Pattern[bytes]
    quiet_s: float | None = 0.1

    def wrap(self, payload: bytes) -> bytes:
        """Put the terminator after the command."""
        return payload + self.sent

    def find(self, buffer: bytes) -> Found | None:
        """Look for the prompt at the very end."""
        for match in self.prompt.finditer(buffer):
            if match.end() == len(buffer):
                return Found(0, len(buffer), buffer)
        return None


@dataclass(frozen=True, slots=True)
class UntilSilence:
    """Replies that only silence ends: a prompt may be the last word, or the first of more."""

    sent: bytes
    quiet_s: float | None = 0.1

    def wrap(self, payload: bytes) -> bytes:
        """Put the terminator after the command."""
        return payload + self.sent

    def find(self, buffer: bytes) -> Found | None:
        """Nothing in the bytes themselves tells the end."""
        del buffer
        return None


def _starts(buffer: bytes, mark: bytes) -> Iterator[int]:
    start = buffer.find(mark)
    while start >= 0:
        yield start
        start = buffer.find(mark, start + 1)


def _best(candidates: Iterable[Found | None]) -> Found | None:
    """The first intact frame; else nothing while one is unfinished (None); else a damaged one."""
    damaged: Found | None = None
    unfinished = False
    for candidate in candidates:
        if candidate is None:
            unfinished = True
        elif candidate.intact:
            return candidate
        else:
            damaged = damaged or candidate
    return None if unfinished else damaged
