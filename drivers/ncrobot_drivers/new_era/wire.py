"""Commands and answers of New Era pumps, basic and safe mode (manuals 1200-01 to -03).

An answer has the address, a status letter and text. An alarm takes the place of an answer: the
command wasn't carried out and has to be given again.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_drivers.link import Counted, Framing, SerialLink, Terminated, crc16_ccitt

BASIC = Terminated(sent=b"\r", received=b"\x03", start=b"\x02")
SAFE = Counted(crc16_ccitt)
REPLY_S = 0.3
TRIES = 4

RUNNING = frozenset("IWXTU")
ALARMS = {
    "R": "its power was interrupted",
    "S": "stalled",
    "T": "stopped by itself, because it heard nothing for too long",
    "E": "its program has an error",
    "O": "its program phase is out of range",
}
ERRORS = {
    "?": "doesn't understand",
    "?NA": "can't do that now",
    "?OOR": "can't do so much or so little",
    "?COM": "got a damaged command",
    "?IGN": "ignored",
}
_ANSWER = re.compile(rb"(\d\d)([IWSPTUXA])(.*)", re.DOTALL)


class Answer(NamedTuple):
    """``status`` is the pump's letter; ``alarm`` the letter of an alarm, or empty."""

    status: str
    text: str
    alarm: str


class NewEraLine:
    """One pump on one link. ``alarms`` gathers the letters of alarms until somebody takes them."""

    def __init__(
        self, link: SerialLink, name: str, address: int, reply_s: float | None, *, safe: bool
    ) -> None:
        self.link = link
        self._name = name
        self._address = b"%02d" % address
        self._framing: Framing = SAFE if safe else BASIC
        self._reply_s = reply_s or REPLY_S
        self.alarms: set[str] = set()

    async def ask(self, text: str) -> Answer:
        """Ask or set, as often as it takes; setting twice is setting once.

        Raises:
            DeviceError: no answer, or an error in it.

        """
        for _ in range(TRIES):
            raw = await self.link.exchange(
                self._address + text.encode("ascii"), within_s=self._reply_s, tries=TRIES,
                accept=self._mine, framing=self._framing,
            )  # fmt: skip
            answer = self._read(raw)
            if not answer.alarm and answer.text != "?COM":
                return self._judged(text, answer)
        return self._judged(text, answer)

    async def command(self, text: str) -> Answer | None:
        """Give a command that may move something, once.

        Returns None where an alarm or a damaged packet came instead of an answer: an alarm may be
        the answer (then the command wasn't obeyed), or may have come unasked just before it.

        Raises:
            DeviceError: no answer (``moved`` is None), or an error in it.

        """
        raw = await self.link.exchange(
            self._address + text.encode("ascii"), within_s=self._reply_s, may_move=True,
            accept=self._mine, framing=self._framing,
        )  # fmt: skip
        answer = self._read(raw)
        return None if answer.alarm or answer.text == "?COM" else self._judged(text, answer)

    async def choose_mode(self, watchdog_s: int) -> None:
        """Enter safe mode with this watchdog, or leave it (0); works from either mode.

        Raises:
            DeviceError: no answer, or an error in it.

        """
        payload = self._address + b"SAF%d" % watchdog_s
        for _ in range(TRIES):
            # The command is framed as in safe mode, the answer as in the mode that it leads to.
            raw = await self.link.exchange(
                SAFE.wrap(payload), within_s=self._reply_s, tries=TRIES, accept=self._mine,
                framing=_AsIs(self._framing),
            )  # fmt: skip
            answer = self._read(raw)
            if not answer.alarm:
                break
        self._judged(payload.decode(), answer)

    def take_unasked(self) -> None:
        """Note the alarms that came without a question."""
        for raw in self.link.take_unasked():
            if self._mine(raw):
                self._read(raw)

    def _mine(self, payload: bytes) -> bool:
        match = _ANSWER.fullmatch(payload)
        return match is not None and match[1] == self._address

    def _read(self, payload: bytes) -> Answer:
        status, text = chr(payload[2]), payload[3:].decode("latin-1")
        if status != "A":
            return Answer(status, text, "")
        alarm = text[1:2]
        self.alarms.add(alarm)
        return Answer(status, "", alarm)

    def _judged(self, text: str, answer: Answer) -> Answer:
        if answer.alarm:
            why = f"answers {text!r} with an alarm: {ALARMS.get(answer.alarm, answer.alarm)}"
        elif answer.text.startswith("?"):
            why = f"{ERRORS.get(answer.text, 'refuses')}: {text!r} ({answer.text})"
        else:
            return answer
        raise DeviceError(why, device=self._name, kind=DeviceErrorKind.REFUSED, moved=False)


class _AsIs:
    """Sends what is framed already, and reads answers by another framing."""

    quiet_s: float | None = None

    def __init__(self, answers: Framing) -> None:
        self._answers = answers
        self.find = answers.find

    def wrap(self, payload: bytes) -> bytes:
        """Send it as it is."""
        return payload
