"""Levels ahead: what is there now against what the rest of the plan needs.

The plan was checked against full positions. While it runs, tips are lost, doses are repeated, lots
aren't brought: what will run out is told as soon as it is known, not when it happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ncrobot.engine.run import Run
from ncrobot.liquids import TOLERANCE_UL
from ncrobot.plan.operations import (
    Leg,
    MixWells,
    Operation,
    PumpDose,
    Refill,
    Transfer,
)

Kind = Literal["stock", "tips", "waste"]


@dataclass(frozen=True, slots=True)
class Shortage:
    """Something that runs out before the plan is over, with the first operation that meets it.

    ``needed`` is what the rest of the plan takes from it (into the waste: brings to it), until it
    is filled anew; ``present`` what can be had (for the waste: its room; of tips: spare ones). Both
    in ``unit``.
    """

    kind: Kind
    place: str
    what: str
    operation: str
    start_s: float
    needed: float
    present: float
    unit: str
    wells: tuple[str, ...]

    @property
    def key(self) -> tuple[Kind, str]:
        """What is short, whatever the figures."""
        return self.kind, self.place

    def data(self) -> dict[str, Any]:
        """The figures, as they go to the record."""
        return {**asdict(self), "wells": list(self.wells)}

    def told(self, now_s: float) -> str:
        """One sentence for a person."""
        when = f"in {max(self.start_s - now_s, 0.0) / 60:.0f} min ({self.operation})"
        if self.kind == "tips":
            return (
                f"no spare tip is left for those of {self.place}; {self.needed:.0f} are still to "
                f"be taken, the next of them {when}"
            )
        if self.kind == "waste":
            return (
                f"the waste has room for {self.present:.0f} {self.unit} and is to get "
                f"{self.needed:.0f}: it is full {when}"
            )
        return (
            f"{self.what} in {self.place}: {self.present:.4g} {self.unit} can be drawn, "
            f"{self.needed:.4g} are needed; it runs out {when}"
        )


def shortages(run: Run) -> tuple[Shortage, ...]:
    """Everything that the rest of the plan will run out of, the earliest first."""
    rest = list(_rest(run))
    found = [*_stocks(run, rest), *_tips(run, rest), *_waste(run, rest)]
    return tuple(sorted(found, key=lambda short: short.start_s))


Rest = list[tuple[float, Operation]]


def _rest(run: Run) -> Iterator[tuple[float, Operation]]:
    """What hasn't begun and still concerns a living well, by its planned start."""
    for entry in sorted(run.schedule.entries, key=lambda entry: entry.start_s):
        operation = run.order.operations.get(entry.operation)
        if operation is None or run.timing.times(entry.operation).start_s is not None:
            continue
        if run.fates.any_alive(run.reach.concerned(operation)):
            yield entry.start_s, operation


def _legs(run: Run, operation: Transfer) -> list[Leg]:
    return [
        leg
        for leg in operation.legs
        if run.fates.any_alive(run.reach.wells_of_leg(leg))
        and not run.is_settled(operation.id, leg)
    ]


def _drawn_ul(run: Run, operation: Transfer) -> dict[str, float]:
    """What each source loses to the doses that are still wanted, and to what is thrown away."""
    legs = _legs(run, operation)
    lost: dict[str, float] = {}
    for leg in legs:
        lost[leg.source] = lost.get(leg.source, 0.0) + leg.volume_ul
    wanted = {(leg.cycle, leg.channel) for leg in legs}
    for draw in operation.draws():
        if operation.excess_to == "waste" and (draw.cycle, draw.channel) in wanted:
            lost[draw.source] = lost.get(draw.source, 0.0) + draw.excess_ul
    return lost


def _stocks(run: Run, rest: Rest) -> Iterator[Shortage]:
    """Follow the level of every position until a person fills it anew."""
    stocks = {
        address: use.stock
        for use in run.plan.stocks
        if use.working_of is None
        for address in use.positions_ul
    }
    free_ul = {a: run.books.volume_ul(a) - run.deck.dead_volume_ul(a) for a in stocks}
    needed_ul = dict.fromkeys(stocks, 0.0)
    short: dict[str, tuple[float, Operation]] = {}
    over: dict[str, float] = {}
    for start_s, operation in rest:
        if isinstance(operation, Refill):
            for address, volume_ul in operation.wells_ul.items():
                if address not in short:
                    free_ul[address] = volume_ul - run.deck.dead_volume_ul(address)
                    needed_ul[address] = 0.0
                else:
                    over.setdefault(address, needed_ul[address])
        elif isinstance(operation, Transfer):
            for address, volume_ul in _drawn_ul(run, operation).items():
                if address not in stocks or address in over:
                    continue
                needed_ul[address] += volume_ul
                if needed_ul[address] > free_ul[address] + TOLERANCE_UL:
                    short.setdefault(address, (start_s, operation))
    for address, (start_s, operation) in short.items():
        wells = _wells(run, operation, address)
        yield Shortage(
            "stock", address, stocks[address], operation.id, start_s,
            over.get(address, needed_ul[address]), max(free_ul[address], 0.0), "µL", wells,
        )  # fmt: skip


def _wells(run: Run, operation: Operation, address: str) -> tuple[str, ...]:
    if not isinstance(operation, Transfer):
        return ()
    legs = [leg for leg in _legs(run, operation) if leg.source == address]
    found = {well for leg in legs for well in run.reach.wells_of_leg(leg)}
    return tuple(well for well in run.fates.wells if well in found)


def _tips(run: Run, rest: Rest) -> Iterator[Shortage]:
    """Tips that other tips stand in for, where no spare is left for the next that is lost."""
    told: set[str] = set()
    for start_s, operation in rest:
        if isinstance(operation, PumpDose) or not isinstance(operation, Transfer | MixWells):
            continue
        for tip in dict.fromkeys(leg.tip for leg in operation.legs):
            rack = tip.partition("/")[0]
            replaced = run.tips.standing_in(tip) != tip
            if rack in told or not replaced or run.tips.spares_for(tip) > 0:
                continue
            told.add(rack)
            yield Shortage(
                "tips", rack, "tips", operation.id, start_s,
                float(_tips_to_come(rest, rack)), 0.0, "tips", run.reach.concerned(operation),
            )  # fmt: skip


def _tips_to_come(rest: Rest, rack: str) -> int:
    tips = {
        leg.tip
        for _, operation in rest
        if isinstance(operation, Transfer | MixWells) and not isinstance(operation, PumpDose)
        for leg in operation.legs
    }
    return sum(tip.startswith(f"{rack}/") for tip in tips)


def _waste(run: Run, rest: Rest) -> Iterator[Shortage]:
    """What is thrown away with tips and primed out of pumps, against the room that is left."""
    room_ul = max(run.plan.deck.waste_capacity_ul - run.books.volume_ul("waste"), 0.0)
    brought_ul, first = 0.0, None
    for start_s, operation in rest:
        if isinstance(operation, Transfer) and operation.excess_to == "waste":
            brought_ul += sum(draw.excess_ul for draw in operation.draws())
            if first is None and brought_ul > room_ul + TOLERANCE_UL:
                first = start_s, operation
    if first is not None:
        start_s, operation = first
        yield Shortage(
            "waste", "waste", "waste", operation.id, start_s, brought_ul, room_ul, "µL",
            run.reach.concerned(operation),
        )  # fmt: skip
