"""Explaining: why there is no schedule, in the words of the protocol, with figures and fixes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ncrobot.errors import Diagnostic, ScheduleError
from ncrobot.plan import Operation, Plan
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler.combs import Combs, find_combs
from ncrobot.scheduler.components import Cluster
from ncrobot.scheduler.crowding import Crowd, crowds_in
from ncrobot.scheduler.fixing import COLUMN, Fix, possible_fixes
from ncrobot.scheduler.lattice import ContradictionError
from ncrobot.scheduler.network import FOREVER, Edge, Network
from ncrobot.scheduler.rhythm import Rhythm, draws_of
from ncrobot.scheduler.summary import clock_text
from ncrobot.units import Dimension, format_quantity


@dataclass(frozen=True, slots=True)
class Failure:
    """What found no time, and the starts of a schedule that lets stocks get too old, if any.

    ``proven``: it would be too late in any schedule.
    """

    plan: Plan
    network: Network
    cluster: Cluster
    rhythms: Sequence[Rhythm]
    ignoring_life: Mapping[str, int] | None
    proven: bool = False


def contradictions(
    plan: Plan, network: Network, errors: Iterable[ContradictionError]
) -> list[Diagnostic]:
    """Lags that can't hold together, whatever the devices do; the same ones are told once."""
    same: dict[tuple[str, ...], list[ContradictionError]] = {}
    for error in errors:
        told = tuple(dict.fromkeys(_told(edge) for edge in error.edges if _says(edge)))
        same.setdefault(told, []).append(error)
    return [_contradiction(plan, network, told, found) for told, found in same.items()]


def _contradiction(
    plan: Plan, network: Network, told: Sequence[str], errors: Sequence[ContradictionError]
) -> Diagnostic:
    edges = [edge for error in errors for edge in error.edges]
    upper = [edge.lag.line for edge in edges if edge.lag.max_s is not None]
    missing = max(error.missing for error in errors)
    return Diagnostic(
        code="lags-contradict",
        message="these lags can't all hold: " + "; ".join(told[:8]),
        file=plan.texts.protocol_file,
        line=next((line for line in upper if line is not None), None),
        well=wells_text(
            node.operation
            for node in sorted(
                (network.nodes[edge.after] for edge in edges), key=lambda node: node.order
            )
        ),
        quantity="time that is missing, the work of the devices included",
        found=_time(network.grid.seconds(missing)),
        fix="raise an at_most or tolerance, lower an at_least, or drop an operation between",
    )


def explain(failure: Failure) -> ScheduleError:
    """The refusal: stocks that get too old, or operations that find no time on their device."""
    too_old = _too_old(failure)
    return ScheduleError(too_old or [_no_time(failure)])


def _no_time(failure: Failure) -> Diagnostic:
    plan, network, cluster = failure.plan, failure.network, failure.cluster
    operations = [network.nodes[name].operation for name in cluster.members]
    load: dict[str, int] = {}
    for name in cluster.members:
        node = network.nodes[name]
        for resource in node.resources:
            load[resource] = load.get(resource, 0) + node.duration
    resource = max(load, key=lambda name: load[name], default="none")
    tight = min(
        (edge for edge in cluster.edges if edge.high < FOREVER),
        key=lambda edge: edge.high - edge.low,
        default=None,
    )
    refills = "; ".join(
        f"{rhythm.use.stock} is re-made for {_time(network.grid.seconds(rhythm.takes))} every "
        f"{_time(network.grid.seconds(rhythm.period))}"
        for rhythm in failure.rhythms
    )
    return Diagnostic(
        code="no-time",
        message=(
            f"no time was found for {len(operations)} operations that have to keep close together "
            f"on {resource!r}" + (f" ({refills})" if refills else "")
        ),
        file=plan.texts.protocol_file,
        line=tight.lag.line if tight else operations[0].line,
        well=wells_text(operations),
        quantity=f"work on {resource!r}",
        found=_time(network.grid.seconds(load.get(resource, 0))),
        allowed=_told(tight) if tight else None,
        fix=("a stock that is re-made faster or keeps longer; " if failure.rhythms else "")
        + fixes_text(possible_fixes(plan, ScheduleOptions(), network)),
    )


def crowded(plan: Plan, network: Network, clusters: Iterable[Cluster]) -> list[Diagnostic]:
    """Operations that must begin within too short a window: the worst of each cluster."""
    worst = [next(iter(crowds_in(network, cluster)), None) for cluster in clusters]
    return [_crowded(plan, network, crowd) for crowd in worst if crowd is not None]


def _crowded(plan: Plan, network: Network, crowd: Crowd) -> Diagnostic:
    operations = [network.nodes[name].operation for name in crowd.members]
    number, seconds = len(operations), network.grid.seconds
    lag = crowd.edge.lag if crowd.edge else None
    return Diagnostic(
        code="no-time",
        message=(
            f"{crowd.resource!r} can't do {number} operations of {crowd.step!r} that all have to "
            f"begin within {_time(seconds(crowd.window))}: about {crowd.fit} of {number} fit"
        ),
        file=plan.texts.protocol_file,
        line=lag.line if lag and lag.line is not None else operations[0].line,
        well=wells_text(operations),
        quantity=f"work on {crowd.resource!r}",
        found=f"{number} x {_time(seconds(crowd.longest))} = {_time(seconds(crowd.work))}",
        allowed=f"{_time(seconds(crowd.window + crowd.longest))}"
        + (f" ({_told(crowd.edge)})" if crowd.edge else ""),
        fix=f"at most {crowd.fit} of these operations, a window of at least "
        f"{_time(seconds(crowd.work - crowd.longest))}"
        + (
            ", or a deck whose arm serves more wells at once"
            if plan.deck.arm.simultaneous < COLUMN
            else ""
        )
        + " (necessary, may not be enough)",
    )


def _too_old(failure: Failure) -> list[Diagnostic]:
    """Stocks that nobody re-makes and that would be used after the end of their life."""
    plan, network, starts = failure.plan, failure.network, failure.ignoring_life
    if starts is None:
        return []
    found = []
    draws = draws_of(plan)
    uses = {use.stock: use for use in plan.stocks}
    combs = find_combs(network, failure.rhythms)
    fixes = possible_fixes(plan, ScheduleOptions(), network)
    for use in plan.stocks:
        parent = uses.get(use.working_of or "", use)
        if parent.life_s is None or parent.remake == "person":
            continue
        ends = {
            op.id: network.grid.seconds(starts[op.id] + network.nodes[op.id].duration)
            for op in draws.get(use.stock, ())
        }
        late = [op for op in draws.get(use.stock, ()) if ends[op.id] > parent.life_s]
        if late:
            last = max(late, key=lambda op: ends[op.id])
            found.append(
                Diagnostic(
                    code="stock-too-old",
                    message=f"the stock {use.stock!r} would be used after the end of its life, "
                    "which counts from the start of the run: it is too old from "
                    f"{clock_text(parent.life_s)}, but {last.step!r} of {wells_text([last])} "
                    f"draws from it until {clock_text(ends[last.id])}{_overload(network, combs)}"
                    + ("" if failure.proven else UNPROVEN),
                    file=plan.texts.protocol_file,
                    line=late[0].line,
                    well=wells_text(late),
                    quantity="age at the last use",
                    found=_time(max(ends.values())),
                    allowed=f"at most {_time(parent.life_s)}",
                    fix=fixes_text(fixes),
                )
            )
    return found


def _overload(network: Network, combs: Sequence[Combs]) -> str:
    """The interval that is too full, if one is: the analytic capacity of combs on one arm."""
    seconds = network.grid.seconds
    for each in combs:
        number = len(each.groups)
        if number > each.capacity:
            blocked = f" less {_time(seconds(each.blocked))} for refills" if each.blocked else ""
            return (
                f"; the arm binds: {number} x {_time(seconds(each.tooth))} = "
                f"{_time(seconds(number * each.tooth))} of {each.step!r} in each interval of "
                f"{_time(seconds(each.interval))}{blocked}, so {each.capacity} of {number} fit at "
                f"once and the rest waits for {_time(seconds(each.portions * each.interval))}"
            )
    return ""


UNPROVEN = "; no schedule in time was found, which is no proof that there is none"
NECESSARY = "no quick check forbids these (necessary, may not be enough)"
PRICED = "'ncrobot schedule --explain' plans each and tells its hours"


def fixes_text(fixes: Sequence[Fix]) -> str:
    """Changes that passed the quick checks, and that this is necessary but may not be enough."""
    if not fixes:
        return (
            "fewer portions or shorter waiting times; no other single change passes the quick "
            "checks, so combine several"
        )
    return f"{NECESSARY}: {'; '.join(fix.told for fix in fixes)}. {PRICED}"


def _time(seconds: float) -> str:
    return format_quantity(max(seconds, 0.0), Dimension.DURATION, digits=4)


def wells_text(operations: Iterable[Operation]) -> str:
    """The wells of operations, the first eight by name."""
    names = list(dict.fromkeys(well for operation in operations for well in operation.wells))
    shown = ", ".join(names[:8])
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown or "the whole plate"


def _says(edge: Edge) -> bool:
    return edge.lag.max_s is not None or edge.lag.min_s > 0


def _told(edge: Edge) -> str:
    lag = edge.lag
    upper = "" if lag.max_s is None else f", at most {_time(lag.max_s)}"
    line = f" (line {lag.line})" if lag.line else ""
    return f"{lag.step or lag.after}{line}: at least {_time(lag.min_s)}{upper}"
