"""Assembling: starts become the schedule, with slack, lots, refills, shaker pauses and a bound."""

from __future__ import annotations

from collections.abc import Mapping

from ncrobot.plan import Operation, Plan
from ncrobot.schedule import Entry, LagFigure, Schedule, ScheduleOptions, Treated
from ncrobot.scheduler.bounds import heads_of, lower_bound
from ncrobot.scheduler.combs import find_combs
from ncrobot.scheduler.found import Found
from ncrobot.scheduler.instruments import instrument_times
from ncrobot.scheduler.lots import make_lots
from ncrobot.scheduler.network import FOREVER, Edge, Network, resources_of
from ncrobot.scheduler.presence import visits_of
from ncrobot.scheduler.shaking import shake_operations
from ncrobot.scheduler.slack import Slack
from ncrobot.scheduler.summary import Told, summarise
from ncrobot.scheduler.visiting import tasks_s

CHAIN = "the longest chain of waiting times"


def assemble(
    plan: Plan,
    found: Found,
    options: ScheduleOptions,
    seed: int,
    cost_s: float,
    treated: Treated | None,
) -> Schedule:
    """The finished schedule document; ``cost_s`` is what the options cost."""
    network, starts, rhythms = found.network, found.starts, found.rhythms
    grid, arm = network.grid, plan.deck.arm.name
    refills, lots = make_lots(plan, network, rhythms, starts)
    last = max((starts[n] + node.duration for n, node in network.nodes.items()), default=0)
    end = max([last, *(refilling.start + refilling.duration for refilling in refills)])
    slack = Slack(network, starts, refills, ("person", arm))
    placed: list[tuple[Operation, int, int, float]] = [
        (node.operation, starts[name], node.duration, slack.of(name))
        for name, node in network.nodes.items()
    ]
    auxiliary: list[tuple[Operation, int, int, float]] = [
        (each.refill, each.start, each.duration, slack.of(each.refill.id)) for each in refills
    ]
    auxiliary += [
        (each.shake, each.start, each.duration, 0.0)
        for each in shake_operations(plan, network, starts, end)
    ]
    entries = [
        Entry(
            operation=operation.id,
            start_s=grid.seconds(start),
            duration_s=grid.seconds(duration),
            device=operation.device,
            resources=resources_of(operation, arm),
            slack_s=room,
        )
        for operation, start, duration, room in (*placed, *auxiliary)
    ]
    makespan = max((entry.end_s for entry in entries), default=0.0)
    bound = lower_bound(plan, network, heads_of(network))
    least_s = grid.seconds(bound.ticks)
    combs = tuple(find_combs(network, rhythms))
    begins_s = {name: grid.seconds(at) for name, at in starts.items()}
    instruments = instrument_times(plan, begins_s, makespan)
    told = Told(
        plan, network, starts, refills, makespan, bound, combs, options, cost_s, treated,
        instruments,
    )  # fmt: skip
    return Schedule(
        plan_sha256=plan.sha256,
        entries=tuple(sorted(entries, key=lambda e: (e.start_s, e.duration_s > 0, e.operation))),
        auxiliary=tuple(operation for operation, *_ in auxiliary),
        lots=tuple(lots),
        makespan_s=makespan,
        lower_bound_s=least_s,
        gap=makespan / least_s - 1 if least_s > 0 else 0.0,
        proven=makespan <= least_s,
        bound_by=bound.resource or CHAIN,
        cost_s=cost_s,
        options=options,
        treated=treated,
        instruments=instruments,
        visits_s=tuple(begin_s for begin_s, _ in visits_of(tasks_s(plan, found))),
        lags=lag_figures(plan, network, starts),
        method=found.method,
        seed=seed,
        summary=summarise(told),
    )


def lag_figures(plan: Plan, network: Network, starts: Mapping[str, int]) -> tuple[LagFigure, ...]:
    """Value and slack of every lag of the plan that has an upper bound or a wish."""
    return tuple(
        _figure(network, edge, starts)
        for edge in network.edges[: len(plan.lags)]
        if edge.high < FOREVER or edge.wish is not None
    )


def _figure(network: Network, edge: Edge, starts: Mapping[str, int]) -> LagFigure:
    lag = edge.lag
    offset = network.nodes[edge.before].duration if lag.point == "end" else 0
    value = network.grid.seconds(starts[edge.after] - starts[edge.before] - offset)
    bounds = [value - lag.min_s] + ([lag.max_s - value] if lag.max_s is not None else [])
    return LagFigure(
        before=lag.before,
        after=lag.after,
        value_s=value,
        min_s=lag.min_s,
        max_s=lag.max_s,
        target_s=lag.target_s,
        slack_s=min(bounds),
    )
