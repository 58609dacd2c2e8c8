"""The plan as a network of time lags: start-to-start bounds in ticks, and what each node claims.

A tick is a second, or a tenth of one if a lag of the plan has a bound that is no whole second.
Durations and lower bounds are rounded up, upper bounds down, so rounding never breaks a lag.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.deck.layout import DeckLayout, Shaker
from ncrobot.plan import (
    AskPerson,
    Lag,
    MovePlate,
    Operation,
    Plan,
    Read,
    Refill,
    SetTemperature,
    Shake,
)
from ncrobot.scheduler.calendar import Claim
from ncrobot.scheduler.durations import operation_duration_s

FOREVER = 10**10
"""More ticks than any run has."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The ticks of a schedule."""

    per_s: int

    def up(self, seconds: float) -> int:
        """Ticks, rounded up (but not because of the last bits of a float)."""
        return math.ceil(round(seconds * self.per_s, 6))

    def down(self, seconds: float) -> int:
        """Ticks, rounded down."""
        return math.floor(round(seconds * self.per_s, 6))

    def near(self, seconds: float) -> int:
        """The nearest tick."""
        return round(seconds * self.per_s)

    def seconds(self, ticks: int) -> float:
        """Seconds of so many ticks."""
        return ticks / self.per_s


@dataclass(frozen=True, slots=True)
class Edge:
    """``after`` starts low to high ticks after ``before`` starts; at ``wish`` if possible."""

    before: str
    after: str
    low: int
    high: int
    wish: int | None
    lag: Lag


@dataclass(frozen=True, slots=True)
class Node:
    """One operation: how long it takes, what it claims, and its place in the plan."""

    operation: Operation
    duration: int
    claims: tuple[Claim, ...]
    resources: tuple[str, ...]
    order: int


@dataclass(frozen=True, slots=True)
class Network:
    """All nodes and edges of a plan. ``incoming`` and ``outgoing`` list edges by node."""

    grid: Grid
    nodes: Mapping[str, Node]
    edges: Sequence[Edge]
    incoming: Mapping[str, Sequence[Edge]]
    outgoing: Mapping[str, Sequence[Edge]]


def resources_of(operation: Operation, arm: str) -> tuple[str, ...]:
    """What an operation occupies alone. A person at work has their hands on the deck."""
    if isinstance(operation, AskPerson | Refill):
        return ("person", arm) if operation.takes_s > 0 else ()
    if isinstance(operation, SetTemperature):
        return (f"{operation.device}:temperature",)
    return (operation.device,)


def labware_touched(operation: Operation) -> set[str]:
    """Labware that must stand still and be in reach during an operation."""
    if operation.kind in ("transfer", "pump_dose"):
        places = [place for leg in operation.legs for place in (leg.source, leg.destination)]
        return {place.partition("/")[0] for place in places}
    if operation.kind == "mix":
        return {leg.well.partition("/")[0] for leg in operation.legs}
    if operation.kind in ("move_plate", "read", "shake"):
        return {operation.labware}
    return set()


def build_network(plan: Plan, *, reserve: float = 0.0, per_s: int | None = None) -> Network:
    """Nodes with their durations and claims, and edges between them.

    ``reserve`` is the share of each operation's time for which the arm is left free after it.
    ``per_s`` ticks are a second; None: one, or ten if a lag isn't in whole seconds.
    """
    grid = Grid(per_s or (1 if all(_whole(lag) for lag in plan.lags) else 10))
    arm = plan.deck.arm.name
    # The arm comes to one labware at a time anyway; labware that something else than the arm uses
    # is a resource of its own.
    contested = {
        operation.labware
        for operation in plan.operations
        if isinstance(operation, Read | Shake | MovePlate)
    }
    shaken = {op.labware for op in plan.operations if isinstance(op, Shake)}
    nodes = {}
    for order, operation in enumerate(plan.operations):
        resources = resources_of(operation, arm)
        duration = grid.up(operation_duration_s(operation, plan.deck))
        free = grid.up(reserve * operation_duration_s(operation, plan.deck))
        claims = [Claim(resource, free if resource == arm else 0) for resource in resources]
        # A person may take what a shaker carries in hand, so it has to stand still for them too.
        touched = shaken if isinstance(operation, AskPerson) else labware_touched(operation)
        claims += [
            Claim(f"labware {labware}", _tail(operation, plan.deck, grid))
            for labware in sorted(touched & contested)
        ]
        nodes[operation.id] = Node(operation, duration, tuple(claims), resources, order)
    edges = [_edge(lag, nodes, grid) for lag in plan.lags]
    incoming: dict[str, list[Edge]] = {name: [] for name in nodes}
    outgoing: dict[str, list[Edge]] = {name: [] for name in nodes}
    for edge in edges:
        incoming[edge.after].append(edge)
        outgoing[edge.before].append(edge)
    return Network(grid, nodes, edges, incoming, outgoing)


def _whole(lag: Lag) -> bool:
    bounds = (lag.min_s, lag.max_s or 0.0, lag.target_s or 0.0)
    return all(abs(bound - round(bound)) < 1e-6 for bound in bounds)


def _tail(operation: Operation, deck: DeckLayout, grid: Grid) -> int:
    """After a shaker was told to run, it first has to stop before anyone comes to its plate."""
    device = deck.devices.get(operation.device)
    if isinstance(operation, Shake) and operation.speed_rpm > 0 and isinstance(device, Shaker):
        return grid.up(device.stop_s)
    return 0


def _edge(lag: Lag, nodes: Mapping[str, Node], grid: Grid) -> Edge:
    offset = nodes[lag.before].duration if lag.point == "end" else 0
    return Edge(
        lag.before,
        lag.after,
        grid.up(lag.min_s) + offset,
        FOREVER if lag.max_s is None else grid.down(lag.max_s) + offset,
        None if lag.target_s is None else grid.near(lag.target_s) + offset,
        lag,
    )
