"""Scheduling: a list insertion for each way that the options leave, and the best of them.

Groups with the longest chains go first, each of their clusters at the earliest time at which every
member finds its devices free within its lags. Several ways are gone where an option asks for it:
rhythms of refills, lengths of a common delay, orders of the wells drawn at random.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

from ncrobot.errors import ScheduleError
from ncrobot.plan import Plan
from ncrobot.schedule import Schedule, ScheduleOptions, Treated
from ncrobot.scheduler.assembling import assemble
from ncrobot.scheduler.bounds import heads_of
from ncrobot.scheduler.components import Cluster
from ncrobot.scheduler.found import Found
from ncrobot.scheduler.inserting import (
    Case,
    Placed,
    check_lags,
    foreseen,
    hopeless,
    insert_all,
    make_case,
    refusal,
)
from ncrobot.scheduler.limits import Limits, last_starts
from ncrobot.scheduler.network import Network, build_network
from ncrobot.scheduler.presence import DAY_S, absence_bits, absences
from ncrobot.scheduler.randomising import (
    order_of_wells,
    random_orders,
    rank_correlations,
    worst,
)
from ncrobot.scheduler.refusing import refuse_overload, told_of_options, too_long
from ncrobot.scheduler.rescuing import rescue
from ncrobot.scheduler.rhythm import Rhythm, before_leaving, find_rhythms, last_rhythms
from ncrobot.scheduler.treating import delay_figures, equal_networks
from ncrobot.scheduler.visiting import bundled, person_key, tasks_s

# Orders drawn at random that are scheduled; the one that follows the design least is taken.
DRAWN = 3
# Days for which a person's hours are looked up; what isn't done by then finds no time.
DAYS = 4
PLAIN = ScheduleOptions()


@dataclass(frozen=True, slots=True)
class _Way:
    """A network and an order of the wells that the options leave open."""

    network: Network
    order: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Stuck:
    """A case that no insertion serves, and what found no time first; ``proven``: nothing does."""

    case: Case
    failed: Cluster
    proven: bool = False


def schedule_plan(plan: Plan, *, seed: int = 0, options: ScheduleOptions = PLAIN) -> Schedule:
    """Give every operation of the plan a start; the same input and seed give the same schedule.

    Raises:
        ScheduleError: lags contradict each other, a device has more work than time, a stock gets
            too old, or a set of lags that has to hold together finds no time on a device; names
            steps, wells, what binds, and fixes.
    """
    if options.equal_treatment is None and plan.equal_treatment is not None:
        options = options.model_copy(update={"equal_treatment": plan.equal_treatment})
    network = build_network(plan, reserve=options.reserve)
    found = _scheduled(plan, network, seed, options)
    plain = PLAIN.model_copy(
        update={"finish_within_s": options.finish_within_s, "effort": options.effort}
    )
    baseline = found if options == plain else _baseline(plan, seed, found, options.effort)
    cost = max(found.end - baseline.end, 0)
    cost_s = network.grid.seconds(cost)
    schedule = assemble(plan, found, options, seed, cost_s, _treated(plan, found, options))
    limit_s = options.finish_within_s
    if limit_s is not None and schedule.makespan_s > limit_s:
        raise ScheduleError(too_long(plan, network, schedule, limit_s))
    return schedule


def _baseline(plan: Plan, seed: int, found: Found, effort: float) -> Found:
    """The shortest schedule found without options; what was found with them is one as well."""
    plain = PLAIN.model_copy(update={"effort": effort})
    try:
        return _scheduled(plan, build_network(plan), seed, plain)
    except ScheduleError:
        return found


def _scheduled(plan: Plan, network: Network, seed: int, options: ScheduleOptions) -> Found:
    """The best schedule of all ways, within the asked time if one is found."""
    ways = _ways(plan, network, seed, options)
    check_lags(plan, network)
    limits = _limits(network, options)
    found = _best(plan, ways, limits, seed, options)
    if options.finish_within_s is None or not _is_late(found, options.finish_within_s):
        return found
    last = last_starts(plan, network, network.grid.down(options.finish_within_s))
    try:
        return _best(plan, ways, replace(limits, last=last), seed, options)
    except ScheduleError:
        return found


def _is_late(found: Found, limit_s: float) -> bool:
    return found.network.grid.seconds(found.end) > limit_s


def _limits(network: Network, options: ScheduleOptions) -> Limits:
    if not options.person_away:
        return Limits()
    until = foreseen(network, heads_of(network)) + network.grid.up(DAYS * DAY_S)
    return Limits(away=absence_bits(absences(options, network.grid, until)), known=until)


def _ways(plan: Plan, network: Network, seed: int, options: ScheduleOptions) -> list[_Way]:
    if options.equal_treatment == "delay":
        return [_Way(each) for each in equal_networks(plan, network)]
    if options.equal_treatment == "spread":
        return [_Way(network, order) for order in random_orders(plan, network, seed, DRAWN)]
    return [_Way(network)]


def _best(
    plan: Plan, ways: Sequence[_Way], limits: Limits, seed: int, options: ScheduleOptions
) -> Found:
    found: list[Found] = []
    stuck: list[_Stuck] = []
    error: ScheduleError | None = None
    exact = options.objective == "deviation"
    for way in ways:
        try:
            case = make_case(plan, way.network, limits, targets_exact=exact, order=way.order)
            case = replace(case, effort=options.effort)
            refuse_overload(plan, way.network, case.heads, options)
        except ScheduleError as refused:
            error = error or refused
            continue
        one = _of_case(case, seed, options)
        found += [one] if isinstance(one, Found) else []
        stuck += [one] if isinstance(one, _Stuck) else []
    # With an asked end, a schedule that is shorter was looked for already.
    if not found and not limits.last:
        found = [late for each in stuck if (late := _rescued(each, seed)) is not None]
    if not found and error is None:
        error = told_of_options(_refusal(stuck[0], seed), options)
    if error is not None and not found:
        raise error
    return min(found, key=_key(plan, options))


def _key(plan: Plan, options: ScheduleOptions) -> Callable[[Found], tuple[float, ...]]:
    def key(found: Found) -> tuple[float, ...]:
        if options.equal_treatment == "spread":
            order = order_of_wells(found.network, found.starts)
            return (worst(rank_correlations(plan, order)), found.end)
        if options.objective == "person-time":
            return (*person_key(plan, found), found.end)
        return (found.end,)

    return key


def _of_case(case: Case, seed: int, options: ScheduleOptions) -> Found | _Stuck:
    """The best over the rhythms of refills: the first that works, unless a person's time counts."""
    late = hopeless(case)
    if late is not None:
        return _Stuck(case, late, proven=True)
    failed: Cluster | None = None
    found: list[Found] = []
    choosy = options.objective == "person-time" or bool(case.limits.away)
    for number, rhythms in enumerate(_rhythms(case)):
        placed, none_for = insert_all(case, rhythms, seed, thorough=number == 0)
        if placed is not None and _is_known(case, placed, rhythms):
            found.append(_found(case, placed, rhythms))
            if not choosy:
                break
        failed = failed or none_for
    if not found:
        return _Stuck(case, failed or case.clusters[0])
    best = min(found, key=_key(case.plan, options))
    return bundled(case, best, seed) if options.objective == "person-time" else best


def _refusal(stuck: _Stuck, seed: int) -> ScheduleError:
    return refusal(stuck.case, stuck.failed, seed, proven=stuck.proven)


def _rescued(stuck: _Stuck, seed: int) -> Found | None:
    """What can be done for a case that no insertion serves, if it isn't proven to be hopeless."""
    case = stuck.case
    last = last_rhythms(case.plan, case.network, case.heads)
    for rhythms in () if stuck.proven else chain(_rhythms(case), last):
        placed = rescue(case, rhythms, seed)
        if placed is not None and _is_known(case, placed, rhythms):
            return _found(case, placed, rhythms)
    return None


def _is_known(case: Case, placed: Placed, rhythms: Sequence[Rhythm]) -> bool:
    """Whether a person's hours are known until their last task."""
    return case.limits.known is None or _last_visit(case, placed, rhythms) < case.limits.known


def _last_visit(case: Case, placed: Placed, rhythms: Sequence[Rhythm]) -> int:
    """The end of the last task of a person."""
    tasks = tasks_s(case.plan, _found(case, placed, rhythms))
    return case.network.grid.up(max((end_s for _, end_s in tasks), default=-1.0))


def _found(case: Case, placed: Placed, rhythms: Sequence[Rhythm]) -> Found:
    return Found(case.network, placed.starts, tuple(rhythms), placed.method)


def _rhythms(case: Case) -> Iterator[list[Rhythm]]:
    """Rhythms of refills: as seldom as can be first, then others, then just before an absence."""
    away = case.limits.away
    leaves = (away & -away).bit_length() - 1
    for choice in count():
        rhythms = find_rhythms(case.plan, case.network, case.heads, choice=choice)
        if rhythms is None:
            return
        yield rhythms
        if leaves > 0 and rhythms and before_leaving(rhythms, leaves) != rhythms:
            yield before_leaving(rhythms, leaves)


def _treated(plan: Plan, found: Found, options: ScheduleOptions) -> Treated | None:
    if options.equal_treatment is None:
        return None
    order = order_of_wells(found.network, found.starts)
    return Treated(
        mode=options.equal_treatment,
        delays=delay_figures(plan, found.network, found.starts),
        rank_correlations=rank_correlations(plan, order),
    )
