"""The repairer of one plan: three ways, the cheapest first, and the best of them is kept."""

from __future__ import annotations

from ncrobot.plan import Plan
from ncrobot.repairs import Damage, Progress, Repaired, Repairer
from ncrobot.schedule import Schedule
from ncrobot.scheduler.network import Network, build_network
from ncrobot.scheduler.repairing.rebuilding import rebuild
from ncrobot.scheduler.repairing.reinserting import reinsert
from ncrobot.scheduler.repairing.rest import Rest, rest_of
from ncrobot.scheduler.repairing.shifting import damage, shift
from ncrobot.scheduler.repairing.windowing import solve_window

ORDER_KEPT = "order kept"


def make_repairer(plan: Plan, *, seed: int = 0) -> Repairer:
    """What repairs schedules of this plan; the same progress and seed give the same repair."""
    network = build_network(plan)

    def repair(schedule: Schedule, progress: Progress) -> Repaired | None:
        return _repair(plan, network, schedule, progress, seed)

    return repair


def _repair(
    plan: Plan, network: Network, schedule: Schedule, progress: Progress, seed: int
) -> Repaired | None:
    per_s = network.grid.per_s
    rest = rest_of(plan, network, schedule, progress)
    shifted = shift(rest)
    before = damage(rest, shifted, per_s)
    if before.lags == 0:
        return None
    method, starts, after = _best(rest, shifted, before, per_s, seed)
    if method == ORDER_KEPT:
        return None
    return Repaired(
        schedule=rebuild(plan, network, schedule, progress, rest, starts),
        method=method,
        before=before,
        after=after,
        moved=sum(1 for name, at in starts.items() if at != rest.pieces[name].planned),
    )


def _best(
    rest: Rest, shifted: dict[str, int], before: Damage, per_s: int, seed: int
) -> tuple[str, dict[str, int], Damage]:
    """The way that costs least; of two that cost the same, the one that ends first."""
    best = (ORDER_KEPT, shifted, before)
    reinserted = reinsert(rest, shifted, seed)
    if reinserted is not None:
        best = min(best, ("re-insertion", reinserted, damage(rest, reinserted, per_s)), key=_key)
    if best[2].lags:
        moved = solve_window(rest, shifted, per_s)
        if moved is not None:
            best = min(best, ("CP-SAT window", moved, damage(rest, moved, per_s)), key=_key)
    return best


def _key(way: tuple[str, dict[str, int], Damage]) -> tuple[float, int]:
    _, starts, done = way
    return (round(done.cost, 6), max(starts.values(), default=0))
