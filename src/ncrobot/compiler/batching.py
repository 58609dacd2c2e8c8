"""Batching: how many wells are treated together, decided by the clock.

Few wells together are served close to each other and lose little when something fails; many leave
the arm free. So the smallest groups are kept unless they would keep the arm busy for more than half
of the interval between portions, or, on an arm with one channel, for more than an hour in all.
Then the quickest of the larger ones is taken whose wells are served close enough to each other for
every tolerance of the protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from ncrobot.compiler.delivery import Delivery
from ncrobot.compiler.doses import WellDoses, optional_value, value_of
from ncrobot.compiler.grouping import Group, make_groups, make_trains
from ncrobot.compiler.modes import Options, Priced, Setting, chosen, options
from ncrobot.liquids.contamination import Handling
from ncrobot.plan import DoseMode
from ncrobot.protocol import Dosing, Hold, Protocol, Reduce, Sample, Timing, acts
from ncrobot.protocol.dosing import Batching

BUSY_SHARE = 0.5
"""Share of an interval between portions from which on the arm's time is critical."""

BUSY_S = 3600.0
"""Arm time of a plate from which on it is critical on an arm with one channel."""

TRAIN_WELLS = (8, 4, 2)
TRAIN_COLUMNS = (2, 3, 4)
SPREAD_SHARE = 0.5
"""Share of a tolerance that the wells of a group may lie apart."""

_TOUCHING = Handling({}, slurry=False, fresh_tips=True, keeps=True)


@dataclass(frozen=True, slots=True)
class _Cost:
    """What a grouping costs: arm seconds in all, the busiest share of an interval, the spread."""

    arm_s: float
    busy: float
    spread_s: float


def batch(
    protocol: Protocol, wells: Sequence[WellDoses], delivery: Delivery, setting: Setting
) -> list[Group]:
    """The groups in which the wells are treated."""
    arm = setting.layout.arm
    base = make_groups(protocol, wells, arm)
    kinds = {head.kind for head in setting.heads}
    own: DoseMode = "single" if kinds == {"single"} else "column"
    asked = {step.batching for step in protocol.steps if isinstance(step, Dosing)}
    asked = {setting.wish if each == "auto" else each for each in asked}
    if asked == {own}:
        return base
    forced = bool(asked - {"auto", "pump", own})
    if "rigid" in kinds or (own == "column" and not forced and not _has_portions(delivery)):
        return base
    cost = _cost(protocol, base, delivery, setting)
    is_busy = cost.busy > BUSY_SHARE or (kinds == {"single"} and cost.arm_s > BUSY_S)
    if not (forced or is_busy):
        return base
    sizes = [(size, 0) for size in TRAIN_WELLS] if own == "single" else _columns()
    offers = [make_trains(protocol, wells, size, columns) for size, columns in sizes]
    limit_s = SPREAD_SHARE * min(_tolerances_s(protocol, wells), default=float("inf"))
    able: list[tuple[list[Group], _Cost]] = []
    for offer in offers:
        priced = _cost(protocol, offer, delivery, setting)
        if priced.spread_s <= limit_s:
            able.append((offer, priced))
            if own == "single":
                break  # smaller trains take more of the arm's time
    if not able:
        return offers[-1] if forced else base
    best, best_cost = min(able, key=lambda pair: pair[1].arm_s)
    return best if forced or best_cost.arm_s < cost.arm_s else base


def _has_portions(delivery: Delivery) -> bool:
    return any(draw.portions > 1 for draws in delivery.draws.values() for draw in draws.values())


def _columns() -> list[tuple[int, int]]:
    return [(0, columns) for columns in TRAIN_COLUMNS]


def _cost(
    protocol: Protocol, groups: Sequence[Group], delivery: Delivery, setting: Setting
) -> _Cost:
    arm_s, busy, spread_s = 0.0, 0.0, 0.0
    for index, step in enumerate(protocol.steps):
        portion_s, interval_s = 0.0, float("inf")
        for group in groups:
            if isinstance(step, Sample) and not acts(step.only, group.condition.choices):
                continue
            if isinstance(step, Sample):
                volumes = dict.fromkeys(group.wells, value_of(step.volume, group.condition))
                times = max(len(step.at), 1)
                found = [options(volumes, setting, _TOUCHING).best()]
            else:
                volumes, times = doses_of(delivery, group, index)
                asked: Batching = step.batching if isinstance(step, Dosing) else "auto"
                found = list(_best(delivery, setting, group, index, asked))
            priced = [each for each in found if each is not None]
            once_s = sum(each.arm_s for each in priced)
            spread_s = max(spread_s, *(each.spread_s for each in priced), 0.0)
            arm_s += once_s * times
            if isinstance(step, Reduce) and times > 1 and step.interval is not None:
                portion_s += once_s
                interval_s = min(interval_s, value_of(step.interval, group.condition))
        busy = max(busy, portion_s / interval_s if interval_s > 0 else 0.0)
    return _Cost(arm_s, busy, spread_s)


def doses_of(delivery: Delivery, group: Group, index: int) -> tuple[dict[str, float], int]:
    """Volume of one portion for each well of a group that a step doses, and the portions."""
    draws = [
        (well, draw)
        for well in group.wells
        if (draw := delivery.draws[well].get(index)) is not None
    ]
    return {w: d.volume_ul for w, d in draws}, max((d.portions for _, d in draws), default=0)


def by_source(delivery: Delivery, group: Group, index: int) -> dict[str, dict[str, float]]:
    """Volumes of one portion by the stock or working solution that they come from."""
    found: dict[str, dict[str, float]] = {}
    for well in group.wells:
        draw = delivery.draws[well].get(index)
        if draw is not None:
            found.setdefault(draw.source, {})[well] = draw.volume_ul
    return found


def source_options(
    delivery: Delivery, setting: Setting, source: str, volumes: Mapping[str, float]
) -> Options:
    """The ways to dose wells from one source."""
    return options(
        volumes,
        setting,
        setting.handlings[source],
        one_source_well=source in delivery.working,
        stock=None if source in delivery.working else source,
    )


def _best(
    delivery: Delivery, setting: Setting, group: Group, index: int, asked: Batching
) -> Iterator[Priced | None]:
    for source, volumes in by_source(delivery, group, index).items():
        found = source_options(delivery, setting, source, volumes)
        yield chosen(found, asked, setting) or found.best()


def _tolerances_s(protocol: Protocol, wells: Sequence[WellDoses]) -> Iterator[float]:
    """Widths of the windows in which a well must be visited; portions keep their times by nature.

    A group's wells are served one after the other in the same order in each step, so only what
    differs between steps counts; that is at most the longest group.
    """
    row = wells[0].condition
    for step in protocol.steps:
        if isinstance(step, Sample | Hold) and step.tolerance is not None:
            for well in wells:
                yield optional_value(step.tolerance, well.condition) or 0.0
        for timing in _timings(step):
            if timing.tolerance is not None:
                yield value_of(timing.tolerance, row)
            elif timing.at_most is not None:
                least_s = optional_value(timing.at_least, row) or 0.0
                yield (value_of(timing.at_most, row) - least_s) / 2


def _timings(step: BaseModel) -> Sequence[Timing]:
    found = getattr(step, "timing", ())
    return tuple(found)
