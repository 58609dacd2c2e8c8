"""What each choice costs, computed from the run: doubled liquids, lost replicates, time left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ncrobot.engine.faults.cases import Case
from ncrobot.engine.order import lane_of
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError
from ncrobot.faults import Act, Response
from ncrobot.plan.operations import Operation

MOST_TOLD = 4
"""Conditions that are told one by one; more are counted."""


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """Seconds that may pass before a lag breaks, and the wells whose lag that is."""

    left_s: float
    wells: tuple[str, ...]

    def __str__(self) -> str:
        who = ", ".join(self.wells[:MOST_TOLD]) + (", ..." if len(self.wells) > MOST_TOLD else "")
        if self.left_s <= 0:
            return f"a lag of {who} breaks already"
        return f"{self.left_s:.0f} s left until a lag of {who} breaks"


def time_left(run: Run, operation: Operation, wells: Iterable[str]) -> TimeLeft | None:
    """Return how long this operation may still wait; None if no lag limits it.

    Everything that waits for the same device, or for these wells, moves with it. Gaps of the
    schedule are not counted, so there may be more time, never less.
    """
    entry, begun_s = run.timing.entry(operation.id), run.timing.times(operation.id).start_s
    now_s = run.now_s()
    late_s = max(now_s - entry.end_s, (now_s if begun_s is None else begun_s) - entry.start_s)
    concerned, lane, soonest = set(wells), lane_of(operation), None
    for name, other in run.order.operations.items():
        if run.timing.times(name).start_s is not None:
            continue
        hit = run.fates.alive_of(run.concerned(other))
        if not hit or (lane_of(other) != lane and not concerned & set(hit)):
            continue
        start_s = max(run.timing.entry(name).start_s, now_s)
        for _, last_s in run.timing.last_starts(name):
            left_s = last_s - start_s - max(late_s, 0.0)
            if soonest is None or left_s < soonest.left_s:
                soonest = TimeLeft(left_s, hit)
    return soonest


def loses(run: Run, wells: Sequence[str]) -> str:
    """Tell which wells would be lost, and how many replicates of their conditions are left."""
    lost = set(run.fates.alive_of(wells))
    if not lost:
        return "loses no well"
    told, gone = [], 0
    groups = _conditions(run)
    for members in groups:
        alive = run.fates.alive_of(members)
        hit = [well for well in alive if well in lost]
        if not hit:
            continue
        gone += len(hit) == len(alive)
        told.append(f"{' and '.join(hit)}, {_share(len(hit), len(alive))}")
    if len(told) <= MOST_TOLD:
        return f"loses {'; '.join(told)}"
    return f"loses {len(lost)} wells; {gone} of {len(groups)} conditions have no well left then"


def _share(hit: int, alive: int) -> str:
    if alive == 1:
        return "the only well of its condition"
    return f"all {alive} replicates" if hit == alive else f"{hit} of {alive} replicates"


def _conditions(run: Run) -> list[tuple[str, ...]]:
    """Wells by condition: those that are equal in all parameters and of one kind."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for well in run.plan.wells:
        groups.setdefault((well.kind, *sorted(well.values.items())), []).append(well.well)
    return [tuple(wells) for wells in groups.values()]


def costs_of(
    run: Run, act: Act, error: DeviceError, cases: Sequence[Case], choices: Sequence[Response]
) -> dict[Response, str]:
    """Return one sentence for each choice, about all the wells that it would be taken for."""
    wells = tuple(dict.fromkeys(well for case in cases for well in case.wells))
    told = {
        Response.RETRY: lambda: _retry(act, error, cases, wells),
        Response.NEXT_TIP: lambda: _next_tip(act, error, cases, wells),
        Response.NEXT_SOURCE: lambda: _next_source(cases),
        Response.SKIP_WELL: lambda: f"skip_well {loses(run, wells)}",
        Response.CONTINUE: lambda: _continue(act, error, cases, wells),
        Response.STOP: lambda: _stop(run),
    }
    return {choice: told[choice]() for choice in choices}


def _retry(  # noqa: PLR0911 - one per act
    act: Act, error: DeviceError, cases: Sequence[Case], wells: Sequence[str]
) -> str:
    if act is Act.LET_GAS:
        return "retry lets gas flow for the rest of the time"
    if act is Act.MOVE_PLUNGER:
        return "retry moves the plunger to the same place, so nothing is dosed twice"
    if error.moved is False or act is Act.TAKE_TIPS:
        return "retry does the same again; nothing has moved"
    if act in (Act.DISPENSE, Act.GIVE_SAMPLE):
        return f"retry pushes out what is still in the tip: at most {_amounts(cases)}"
    if act is Act.MIX:
        return f"retry mixes {_names(wells)} again; liquid may be in the tip already"
    if act is Act.MOVE_PLATE:
        return "retry carries the plate from where it should be: put it there first"
    return "retry asks for the same again"


def _next_tip(act: Act, error: DeviceError, cases: Sequence[Case], wells: Sequence[str]) -> str:
    if act is Act.GIVE_SAMPLE:
        return f"next_tip takes the sample of {_names(wells)} again; the first one is lost"
    if error.moved is False or act in (Act.TAKE_TIPS, Act.RESUSPEND):
        return "next_tip begins again with another tip"
    if act is Act.DRAW:
        return f"next_tip draws again; the first {_amounts(cases)} may be lost with the tip"
    if act is Act.TAKE_SAMPLE:
        return f"next_tip may take the sample of {_names(wells)} twice"
    stocks = " and ".join(dict.fromkeys(case.dose.stock for case in cases if case.dose))
    return f"next_tip may double {stocks or 'the liquid'} in {_names(wells)}"


def _next_source(cases: Sequence[Case]) -> str:
    places = dict.fromkeys(case.dose.source for case in cases if case.dose)
    return f"next_source draws the same lot from {' and '.join(places)}"


def _continue(act: Act, error: DeviceError, cases: Sequence[Case], wells: Sequence[str]) -> str:
    keeps = f"continue goes on with {_names(wells)}, flagged"
    if act in (Act.TAKE_SAMPLE, Act.GIVE_SAMPLE):
        return f"{keeps}; the sample is missing"
    if act is Act.DISPENSE and error.moved is not False:
        return f"{keeps}; any part of {_amounts(cases)} may be missing"
    if act in (Act.TAKE_TIPS, Act.DRAW, Act.DISPENSE, Act.RESUSPEND):
        return f"{keeps}; {_amounts(cases)} is missing"
    return keeps


def _stop(run: Run) -> str:
    waiting = {
        well
        for name in run.timing.unfinished()
        for well in run.fates.alive_of(run.concerned(run.order.operations[name]))
    }
    return f"stop ends the run for {len(waiting)} wells that aren't finished"


def _amounts(cases: Sequence[Case]) -> str:
    by_stock: dict[str, float] = {}
    for case in cases:
        if case.dose is not None:
            most_ul = max(by_stock.get(case.dose.stock, 0.0), case.dose.volume_ul)
            by_stock[case.dose.stock] = most_ul
    each = " each" if len(cases) > 1 else ""
    told = [f"{volume_ul:g} µL {stock}{each}" for stock, volume_ul in by_stock.items()]
    return " and ".join(told) or "the liquid"


def _names(wells: Sequence[str]) -> str:
    return ", ".join(wells) if len(wells) <= 2 * MOST_TOLD else f"{len(wells)} wells"
