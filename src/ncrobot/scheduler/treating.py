"""Equal treatment: what follows the last portion of every well, and lags that make it equal."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ncrobot.errors import Diagnostic, ScheduleError
from ncrobot.plan import Lag, Operation, Plan, Transfer
from ncrobot.plan.durations import dispense_offsets_s
from ncrobot.schedule import DelayFigure
from ncrobot.scheduler.gaps import arrows, least_gaps
from ncrobot.scheduler.network import FOREVER, Edge, Network
from ncrobot.units import Dimension, format_quantity

# Lengths of the common delay that are tried between the shortest and the longest possible.
TRIES = 3
# What isn't bounded is not stretched by more than this for a better fit (assumed).
LONGEST_STRETCH_S = 600


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The last portion of a group, and an operation that follows it in the same group."""

    group: str
    last: str
    after: str
    low: int
    high: int
    wish: int | None


Key = tuple[str, int]
"""A step that follows, and the number of its operation."""


def follow_ups(network: Network) -> dict[Key, list[FollowUp]]:
    """What follows the last portion: every sample, and the next dose, by step and number.

    What is done for the whole plate at once, and what comes after that, isn't a group's own.
    """
    found: dict[Key, list[FollowUp]] = {}
    least = arrows(network.nodes, network.edges)
    for group, last in last_portions(network).items():
        own = _following(network, group, last)
        counts: dict[str, int] = {}
        dosed = False
        gaps = least_gaps(last, least)
        for name in own:
            operation = network.nodes[name].operation
            if not isinstance(operation, Transfer) or operation.purpose == "dilution":
                continue
            if operation.purpose == "dose":
                if dosed:
                    continue
                dosed = True
            number = counts[operation.step] = counts.get(operation.step, 0) + 1
            high = -least_gaps(name, least).get(last, -FOREVER)
            wish = next((e.wish for e in network.incoming[name] if e.before == last), None)
            follow = FollowUp(group, last, name, gaps.get(name, 0), high, wish)
            found.setdefault((operation.step, number), []).append(follow)
    return found


def last_portions(network: Network) -> dict[str, str]:
    """The operation that brings the last portion, by group; of the last step that has portions."""
    last: dict[str, str] = {}
    for name, node in sorted(network.nodes.items(), key=lambda item: item[1].order):
        operation = node.operation
        if _is_portion(operation) and operation.group is not None:
            last[operation.group] = name
    return last


def _following(network: Network, group: str, last: str) -> list[str]:
    """Operations of the group that come after one, not by way of what belongs to no group."""
    seen = {last}
    open_ = deque([last])
    while open_:
        for edge in network.outgoing[open_.popleft()]:
            if edge.after not in seen and network.nodes[edge.after].operation.group == group:
                seen.add(edge.after)
                open_.append(edge.after)
    after_all = _after_all(network, last)
    own = seen - {last} - after_all
    return sorted(own, key=lambda name: network.nodes[name].order)


def _after_all(network: Network, last: str) -> set[str]:
    """What comes after a plate-wide operation that itself comes after ``last``."""
    reached: set[tuple[str, bool]] = {(last, False)}
    open_ = deque(reached)
    while open_:
        name, wide = open_.popleft()
        for edge in network.outgoing[name]:
            step = (edge.after, wide or network.nodes[edge.after].operation.group is None)
            if step not in reached:
                reached.add(step)
                open_.append(step)
    return {name for name, wide in reached if wide}


def equal_networks(plan: Plan, network: Network) -> list[Network]:
    """The network with one delay for all groups, several lengths of it, the shortest first.

    Raises:
        ScheduleError: nothing of a group's own follows its last portion, or no delay suits all.
    """
    found = follow_ups(network)
    if not found:
        raise ScheduleError(_nothing_follows(plan))
    lengths: dict[Key, list[int]] = {}
    for key, follows in found.items():
        low, high = max(f.low for f in follows), min(f.high for f in follows)
        if high < low:
            raise ScheduleError(_none_suits(plan, network, key, follows))
        lengths[key] = _lengths(network, follows, low, high)
    variants = [{key: at[min(k, len(at) - 1)] for key, at in lengths.items()} for k in range(TRIES)]
    unique = list({tuple(variant.values()): variant for variant in variants}.values())
    return [_tied(network, found, variant) for variant in unique]


def _lengths(network: Network, follows: Sequence[FollowUp], low: int, high: int) -> list[int]:
    wishes = {follow.wish for follow in follows}
    wish = wishes.pop() if len(wishes) == 1 else None
    if wish is not None and low <= wish <= high:
        return [wish]
    room = min(high - low, network.grid.up(LONGEST_STRETCH_S))
    return list(dict.fromkeys(low + room * k // (TRIES - 1) for k in range(TRIES)))


def _tied(
    network: Network, found: Mapping[Key, Sequence[FollowUp]], lengths: Mapping[Key, int]
) -> Network:
    edges = list(network.edges)
    for key, follows in found.items():
        for follow in follows:
            delay_s = network.grid.seconds(lengths[key])
            lag = Lag(
                before=follow.last,
                point="start",
                after=follow.after,
                min_s=delay_s,
                max_s=delay_s,
                target_s=delay_s,
                kind="timing",
                step=key[0],
            )
            length = lengths[key]
            edges.append(Edge(follow.last, follow.after, length, length, length, lag))
    incoming: dict[str, list[Edge]] = {name: [] for name in network.nodes}
    outgoing: dict[str, list[Edge]] = {name: [] for name in network.nodes}
    for edge in edges:
        incoming[edge.after].append(edge)
        outgoing[edge.before].append(edge)
    return replace(network, edges=edges, incoming=incoming, outgoing=outgoing)


def delay_figures(
    plan: Plan, network: Network, starts: Mapping[str, int]
) -> tuple[DelayFigure, ...]:
    """The delay of every well to everything that follows its last portion."""
    found = []
    own = _last_of_wells(plan, network)
    for (step, _), follows in follow_ups(network).items():
        for follow in follows:
            for well, at_s in _served_s(plan, network, follow.after).items():
                if well not in own:
                    continue
                last, begun_s = own[well]
                between_s = network.grid.seconds(starts[follow.after] - starts[last])
                found.append(
                    DelayFigure(
                        well=well,
                        step=step,
                        after=follow.after,
                        delay_s=round(between_s + at_s - begun_s, 6),
                        between_starts_s=between_s,
                    )
                )
    return tuple(found)


def _last_of_wells(plan: Plan, network: Network) -> dict[str, tuple[str, float]]:
    """The operation of each well's last portion, and when in it the well is served.

    The portion of a column may come in two transfers, with tips of two sizes.
    """
    own: dict[str, tuple[str, float]] = {}
    for name, node in sorted(network.nodes.items(), key=lambda item: item[1].order):
        if _is_portion(node.operation):
            for well, at_s in _served_s(plan, network, name).items():
                own[well] = (name, at_s)
    return own


def _is_portion(operation: Operation) -> bool:
    return (
        isinstance(operation, Transfer)
        and operation.purpose == "dose"
        and operation.portion is not None
    )


def _served_s(plan: Plan, network: Network, name: str) -> dict[str, float]:
    """When each well of a transfer has had its part, in seconds from the transfer's start."""
    operation = network.nodes[name].operation
    if not isinstance(operation, Transfer):
        return {}
    offsets_s = dispense_offsets_s(operation, plan.deck)
    found: dict[str, float] = {}
    for leg in operation.legs:
        place = leg.source if operation.purpose == "sample" else leg.destination
        well = place.partition("/")[2]
        if place.startswith(f"{plan.vessel_labware}/") and well in operation.wells:
            found[well] = max(found.get(well, 0.0), offsets_s[leg.destination])
    return found


def _nothing_follows(plan: Plan) -> Diagnostic:
    return Diagnostic(
        code="no-equal-delay",
        message="no delay can be made equal: nothing follows the last portion of a well that is "
        "done for this well alone; what is done for the whole plate comes at once for all wells",
        file=plan.texts.protocol_file,
        fix="add a quench or a sample of each well after the portions, or ask for 'spread'",
    )


def _none_suits(plan: Plan, network: Network, key: Key, follows: Sequence[FollowUp]) -> Diagnostic:
    latest = min(follows, key=lambda follow: follow.high)
    earliest = max(follows, key=lambda follow: follow.low)

    def told(ticks: int) -> str:
        return format_quantity(network.grid.seconds(ticks), Dimension.DURATION)

    return Diagnostic(
        code="no-equal-delay",
        message=f"no delay from the last portion to {key[0]!r} suits all wells: {earliest.group} "
        f"needs at least {told(earliest.low)}, {latest.group} allows at most {told(latest.high)}",
        file=plan.texts.protocol_file,
        line=network.nodes[latest.after].operation.line,
        well=f"{earliest.group}, {latest.group}",
        fix="give all wells the same lag here, or ask for 'spread'",
    )
