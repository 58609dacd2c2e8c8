"""Keeping: the stocks that nobody re-makes and whose life limits a plan."""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.plan import Plan
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler.easing import Eased
from ncrobot.scheduler.network import FOREVER
from ncrobot.scheduler.overload import deadlines
from ncrobot.scheduler.rhythm import draws_of

# What re-making a stock takes where the protocol doesn't say (assumed: weighing and dissolving
# beside the deck; only looked at for a stock that nobody re-makes so far).
REMAKE_TAKES_S = 600.0


def remake_takes_s(plan: Plan, stock: str) -> float:
    """What re-making a stock takes: as the plan tells, else an assumed time."""
    use = next(use for use in plan.stocks if use.stock == stock)
    return use.remake_takes_s or REMAKE_TAKES_S


def life_s(plan: Plan, stock: str) -> float:
    """How long a stock keeps; 0 if it does for ever."""
    return next(use.life_s or 0.0 for use in plan.stocks if use.stock == stock)


def binding_stocks(
    eased: Eased, options: ScheduleOptions, operations: Sequence[str] | None = None
) -> list[str]:
    """Stocks that nobody re-makes and whose life limits these operations (None: what is drawn)."""
    asked = options.finish_within_s
    finish = FOREVER if asked is None else eased.network.grid.down(asked)
    last = deadlines(eased.plan, eased.network, finish)
    found = []
    draws = draws_of(eased.plan)
    for use in eased.plan.stocks:
        if use.life_s is None or use.remake == "person" or use.stock not in draws:
            continue
        names = [op.id for op in draws[use.stock]] if operations is None else operations
        free = eased.with_stock(use.stock, life_s=None)
        without = deadlines(free.plan, free.network, finish)
        if any(without[name] > last[name] for name in names):
            found.append(use.stock)
    return found
