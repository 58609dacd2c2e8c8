"""The time axis of a Gantt chart: even, but for long idle stretches, which are cut short."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ncrobot.schedule import Schedule

SECONDS_PER_PX = 10.0
_LEAST_WIDTH, _MOST_WIDTH = 900.0, 24_000.0
_CUT_WIDTH = 64.0
_LEAST_CUT_S = 2700.0
"""An idle stretch is cut short from here on."""
_ROOM_S = 300.0
"""Idle time that stays visible on both sides of a cut."""
_LABEL_WIDTH = 64.0
_STEPS_S = (60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


@dataclass(frozen=True, slots=True)
class Cut:
    """An idle stretch that is drawn in a fixed width."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Scale:
    """Turns seconds of the run into x; it begins with ``from_s``, when the first lot is made."""

    from_s: float
    to_s: float
    cuts: tuple[Cut, ...]
    px_per_s: float

    @classmethod
    def of(cls, schedule: Schedule, busy: Iterable[tuple[float, float]]) -> Scale:
        """A scale that shows a whole schedule; ``busy`` are the times that are never cut."""
        made = [lot.made_s for lot in schedule.lots]
        from_s = min([0.0, *made])
        to_s = max(schedule.makespan_s, schedule.lower_bound_s, 1.0)
        cuts = tuple(_cuts(busy, from_s, to_s))
        shown_s = to_s - from_s - sum(cut.end_s - cut.start_s for cut in cuts)
        width = min(max(shown_s / SECONDS_PER_PX, _LEAST_WIDTH), _MOST_WIDTH)
        return cls(from_s, to_s, cuts, width / shown_s)

    @property
    def width(self) -> float:
        """The width of the whole time."""
        return self.x(self.to_s)

    def x(self, time_s: float) -> float:
        """The x of a time, kept within the chart."""
        time_s = min(max(time_s, self.from_s), self.to_s)
        x = (time_s - self.from_s) * self.px_per_s
        for cut in self.cuts:
            length_s = cut.end_s - cut.start_s
            inside_s = min(max(time_s - cut.start_s, 0.0), length_s)
            x += inside_s * (_CUT_WIDTH / length_s - self.px_per_s)
        return x

    def ticks(self) -> list[float]:
        """Round times with room for a label each, outside the cuts."""
        step_s = next(
            (step for step in _STEPS_S if step * self.px_per_s >= _LABEL_WIDTH), _STEPS_S[-1]
        )
        first, last = math.ceil(self.from_s / step_s), math.floor(self.to_s / step_s)
        found = [float(step_s * index) for index in range(first, last + 1)]
        return [t for t in found if not any(cut.start_s < t < cut.end_s for cut in self.cuts)]


def _cuts(busy: Iterable[tuple[float, float]], from_s: float, to_s: float) -> Iterable[Cut]:
    ends = [(from_s, from_s), *sorted(busy), (to_s, to_s)]
    reached: list[tuple[float, float]] = []
    latest = from_s
    for start_s, end_s in ends:
        reached.append((start_s, latest))
        latest = max(latest, end_s)
    for (_, _), (start_s, idle_from_s) in pairwise(reached):
        if start_s - idle_from_s >= _LEAST_CUT_S:
            yield Cut(idle_from_s + _ROOM_S, start_s - _ROOM_S)
