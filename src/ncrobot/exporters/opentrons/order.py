"""A schedule as one list of moments: an Opentrons protocol does one thing after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ncrobot.errors import Diagnostic, InternalError, ScheduleError
from ncrobot.plan import Lag, Operation, Plan, SetTemperature
from ncrobot.schedule import Entry, Schedule

TOLERANCE_S = 1.0
"""A lag that is longer by no more than this counts as kept."""

MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Moment:
    """What the file does at a time, in seconds from the start of the run.

    A temperature that is waited for makes two: the setpoint, and the wait when it is due, so that
    other things are done in between. ``blocks_s`` is how long the robot can't do anything else.
    A moment that is only told does nothing: what it asks for is so already, or comes later.
    """

    operation: Operation
    at_s: float
    blocks_s: float
    part: Literal["whole", "setpoint", "wait", "told"] = "whole"

    @property
    def begins(self) -> bool:
        """Whether the operation begins here."""
        return self.part != "wait"

    @property
    def ends(self) -> bool:
        """Whether the operation is over after this."""
        return self.part != "setpoint"


def moments_of(plan: Plan, schedule: Schedule) -> tuple[Moment, ...]:
    """All moments in the order of their times."""
    operations: dict[str, Operation] = {
        operation.id: operation for operation in (*plan.operations, *schedule.auxiliary)
    }
    keyed: list[tuple[tuple[float, int, int], Moment]] = []
    for place, entry in enumerate(schedule.entries):
        for moment in _moments(operations[entry.operation], entry):
            waits_last = 0 if moment.part == "wait" else 1
            keyed.append(((moment.at_s, waits_last, place), moment))
    return tuple(moment for _, moment in sorted(keyed, key=lambda pair: pair[0]))


def lags_by_operation(plan: Plan) -> Mapping[str, tuple[Lag, ...]]:
    """The lags that end at each operation."""
    found: dict[str, list[Lag]] = {}
    for lag in plan.lags:
        found.setdefault(lag.after, []).append(lag)
    return {name: tuple(lags) for name, lags in found.items()}


def _moments(operation: Operation, entry: Entry) -> tuple[Moment, ...]:
    if isinstance(operation, SetTemperature):
        setpoint = Moment(operation, entry.start_s, 0.0, "setpoint")
        if operation.wait and operation.temperature_c is not None:
            return setpoint, Moment(operation, entry.end_s, 0.0, "wait")
        return (Moment(operation, entry.start_s, 0.0),)
    return (Moment(operation, entry.start_s, entry.duration_s),)


def check_order(moments: Sequence[Moment], lags: Mapping[str, tuple[Lag, ...]]) -> None:
    """Walk through the moments by the planned durations and compare with every lag.

    Raises:
        ScheduleError: done one after the other, some operations would break a lag.
    """
    now_s = 0.0
    began_s: dict[str, float] = {}
    ended_s: dict[str, float] = {}
    broken: list[Diagnostic] = []
    for moment in moments:
        name = moment.operation.id
        due_s = max(moment.at_s, now_s)
        if moment.begins:
            for lag in lags.get(name, ()):
                since_s = (began_s if lag.point == "start" else ended_s).get(lag.before)
                if since_s is None:
                    message = f"{name} stands before {lag.before} in the exported file"
                    raise InternalError(message)
                due_s = max(due_s, since_s + lag.min_s)
            broken += _broken(name, due_s, began_s, ended_s, lags.get(name, ()))
            began_s[name] = due_s
        now_s = due_s + moment.blocks_s
        if moment.ends:
            ended_s[name] = now_s
    if broken:
        rest = len(broken) - MOST_TOLD
        more = () if rest <= 0 else (_more(rest),)
        raise ScheduleError((*broken[:MOST_TOLD], *more))


def _broken(
    name: str,
    begins_s: float,
    began_s: Mapping[str, float],
    ended_s: Mapping[str, float],
    lags: tuple[Lag, ...],
) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for lag in lags:
        value_s = begins_s - (began_s if lag.point == "start" else ended_s)[lag.before]
        if lag.max_s is None or value_s <= lag.max_s + TOLERANCE_S:
            continue
        found.append(
            Diagnostic(
                code="one-after-the-other",
                message=f"{name} would come too late after {lag.before}, as an Opentrons protocol "
                "does one thing after the other and waits for its modules",
                line=lag.line,
                quantity=f"time from the {lag.point} of {lag.before}",
                found=f"{value_s:.0f} s",
                allowed=f"at most {lag.max_s:.0f} s",
                fix="schedule with time to spare ('ncrobot schedule --reserve 10 %'), "
                "or widen the step's tolerance",
            )
        )
    return found


def _more(count: int) -> Diagnostic:
    return Diagnostic(code="one-after-the-other", message=f"{count} more lag(s) would be broken")
