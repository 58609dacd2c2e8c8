"""Fixing: which single changes the quick checks don't forbid, all windows and lives counted.

What is found here is necessary, not enough: a change that isn't named can't help, one that is named
may still be refused by the search. Only planning anew tells, and what it costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ncrobot.plan import Plan, Transfer
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler.bounds import heads_of, lower_bound
from ncrobot.scheduler.easing import Eased
from ncrobot.scheduler.keeping import binding_stocks, life_s, remake_takes_s
from ncrobot.scheduler.network import Network, build_network
from ncrobot.scheduler.passing import blocked_groups, passes, wells_to_leave_out
from ncrobot.scheduler.rhythm import draws_of
from ncrobot.scheduler.spacing import combs_of, intervals_that_pass
from ncrobot.units import Dimension, format_quantity

Kind = Literal[
    "mode", "columns", "remake", "life", "end", "interval", "runs", "wells", "samples", "tolerance"
]

COLUMN = 8
WIDER = 2.0


@dataclass(frozen=True, slots=True)
class Fix:
    """One change, told in words, with what it changes: a step or stock, to which mode or time.

    ``wells``: those that go. ``value_s`` is the least, except of a shorter interval.
    """

    kind: Kind
    told: str
    name: str = ""
    mode: str = ""
    value_s: float = 0.0
    wells: tuple[str, ...] = ()


def possible_fixes(
    plan: Plan, options: ScheduleOptions, network: Network | None = None
) -> tuple[Fix, ...]:
    """Changes that no quick check forbids, those that leave the chemistry alone first.

    Where no check forbids the plan as it is, wells and intervals have no figures. The plan's own
    lags must not contradict each other.
    """
    network = build_network(plan, reserve=options.reserve) if network is None else network
    eased = Eased(plan, network)
    if blocked_groups(eased, options) is None and _contradicts(eased):
        return ()
    return tuple(
        fix
        for found in (
            _modes(eased, options),
            _columns(eased, options),
            _stocks(eased, options),
            _later_end(eased, options),
            _intervals(eased, options),
            _wells(eased, options),
            _samples(eased, options),
            _tolerances(eased, options),
        )
        for fix in found
    )


def _contradicts(eased: Eased) -> bool:
    """Whether the lags alone forbid the plan, with nothing asked and stocks that keep for ever."""
    stocks = tuple(use.model_copy(update={"life_s": None}) for use in eased.plan.stocks)
    free = Eased(eased.plan.model_copy(update={"stocks": stocks}), eased.network)
    return blocked_groups(free, ScheduleOptions()) is None


def _modes(eased: Eased, options: ScheduleOptions) -> Iterator[Fix]:
    """Other modes of doses that take less time of the arm; one that is used already isn't among."""
    for mode in ("multi_dispense", "column", "repeat", "pump"):
        saving = faster_steps(eased.plan, mode)
        if saving and passes(_at_share(eased, saving), options):
            names = ", ".join(saving)
            yield Fix("mode", f"batching: {mode} for {names}", name=names, mode=mode)


def faster_steps(plan: Plan, mode: str) -> dict[str, float]:
    """Steps that a mode would serve in less time of the arm, and in which share of it."""
    return {
        step.step: other.arm_s / step.arm_s
        for step in plan.modes
        for other in step.alternatives
        if other.mode == mode and other.arm_s is not None and other.arm_s < step.arm_s
    }


def _at_share(eased: Eased, shares: dict[str, float]) -> Eased:
    nodes = eased.network.nodes.items()
    return eased.with_durations(
        {
            name: node.duration * shares[node.operation.step]
            for name, node in nodes
            if isinstance(node.operation, Transfer) and node.operation.step in shares
        }
    )


def _columns(eased: Eased, options: ScheduleOptions) -> Iterator[Fix]:
    """At best eight wells take the time of one."""
    if eased.plan.deck.arm.simultaneous >= COLUMN:
        return
    transfers = [n for n, d in eased.network.nodes.items() if isinstance(d.operation, Transfer)]
    at_best = {name: eased.network.nodes[name].duration / COLUMN for name in transfers}
    if passes(eased.with_durations(at_best), options):
        yield Fix("columns", "a deck whose arm serves a column of eight wells at once")


def _stocks(eased: Eased, options: ScheduleOptions) -> Iterator[Fix]:
    """A stock that nobody re-makes is re-made, or keeps longer."""
    drawn = draws_of(eased.plan)
    heads = heads_of(eased.network)
    for use in binding_stocks(eased, options):
        takes_s = remake_takes_s(eased.plan, use)
        remade = eased.with_stock(use, remake="person", remake_takes_s=takes_s)
        if passes(remade, options):
            told = f"remake: person for {use!r}{_waves(eased, ' (', ')')}"
            yield Fix("remake", told, name=use, value_s=takes_s)
        for_ever = eased.with_stock(use, life_s=None)
        if passes(for_ever, options):
            nodes = eased.network.nodes
            last = max(heads[op.id] + nodes[op.id].duration for op in drawn[use])
            least_s = max(eased.network.grid.seconds(last), life_s(eased.plan, use))
            told = f"a stock {use!r} that keeps longer than {_time(least_s)}{_base(eased, use)}"
            yield Fix("life", told, name=use, value_s=least_s)


def _base(eased: Eased, stock: str) -> str:
    """What lets a hydride keep longer in water."""
    hydrolyses = any(
        use.stock == stock and use.hydrolysis_ph is not None for use in eased.plan.stocks
    )
    return " (a base keeps a hydride)" if hydrolyses else ""


def _later_end(eased: Eased, options: ScheduleOptions) -> Iterator[Fix]:
    if options.finish_within_s is None:
        return
    open_ = options.model_copy(update={"finish_within_s": None})
    if not passes(eased, open_):
        return
    bound = lower_bound(eased.plan, eased.network, heads_of(eased.network))
    least_s = eased.network.grid.seconds(bound.ticks)
    if least_s > options.finish_within_s:
        told = f"a later end (at least {_time(least_s)}{_waves(eased, '; ', '')})"
    else:
        told = f"a later end{_waves(eased, ' (', ')')}"
    yield Fix("end", told, value_s=least_s)


def _waves(eased: Eased, before: str, after: str) -> str:
    """What waits for the next wave, where an interval is too full for all."""
    for combs in combs_of(eased.plan, eased.network):
        if len(combs.groups) > combs.capacity:
            late_s = eased.network.grid.seconds(combs.portions * combs.interval)
            return f"{before}one wave late costs {_time(late_s)}{after}"
    return ""


def _intervals(eased: Eased, options: ScheduleOptions) -> Iterator[Fix]:
    for found in intervals_that_pass(eased, options):
        interval_s = eased.network.grid.seconds(found.interval)
        told = f"an interval of {'at least' if found.is_least else 'about'} {_time(interval_s)}"
        yield Fix("interval", f"{told} in {found.step!r}", name=found.step, value_s=interval_s)


def _wells(eased: Eased, options: ScheduleOptions) -> Iterator[Fix]:
    """Fewer wells, and the others in runs of their own."""
    total = len(eased.plan.wells)
    gone = wells_to_leave_out(eased, options)
    if gone is None or total < 2:
        return
    if not gone:
        yield Fix("wells", "fewer wells")
        return
    groups = eased.groups()
    if 0 < len(gone) < total:
        alone = len(groups) >= total
        told = f"at most {total - len(gone)} wells{'' if alone else ' in their present groups'}"
        yield Fix("wells", f"{told} (without {short(gone)})", wells=gone)
    # Groups that pass together pass alone as well, so only the others are looked at.
    if all(passes(alone, options) for alone in eased.each_alone(sorted(eased.groups(gone)))):
        yield Fix("runs", "waves: several runs of fewer wells, each with fresh stocks")


def _samples(eased: Eased, options: ScheduleOptions) -> Iterator[Fix]:
    nodes = eased.network.nodes
    steps = dict.fromkeys(
        node.operation.step
        for node in nodes.values()
        if isinstance(node.operation, Transfer) and node.operation.purpose == "sample"
    )
    for step in steps:
        left = {name for name, node in nodes.items() if node.operation.step != step}
        if left and passes(eased.only(left), options):
            yield Fix("samples", f"fewer samples of {step!r}", name=step)


def _tolerances(eased: Eased, options: ScheduleOptions) -> Iterator[Fix]:
    edges = [e for e in eased.network.edges if e.lag.kind == "portion" and e.wish is not None]
    for step in dict.fromkeys(edge.lag.step for edge in edges if edge.lag.step):
        if passes(eased.with_tolerance(step, WIDER), options):
            yield Fix("tolerance", f"wider tolerances in {step!r} last of all", name=step)


def short(wells: Sequence[str]) -> str:
    """The first eight wells by name."""
    shown = ", ".join(wells[:8])
    return f"{shown} and {len(wells) - 8} more" if len(wells) > 8 else shown


def _time(seconds: float) -> str:
    return format_quantity(max(seconds, 0.0), Dimension.DURATION, digits=4)
