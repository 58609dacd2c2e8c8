"""Runs a Cavro program in time: moves, settings, loops, waits, and what goes wrong meanwhile."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from ncrobot_sim.emulators.cavro import language
from ncrobot_sim.emulators.cavro.language import Word
from ncrobot_sim.emulators.cavro.motion import PULSES_PER_STROKE, Speeds
from ncrobot_sim.emulators.cavro.plunger import VALVE_S, Plunger, Valve

HOMING_FAILED, BAD_OPERAND, NOT_HOMED, OVERLOAD, VALVE_OVERLOAD, BYPASS = 1, 3, 7, 9, 10, 11
HOMING_SPEED = 500.0
OVERSHOOT = 1.05
"""A relative aspirate may end this far beyond a stroke: 3150 of 3000 increments."""


class Refusal(Exception):  # noqa: N818 - an answer of the pump, no error of ours
    """A word that can't be carried out; its argument is the pump's error code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


class Runner:
    """The works of one pump. Times are the pump's own seconds."""

    def __init__(self, ports: tuple[str, ...], increments: int) -> None:
        self.increments = increments
        self.plunger = Plunger()
        self.valve = Valve(ports)
        self.counts: Counter[str] = Counter()
        self.lose_power(0.0)

    def lose_power(self, now_s: float) -> None:
        """Start anew: not homed, all settings as delivered."""
        self.plunger.settle(now_s)
        self.valve.at, self.valve.sticks = None, False
        self.settings = dict(language.DEFAULTS)
        self.error = 0
        self.refused = False
        self.homed = False
        self.overloaded = 0
        self.halted = False
        # Both counters begin at zero with the power, wherever the plunger then is.
        self.datum = self.plunger.place
        self.commanded = 0.0
        self._program: Sequence[Word] = ()
        self._next = 0
        self._loops: list[list[int]] = []
        self._ends_s: float | None = None
        self._doing: Word | None = None
        self._turning: str | None = None

    # What it is at.

    @property
    def running(self) -> bool:
        """Whether a program is under way."""
        return self._ends_s is not None

    @property
    def busy_shown(self) -> bool:
        """What ``Q`` says: moves in lower case don't count as busy."""
        quiet = self._doing is not None and self._doing.letter in "apd"
        return self.running and not quiet

    @property
    def fine(self) -> int:
        """Units per increment: 8 in microstep mode."""
        return 8 if self.settings["N"] else 1

    @property
    def commanded_units(self) -> int:
        """Commanded position in units."""
        return self.units(self.commanded)

    def seen_units(self, now_s: float) -> int:
        """Where the encoder sees the plunger, in units."""
        return self.units(self.plunger.now(now_s) - self.datum)

    def units(self, pulses: float) -> int:
        """Turn pulses into units of the present mode."""
        return round(pulses * self.increments * self.fine / PULSES_PER_STROKE)

    # What it is told.

    def run(self, program: Sequence[Word], now_s: float) -> None:
        """Begin a program."""
        self._program, self._next, self._loops = program, 0, []
        if self.error in (2, 3, 4, 11, 15):
            self.error = 0
        self._go_on(now_s)

    def refuse(self, code: int) -> None:
        """Refuse a command as a whole."""
        self.error = code
        self.refused = True

    def terminate(self, now_s: float) -> None:
        """Stop plunger, loops and waits; a valve turns to its end."""
        self.plunger.settle(now_s)
        self.commanded = self.plunger.place - self.datum
        self._program, self._loops, self.halted = (), [], False
        homing = self._doing is not None and self._doing.letter in language.HOMING
        if self._turning is None or homing:
            self._turning = None
            self._ends_s, self._doing = None, None

    def resume(self, now_s: float) -> None:
        """Go on after a halt."""
        self.halted = False
        self._ends_s = now_s
        self.advance(now_s)

    def change_speed(self, text: str, now_s: float) -> bool:
        """Change the top speed of a move under way; False if that isn't what was asked."""
        value = text[1:].removesuffix("R")
        glide = self.plunger.glide
        if glide is None or not value.isdecimal() or not 5 <= int(value) <= 1024:
            return False
        self.settings["V"] = int(value)
        self.plunger.settle(now_s)
        speeds = self._speeds(dispensing=glide.target < glide.origin)
        self._ends_s = self.plunger.begin(glide.target, speeds, now_s, glide.port)
        return True

    def stall(self, now_s: float) -> None:
        """Block the plunger: the move under way ends here, or the next one doesn't begin."""
        self.advance(now_s)
        if self.plunger.glide is None:
            self.overloaded = OVERLOAD
            return
        homing = self._doing is not None and self._doing.letter in language.HOMING
        self.plunger.settle(now_s)
        self._break_off(HOMING_FAILED if homing else OVERLOAD)

    def advance(self, now_s: float) -> None:
        """Let time pass."""
        while self._ends_s is not None and not self.halted and self._ends_s <= now_s:
            at_s = self._ends_s
            self.plunger.settle(at_s)
            if self._turning is not None and not self._turned():
                return
            self._go_on(at_s)

    # How it goes on.

    def _turned(self) -> bool:
        port, self._turning = self._turning, None
        if self.valve.sticks:
            self.valve.sticks, self.valve.at = False, None
            self._break_off(VALVE_OVERLOAD)
            return False
        if self._doing is not None and self._doing.letter in language.HOMING:
            return True
        self.valve.at = port
        return True

    def _break_off(self, code: int) -> None:
        self.error = code
        if code in (OVERLOAD, VALVE_OVERLOAD):
            self.overloaded = code
        if code == HOMING_FAILED:
            self.homed = False
        self.commanded = self.plunger.place - self.datum
        self._program, self._ends_s, self._doing, self._turning = (), None, None, None

    def _go_on(self, now_s: float) -> None:
        """Begin the next words until one takes time."""
        if self._doing is not None and self._doing.letter in language.HOMING:
            self._homed(self._doing)
        self._ends_s, self._doing = None, None
        while self._next < len(self._program):
            word = self._program[self._next]
            self._next += 1
            try:
                ends_s = self._begin(word, now_s)
            except Refusal as refusal:
                self.refused = True
                if refusal.code == self.overloaded:
                    self.error, self._program = refusal.code, ()
                else:
                    self._break_off(refusal.code)
                return
            if ends_s is not None:
                self._ends_s, self._doing = ends_s, word
                return

    def _begin(self, word: Word, now_s: float) -> float | None:
        """Begin one word; returns when it ends if it takes time."""
        letter = word.letter
        if letter in language.HOMING:
            return self._home(letter, word.operands, now_s)
        if letter in language.MOVES:
            if self.overloaded:
                raise Refusal(self.overloaded)
            if not self.homed:
                raise Refusal(NOT_HOMED)
            turns = letter in language.VALVE
            return self._turn(word, now_s) if turns else self._move(word, now_s)
        if not language.in_range(word, self.fine * self.increments // 3000):
            raise Refusal(BAD_OPERAND)
        if letter == "S":
            code = language.DEFAULTS["S"] if word.first is None else word.first
            self.settings["V"] = language.SPEED_CODES[code]
        elif letter in self.settings:
            value = language.DEFAULTS[letter] if word.first is None else word.first
            self.settings[letter] = value
        return self._control(word, now_s)

    def _control(self, word: Word, now_s: float) -> float | None:
        if word.letter == "M":
            wait_ms = 5 if word.first is None else word.first
            return now_s + 5 * round(wait_ms / 5) / 1000
        if word.letter == "H":
            self.halted = True
            return math.inf
        if word.letter == "g":
            self._loops.append([self._next, 0])
        elif word.letter == "G" and self._loops:
            self._repeat(word.first or 0)
            return now_s + 0.001  # so that time goes on in endless loops of settings, too
        elif word.letter == "z":
            self.datum, self.commanded = self.plunger.place, 0.0
            self.overloaded = 0
        return None

    def _repeat(self, wanted: int) -> None:
        loop = self._loops[-1]
        loop[1] += 1
        if wanted == 0 or loop[1] < wanted:
            self._next = loop[0]
        else:
            self._loops.pop()

    def _home(self, letter: str, operands: Sequence[int], now_s: float) -> float:
        """Turn the valve to the output port, then push the plunger up."""
        ports = self.valve.ports
        output: str | None = None
        if self.valve.distribution:
            number = operands[2] if letter in "ZY" and len(operands) > 2 else 0
            if number > len(ports):
                raise Refusal(BAD_OPERAND)
            output = str(number or len(ports))
        elif ports:
            output = "o"
        turns = letter != "W"
        if turns and ports:
            self._turning = output
        self.valve.at = output if turns else self.valve.at
        self.counts["homing"] += 1
        self.overloaded, self.error, self.homed = 0, 0, False
        if letter == "w":
            return now_s + VALVE_S
        steady = Speeds(HOMING_SPEED, HOMING_SPEED, HOMING_SPEED, 17500.0)
        valve_s = VALVE_S if turns and ports else 0.0
        return self.plunger.begin(0.0, steady, now_s + valve_s, self.valve.at) + 1e-9

    def _homed(self, word: Word) -> None:
        if word.letter != "w":
            self.homed, self.datum, self.commanded = True, 0.0, 0.0

    def _turn(self, word: Word, now_s: float) -> float:
        port = self.valve.wanted(word.letter, word.first)
        if port is None:
            raise Refusal(BAD_OPERAND)
        duration_s = self.valve.turning_s(port, word.letter)
        if duration_s > 0:
            self.counts["valve"] += 1
        self._turning = port
        return now_s + duration_s

    def _move(self, word: Word, now_s: float) -> float:
        value = word.first or 0
        units = self.increments * self.fine
        here = self.commanded_units
        kind = word.letter.upper()
        target = {"A": value, "P": here + value, "D": here - value}[kind]
        limit = units * OVERSHOOT if kind == "P" else units
        if not 0 <= target <= limit:
            raise Refusal(BAD_OPERAND)
        if self.valve.at == "b":
            raise Refusal(BYPASS)
        goal = target * PULSES_PER_STROKE / units
        self.commanded = goal
        self.counts["plunger"] += 1
        speeds = self._speeds(dispensing=goal + self.datum < self.plunger.place)
        return self.plunger.begin(goal + self.datum, speeds, now_s, self.valve.at)

    def _speeds(self, *, dispensing: bool) -> Speeds:
        settings = self.settings
        top = float(settings["V"])
        start = min(float(settings["v"]), top)
        end = min(max(float(settings["c"]), start), top) if dispensing else start
        return Speeds(start, top, end, settings["L"] * 2500.0)
