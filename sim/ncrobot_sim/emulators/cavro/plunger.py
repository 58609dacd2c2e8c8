"""The mechanics of a Cavro pump: plunger, valve, and the account of what both have moved."""

from __future__ import annotations

from dataclasses import dataclass, field

from ncrobot_sim.emulators.cavro.motion import Glide, Speeds

VALVE_S = 0.25
"""From a port to its neighbour (s), the manual's upper limit."""

WORDS = {"I": "i", "O": "o", "B": "b", "E": "e"}


@dataclass(frozen=True, slots=True)
class Travel:
    """What the plunger has really done with the valve at one port; in pulses from the top."""

    end_s: float
    port: str | None
    origin: float
    target: float


@dataclass
class Plunger:
    """Where the plunger really is (pulses; 0 is empty), and all its travels."""

    place: float = 0.0
    glide: Glide | None = None
    travels: list[Travel] = field(default_factory=list)

    def begin(self, target: float, speeds: Speeds, now_s: float, port: str | None) -> float:
        """Begin a move; returns when it will end."""
        self.glide = Glide(now_s, self.place, target, speeds, port)
        return self.glide.end_s

    def settle(self, now_s: float) -> None:
        """End a move, or break it off where it is."""
        glide, self.glide = self.glide, None
        if glide is not None:
            self.place = glide.place(now_s)
            self.travels.append(Travel(now_s, glide.port, glide.origin, self.place))

    def now(self, now_s: float) -> float:
        """Where it is at this moment."""
        return self.place if self.glide is None else self.glide.place(now_s)

    def account(self) -> dict[str | None, float]:
        """Pulses drawn (positive) and pushed out (negative) in all, by port."""
        sums: dict[str | None, float] = {}
        for travel in self.travels:
            moved = travel.target - travel.origin
            if moved:
                sums[travel.port] = sums.get(travel.port, 0.0) + moved
        return sums


@dataclass
class Valve:
    """A valve with the positions of its kind: words, or ports counted from 1 clockwise."""

    ports: tuple[str, ...]
    at: str | None = None
    sticks: bool = False

    @property
    def distribution(self) -> bool:
        """Whether its ports have numbers."""
        return bool(self.ports) and self.ports[0].isdecimal()

    def wanted(self, letter: str, operand: int | None) -> str | None:
        """The port that a command asks for; None if this valve has no such port."""
        if self.distribution:
            port = str(operand) if operand is not None and letter in "IO" else ""
        else:
            port = WORDS[letter] if operand is None else ""
        return port if port in self.ports else None

    def turning_s(self, port: str, letter: str) -> float:
        """How long it takes to a port: clockwise with ``I``, against it with ``O``."""
        if not self.distribution or self.at is None:
            return VALVE_S if port != self.at else 0.0
        steps = (self.ports.index(port) - self.ports.index(self.at)) % len(self.ports)
        return VALVE_S * (steps if letter == "I" else -steps % len(self.ports))
