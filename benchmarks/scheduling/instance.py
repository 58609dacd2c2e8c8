"""An instance: a problem, and how far its blocks are listed."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.timetable import Problem


@dataclass(frozen=True, slots=True)
class Instance:
    """A problem with its seed; blocks are listed up to ``horizon``, where every timetable ends."""

    seed: int
    problem: Problem
    horizon: int

    @property
    def name(self) -> str:
        """The problem's name with the seed, which names the file as well."""
        return f"{self.problem.name}-s{self.seed}"
