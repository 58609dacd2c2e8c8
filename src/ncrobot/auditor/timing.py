"""Timing: every lag that the protocol asks for is in the plan, with its bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from ncrobot.auditor.facts import Case
from ncrobot.auditor.moments import AskedLag
from ncrobot.auditor.report import Compared, agree
from ncrobot.auditor.sequence import touches
from ncrobot.auditor.waits import Walk
from ncrobot.plan import Lag, Operation
from ncrobot.units import Dimension, format_quantity

_WORDS = {
    "hold": "the wait of {step}",
    "portion": "the interval between the portions of {step}",
    "sample": "the time of the sample {step}",
    "timing": "the timing of {step}",
}
Ends = tuple[str, str, str]


def check_timing(case: Case) -> None:
    """Walk through the steps for each well and look for the lags that it needs, and no others."""
    lags: dict[Ends, list[Lag]] = {}
    for lag in case.plan.lags:
        lags.setdefault((lag.before, lag.point, lag.after), []).append(lag)
    wanted: set[tuple[Ends, str]] = set()
    for well, asked in _asked_lags(case):
        _check(case, well, asked, lags)
        if asked.after is not None:
            ends = (asked.moment.operation, asked.moment.point, asked.after)
            wanted.add((ends, asked.kind))
    for lag in case.plan.lags:
        is_wanted = ((lag.before, lag.point, lag.after), lag.kind) in wanted
        _check_unasked(case, lag, is_wanted=is_wanted)


def _asked_lags(case: Case) -> Iterator[tuple[str, AskedLag]]:
    """What each group of wells needs, with the first well that needs it."""
    of_group: dict[str, dict[str, list[Operation]]] = {}
    of_plate: dict[str, list[Operation]] = {}
    for operation in case.in_order():
        if operation.group is not None:
            steps = of_group.setdefault(operation.group, {})
            steps.setdefault(operation.step, []).append(operation)
        elif operation.kind not in {"transfer", "pump_dose", "mix", "refill"}:
            of_plate.setdefault(operation.step, []).append(operation)
    told: set[tuple[str, AskedLag]] = set()
    for well, operations in touches(case).items():
        group = next((o.group for o in operations if o.group is not None), None)
        if group is None:
            continue
        for asked in Walk(case, case.rows[well], of_group[group], of_plate).walk():
            if (group, asked) not in told:
                told.add((group, asked))
                yield well, asked


def _check_unasked(case: Case, lag: Lag, *, is_wanted: bool) -> None:
    """No operation waits, or has to hurry, where the protocol says nothing of it."""
    binds = lag.min_s > 0 or lag.max_s is not None or lag.target_s is not None
    if (lag.kind != "order" and not is_wanted) or (lag.kind == "order" and binds):
        found = _shown(lag.min_s, lag.max_s)
        case.notes.differ(
            "unasked-lag",
            f"{lag.after!r} has to come {found} after {lag.before!r}, which nobody asks for",
            Compared("lag", "none", found),
            step=lag.step,
        )


def _check(case: Case, well: str, asked: AskedLag, lags: Mapping[Ends, Sequence[Lag]]) -> None:
    if asked.after is None:
        _differ(
            case, well, asked, f"no operation follows in well {well} that could keep it", "none"
        )
        return
    moment = asked.moment
    there = lags.get((moment.operation, moment.point, asked.after), [])
    same_kind = [lag for lag in there if lag.kind == asked.kind]
    if any(_keeps(asked, lag) for lag in same_kind):
        return
    if not same_kind:
        what = f"the plan has no such lag from {moment.operation!r} to {asked.after!r}"
        _differ(case, well, asked, what, "none")
        return
    lag = same_kind[0]
    found = _shown(lag.min_s, lag.max_s)
    what = f"the lag from {lag.before!r} to {lag.after!r} is {found}"
    if lag.if_late != (asked.if_late or lag.if_late):
        what += f", and a late well is treated by {lag.if_late!r} instead of {asked.if_late!r}"
    _differ(case, well, asked, what, found)


def _keeps(asked: AskedLag, lag: Lag) -> bool:
    offset_s = asked.moment.offset_s
    return (
        _same(asked.min_s + offset_s, lag.min_s)
        and _same(None if asked.max_s is None else asked.max_s + offset_s, lag.max_s)
        and (asked.target_s is None or _same(asked.target_s + offset_s, lag.target_s))
        and asked.if_late in {None, lag.if_late}
    )


def _same(asked: float | None, found: float | None) -> bool:
    if asked is None or found is None:
        return asked is found
    return agree(asked, found)


def _shown(low_s: float, high_s: float | None) -> str:
    low = _written(low_s)
    return f"at least {low}" if high_s is None else f"{low} to {_written(high_s)}"


def _written(duration_s: float) -> str:
    if not math.isfinite(duration_s):
        return f"{duration_s:g} s"
    return format_quantity(duration_s, Dimension.DURATION)


def _differ(case: Case, well: str, asked: AskedLag, what: str, found: str) -> None:
    offset_s = asked.moment.offset_s
    high_s = None if asked.max_s is None else asked.max_s + offset_s
    wished = _shown(asked.min_s + offset_s, high_s)
    name = _WORDS[asked.kind].format(step=asked.step)
    case.notes.differ(
        "lag",
        f"{name} should be {wished} after {asked.moment.operation!r}; {what}",
        Compared(name, wished, found),
        well=well,
        step=asked.step,
    )
