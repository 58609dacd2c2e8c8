"""The conversation on a line: one exchange after the other, each with a deadline as a whole.

Blocking code for the one thread of a link. Deadlines are of real time, also where a run's clock is
virtual or quick: the wire and the operating system keep no other.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ncrobot.clock import Clock
from ncrobot_drivers.link.errors import (
    DamagedReplyError,
    HalfReplyError,
    LinkError,
    LinkLostError,
    PortMissingError,
    SilentError,
)
from ncrobot_drivers.link.framing import Found, Framing
from ncrobot_drivers.link.ports import Port
from ncrobot_drivers.link.transcript import Entry, Mark, Transcript, printable

FLOOD_BYTES = 65536
"""More than this without one whole reply is noise."""

SETTLE_LIMIT_S = 1.0
"""Longest wait for silence before a command that follows a failed exchange."""


QUIET_S = 0.05
"""Silence after which a line counts as at rest: many bytes long, also at the slowest rates."""


@dataclass(frozen=True, slots=True)
class Reconnect:
    """How often a lost line is opened anew, and the pause before each try; 0: never."""

    attempts: int = 3
    pause_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Exchange:
    """What to send (None: only listen) and what counts as its reply.

    ``accept`` tells of one frame whether it belongs to the reply (by default, all that aren't
    empty); others are kept as unasked. ``complete`` tells of the accepted frames whether they are
    all (by default, one is). ``may_move``: liquid may move.
    """

    payload: bytes | None
    within_s: float
    may_move: bool = False
    accept: Callable[[bytes], bool] = bool
    complete: Callable[[Sequence[bytes]], bool] = bool
    framing: Framing | None = None


class Conversation:
    """One side of a line. Made and used by its link alone, in the link's thread."""

    def __init__(
        self, port: Port, framing: Framing, clock: Clock, transcript: Transcript, again: Reconnect
    ) -> None:
        self._port = port
        self._framing = framing
        self._clock = clock
        self._transcript = transcript
        self._again = again
        self._buffer = b""
        self._broken = False
        self.sessions = 0
        self.unasked: deque[bytes] = deque(maxlen=1000)

    def open(self) -> None:
        """Open the port; a failure is told as it is."""
        if not self._port.is_open:
            self._port.open()
            self.sessions += 1
            self._buffer, self._broken = b"", False
            self._remark(f"opened at {self._port.line.baud} baud")

    def close(self) -> None:
        """Close the port; never raises."""
        if self._port.is_open:
            self._remark("closed")
        self._port.close()

    def exchange(self, wanted: Exchange) -> list[bytes]:
        """Send and wait for the whole reply.

        Raises:
            LinkError: it failed; ``moved`` is None if the command may have moved something.

        """
        begun = False
        try:
            self._ready(wanted)
            deadline_s = time.monotonic() + wanted.within_s
            if wanted.payload is not None:
                self._settle()
                deadline_s = time.monotonic() + wanted.within_s
                begun = True
                self._send((wanted.framing or self._framing).wrap(wanted.payload))
            return self._collect(wanted, deadline_s)
        except LinkError as error:
            self._broken = True
            self._remark(error.reason)
            error.moved = None if begun and wanted.may_move else False
            raise

    def send(self, payload: bytes, *, may_move: bool) -> None:
        """Send a command that the device doesn't answer."""
        done = Exchange(payload, 0.0, may_move=may_move, complete=lambda _: True)
        self.exchange(done)

    def drain(self, quiet_s: float, within_s: float) -> bytes:
        """Drop what comes until the line was silent for so long; returns what was dropped.

        Whole frames in it count as unasked.
        """
        dropped, self._buffer = self._buffer, b""
        end_s = time.monotonic() + within_s
        while (now_s := time.monotonic()) < end_s:
            got = self._port.read(min(now_s + quiet_s, end_s))
            if not got:
                break
            dropped += got
        self._note(Mark.DROPPED, dropped)
        rest = dropped
        while rest and (found := self._framing.find(rest)) is not None:
            if found.intact and found.payload:
                self.unasked.append(found.payload)
            rest = rest[found.end :]
        return dropped

    def _ready(self, wanted: Exchange) -> None:
        """Open a lost line anew, but only to ask: what stands where has to be read first."""
        if self._port.is_open:
            return
        if wanted.may_move or self.sessions == 0:
            raise LinkLostError(
                "the line was lost; its device has to be asked for its state first"
                if self.sessions
                else "isn't connected",
                device=self._port.device,
                port=self._port.name,
            )
        for attempt in range(1, self._again.attempts + 1):
            time.sleep(self._again.pause_s)
            try:
                self.open()
            except PortMissingError:
                if attempt == self._again.attempts:
                    raise
            else:
                return
        raise LinkLostError("the line was lost", device=self._port.device, port=self._port.name)

    def _settle(self) -> None:
        """Drop what belongs to no question; after a failure wait for silence first.

        Where anything is dropped its end may still be coming: a tail must not be taken for a reply.
        """
        self._buffer += self._port.read(time.monotonic())
        if self._broken or self._buffer:
            self.drain(QUIET_S, SETTLE_LIMIT_S)
        self._broken = False

    def _send(self, data: bytes) -> None:
        self._note(Mark.SENT, data)
        self._port.write(data)

    def _collect(self, wanted: Exchange, deadline_s: float) -> list[bytes]:
        framing = wanted.framing or self._framing
        frames: list[bytes] = []
        damaged = False
        while not wanted.complete(frames):
            found = framing.find(self._buffer)
            if found is None:
                found = self._more(framing, deadline_s, frames, damaged=damaged)
            if found is None:
                continue
            whole, noise = self._buffer[: found.end], self._buffer[: found.start]
            self._buffer = self._buffer[found.end :]
            self._note(Mark.DROPPED, noise)
            mine = found.intact and wanted.accept(found.payload)
            self._note(Mark.RECEIVED if mine else Mark.DROPPED, whole[found.start :])
            damaged = damaged or not found.intact
            if mine:
                frames.append(found.payload)
            elif found.intact:
                self.unasked.append(found.payload)
        return frames

    def _more(
        self, framing: Framing, deadline_s: float, frames: Sequence[bytes], *, damaged: bool
    ) -> Found | None:
        """Read more bytes; returns what silence has ended, fails at the deadline."""
        quiet_s = framing.quiet_s if self._buffer else None
        quiet_at_s = math.inf if quiet_s is None else time.monotonic() + quiet_s
        got = self._port.read(min(quiet_at_s, deadline_s))
        self._buffer += got
        if not got and quiet_at_s < deadline_s:
            return Found(0, len(self._buffer), self._buffer)
        late = time.monotonic() >= deadline_s and framing.find(self._buffer) is None
        if not got or late or len(self._buffer) > FLOOD_BYTES:
            raise self._failure(frames, damaged=damaged)
        return None

    def _failure(self, frames: Sequence[bytes], *, damaged: bool) -> LinkError:
        """Say what there was instead of a reply."""
        rest, self._buffer = self._buffer, b""
        self._note(Mark.DROPPED, rest)
        kind: type[LinkError] = SilentError
        why = "gave no answer in time"
        if len(rest) > FLOOD_BYTES:
            kind, why = DamagedReplyError, f"sent {len(rest)} bytes without one whole reply"
        elif damaged and not rest:
            kind, why = DamagedReplyError, "answered with a wrong checksum"
        elif rest or frames:
            got = repr(printable(rest[:60])) if rest else f"{len(frames)} of its frames"
            kind, why = HalfReplyError, f"gave half a reply in time: {got}"
        return kind(why, device=self._port.device, port=self._port.name)

    def _note(self, mark: Mark, data: bytes) -> None:
        if data:
            self._write(mark, data, "")

    def _remark(self, text: str) -> None:
        self._write(Mark.REMARK, b"", text)

    def _write(self, mark: Mark, data: bytes, text: str) -> None:
        now = self._clock.wall()
        self._transcript.write(Entry(now, self._port.device, self._port.name, mark, data, text))
