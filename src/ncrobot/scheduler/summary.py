"""The schedule in plain words: how long, what binds, when a person is needed, what waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ncrobot.plan import AskPerson, Plan
from ncrobot.schedule import InstrumentTimes, ScheduleOptions, Treated
from ncrobot.scheduler.bounds import Bound
from ncrobot.scheduler.combs import Combs
from ncrobot.scheduler.lots import Refilling
from ncrobot.scheduler.network import FOREVER, Network
from ncrobot.units import Dimension, format_quantity

# A hold without an upper bound is worth a word if it lasts this much longer than asked.
EXCESS_S = 600.0


@dataclass(frozen=True, slots=True)
class Told:
    """What the summary tells about."""

    plan: Plan
    network: Network
    starts: Mapping[str, int]
    refills: Sequence[Refilling]
    makespan_s: float
    bound: Bound
    combs: Sequence[Combs]
    options: ScheduleOptions
    cost_s: float
    treated: Treated | None
    instruments: Sequence[InstrumentTimes]


def clock_text(seconds: float) -> str:
    """Seconds from the start as T+h:mm."""
    minutes = round(seconds / 60)
    return f"T+{minutes // 60}:{minutes % 60:02d}"


def day_text(options: ScheduleOptions, seconds: float) -> str:
    """Seconds from the start as the time of day, and which day if it isn't the first."""
    minutes = round(((options.start_s or 0.0) + seconds) / 60)
    day = minutes // 1440
    clock = f"{minutes % 1440 // 60:02d}:{minutes % 60:02d}"
    return clock if day == 0 else f"{clock}, day {day + 1}"


def duration_text(seconds: float) -> str:
    """A duration for the eye."""
    return format_quantity(max(seconds, 0.0), Dimension.DURATION, digits=3)


def summarise(told: Told) -> str:
    """A few sentences for the chemist."""
    network = told.network
    least = network.grid.seconds(told.bound.ticks)
    binds = (
        "the longest chain of waiting times"
        if told.bound.resource is None
        else f"the work of {told.bound.resource!r} and the waiting times around it"
    )
    arm = told.plan.deck.arm.name
    busy = sum(node.duration for node in network.nodes.values() if arm in node.resources)
    share = network.grid.seconds(busy) / told.makespan_s if told.makespan_s else 0.0
    shortest = (
        f"no schedule is shorter, set by {binds}"
        if told.makespan_s <= least
        else f"no schedule is shorter than {duration_text(least)}, set by {binds}"
    )
    length = (
        f"{len(told.plan.wells)} wells, {len(network.nodes)} operations take "
        f"{duration_text(told.makespan_s)} ({shortest})."
    )
    lines = [
        length,
        f"The arm works {share:.0%} of the time.",
        *_options(told),
        *_treatment(told),
        *_waves(told),
        *_long_waits(told),
        _people(told),
        *(instrument_text(times) for times in told.instruments),
    ]
    return " ".join(lines)


def _options(told: Told) -> Iterator[str]:
    """What was asked beyond the shortest, and what it costs."""
    asked = []
    if told.options.objective == "deviation":
        asked.append("all times at their targets first")
    if told.options.objective == "person-time":
        asked.append("few visits of a person first")
    if told.options.person_away:
        asked.append("nobody there in the hours of absence")
    if told.options.reserve > 0:
        asked.append(f"the arm left free for {told.options.reserve:.0%} of its work")
    if told.options.equal_treatment is not None:
        asked.append(f"equal treatment ({told.options.equal_treatment})")
    if asked:
        cost = f"costs {duration_text(told.cost_s)}" if told.cost_s > 0 else "costs no time"
        yield f"Asked for: {', '.join(asked)}; that {cost}."


def _treatment(told: Told) -> Iterator[str]:
    """The delays after the last portion, and how much the order follows the design."""
    if told.treated is None:
        return
    steps: dict[str, list[float]] = {}
    for figure in told.treated.delays:
        steps.setdefault(figure.step, []).append(figure.delay_s)
    for step, delays_s in steps.items():
        low, high = duration_text(min(delays_s)), duration_text(max(delays_s))
        if max(delays_s) - min(delays_s) < 1e-3:
            yield f"From the last portion to {step!r}: {low} for every well."
        elif told.treated.mode == "delay":
            yield (
                f"From the last portion to {step!r}: {low} to {high}; the operations are equally "
                "far apart, the rest is inside them (wells that take turns, volumes)."
            )
        else:
            yield f"From the last portion to {step!r}: {low} to {high}."
    if told.treated.mode == "spread" and told.treated.rank_correlations:
        name, rho = max(told.treated.rank_correlations.items(), key=lambda item: abs(item[1]))
        yield (
            f"The order of the wells is drawn at random; it follows {name!r} most, with a rank "
            f"correlation of {rho:+.2f}."
        )


def _waves(told: Told) -> Iterator[str]:
    for combs in told.combs:
        if combs.waves > 1:
            interval = told.network.grid.seconds(combs.interval)
            yield (
                f"Of the {len(combs.groups)} wells or columns with portions in {combs.step!r}, "
                f"about {combs.capacity} fit into one interval of {duration_text(interval)}; the "
                "others come later (a wave that is late by all its portions costs "
                f"{duration_text(combs.portions * interval)})."
            )


def _long_waits(told: Told) -> Iterator[str]:
    """Holds that nobody bounded and that last much longer than asked."""
    network = told.network
    excess: dict[tuple[str, float], float] = {}
    for edge in network.edges:
        if edge.lag.kind == "hold" and edge.high >= FOREVER and edge.lag.step:
            ticks = told.starts[edge.after] - told.starts[edge.before] - edge.low
            key = (edge.lag.step, edge.lag.min_s)
            excess[key] = max(excess.get(key, 0.0), network.grid.seconds(ticks))
    for (step, asked), more in excess.items():
        if more > EXCESS_S:
            yield (
                f"{step!r} asks for at least {duration_text(asked)} and lasts up to "
                f"{duration_text(asked + more)} in some wells; a tolerance would bound it."
            )


def instrument_text(times: InstrumentTimes) -> str:
    """What an instrument beside the deck has to do, what expires, and which share would not."""
    total = len(times.injections)
    text = (
        f"{total} samples need {times.needed_s / 3600:.3g} h of {times.instrument!r} after the "
        f"run; it is done at {clock_text(times.end_s)}."
    )
    if not times.expired:
        return text
    some = (
        f"every {ordinal(times.take_every)} sample would be measured in time"
        if times.take_every
        else "no share of them would be measured in time; samples that keep longer or a shorter "
        "method would help"
    )
    return f"{text} {times.expired} of them would expire before their turn: {some}."


def ordinal(number: int) -> str:
    """2nd, 3rd, 4th, ..."""
    if number % 100 not in (11, 12, 13):
        ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{ending}"
    return f"{number}th"


def _people(told: Told) -> str:
    """Each task of a person with all its times."""
    grid, nodes = told.network.grid, told.network.nodes
    people = [
        (told.starts[name], node.operation.task)
        for name, node in nodes.items()
        if isinstance(node.operation, AskPerson)
    ]
    people += [(each.start, f"new lot of {each.refill.stock}") for each in told.refills]
    times: dict[str, list[str]] = {}
    for at, task in sorted(people):
        begin_s = grid.seconds(at)
        of_day = "" if told.options.start_s is None else f" ({day_text(told.options, begin_s)})"
        times.setdefault(task.rstrip("."), []).append(clock_text(begin_s) + of_day)
    if not times:
        return "No person is needed between start and end."
    tasks = "; ".join(f"{task} at {', '.join(at)}" for task, at in times.items())
    return f"A person is needed: {tasks}."
