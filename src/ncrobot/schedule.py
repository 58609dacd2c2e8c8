"""The schedule: the plan with a start, a duration and devices for every operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from ncrobot.model import Document
from ncrobot.plan.operations import Operation


class Entry(Document):
    """When one operation happens (seconds from the start of the run) and what it occupies."""

    operation: str
    start_s: float = Field(ge=0)
    duration_s: float = Field(ge=0)
    device: str
    resources: tuple[str, ...]
    slack_s: float = Field(description="how late it may start before a lag breaks; inf-like: 1e12")

    @property
    def end_s(self) -> float:
        """Start plus duration."""
        return self.start_s + self.duration_s


class LagFigure(Document):
    """One bounded lag as scheduled: its value and how far it is from its bounds."""

    before: str
    after: str
    value_s: float
    min_s: float
    max_s: float | None
    target_s: float | None
    slack_s: float = Field(description="smallest distance to a bound; negative if broken")


class Lot(Document):
    """One lot of a stock with a limited life: made when, used until when, how much."""

    stock: str
    lot: int
    made_s: float = Field(description="seconds from the start of the run; may be negative")
    last_use_s: float
    drawn_ul: float
    wells_ul: dict[str, float] = Field(
        default_factory=dict,
        description="what to put into each position; empty: what the plan loads",
    )


class Schedule(Document):
    """A plan with times. ``auxiliary`` holds operations that only exist because of the times.

    Those are: the shaker's pauses around the arm's visits, and the refills of stocks whose life
    ends during the run. ``entries`` are in order of start and cover plan and auxiliary operations.
    """

    ncrobot: Literal["schedule/1"] = "schedule/1"
    plan_sha256: str
    entries: tuple[Entry, ...]
    auxiliary: tuple[Operation, ...] = ()
    lots: tuple[Lot, ...] = ()
    makespan_s: float
    lower_bound_s: float
    lags: tuple[LagFigure, ...] = ()
    method: str
    seed: int = 0
    summary: str = ""

    def loaded_ul(self, stock: str, planned_ul: Mapping[str, float]) -> Mapping[str, float]:
        """What stands in a stock's positions at the start of the run.

        The plan's volumes are for the whole run. A stock that is made anew during the run starts
        with what its first lot needs, or with nothing if a person brings that one too.
        """
        first = next((lot for lot in self.lots if lot.stock == stock and lot.lot == 1), None)
        if first is None:
            return planned_ul
        if first.made_s > 0:
            return {}
        return first.wells_ul or planned_ul
