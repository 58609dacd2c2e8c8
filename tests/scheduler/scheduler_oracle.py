"""Is there any schedule at all? Answered by trying all orders of the arm's work, on tiny plans."""

from __future__ import annotations

import math

from ncrobot.plan import Plan
from ncrobot.scheduler import operation_duration_s

ORIGIN = "the start of the run"
Arc = tuple[str, str, int]


def possible(plan: Plan) -> bool:
    """Whether the transfers of a plan can be put in an order that all lags and lives allow."""
    length = {op.id: math.ceil(operation_duration_s(op, plan.deck)) for op in plan.operations}
    arcs: list[Arc] = [(ORIGIN, name, 0) for name in length]
    for lag in plan.lags:
        offset = length[lag.before] if lag.point == "end" else 0
        arcs.append((lag.before, lag.after, math.ceil(lag.min_s) + offset))
        if lag.max_s is not None:
            arcs.append((lag.after, lag.before, -math.floor(lag.max_s) - offset))
    life = {use.stock: use.life_s for use in plan.stocks if use.life_s is not None}
    arcs += [
        (op.id, ORIGIN, length[op.id] - math.floor(life[op.stock]))
        for op in plan.operations
        if getattr(op, "stock", None) in life
    ]
    return _extends([], set(length), length, arcs)


def _extends(order: list[str], left: set[str], length: dict[str, int], arcs: list[Arc]) -> bool:
    if not _consistent([ORIGIN, *length], arcs):
        return False
    if not left:
        return True
    for name in sorted(left):
        more = [(order[-1], name, length[order[-1]])] if order else []
        more += [(name, other, length[name]) for other in left if other != name]
        if _extends([*order, name], left - {name}, length, arcs + more):
            return True
    return False


def _consistent(names: list[str], arcs: list[Arc]) -> bool:
    value = dict.fromkeys(names, 0)
    for _ in names:
        changed = False
        for a, b, gap in arcs:
            if value[a] + gap > value[b]:
                value[b] = value[a] + gap
                changed = True
        if not changed:
            return True
    return False
