"""What the auditor works with: the plan, what was asked, and plain facts about the deck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ncrobot.auditor.order import Order
from ncrobot.auditor.report import Notes
from ncrobot.auditor.strengths import Content, contents
from ncrobot.deck.layout import DeckLayout, Gas, Placed, TipType
from ncrobot.errors import DeckError
from ncrobot.labware import LabwareDefinition, definition
from ncrobot.plan import Operation, Plan
from ncrobot.protocol import (
    Age,
    Condition,
    Conditions,
    Dosing,
    Protocol,
    Step,
    StepBase,
    Treat,
    UnderGas,
    step_ids,
)
from ncrobot.protocol.values import Given

# What a protocol that says nothing allows a well to be filled to.
_DEFAULT_FILL = 0.9
# What is done before the protocol's first step: heat the vessel, cool stocks, prepare dilutions.
BEFORE_ALL = ("vessel", "cool", "prepare")
# Gases that a layout or a protocol may name by their formula.
_FORMULAS = {
    "argon": "ar",
    "carbon dioxide": "co2",
    "carbon monoxide": "co",
    "helium": "he",
    "hydrogen": "h2",
    "methane": "ch4",
    "nitrogen": "n2",
    "oxygen": "o2",
}
# What ends a wait that nothing else follows: the plate is taken from the deck.
AFTER_ALL = "collect"


def value_of(given: Given, row: Condition) -> float:
    """The number behind a value of the protocol for one row of the table."""
    if given.parameter is not None:
        return row.values[given.parameter]
    return given.value if given.value is not None else 0.0


def optional_value(given: Given | None, row: Condition) -> float | None:
    """As :func:`value_of`; None where the protocol gives nothing."""
    return None if given is None else value_of(given, row)


def is_done(step: StepBase, row: Condition) -> bool:
    """Whether a row's choices let a step be done."""
    return not any(row.choices.get(name) not in words for name, words in step.only.items())


class DeckFacts:
    """Answers about the deck layout of a plan; an unknown place has no facts."""

    def __init__(self, layout: DeckLayout) -> None:
        self.layout = layout
        self.labware = {placed.name: placed for placed in layout.labware}

    def placed(self, address: str) -> Placed | None:
        """The labware of an address."""
        return self.labware.get(address.split("/", maxsplit=1)[0])

    def definition(self, address: str) -> LabwareDefinition | None:
        """The catalogue's definition of the labware of an address."""
        placed = self.placed(address)
        if placed is None:
            return None
        try:
            return definition(placed.definition)
        except DeckError:
            return None

    def has(self, address: str) -> bool:
        """Whether the labware stands on the deck and has this well or spot."""
        known = self.definition(address)
        return known is not None and address.rsplit("/", maxsplit=1)[-1] in known.wells

    def role(self, address: str) -> str | None:
        """What the labware of an address is for."""
        placed = self.placed(address)
        return None if placed is None else placed.role

    def capacity_ul(self, address: str) -> float:
        """What one well holds: as the layout says, else by the catalogue; 0 if unknown."""
        placed, known = self.placed(address), self.definition(address)
        if placed is None or known is None:
            return 0.0
        return min(placed.max_volume_ul or known.well_volume_ul, known.well_volume_ul)

    def dead_ul(self, address: str) -> float:
        """What stays in a well because no tip reaches it."""
        placed = self.placed(address)
        return (placed.dead_volume_ul or 0.0) if placed is not None else 0.0

    def tip_type(self, address: str) -> TipType | None:
        """The kind of tip at a spot."""
        placed = self.placed(address)
        if placed is None or placed.role != "tips" or not self.has(address):
            return None
        kinds = self.layout.arm.tips
        return next((kind for kind in kinds if kind.definition == placed.definition), None)


@dataclass(frozen=True)
class Case:
    """One audit: the plan, the documents it was made from, and where differences are noted."""

    plan: Plan
    protocol: Protocol
    conditions: Conditions
    notes: Notes

    @cached_property
    def order(self) -> Order:
        """What the lags say about before and after."""
        return Order(self.plan.operations, self.plan.lags)

    @cached_property
    def deck(self) -> DeckFacts:
        """The deck of the plan."""
        return DeckFacts(self.plan.deck)

    @cached_property
    def rows(self) -> Mapping[str, Condition]:
        """The rows of the table by their wells."""
        return {row.well: row for row in self.conditions.rows}

    @cached_property
    def step_names(self) -> tuple[str, ...]:
        """The id of each step."""
        return step_ids(self.protocol)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each step in the protocol; what comes before all of them is at -1."""
        numbers = {name: index for index, name in enumerate(self.step_names)}
        return {**dict.fromkeys(BEFORE_ALL, -1), AFTER_ALL: len(numbers), **numbers}

    def step_at(self, place: int) -> Step | None:
        """The step at a place; None before the first and after the last."""
        return self.protocol.steps[place] if 0 <= place < len(self.protocol.steps) else None

    def step_of(self, operation: Operation) -> Step | None:
        """The step that an operation belongs to; None if it is none of the protocol's."""
        return self.step_at(self.places.get(operation.step, -1))

    @cached_property
    def doses(self) -> Mapping[int, Dosing]:
        """The steps that dose a stock, by their place."""
        numbered = enumerate(self.protocol.steps)
        return {index: step for index, step in numbered if isinstance(step, Dosing)}

    @cached_property
    def contents(self) -> Mapping[str, Content]:
        """µmol of each material in one µL of every stock."""
        return contents(self.protocol)

    def well_of(self, address: str) -> str | None:
        """The name of a reaction well of the table, or None for any other place."""
        labware, _, well = address.partition("/")
        return well if labware == self.plan.vessel_labware and well in self.rows else None

    def in_order(self) -> tuple[Operation, ...]:
        """The operations in an order that the lags allow."""
        return self.order.sequence

    def fill_limit_ul(self, address: str) -> float:
        """How full a reaction well may get."""
        given = self.protocol.vessel.max_fill
        row = self.rows.get(address.rsplit("/", maxsplit=1)[-1])
        fraction = optional_value(given, row) if row is not None else None
        return self.deck.capacity_ul(address) * (fraction or _DEFAULT_FILL)


def is_away(case: Case, step: Step) -> bool:
    """Whether a person carries the plate off the deck for a step."""
    if isinstance(step, UnderGas):
        return not valves_for(case, step.gas)
    return isinstance(step, Treat) or (isinstance(step, Age) and step.where != "deck")


def valves_for(case: Case, gas: str) -> dict[str, Gas]:
    """The valves of the deck that let a gas flow over the reaction plate."""
    devices = case.plan.deck.devices
    return {
        name: device
        for name, device in devices.items()
        if isinstance(device, Gas)
        and plain_gas(device.gas) == plain_gas(gas)
        and device.over in {None, case.plan.vessel_labware}
    }


def plain_gas(text: str) -> str:
    """One name for each gas, whether it is written as a word or as a formula."""
    word = text.strip().lower()
    return next((name for name, formula in _FORMULAS.items() if word == formula), word)
