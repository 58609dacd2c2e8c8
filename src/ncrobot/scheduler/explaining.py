"""Explaining: why there is no schedule, in the words of the protocol."""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.errors import Diagnostic, ScheduleError
from ncrobot.plan import Operation, Plan, Transfer
from ncrobot.schedule import Schedule
from ncrobot.scheduler.network import FOREVER, Cluster, Edge, Network
from ncrobot.scheduler.refills import draws_of
from ncrobot.units import Dimension, format_quantity


def _time(seconds: float) -> str:
    return format_quantity(max(seconds, 0.0), Dimension.DURATION, digits=4)


def _wells(operations: Sequence[Operation]) -> str:
    names = list(dict.fromkeys(well for operation in operations for well in operation.wells))
    shown = ", ".join(names[:8])
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown or "the whole plate"


def _told(edge: Edge) -> str:
    lag = edge.lag
    upper = "" if lag.max_s is None else f", at most {_time(lag.max_s)}"
    line = f" (line {lag.line})" if lag.line else ""
    return f"{lag.step or lag.after}{line}: at least {_time(lag.min_s)}{upper}"


def contradiction(plan: Plan, cluster: Cluster, edges: Sequence[Edge]) -> ScheduleError:
    """Lags of one group that can't hold together, whatever the devices do."""
    operations = {operation.id: operation for operation in plan.operations}
    bounded = [edge for edge in edges if edge.lag.max_s is not None or edge.lag.min_s > 0]
    told = list(dict.fromkeys(_told(edge) for edge in bounded))
    first = next((edge.lag.line for edge in bounded if edge.lag.max_s is not None), None)
    return ScheduleError(
        Diagnostic(
            code="lags-contradict",
            message="these lags can't all hold: " + "; ".join(told[:8]),
            file=plan.texts.protocol_file,
            line=first,
            well=_wells([operations[name] for name in cluster.members]),
            fix="raise an at_most or tolerance, lower an at_least, or drop an operation between",
        )
    )


def cannot_place(plan: Plan, network: Network, cluster: Cluster) -> ScheduleError:
    """A set of operations that must keep close together finds no time on its devices."""
    nodes = [network.nodes[name] for name in cluster.members]
    load: dict[str, int] = {}
    for node in nodes:
        for resource in node.resources:
            load[resource] = load.get(resource, 0) + node.duration + node.lead
    resource = max(load, key=lambda name: load[name], default="none")
    tight = min(
        (edge for edge in cluster.edges if edge.high < FOREVER),
        key=lambda edge: edge.high - edge.low,
        default=None,
    )
    operations = [node.operation for node in nodes]
    return ScheduleError(
        Diagnostic(
            code="no-time",
            message=(
                f"{len(nodes)} operations that have to keep close together find no time on "
                f"{resource!r}"
            ),
            file=plan.texts.protocol_file,
            line=tight.lag.line if tight else None,
            well=_wells(operations),
            quantity=f"work on {resource}",
            found=f"{_time(load.get(resource, 0))} of work",
            allowed=_told(tight) if tight else None,
            fix="a longer interval or wider tolerance, fewer wells, fewer portions, or a deck "
            "whose arm serves a column at once",
        )
    )


def too_old(plan: Plan, network: Network, schedule: Schedule) -> list[Diagnostic]:
    """Stocks that nobody re-makes and that are used after the end of their life."""
    found = []
    starts = {entry.operation: entry.start_s for entry in schedule.entries}
    draws = draws_of(plan)
    for use in plan.stocks:
        if use.life_s is None or use.remake == "person" or use.working_of is not None:
            continue
        late = [
            operation
            for operation in draws.get(use.stock, ())
            if _end(operation, starts, network) > use.life_s
        ]
        if late:
            last = max(_end(operation, starts, network) for operation in late)
            found.append(
                Diagnostic(
                    code="stock-too-old",
                    message=f"the stock {use.stock!r} would be used after the end of its life",
                    file=plan.texts.protocol_file,
                    line=late[0].line,
                    well=_wells(late),
                    quantity="age at the last use",
                    found=_time(last),
                    allowed=f"at most {_time(use.life_s)}",
                    fix="set remake: person and remake_takes for it, run fewer wells, or make a "
                    "stock that keeps longer",
                )
            )
    return found


def _end(operation: Transfer, starts: dict[str, float], network: Network) -> float:
    return starts[operation.id] + network.nodes[operation.id].duration
