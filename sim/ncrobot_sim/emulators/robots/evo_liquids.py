"""What stands on an emulated EVO's deck, and what hangs in its tips: air and liquid in turn."""

from __future__ import annotations

from dataclasses import dataclass, field

STEPS_PER_UL = 3


@dataclass
class Vessel:
    """A well: where its middle is on the deck, and µL of what it holds by its source."""

    name: str
    x_mm: float
    y_mm: float
    holds_ul: dict[str, float] = field(default_factory=dict)

    @property
    def volume_ul(self) -> float:
        """All that it holds."""
        return sum(self.holds_ul.values())

    def give(self, volume_ul: float) -> dict[str, float]:
        """Take so much out of it, or all that there is, evenly mixed."""
        there_ul = self.volume_ul
        share = min(volume_ul / there_ul, 1.0) if there_ul > 0 else 0.0
        taken = {name: each * share for name, each in self.holds_ul.items()}
        self.holds_ul = {name: each * (1 - share) for name, each in self.holds_ul.items()}
        return taken

    def get(self, holds_ul: dict[str, float]) -> None:
        """Put this into it."""
        for name, volume_ul in holds_ul.items():
            self.holds_ul[name] = self.holds_ul.get(name, 0.0) + volume_ul


@dataclass
class Spot:
    """A place for a tip in a rack."""

    name: str
    x_mm: float
    y_mm: float
    has_tip: bool = True
    was_used: bool = False


@dataclass
class Column:
    """What hangs in a tip, from the plunger down: steps of air, or of a liquid."""

    parts: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    spilled_ul: float = 0.0

    @property
    def volume_ul(self) -> float:
        """The liquid in it."""
        return sum(sum(liquid.values()) for _, liquid in self.parts)

    def draw(self, steps: int, vessel: Vessel | None) -> None:
        """Take up air, or what is in the vessel that the tip is in."""
        self.parts.append((steps, vessel.give(steps / STEPS_PER_UL) if vessel else {}))

    def push_out(self, steps: int, vessel: Vessel | None) -> None:
        """Push out the lowest parts, into a vessel or to where nobody wants it."""
        left = steps
        while left > 0 and self.parts:
            size, liquid = self.parts.pop()
            out = min(size, left)
            share = out / size
            gone = {name: each * share for name, each in liquid.items()}
            if out < size:
                kept = {name: each * (1 - share) for name, each in liquid.items()}
                self.parts.append((size - out, kept))
            left -= out
            if vessel is not None:
                vessel.get(gone)
            else:
                self.spilled_ul += sum(gone.values())
