"""Refusing: overloads and asked ends in the words of the protocol, with fixes and their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ncrobot.errors import Diagnostic, ScheduleError
from ncrobot.plan import Operation, Plan, Transfer
from ncrobot.schedule import Schedule, ScheduleOptions
from ncrobot.scheduler.bounds import Bound, heads_of, lower_bound, tails_of
from ncrobot.scheduler.combs import Combs, find_combs
from ncrobot.scheduler.explaining import wells_text
from ncrobot.scheduler.inserting import check_lags
from ncrobot.scheduler.network import Network, build_network
from ncrobot.scheduler.overload import Overload, find_overload
from ncrobot.scheduler.rhythm import find_rhythms
from ncrobot.scheduler.summary import clock_text
from ncrobot.units import Dimension, format_quantity

PRICED = "'ncrobot schedule --explain' tells what each costs in hours"


def refuse_overload(
    plan: Plan, network: Network, heads: Mapping[str, int], options: ScheduleOptions
) -> None:
    """Refuse a plan of which a proof shows that its work doesn't fit.

    Raises:
        ScheduleError: it is overloaded.
    """
    if options.finish_within_s is not None:
        bound = lower_bound(plan, network, heads)
        if network.grid.seconds(bound.ticks) > options.finish_within_s and bound.resource is None:
            raise ScheduleError(_too_long_a_chain(plan, network, heads, bound, options))
    found = find_overload(plan, network, heads, options)
    if found is not None:
        raise ScheduleError(_overloaded(plan, network, heads, options, found))


def wells_that_fit(plan: Plan, options: ScheduleOptions) -> int | None:
    """How many wells a proven overload leaves, in the order of the plan; None: there is none.

    Raises:
        ScheduleError: the lags contradict each other.
    """
    network = build_network(plan)
    check_lags(plan, network)
    found = find_overload(plan, network, heads_of(network), options)
    if found is None or not found.beyond:
        return None
    return len(plan.wells) - _lost(plan, network, found)


def _too_long_a_chain(
    plan: Plan,
    network: Network,
    heads: Mapping[str, int],
    bound: Bound,
    options: ScheduleOptions,
) -> Diagnostic:
    """The lags of one well alone take longer than the run may."""
    tails = tails_of(network)
    worst = max(network.nodes, key=lambda name: (heads[name] + tails[name], name))
    operation = network.nodes[worst].operation
    least = _time(network.grid.seconds(bound.ticks))
    return Diagnostic(
        code="not-within",
        message=f"no schedule ends within {_time(options.finish_within_s or 0)}: the waiting times "
        f"of one well alone take {least}",
        file=plan.texts.protocol_file,
        line=operation.line,
        well=wells_text([operation]),
        quantity="makespan",
        found=f"at least {least}",
        allowed=f"at most {_time(options.finish_within_s or 0)}",
        fix="a later end of the run, or shorter waiting times, fewer portions, a shorter interval",
    )


def _why(plan: Plan, options: ScheduleOptions, operations: Sequence[Operation]) -> str:
    """What forbids to wait: the asked end, and stocks that nobody re-makes."""
    reasons = []
    if options.finish_within_s is not None:
        reasons.append(f"the run has to end within {_time(options.finish_within_s)}")
    drawn = {op.stock for op in operations if isinstance(op, Transfer)}
    reasons += [
        f"{use.stock!r} keeps for {_time(use.life_s)} and nobody re-makes it"
        for use in plan.stocks
        if use.life_s is not None
        and use.life_s < (options.finish_within_s or use.life_s + 1)
        and use.remake != "person"
        and use.stock in drawn
    ]
    return f" ({'; '.join(reasons)})" if reasons else ""


def _overloaded(
    plan: Plan,
    network: Network,
    heads: Mapping[str, int],
    options: ScheduleOptions,
    found: Overload,
) -> Diagnostic:
    seconds = network.grid.seconds
    operations = [network.nodes[name].operation for name in found.operations]
    beyond = [op for op in operations if op.group in found.beyond] or operations
    groups = len(found.beyond) + found.fits
    if found.combs is not None:
        window = f"each interval of {_time(seconds(found.combs.interval))}"
    else:
        window = f"{clock_text(seconds(found.begin))} to {clock_text(seconds(found.end))}"
    told = _steps(operations)
    return Diagnostic(
        code="overloaded",
        message=(
            f"{found.resource!r} is overloaded: {_time(seconds(found.work))} of work ({told}) has "
            f"to lie within {window}, which leaves {_time(seconds(found.free))}"
            + (f"; {found.fits} of {groups} wells or columns fit" if found.beyond else "")
            + _why(plan, options, operations)
        ),
        file=plan.texts.protocol_file,
        line=operations[0].line if operations else None,
        well=wells_text(beyond),
        quantity=f"work on {found.resource!r}",
        found=_time(seconds(found.work)),
        allowed=f"at most {_time(seconds(found.free))}",
        fix=fixes_text(plan, network, heads, found),
    )


def _steps(operations: list[Operation]) -> str:
    counts: dict[str, int] = {}
    for operation in operations:
        counts[operation.step] = counts.get(operation.step, 0) + 1
    return ", ".join(f"{number} x {step}" for step, number in counts.items()) or "refills"


def fixes_text(
    plan: Plan, network: Network, heads: Mapping[str, int], found: Overload | None
) -> str:
    """What would make room, the cheapest change to the chemistry last, with analytic figures."""
    seconds = network.grid.seconds
    rhythms = find_rhythms(plan, network, heads) or []
    full = [c for c in find_combs(network, rhythms) if len(c.groups) > c.capacity]
    fixes = ["multi-dispense with one tip"]
    if plan.deck.arm.simultaneous == 1:
        fixes.append("a deck whose arm serves a column of eight wells at once")
    if found is not None and found.beyond:
        fixes.append(f"at most {len(plan.wells) - _lost(plan, network, found)} wells")
    elif full:
        fixes.append(f"at most {_wells_that_fit(full[0])} wells, which run in one wave")
    for each in full:
        needed = seconds(len(each.groups) * each.tooth + each.blocked)
        fixes.append(f"an interval of at least {_time(needed)}")
        fixes.append(f"waves: one wave late costs {_time(seconds(wave_costs(each)))}")
    fixes += ["a later end of the run", "fewer samples", "wider tolerances last of all"]
    return f"{', '.join(fixes[:-1])}, or {fixes[-1]}; {PRICED}"


def wave_costs(combs: Combs) -> int:
    """What waits for the next wave comes all portions later."""
    return combs.portions * combs.interval


def _wells_that_fit(combs: Combs) -> int:
    return combs.capacity * max(len(combs.wells) // len(combs.groups), 1)


def _lost(plan: Plan, network: Network, found: Overload) -> int:
    nodes = network.nodes.values()
    lost = {w for n in nodes if n.operation.group in found.beyond for w in n.operation.wells}
    return min(len(lost), len(plan.wells))


def too_long(plan: Plan, network: Network, schedule: Schedule, limit_s: float) -> Diagnostic:
    """No schedule was found that ends in time; which is no proof that there is none."""
    return Diagnostic(
        code="not-within",
        message=(
            f"no schedule was found that ends within {_time(limit_s)}: the shortest that was found "
            f"takes {_time(schedule.makespan_s)}, and none is shorter than "
            f"{_time(schedule.lower_bound_s)} (set by {schedule.bound_by})"
        ),
        file=plan.texts.protocol_file,
        quantity="makespan",
        found=_time(schedule.makespan_s),
        allowed=f"at most {_time(limit_s)}",
        fix=fixes_text(plan, network, dict.fromkeys(network.nodes, 0), None),
    )


def told_of_options(error: ScheduleError, options: ScheduleOptions) -> ScheduleError:
    """The same refusal, which also names the hours when nobody is there, and the reserve."""
    told, fixes = [], []
    if options.person_away:
        hours = (f"{_clock(away.from_s)} to {_clock(away.to_s)}" for away in options.person_away)
        told.append(f"nobody is there from {', '.join(hours)}")
        fixes.append("another --start or shorter hours of absence")
    if options.reserve > 0:
        told.append(f"the arm is left free for {options.reserve:.0%} of its work")
        fixes.append("a smaller --reserve")
    if not told:
        return error
    return ScheduleError(
        replace(
            found,
            message=f"{found.message} ({'; '.join(told)})",
            fix=", ".join([*fixes, found.fix or ""]),
        )
        for found in error.diagnostics
    )


def _clock(seconds: float) -> str:
    return f"{int(seconds // 3600):02d}:{int(seconds % 3600 // 60):02d}"


def _time(seconds: float) -> str:
    return format_quantity(max(seconds, 0.0), Dimension.DURATION, digits=4)
