"""The schedule in plain words: how long, what binds, when a person is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ncrobot.plan import AskPerson, Plan, Refill
from ncrobot.scheduler.network import Network
from ncrobot.units import Dimension, format_quantity


def clock_text(seconds: float) -> str:
    """Seconds from the start as T+h:mm."""
    minutes = round(seconds / 60)
    return f"T+{minutes // 60}:{minutes % 60:02d}"


def summarise(
    plan: Plan,
    network: Network,
    starts: Mapping[str, int],
    refills: Sequence[tuple[Refill, int]],
    makespan_s: float,
    bound_s: float,
) -> str:
    """A few sentences for the chemist."""
    arm = plan.deck.arm.name
    busy = sum(node.duration for node in network.nodes.values() if arm in node.resources)
    share = busy / makespan_s if makespan_s else 0.0
    binds = "the longest chain of waiting times" if bound_s > busy else "the arm"
    length = (
        f"{len(plan.wells)} wells, {len(network.nodes)} operations take "
        f"{format_quantity(makespan_s, Dimension.DURATION, digits=3)} "
        f"(no schedule is shorter than {format_quantity(bound_s, Dimension.DURATION, digits=3)}, "
        f"set by {binds})."
    )
    lines = [length, f"The arm works {share:.0%} of the time."]
    people = [
        (starts[name], f"{clock_text(starts[name])} {node.operation.task}")
        for name, node in network.nodes.items()
        if isinstance(node.operation, AskPerson)
    ]
    people += [(at, f"{clock_text(at)} new lot of {refill.stock}") for refill, at in refills]
    if people:
        told = "; ".join(text for _, text in sorted(people))
        lines.append(f"A person is needed at {told.rstrip(chr(46))}.")
    else:
        lines.append("No person is needed between start and end.")
    return " ".join(lines)
