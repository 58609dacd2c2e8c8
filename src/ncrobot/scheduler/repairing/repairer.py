"""The repairer of one plan: three ways, the cheapest first, and the best of them is kept.

Re-insertion and the window look for times on the grid of schedules, on which every operation is
rounded up. In a dense phase that adds up to minutes that the run doesn't need, so all ways are
compared by what the engine will make of them: their order, on a grid of milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
# Ticks of a second on the grid on which ways are compared.
FINE = 1000


@dataclass(frozen=True, slots=True)
class _Way:
    """Starts of what is left, on the fine grid, and the upper bounds that they break."""

    method: str
    starts: Mapping[str, int]
    damage: Damage

    @property
    def key(self) -> tuple[float, int]:
        """The way that costs least; of two that cost the same, the one that ends first."""
        return (round(self.damage.cost, 6), max(self.starts.values(), default=0))


def make_repairer(plan: Plan, *, seed: int = 0) -> Repairer:
    """What repairs schedules of this plan; the same progress and seed give the same repair."""
    networks = build_network(plan), build_network(plan, per_s=FINE)

    def repair(schedule: Schedule, progress: Progress) -> Repaired | None:
        return _repair(plan, networks, schedule, progress, seed)

    return repair


def _repair(
    plan: Plan,
    networks: tuple[Network, Network],
    schedule: Schedule,
    progress: Progress,
    seed: int,
) -> Repaired | None:
    coarse, fine = networks
    rest = rest_of(plan, fine, schedule, progress)
    kept = _way(rest, ORDER_KEPT, shift(rest))
    if kept.damage.lags == 0:
        return None
    best = kept
    for method, starts in _other_ways(rest_of(plan, coarse, schedule, progress), coarse, seed):
        best = min([best, *_as_carried_out(rest, method, starts)], key=lambda way: way.key)
        if best.damage.lags == 0:
            break
    if best.method == ORDER_KEPT:
        return None
    return Repaired(
        schedule=rebuild(plan, fine, schedule, progress, rest, best.starts),
        method=best.method,
        before=kept.damage,
        after=best.damage,
        moved=sum(1 for name, at in best.starts.items() if at != rest.pieces[name].planned),
    )


def _other_ways(rest: Rest, network: Network, seed: int) -> Iterator[tuple[str, dict[str, int]]]:
    """Re-insertion, then the window; their starts in ticks of the fine grid."""
    scale = FINE // network.grid.per_s
    shifted = shift(rest)
    reinserted = reinsert(rest, shifted, seed)
    if reinserted is not None:
        yield "re-insertion", {name: at * scale for name, at in reinserted.items()}
    moved = solve_window(rest, shifted, network.grid.per_s)
    if moved is not None:
        yield "CP-SAT window", {name: at * scale for name, at in moved.items()}


def _as_carried_out(rest: Rest, method: str, starts: Mapping[str, int]) -> Iterator[_Way]:
    """An order at the starts that were found, and as early as it may be without them."""
    yield _way(rest, method, shift(rest, starts, starts))
    soonest = {name: min(at, rest.pieces[name].planned) for name, at in starts.items()}
    yield _way(rest, method, shift(rest, starts, soonest))


def _way(rest: Rest, method: str, starts: Mapping[str, int]) -> _Way:
    return _Way(method, starts, damage(rest, starts, FINE))
