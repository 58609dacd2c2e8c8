"""Randomising: an order of the wells that follows no parameter of the design."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from ncrobot.plan import Plan, Transfer
from ncrobot.scheduler.network import Network

# Orders that are drawn; the one in which no parameter is followed most is taken.
DRAWS = 300


def random_orders(plan: Plan, network: Network, seed: int, count: int) -> list[tuple[str, ...]]:
    """Orders of the groups drawn at random, those first that follow the design least."""
    members = _wells_of_groups(network)
    draw = random.Random(seed)  # noqa: S311 - reproducible, no secret
    found: dict[tuple[str, ...], float] = {}
    for _ in range(DRAWS):
        groups = list(members)
        draw.shuffle(groups)
        place = {well: float(n) for n, group in enumerate(groups) for well in members[group]}
        found.setdefault(tuple(groups), worst(rank_correlations(plan, place)))
    return sorted(found, key=lambda order: found[order])[:count]


def _wells_of_groups(network: Network) -> dict[str, tuple[str, ...]]:
    members: dict[str, dict[str, None]] = {}
    for node in network.nodes.values():
        if node.operation.group is not None:
            members.setdefault(node.operation.group, {}).update(dict.fromkeys(node.operation.wells))
    return {group: tuple(wells) for group, wells in members.items()}


def order_of_wells(network: Network, starts: Mapping[str, int]) -> dict[str, float]:
    """When each well's turn comes: the start of its first portion, or of its first operation."""
    first: dict[str, float] = {}
    portion: dict[str, float] = {}
    for name, node in network.nodes.items():
        operation = node.operation
        is_portion = (
            isinstance(operation, Transfer)
            and operation.purpose == "dose"
            and operation.portion is not None
        )
        for well in operation.wells if operation.group is not None else ():
            first[well] = min(first.get(well, starts[name]), starts[name])
            if is_portion:
                portion[well] = min(portion.get(well, starts[name]), starts[name])
    return {**first, **portion}


def rank_correlations(plan: Plan, order: Mapping[str, float]) -> dict[str, float]:
    """Spearman's rank correlation of an order of wells with every parameter that varies.

    Source: Pearson's correlation of mid-ranks (Spearman 1904).
    """
    wells = [well for well in plan.wells if well.well in order]
    names = dict.fromkeys(name for well in wells for name in well.values)
    places = _ranks([order[well.well] for well in wells])
    found = {}
    for name in names:
        values = _ranks([well.values.get(name, 0.0) for well in wells])
        rho = _pearson(places, values)
        if rho is not None:
            found[name] = round(rho, 6)
    return found


def worst(correlations: Mapping[str, float]) -> float:
    """The largest, without its sign."""
    return max((abs(rho) for rho in correlations.values()), default=0.0)


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 0; equal values share the middle of theirs."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    ranks = [0.0] * len(values)
    at = 0
    while at < len(order):
        last = at
        while last + 1 < len(order) and values[order[last + 1]] == values[order[at]]:
            last += 1
        for i in order[at : last + 1]:
            ranks[i] = (at + last) / 2
        at = last + 1
    return ranks


def _pearson(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Correlation, or None if one of them doesn't vary."""
    mean_x, mean_y = sum(x) / max(len(x), 1), sum(y) / max(len(y), 1)
    over_x = sum((a - mean_x) ** 2 for a in x)
    over_y = sum((b - mean_y) ** 2 for b in y)
    if over_x == 0 or over_y == 0:
        return None
    both = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return float(both / (over_x * over_y) ** 0.5)
