"""Improving: what insertion placed is negotiated anew, nearer to what no schedule can beat.

The plan becomes a bare problem: operations with their claims, lags as windows, the refills that
insertion asked for as times at which arm and person aren't there, the lives of stocks as first and
last starts. Lots stay what they are, so what was valid before is valid after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import numpy as np

from ncrobot.plan import Plan
from ncrobot.scheduler.calendar import Claim
from ncrobot.scheduler.limits import Limits
from ncrobot.scheduler.network import FOREVER, Network
from ncrobot.scheduler.rhythm import Rhythm
from ncrobot.scheduler.supplies import Supplies, refill_claims
from ncrobot.timetable import (
    Block,
    InfeasibleError,
    NoTimetableError,
    Problem,
    Task,
    Window,
    improve,
    solve,
)
from ncrobot.timetable.renegotiating import renegotiate
from ncrobot.timetable.shortening import placements

# A share of what a benchmark spends: about two seconds for a full plate on one channel.
EFFORT = 0.25
# How much later all may end, so that what isn't drawn from an ageing stock can make room.
LATER = 1.25


def shorter_starts(
    plan: Plan,
    network: Network,
    supplies: Supplies,
    limits: Limits,
    starts: Mapping[str, int],
    search: tuple[int, float],
) -> dict[str, int] | None:
    """Starts that end sooner than the given ones and keep all that those keep, or None.

    ``search`` is its seed and its effort. A person's hours of absence aren't known to the
    negotiation, so nothing is tried with them.
    """
    if limits.away or not starts:
        return None
    end = max(at + network.nodes[name].duration for name, at in starts.items())
    problem = _problem(plan, network, supplies, limits, starts)
    seed, effort = search
    found = improve(problem, starts, seed=seed, effort=EFFORT * effort)
    return dict(found.starts) if found.makespan < end else None


def starts_in_time(
    plan: Plan,
    network: Network,
    supplies: Supplies,
    limits: Limits,
    starts: Mapping[str, int],
    search: tuple[int, float],
) -> dict[str, int] | None:
    """Starts that keep lives and limits, from others that keep all but those; None: none found.

    ``search`` is its seed and its effort. With hours of absence nothing is tried.
    """
    if limits.away or not starts:
        return None
    end = max(at + network.nodes[name].duration for name, at in starts.items())
    problem = _problem(plan, network, supplies, limits, starts)
    seed, effort = search
    effort *= EFFORT
    jobs = len({task.job or task.name for task in problem.tasks})
    latest = int(LATER * end)
    allowed = placements(jobs, latest, effort)
    for exact in (True, False):
        with suppress(InfeasibleError):
            rng = np.random.default_rng(seed)
            found = renegotiate(problem, starts, latest, exact=exact, placements=allowed, rng=rng)
            if found is not None:
                return dict(improve(problem, found, seed=seed, effort=effort).starts)
    with suppress(InfeasibleError, NoTimetableError):
        return dict(solve(problem, seed=seed, effort=effort).starts)
    return None


def _problem(
    plan: Plan, network: Network, supplies: Supplies, limits: Limits, starts: Mapping[str, int]
) -> Problem:
    claims = refill_claims(plan.deck.arm.name)
    counts = supplies.counts_needed()
    drawn_without = {rhythm.use.stock: f"stock {rhythm.use.stock}" for rhythm in supplies.rhythms}
    jobs = _jobs(network)
    tasks = []
    for name, node in network.nodes.items():
        first, last = supplies.kept_in_lot(name, starts)
        first = max(first, limits.first.get(name, first))
        last = min(last, limits.last.get(name, last))
        used = list(node.claims)
        stock = getattr(node.operation, "stock", None)
        if supplies.is_remade(name) and stock in drawn_without:
            used.append(Claim(drawn_without[stock]))
        tasks.append(
            Task(
                name,
                node.duration,
                tuple(claim.resource for claim in used),
                jobs[name],
                max(first, 0),
                last if last < FOREVER // 2 else None,
                tuple(claim.tail for claim in used),
            )
        )
    return Problem(
        plan.protocol,
        tuple(tasks),
        tuple(_windows(network, starts)),
        tuple(_refills(supplies.rhythms, counts, claims)),
        1 / network.grid.per_s,
    )


def _windows(network: Network, starts: Mapping[str, int]) -> list[Window]:
    """All lags; what has a target isn't cut shorter than that or than it was, to end sooner."""
    return [
        Window(
            edge.before,
            edge.after,
            edge.low
            if edge.wish is None or edge.lag.kind == "portion"
            else max(edge.low, min(edge.wish, starts[edge.after] - starts[edge.before])),
            edge.high if edge.high < FOREVER // 2 else None,
            edge.wish,
            edge.lag.kind,
        )
        for edge in network.edges
    ]


def _refills(
    rhythms: Sequence[Rhythm], counts: Mapping[str, int], claims: Sequence[Claim]
) -> list[Block]:
    """Arm, person and stock aren't there during every refill up to the last that is needed."""
    blocks = []
    for rhythm in rhythms:
        for number in range(counts[rhythm.use.stock]):
            begin, old = rhythm.begin(number), rhythm.until(number - 1)
            stock = f"stock {rhythm.use.stock}"
            blocks += [Block(claim.resource, begin, rhythm.takes) for claim in claims]
            blocks.append(Block(stock, old, begin + rhythm.takes - old))
    return blocks


def _jobs(network: Network) -> dict[str, str | None]:
    """The group of every operation; what only one group waits for belongs to it."""
    found: dict[str, str | None] = {}
    for name, node in network.nodes.items():
        group = node.operation.group
        if group is None:
            near = {
                network.nodes[other].operation.group
                for edge in (*network.incoming[name], *network.outgoing[name])
                for other in (edge.before, edge.after)
                if other != name
            }
            group = near.pop() if len(near) == 1 else None
        found[name] = group
    return found
