"""The lags of a plan as they really were: value, deviation from what was wished, tolerance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ncrobot.plan import Lag, Plan
from ncrobot.reports._index import Index
from ncrobot.schedule import Schedule
from ncrobot.state import RunState

_NEVER_BEGAN = frozenset({"skipped"})


@dataclass(frozen=True, slots=True)
class ExecutedLag:
    """One bounded lag of a run; the deviation is from ``wished_s``, its target or planned value."""

    lag: Lag
    step: str
    wells: tuple[str, ...]
    value_s: float
    wished_s: float
    deviation_s: float
    by_s: float

    @property
    def early_s(self) -> float:
        """How much sooner than wished it may be, as a negative number."""
        return self.lag.min_s - self.wished_s

    @property
    def late_s(self) -> float | None:
        """How much later than wished it may be; None if there is no limit."""
        return None if self.lag.max_s is None else self.lag.max_s - self.wished_s


@dataclass(frozen=True, slots=True)
class LagSummary:
    """All lags of one kind and step: how far from the wish, in seconds.

    ``allowed_s`` is the interval that all of them share, ``tolerance_s`` what they may deviate from
    their targets; at least one of them is None.
    """

    kind: str
    step: str
    lags: tuple[ExecutedLag, ...]
    median_s: float
    p95_s: float
    most_s: float
    allowed_s: tuple[float, float | None] | None
    tolerance_s: tuple[float, float | None] | None
    broken: tuple[ExecutedLag, ...]


def is_bounded(lag: Lag) -> bool:
    """Whether a lag says more than which comes first."""
    return lag.min_s > 0 or lag.max_s is not None or lag.target_s is not None


def executed_lags(plan: Plan, schedule: Schedule, state: RunState) -> list[ExecutedLag]:
    """All bounded lags whose two ends happened, in the order of the plan."""
    index = Index.of(plan, schedule)
    found = []
    for lag in plan.lags:
        value_s = _value_s(lag, state) if is_bounded(lag) else None
        planned_s = _planned_s(lag, index)
        wished_s = lag.target_s if lag.target_s is not None else planned_s
        if value_s is None or wished_s is None:
            continue
        late_s = 0.0 if lag.max_s is None else value_s - lag.max_s
        found.append(
            ExecutedLag(
                lag=lag,
                step=lag.step or index.step_of(lag.after),
                wells=index.wells_of(lag.after),
                value_s=value_s,
                wished_s=wished_s,
                deviation_s=value_s - wished_s,
                by_s=max(lag.min_s - value_s, late_s, 0.0),
            )
        )
    return found


def deviations(lags: Iterable[ExecutedLag]) -> Mapping[str, ExecutedLag]:
    """For each operation, of the lags that it ends, the one that it deviates from the most."""
    found: dict[str, ExecutedLag] = {}
    for lag in lags:
        held = found.get(lag.lag.after)
        if held is None or abs(lag.deviation_s) > abs(held.deviation_s):
            found[lag.lag.after] = lag
    return found


def summaries(lags: Iterable[ExecutedLag], broken: Iterable[tuple[str, str]]) -> list[LagSummary]:
    """One summary per kind and step; ``broken`` are the lags (before, after) the run recorded."""
    by_step: dict[tuple[str, str], list[ExecutedLag]] = defaultdict(list)
    for lag in lags:
        by_step[lag.lag.kind, lag.step].append(lag)
    told = set(broken)
    found = []
    for (kind, step), group in by_step.items():
        sizes = [abs(lag.deviation_s) for lag in group]
        aims = all(lag.lag.target_s is not None for lag in group)
        bounds = {(lag.lag.min_s, lag.lag.max_s) for lag in group}
        found.append(
            LagSummary(
                kind=kind,
                step=step,
                lags=tuple(group),
                median_s=percentile(sizes, 0.5),
                p95_s=percentile(sizes, 0.95),
                most_s=max(sizes),
                allowed_s=None if aims or len(bounds) > 1 else next(iter(bounds)),
                tolerance_s=_tolerance_s(group) if aims else None,
                broken=tuple(lag for lag in group if (lag.lag.before, lag.lag.after) in told),
            )
        )
    return sorted(found, key=lambda each: (each.kind != "portion", each.kind, each.step))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies, between neighbours in proportion.

    Raises:
        ValueError: there are no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values, no percentile")
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _tolerance_s(group: Sequence[ExecutedLag]) -> tuple[float, float | None]:
    """The narrowest tolerance of a group."""
    late = [lag.late_s for lag in group if lag.late_s is not None]
    return max(lag.early_s for lag in group), min(late) if late else None


def _planned_s(lag: Lag, index: Index) -> float | None:
    before, after = index.entries.get(lag.before), index.entries.get(lag.after)
    if before is None or after is None:
        return None
    return after.start_s - (before.start_s if lag.point == "start" else before.end_s)


def _value_s(lag: Lag, state: RunState) -> float | None:
    before, after = state.operations.get(lag.before), state.operations.get(lag.after)
    if before is None or after is None:
        return None
    if before.result in _NEVER_BEGAN or after.result in _NEVER_BEGAN:
        return None
    from_s = before.start_s if lag.point == "start" else before.end_s
    return None if from_s is None or after.start_s is None else after.start_s - from_s
