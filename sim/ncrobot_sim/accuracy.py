"""Pipetting error of the simulated arm; off unless a scenario asks for it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Accuracy:
    """Each move's volume is off by a common bias and by chance, both as fractions of it.

    The figures are a scenario's choice, not those of any make; ``seed`` makes them repeatable.
    """

    bias: float = 0.0
    spread: float = 0.0
    seed: int = 0
    _chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - repeatable, not secret

    def really_ul(self, volume_ul: float) -> float:
        """Return the volume that really moves when this one is asked for; never negative."""
        return max(0.0, volume_ul * (1.0 + self.bias + self._chance.gauss(0.0, self.spread)))
