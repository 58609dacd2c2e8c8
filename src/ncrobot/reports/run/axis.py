"""The time axis of the drawings of a run; long stretches in which nothing is done are cut short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ncrobot.reports._svg import element, line, number, text, time_ticks
from ncrobot.reports._text import span

WIDTH = 1060.0
LEFT, RIGHT = 118.0, 14.0
_CUT_WIDTH = 46.0
_CUT_SHARE = 0.25
"""An idle stretch is cut short if it lasts this share of the run or longer."""
_ROOM_S = 120.0
"""Idle time that is left visible beside a cut."""


@dataclass(frozen=True, slots=True)
class Cut:
    """An idle stretch that is drawn in a fixed width."""

    start_s: float
    end_s: float


class Axis:
    """Turns seconds of the run's clock into the drawing's x; never changes."""

    def __init__(self, duration_s: float, cuts: Sequence[Cut] = ()) -> None:
        self.duration_s = duration_s
        self.cuts = tuple(cuts)
        self._shown_s = max(duration_s - sum(cut.end_s - cut.start_s for cut in cuts), 1.0)
        self._scale = (WIDTH - LEFT - RIGHT - _CUT_WIDTH * len(cuts)) / self._shown_s

    @classmethod
    def over(cls, duration_s: float, busy: Iterable[tuple[float, float]]) -> Axis:
        """An axis on which idle stretches between the busy ones are cut short if they are long."""
        cuts, idle_from = [], 0.0
        for start_s, end_s in sorted(busy):
            if start_s - idle_from >= _CUT_SHARE * duration_s and idle_from > 0:
                cuts.append(Cut(idle_from + _ROOM_S, start_s - _ROOM_S))
            idle_from = max(idle_from, end_s)
        return cls(duration_s, [cut for cut in cuts if cut.end_s > cut.start_s])

    def x(self, time_s: float) -> float:
        """The x of a time, kept within the drawing."""
        time_s = min(max(time_s, 0.0), self.duration_s)
        x = LEFT + time_s * self._scale
        for cut in self.cuts:
            length_s = cut.end_s - cut.start_s
            inside_s = min(max(time_s - cut.start_s, 0.0), length_s)
            x += inside_s * (_CUT_WIDTH / length_s - self._scale)
        return x

    def seconds_of(self, width: float) -> float:
        """How long a width of the drawing lasts, beside the cuts."""
        return width / self._scale

    def grid(self, top: float, bottom: float) -> list[Markup]:
        """Vertical lines at round times with their labels above, and a band for each cut."""
        parts = []
        step_s = next(iter(time_ticks(self._shown_s)[1:]), self._shown_s)
        for index in range(int(self.duration_s / step_s) + 1):
            time_s = index * step_s
            if not any(cut.start_s <= time_s <= cut.end_s for cut in self.cuts):
                parts.append(line(self.x(time_s), top, self.x(time_s), bottom, "grid"))
                parts.append(text(self.x(time_s), top - 6, _hours(time_s), "soft middle"))
        return parts + [self._cut(cut, top, bottom) for cut in self.cuts]

    def _cut(self, cut: Cut, top: float, bottom: float) -> Markup:
        x, width = self.x(cut.start_s), self.x(cut.end_s) - self.x(cut.start_s)
        told = span(cut.end_s - cut.start_s)
        middle, height = x + width / 2, top + min((bottom - top) / 2, 40.0)
        return element(
            "g",
            element("title", f"{told} in which nothing is done"),
            element("rect", x=x, y=top, width=width, height=bottom - top, class_="cut"),
            text(
                middle + 4,
                height,
                told,
                "soft middle",
                transform=f"rotate(-90 {number(middle + 4)} {number(height)})",
            ),
        )


def _hours(time_s: float) -> str:
    minutes = round(time_s / 60)
    return f"{minutes // 60}:{minutes % 60:02d} h"
