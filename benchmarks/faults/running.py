"""One run of a plate with its faults, and everything that is known of it afterwards."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pylabrobot.liquid_handling import LiquidHandler
from pylabrobot.resources import Resource

from benchmarks.faults.plates import WHOLE, plate
from ncrobot import workcells
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.devices import Question, load_driver
from ncrobot.engine import Engine, RunOutcome, Workcell
from ncrobot.events import Event, EventKind
from ncrobot.plan import Plan
from ncrobot.scheduler import make_repairer
from ncrobot_sim import Fault, FaultPlan, World
from ncrobot_sim.gas import SimulatedGas
from ncrobot_sim.operator import SimulatedOperator

Flow = tuple[float, float, float]
"""Gas that flowed: from, to (s of the run) and mL/min."""

Doses = dict[tuple[str, str], float]
"""Microlitres that reached a place in an operation: (operation, address) -> µL."""


def quicken() -> None:
    """Leave out what ten thousand runs of the same decks need not look at again.

    Entry points are looked up for every device of every run; PyLabRobot compares all names of a
    deck at each assignment, and whole trees before each act. The world refuses unknown places too.
    """
    setattr(workcells, "load_driver", cache(load_driver))  # noqa: B010
    setattr(LiquidHandler, "_assert_resources_exist", _nothing)  # noqa: B010
    setattr(Resource, "_check_naming_conflicts", _nothing)  # noqa: B010


def _nothing(*_arguments: Any, **_named: Any) -> None:
    """Stand in for a check."""


@dataclass
class Account:
    """What the world did, told by itself: every volume that reached a place, by operation.

    It listens to the world's own acts, and takes from the record only which operation is on.
    """

    doses: Doses = field(default_factory=lambda: defaultdict(float))
    _arm: str = ""
    _pump: str = ""

    def hear(self, event: Event) -> None:
        if event.kind is EventKind.INTENT and event.act == "dispense" and event.operation:
            if "device" in event.data:
                self._pump = event.operation
            else:
                self._arm = event.operation

    def watch(self, world: World) -> None:
        dispense, flow = world.dispense, world.flow

        def dispensing(channel: int, address: str, volume_ul: float) -> None:
            before_ul = world.volume_ul(address)
            dispense(channel, address, volume_ul)
            self.doses[self._arm, address] += world.volume_ul(address) - before_ul

        def flowing(source: str, destination: str | None, volume_ul: float) -> None:
            is_place = (
                destination is not None and destination.split("/")[0] not in world.plungers_ul
            )
            before_ul = world.volume_ul(destination) if destination is not None else 0.0
            flow(source, destination, volume_ul)
            if destination is not None and is_place:
                reached_ul = world.volume_ul(destination) - before_ul
                self.doses[self._pump, destination] += reached_ul

        setattr(world, "dispense", dispensing)  # noqa: B010 - a method of one object is replaced
        setattr(world, "flow", flowing)  # noqa: B010


class Passerby(SimulatedOperator):
    """A person who is there or not, and answers anything that is offered, by the seed.

    Who lets the arm into a plate has put it right before.
    """

    def __init__(self, chance: random.Random, **fields: Any) -> None:
        super().__init__(**fields)
        self._chance = chance
        self._present = chance.random() < 0.7

    async def ask(self, question: Question) -> str | None:
        if question.text.startswith("The plate is finished"):
            return await super().ask(question)
        self._answers[len(self.asked) + 1] = self._chance.choice(question.choices)
        answer = await super().ask(question)
        if answer == "continue":
            for device in list(self._world.unhomed):
                self._world.set_homed(device, True)
        return answer


async def flowed(
    workcell: Workcell, plan: Plan, clock: VirtualClock, *, before_s: float
) -> dict[str, list[Flow]]:
    """What every valve let flow, in the time of the run, which began at ``before_s`` of the clock.

    A valve to which nobody speaks any more has time to shut itself. What still flows then has no
    end: it is told as infinite.
    """
    layouts = plan.deck.devices.values()
    patience_s = max((each.watchdog_s for each in layouts if each.kind == "gas"), default=0.0)
    await clock.sleep(patience_s + 1.0)
    end_s = clock.now_s()
    return {
        name: [
            (since_s - before_s, to_s - before_s if to_s < end_s else math.inf, flow)
            for since_s, to_s, flow in device.flows
        ]
        for name, device in workcell.devices.items()
        if isinstance(device, SimulatedGas)
    }


def _world_of(workcell: Workcell) -> World:
    world: World = vars(workcell.arm)["_world"]
    return world


@dataclass
class Told:
    """All that is known of a run: its record, and the world as it is."""

    plan: Plan
    events: Sequence[Event]
    world: World
    account: Account
    outcome: RunOutcome | None
    error: str = ""
    flows: dict[str, list[Flow]] = field(default_factory=dict)
    """What every gas valve really let flow."""


def carry_out(name: str, faults: Sequence[Fault], seed: int) -> Told:
    """Run a plate with these faults; a defect of ncrobot is told in ``error``."""
    plan, times = plate(name)
    events: list[Event] = []
    account, struck = Account(), FaultPlan(faults)
    worlds: list[World] = []
    flows: dict[str, list[Flow]] = {}
    chance = random.Random(f"person {seed}")

    def emit(event: Event) -> None:
        events.append(event)
        account.hear(event)

    async def main(clock: VirtualClock) -> RunOutcome:
        workcell = workcells.simulated_workcell(plan, times, clock, struck)
        world = _world_of(workcell)
        worlds.append(world)
        account.watch(world)
        workcell.operator = Passerby(chance, name="person", clock=clock, world=world)
        engine = Engine(
            run_id=f"f{seed}", plan=plan, schedule=times, workcell=workcell, clock=clock,
            emit=emit, repairer=make_repairer(plan) if name in WHOLE else None,
        )  # fmt: skip
        ended = await engine.run()
        flows.update(
            await flowed(workcell, plan, clock, before_s=clock.now_s() - events[-1].time_s)
        )
        return ended

    outcome, error = None, ""
    try:
        outcome = run_virtual(main)
    except Exception as defect:  # noqa: BLE001 - counted, and told with its seed
        error = f"{type(defect).__name__}: {defect}"
    world = worlds[0] if worlds else World(struck)
    return Told(plan, events, world, account, outcome, error, flows)


@cache
def reference(name: str) -> Told:
    """The run in which nothing fails."""
    plan, times = plate(name)
    events: list[Event] = []
    account, nothing = Account(), FaultPlan()
    worlds: list[World] = []

    def emit(event: Event) -> None:
        events.append(event)
        account.hear(event)

    async def main(clock: VirtualClock) -> RunOutcome:
        workcell = workcells.simulated_workcell(plan, times, clock, nothing)
        worlds.append(_world_of(workcell))
        account.watch(worlds[0])
        return await Engine(
            run_id="reference", plan=plan, schedule=times, workcell=workcell, clock=clock, emit=emit
        ).run()

    outcome = run_virtual(main)
    return Told(plan, events, worlds[0], account, outcome)
