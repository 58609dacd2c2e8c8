"""The schedule: the plan with a start, a duration and devices for every operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

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


Objective = Literal["makespan", "deviation", "person-time"]
Treatment = Literal["delay", "spread"]


class Away(Document):
    """Hours of every day at which nobody is there, in seconds after midnight; may pass midnight."""

    from_s: float = Field(ge=0, lt=86400)
    to_s: float = Field(ge=0, lt=86400)

    @model_validator(mode="after")
    def _not_empty(self) -> Away:
        if self.from_s == self.to_s:
            msg = "somebody has to be there at some time of the day"
            raise ValueError(msg)
        return self


class ScheduleOptions(Document):
    """What is asked of a schedule beyond the plan's lags.

    ``objective``: the shortest; or first all portions and targets exactly at their times and then
    short; or few and short visits of a person first. ``finish_within_s`` limits the makespan.
    ``person_away`` are hours in which no question and no refill may fall; they need ``start_s``,
    the time of day (seconds after midnight) at which the run starts. ``equal_treatment``: all
    wells get the same ``delay`` from their last portion to what follows, or the ``spread`` of the
    delays is told and the order of the wells is drawn at random, against the design. ``reserve``
    leaves the arm free after each of its operations for this share of its time, so that a run
    that falls behind catches up. ``effort`` scales the steps of the search, not its seconds, so
    that the same input gives the same schedule on any machine.
    """

    objective: Objective = "makespan"
    finish_within_s: float | None = Field(None, gt=0)
    start_s: float | None = Field(None, ge=0, lt=86400)
    person_away: tuple[Away, ...] = ()
    equal_treatment: Treatment | None = None
    reserve: float = Field(
        0.0, ge=0, le=1, description="share of each operation's time that the arm is left free"
    )
    effort: float = Field(
        1.0, ge=0, le=20, description="1: a few seconds for a plate that is served well by well"
    )

    @model_validator(mode="after")
    def _away_needs_start(self) -> ScheduleOptions:
        if self.person_away and self.start_s is None:
            msg = "hours of absence need the time of day at which the run starts"
            raise ValueError(msg)
        return self


class DelayFigure(Document):
    """From a well's last portion to what follows it, as scheduled.

    ``delay_s`` is for this well: from the moment that its portion is in to the moment that its
    sample has reached its place, or the next dose its well. Where one tip serves several wells in
    turn, that differs from the time between the starts of the two operations.
    """

    well: str
    step: str = Field(description="the step that follows the last portion")
    after: str = Field(description="operation id of what follows")
    delay_s: float
    between_starts_s: float


class Treated(Document):
    """How equally the wells are treated.

    ``delays`` has an entry for every well and every step that follows its last portion.
    ``rank_correlations`` tells for each parameter of the table how much the order of the wells
    follows it (Spearman's rho; only parameters that vary).
    """

    mode: Treatment
    delays: tuple[DelayFigure, ...]
    rank_correlations: dict[str, float] = Field(default_factory=dict)


class Injection(Document):
    """One sample on an instrument beside the deck: when it was taken, and when it is measured.

    ``start_s`` counts from the start of the run, as all times; an expired sample has none.
    """

    operation: str
    step: str
    well: str
    place: str = Field(description="well of the sample plate")
    taken_s: float
    start_s: float | None
    age_s: float | None
    stable_for_s: float | None
    state: Literal["planned", "expired"]


class InstrumentTimes(Document):
    """The timetable of one instrument beside the deck, after the wet plan.

    ``needed_s`` is its time for all samples with blanks. ``take_every`` n: if some expire, every
    n-th sample of each step would be measured in time; None: no such share would.
    """

    instrument: str
    serves: str
    injections: tuple[Injection, ...]
    begin_s: float
    end_s: float
    needed_s: float
    expired: int
    take_every: int | None = 1


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
    gap: float = Field(0.0, ge=0, description="makespan / lower bound - 1; 0 if there is no bound")
    proven: bool = Field(False, description="whether no schedule of these options is shorter")
    bound_by: str = Field("", description="what sets the bound: a device, or the chain of lags")
    cost_s: float = Field(
        0.0, description="longer than the shortest schedule found without these options"
    )
    options: ScheduleOptions = ScheduleOptions()
    treated: Treated | None = None
    instruments: tuple[InstrumentTimes, ...] = Field(
        (), description="not part of the makespan: samples that people carry to instruments"
    )
    visits_s: tuple[float, ...] = Field((), description="when a person has to come")
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
