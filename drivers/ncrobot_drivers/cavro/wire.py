"""Commands and answers of Cavro pumps on the wire, terminal (DT) and OEM (733085-B, chapter 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from ncrobot_drivers.link import (
    Checked,
    DamagedReplyError,
    Framing,
    HalfReplyError,
    LinkError,
    SerialLink,
    SilentError,
    Terminated,
    xor_byte,
)

Protocol = Literal["oem", "dt"]

FRAMINGS: dict[Protocol, Framing] = {
    "oem": Checked(xor_byte),
    "dt": Terminated(sent=b"\r", received=b"\x03\r\n", start=b"/0"),
}
REPLY_S: dict[Protocol, float] = {"oem": 0.2, "dt": 0.5}
"""Deadlines of one exchange; the manual lets an OEM host wait for 0.1 s."""

TRIES = 4
LOST = (SilentError, HalfReplyError, DamagedReplyError)
"""Failures after which the pump is there, but the reply isn't."""


class Reply(NamedTuple):
    """An answer: ready is only true to tell in that to ``Q``; an error is, in every one.

    ``repeated`` tells that the command had been sent before, so that it may have been obeyed then.
    """

    ready: bool
    error: int
    text: str
    repeated: bool = False


class CavroLine:
    """One pump on one link. ``address`` is that of its switch, 0 to 14."""

    def __init__(
        self, link: SerialLink, address: int, protocol: Protocol, reply_s: float | None
    ) -> None:
        self.link = link
        self._address = bytes([0x31 + address])
        self._oem = protocol == "oem"
        self._reply_s = reply_s or REPLY_S[protocol]
        self._number = 0

    async def ask(self, text: str, fits: Callable[[str], bool]) -> Reply:
        """Ask a question, as often as it takes. ``fits`` tells answers to it from others.

        Raises:
            LinkError: no answer.

        """
        raw = await self.link.exchange(
            self._payload(text, self._next()),
            within_s=self._reply_s,
            tries=TRIES,
            accept=lambda frame: self._accepts(frame, fits),
        )
        return self._read(raw)

    async def command(self, text: str) -> Reply:
        """Give a command that may move something, so that it is obeyed once at most.

        In OEM it is sent again with the repeat bit, by which the pump knows that it had it already.

        Raises:
            LinkError: no answer; ``moved`` is None unless it never went out.

        """
        number = self._next()
        for repeat in range(TRIES if self._oem else 1):
            try:
                raw = await self.link.exchange(
                    self._payload(text, number + (8 if repeat else 0)),
                    within_s=self._reply_s,
                    may_move=True,
                    accept=lambda frame: self._accepts(frame, _is_empty),
                )
            except LOST as error:
                lost: LinkError = error
            except LinkError as error:
                if repeat:
                    error.moved = None
                raise
            else:
                return self._read(raw)._replace(repeated=repeat > 0)
        raise lost

    def _next(self) -> int:
        """The next number of a command, 1 to 7.

        Questions count too: else a repeated command could have the number of a question before
        it, and the pump would take it for obeyed.
        """
        self._number = self._number % 7 + 1
        return self._number

    def _payload(self, text: str, number: int) -> bytes:
        if not self._oem:
            return b"/" + self._address + text.encode("ascii")
        return self._address + bytes([0x30 + number]) + text.encode("ascii")

    def _body(self, frame: bytes) -> bytes:
        return frame[1:] if self._oem else frame

    def _accepts(self, frame: bytes, fits: Callable[[str], bool]) -> bool:
        """Whether a frame is an answer to the host and to this question."""
        body = self._body(frame)
        to_host = not self._oem or frame[:1] == b"0"
        if not to_host or not body or body[0] & 0xD0 != 0x40:
            return False
        return fits(body[1:].decode("latin-1"))

    def _read(self, frame: bytes) -> Reply:
        body = self._body(frame)
        return Reply(bool(body[0] & 0x20), body[0] & 0x0F, body[1:].decode("latin-1"))


def _is_empty(text: str) -> bool:
    return not text
