"""A Cavro pump: it runs command strings in its own time and answers in the frame of the question.

Written from the XCalibur manual (733085-B); what that leaves open is chosen so that it is hard on a
driver: the busy bit is false in every answer but that to ``Q`` and to a command that was begun, and
after a loss of power both counters are zero, wherever the plunger is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ncrobot_sim.emulators.cavro import frames, language
from ncrobot_sim.emulators.cavro.language import Word
from ncrobot_sim.emulators.cavro.runner import Runner
from ncrobot_sim.emulators.device import Emulator
from ncrobot_sim.emulators.faults import FaultKind

BAD_COMMAND, BAD_SEQUENCE, NOT_HOMED, OVERFLOW = 2, 4, 7, 15
SHOWN_ONCE = (9, 10)
CLEARED_BY_NEXT = (2, 3, 4, 11, 15)

VALVES: dict[str, tuple[str, ...]] = {
    "none": (),
    "3-port": ("i", "o", "b"),
    "4-port": ("i", "o", "b", "e"),
    "3-port-distribution": ("1", "2", "3"),
    "6-port": ("1", "2", "3", "4", "5", "6"),
    "9-port": ("1", "2", "3", "4", "5", "6", "7", "8", "9"),
}


class CavroPump(Emulator):
    """A pump of the Cavro family. Options: ``address`` (switch 0..14), ``valve``, ``baud``,
    ``tells_not_homed`` (whether ``Q`` shows error 7 before any move was tried).
    """  # noqa: D205

    increments: int = 3000
    speaks_oem: ClassVar[bool] = True
    firmware: ClassVar[str] = "emulated"
    name: ClassVar[str] = "Cavro"
    offers = frozenset({FaultKind.STALL, FaultKind.VALVE, FaultKind.RESET})
    reply_after_s = 0.002

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = {**settings, **(settings.get("options") or {})}
        super().__init__(options)
        self.address = int(options.get("address", 0))
        self.tells_not_homed = bool(options.get("tells_not_homed", False))
        self.runner = Runner(VALVES[str(options.get("valve", "3-port"))], self.increments)
        self.oem = False
        self._last: tuple[int, bytes] | None = None
        self._buffer: list[Word] = []
        self._previous: list[Word] = []
        self._stored: dict[int, list[Word]] = {}
        self._valve_moves_told = 0

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """Take a frame off; terminal frames are nothing once OEM was heard."""
        return frames.split(buffer, oem_only=self.oem)

    def answer(self, command: bytes, now_s: float) -> bytes:
        """Obey a frame, unless it was obeyed before."""
        heard = frames.read(command)
        mine, answered = frames.addressed(heard.address, self.address)
        if not heard.intact or not mine or not heard.text or (heard.oem and not self.speaks_oem):
            return b""
        self.oem = self.oem or heard.oem
        if heard.oem and heard.repeated and self._last and self._last[0] == heard.sequence:
            return self._last[1]
        status, text = self.obey(heard.text, now_s)
        reply = frames.answer(status, text, oem=heard.oem) if answered else b""
        self._last = (heard.sequence, reply) if heard.oem else None
        return reply

    def obey(self, text: str, now_s: float) -> tuple[int, str]:
        """Obey a command's text; returns the status byte and the text of the answer."""
        runner = self.runner
        runner.advance(now_s)
        if text == "Q":
            status = self._status(busy=runner.busy_shown)
            if runner.error in SHOWN_ONCE:
                runner.error = 0
            return status, ""
        if text[0] in "?F#%&*":
            told = self._report(text, now_s)
            if told is None:
                runner.error = BAD_COMMAND
            return self._status(busy=False), told or ""
        began = runner.error
        self._act(text, now_s)
        if runner.error == began and runner.error in CLEARED_BY_NEXT and not runner.refused:
            runner.error = 0
        return self._status(busy=runner.running), ""

    def _status(self, *, busy: bool) -> int:
        error = self.runner.error
        if error == 0 and self.tells_not_homed and not self.runner.homed:
            error = NOT_HOMED
        return 0x40 | (0 if busy else 0x20) | error

    def _act(self, text: str, now_s: float) -> None:
        runner = self.runner
        runner.refused = False
        if text in ("T", "TR"):
            runner.terminate(now_s)
            return
        if text == "R" and runner.halted:
            runner.resume(now_s)
            return
        if text[0] == "V" and runner.running and runner.change_speed(text, now_s):
            return
        program = self._read(text)
        if program is None:
            return
        if runner.running:
            runner.refuse(OVERFLOW)
        elif text[-1] not in "RX":
            self._buffer = program
        else:
            self._previous, self._buffer = program, []
            runner.run(program, now_s)

    def _read(self, text: str) -> list[Word] | None:
        """Turn a string into its words; None if nothing is left to do, or it can't be read."""
        if text == "X":
            return self._previous
        if text[0] == "s":
            self._store(text)
            return None
        body = text.removesuffix("R")
        program = language.words(body)
        if program is None:
            self.runner.refuse(BAD_COMMAND)
            return None
        whole: list[Word] = [] if body else list(self._buffer)
        for word in program:
            if word.letter == "e":
                stored = self._stored.get(word.first or 0)
                if stored is None:
                    self.runner.refuse(BAD_SEQUENCE)
                    return None
                whole += stored
            else:
                whole.append(word)
        return whole

    def _store(self, text: str) -> None:
        digits = text[1:3] if text[1:3].isdecimal() else text[1:2]
        program = language.words(text[1 + len(digits) :].removesuffix("R"))
        if not digits.isdecimal() or int(digits) > 14 or program is None or len(text) > 128:
            self.runner.refuse(BAD_SEQUENCE)
        else:
            self._stored[int(digits)] = program

    def _report(self, text: str, now_s: float) -> str | None:
        runner = self.runner
        values = {
            "?": runner.commanded_units,
            "?1": min(runner.settings["v"], runner.settings["V"]),
            "?2": runner.settings["V"],
            "?3": runner.settings["c"],
            "?4": runner.seen_units(now_s),
            "?6": runner.valve.at or "",
            "?10": int(bool(self._buffer)),
            "F": int(bool(self._buffer)),
            "?12": runner.settings["K"],
            "?13": 1,
            "?14": 1,
            "?15": runner.counts["homing"],
            "?16": runner.counts["plunger"],
            "?17": runner.counts["valve"],
            "?20": "0000",
            "#": "0000",
            "?22": 255,
            "*": 255,
            "?23": self.firmware,
            "&": self.firmware,
            "?24": runner.settings["k"],
            "?76": f"{self.name} {self.increments} {self.baud}",
        }
        if text in ("?18", "%"):
            since = runner.counts["valve"] - self._valve_moves_told
            self._valve_moves_told = runner.counts["valve"]
            return str(since)
        return str(values[text]) if text in values else None

    def advance(self, now_s: float) -> None:
        """Let the program go on."""
        self.runner.advance(now_s)

    def suffer(self, kind: FaultKind, now_s: float) -> None:
        """Block the plunger, let the valve stick, or lose power."""
        if kind is FaultKind.STALL:
            self.runner.stall(now_s)
        elif kind is FaultKind.VALVE:
            self.runner.valve.sticks = True
            self.runner.advance(now_s)
        else:
            super().suffer(kind, now_s)

    def lose_power(self, now_s: float) -> None:
        """Forget all but what stands in the EEPROM; the plunger stays where it is."""
        super().lose_power(now_s)
        self.runner.lose_power(now_s)
        self.oem = False
        self._last = None
        self._buffer, self._previous = [], []

    def spoil(self, reply: bytes) -> bytes | None:
        """Flip the check of an OEM answer."""
        return reply[:-1] + bytes([reply[-1] ^ 0x55]) if reply[:1] == b"\x02" else None
