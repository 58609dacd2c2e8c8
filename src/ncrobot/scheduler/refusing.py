"""Refusing: overloads and asked ends in the words of the protocol, with fixes and their figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ncrobot.errors import Diagnostic, ScheduleError
from ncrobot.plan import Operation, Plan
from ncrobot.schedule import Schedule, ScheduleOptions
from ncrobot.scheduler.bounds import Bound, lower_bound, tails_of
from ncrobot.scheduler.easing import Eased
from ncrobot.scheduler.explaining import fixes_text, wells_text
from ncrobot.scheduler.fixing import possible_fixes
from ncrobot.scheduler.inserting import check_lags
from ncrobot.scheduler.keeping import binding_stocks
from ncrobot.scheduler.network import Network, build_network
from ncrobot.scheduler.overload import Overload, find_overload
from ncrobot.scheduler.passing import wells_to_leave_out
from ncrobot.scheduler.summary import clock_text
from ncrobot.units import Dimension, format_quantity


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
        raise ScheduleError(_overloaded(plan, network, options, found))


def wells_that_fit(plan: Plan, options: ScheduleOptions) -> int | None:
    """How many wells the quick checks leave, the last of what is too much gone; None: all do.

    Raises:
        ScheduleError: the lags contradict each other.
    """
    network = build_network(plan, reserve=options.reserve)
    check_lags(plan, network)
    gone = wells_to_leave_out(Eased(plan, network), options)
    return len(plan.wells) - len(gone) if gone else None


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
        fix="shorter waiting times, fewer portions; "
        + fixes_text(possible_fixes(plan, options, network)),
    )


def _why(
    plan: Plan, network: Network, options: ScheduleOptions, operations: Sequence[Operation]
) -> str:
    """What forbids to wait: the asked end, and the stocks that nobody re-makes in time for it."""
    reasons = []
    if options.finish_within_s is not None:
        reasons.append(f"the run has to end within {_time(options.finish_within_s)}")
    binding = binding_stocks(Eased(plan, network), options, [op.id for op in operations])
    reasons += [
        f"{use.stock!r} keeps for {_time(use.life_s or 0.0)} and nobody re-makes it"
        for use in plan.stocks
        if use.stock in binding
    ]
    return f" ({'; '.join(reasons)})" if reasons else ""


def _groups(found: Overload, beyond: Sequence[Operation]) -> str:
    number = len(found.beyond) + found.fits
    return f"{number} wells" if all(len(op.wells) < 2 for op in beyond) else f"{number} groups"


def _overloaded(
    plan: Plan,
    network: Network,
    options: ScheduleOptions,
    found: Overload,
) -> Diagnostic:
    seconds = network.grid.seconds
    operations = [network.nodes[name].operation for name in found.operations]
    beyond = [op for op in operations if op.group in found.beyond] or operations
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
            + (
                f"; {found.fits} of {_groups(found, beyond)} in this window fit"
                if found.beyond
                else ""
            )
            + _why(plan, network, options, operations)
        ),
        file=plan.texts.protocol_file,
        line=operations[0].line if operations else None,
        well=wells_text(beyond),
        quantity=f"work on {found.resource!r}",
        found=_time(seconds(found.work)),
        allowed=f"at most {_time(seconds(found.free))}",
        fix=fixes_text(possible_fixes(plan, options, network)),
    )


def _steps(operations: list[Operation]) -> str:
    counts: dict[str, int] = {}
    for operation in operations:
        counts[operation.step] = counts.get(operation.step, 0) + 1
    return ", ".join(f"{number} x {step}" for step, number in counts.items()) or "refills"


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
        fix=_end_text(schedule, plan, network),
    )


def _end_text(schedule: Schedule, plan: Plan, network: Network) -> str:
    """The end that is enough, because a schedule was found; what else may help."""
    options = schedule.options
    others = [fix for fix in possible_fixes(plan, options, network) if fix.kind != "end"]
    enough = f"a later end: {enough_h(schedule.makespan_s):.2f} h is enough"
    return f"{enough}; {fixes_text(others)}" if others else enough


def enough_h(makespan_s: float) -> float:
    """Hours within which a schedule ends, rounded up to hundredths."""
    return math.ceil(round(makespan_s / 36, 6)) / 100


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
