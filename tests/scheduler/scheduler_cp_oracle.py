"""The least makespan of a small plan, by an exact solver that knows nothing of the scheduler.

Transfers on one arm, all lags, stocks that nobody re-makes. Stocks that a person re-makes: every
lot is made when the solver likes, so its optimum is at most that of any rhythm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ortools.sat.python import cp_model

from ncrobot.plan import Operation, Plan, StockUse
from ncrobot.scheduler import operation_duration_s

LOTS = 5
HORIZON_S = 5000


class Unsolved(Exception):  # noqa: N818 - no error: the solver gave up in its time
    """The solver found no answer in its time."""


def least_makespan(plan: Plan) -> int | None:
    """The least makespan in seconds, or None if there is no schedule within the horizon."""
    model = cp_model.CpModel()
    length = {op.id: math.ceil(operation_duration_s(op, plan.deck)) for op in plan.operations}
    start = {name: model.new_int_var(0, HORIZON_S, name) for name in length}
    arm = [
        model.new_fixed_size_interval_var(start[op.id], length[op.id], op.id)
        for op in plan.operations
    ]
    for lag in plan.lags:
        gap = start[lag.after] - start[lag.before]
        offset = length[lag.before] if lag.point == "end" else 0
        model.add(gap >= math.ceil(lag.min_s) + offset)
        if lag.max_s is not None:
            model.add(gap <= math.floor(lag.max_s) + offset)
    for use in plan.stocks:
        draws = [op for op in plan.operations if getattr(op, "stock", None) == use.stock]
        if use.life_s is None or not draws:
            continue
        if use.remake == "person":
            arm += _lots(model, use, draws, start, length)
        else:
            for op in draws:
                model.add(start[op.id] + length[op.id] <= math.floor(use.life_s))
    model.add_no_overlap(arm)
    return _solved(model, [start[name] + length[name] for name in length])


def _lots(
    model: cp_model.CpModel,
    use: StockUse,
    draws: Sequence[Operation],
    start: dict[str, cp_model.IntVar],
    length: dict[str, int],
) -> list[cp_model.IntervalVar]:
    """Lots that are made when the solver likes, and from which of them each draw comes."""
    takes, life = max(math.ceil(use.remake_takes_s), 1), math.floor(use.life_s or 0)
    made = [model.new_int_var(0, HORIZON_S, f"made-{k}") for k in range(LOTS)]
    there = [model.new_bool_var(f"there-{k}") for k in range(LOTS)]
    model.add(made[0] == 0)
    model.add(there[0] == 1)
    for k in range(1, LOTS):
        model.add(made[k] >= made[k - 1] + takes).only_enforce_if(there[k])
        model.add(made[k] == 0).only_enforce_if(there[k].negated())
        model.add_implication(there[k], there[k - 1])
    for op in draws:
        lots = [model.new_bool_var(f"{op.id}-from-{k}") for k in range(LOTS)]
        model.add_exactly_one(lots)
        for k, chosen in enumerate(lots):
            model.add_implication(chosen, there[k])
            model.add(start[op.id] >= made[k]).only_enforce_if(chosen)
            model.add(start[op.id] + length[op.id] <= made[k] + life).only_enforce_if(chosen)
    return [
        model.new_optional_interval_var(made[k] - takes, takes, made[k], there[k], f"making-{k}")
        for k in range(1, LOTS)
    ]


def _solved(model: cp_model.CpModel, ends: Sequence[cp_model.LinearExpr]) -> int | None:
    end = model.new_int_var(0, 2 * HORIZON_S, "end")
    for each in ends:
        model.add(end >= each)
    model.minimize(end)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = 0.3
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.INFEASIBLE):
        raise Unsolved
    return round(solver.objective_value) if status == cp_model.OPTIMAL else None
