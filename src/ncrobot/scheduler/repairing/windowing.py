"""The third way: CP-SAT over the next hour, with the least lateness where none can be had."""

from __future__ import annotations

from collections.abc import Mapping

from ortools.sat.python import cp_model

from ncrobot.repairs import TOLERANCES_A_LAG
from ncrobot.scheduler.network import FOREVER
from ncrobot.scheduler.repairing.rest import Link, Rest
from ncrobot.timetable.exact import exact_solver

# How far ahead operations may move, in seconds, and how many of them at most.
AHEAD_S, MOST = 3600, 120
# CP-SAT's deterministic seconds, and those of the clock: the robot waits.
EFFORT, LIMIT_S = 0.1, 0.3
# Lateness counts in hundredths of a lag's tolerance.
HUNDRED = 100


def solve_window(rest: Rest, shifted: Mapping[str, int], per_s: int) -> dict[str, int] | None:
    """Starts in which only the next hour moves, and the worst lateness is as small as can be."""
    until = rest.now + AHEAD_S * per_s
    free = [
        name for name in sorted(shifted, key=lambda n: (shifted[n], n)) if shifted[name] < until
    ][:MOST]
    if not free:
        return None
    latest = max(shifted[name] for name in free) + AHEAD_S * per_s
    model = cp_model.CpModel()
    starts: dict[str, cp_model.IntVar | int] = dict(shifted)
    limits = rest.limits()
    for name in free:
        first, _ = limits[name]
        starts[name] = model.new_int_var(min(first, shifted[name]), latest, name)
        model.add_hint(starts[name], shifted[name])
    _lags(model, rest, starts, set(free))
    longest = max(rest.pieces[name].longest for name in free)
    _resources(model, rest, starts, latest + longest)
    solver = exact_solver(EFFORT, limit_s=LIMIT_S)
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return {name: at if isinstance(at, int) else solver.value(at) for name, at in starts.items()}


def _lags(
    model: cp_model.CpModel,
    rest: Rest,
    starts: Mapping[str, cp_model.IntVar | int],
    free: set[str],
) -> None:
    worst = model.new_int_var(0, 10**9, "worst")
    late: list[cp_model.IntVar] = []
    for link in rest.links:
        if link.after not in starts or free.isdisjoint((link.before, link.after)):
            continue
        before = starts.get(link.before, rest.fixed.get(link.before))
        if before is None:
            continue
        gap = starts[link.after] - before
        model.add(gap >= link.low)
        if link.high < FOREVER:
            late.append(_lateness(model, gap, link, worst))
    model.minimize(worst + TOLERANCES_A_LAG * HUNDRED * sum(late))


def _lateness(
    model: cp_model.CpModel, gap: cp_model.LinearExpr | int, link: Link, worst: cp_model.IntVar
) -> cp_model.IntVar:
    """Whether a lag is late; its lateness in tolerances is at most ``worst``."""
    name = f"{link.before} {link.after}"
    by = model.new_int_var(0, 10**8, f"by {name}")
    is_late = model.new_bool_var(f"late {name}")
    model.add(by >= gap - link.high)
    model.add(by == 0).only_enforce_if(is_late.negated())
    model.add(worst * link.tolerance >= by * HUNDRED)
    return is_late


def _resources(
    model: cp_model.CpModel,
    rest: Rest,
    starts: Mapping[str, cp_model.IntVar | int],
    latest: int,
) -> None:
    """No two at once; what is fixed later than ``latest`` is in nobody's way."""
    intervals: dict[str, list[cp_model.IntervalVar]] = {}
    for name, at in starts.items():
        piece = rest.pieces[name]
        if piece.duration == 0 or (isinstance(at, int) and at > latest):
            continue
        for claim in piece.claims:
            intervals.setdefault(claim.resource, []).append(
                model.new_fixed_size_interval_var(
                    at, piece.duration + claim.tail, f"{name} {claim.resource}"
                )
            )
    for resource, of in intervals.items():
        busy = rest.busy.get(resource, 0)
        if busy > rest.now:
            of.append(model.new_fixed_size_interval_var(rest.now, busy - rest.now, "busy"))
        model.add_no_overlap(of)
