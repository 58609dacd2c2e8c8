"""Runs that die at any moment: what is durable then, and the world as it is then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from engine.engine_kit import Bench, Record, make_bench
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.devices import Question
from ncrobot.engine import RunOutcome, recall
from ncrobot.events import Event
from ncrobot.plan.document import Plan
from ncrobot.schedule import Schedule
from ncrobot_sim import FaultPlan, world_log
from ncrobot_sim.operator import SimulatedOperator
from ncrobot_sim.world import World


@dataclass(frozen=True)
class Death:
    """One moment: how many events are durable, and how long the world's log is."""

    why: str
    durable: int
    world_bytes: int


@dataclass
class Lived:
    """A run that went to its end, with all the moments at which it might have died."""

    plan: Plan
    schedule: Schedule
    events: Sequence[Event]
    log: bytes
    deaths: list[Death]
    outcome: RunOutcome

    def brought(self, folder: Path) -> World:
        """The world at the end."""
        path = folder / "whole.world"
        path.write_bytes(self.log)
        return World(log=path)


@dataclass
class _Watched(Record):
    path: Path = Path()
    known: int = 0
    deaths: list[Death] = field(default_factory=list)

    def note(self, why: str) -> None:
        size = self.path.stat().st_size if self.path.exists() else 0
        self.deaths.append(Death(why, self.known + self.flushed, size))

    def emit(self, event: Event) -> None:
        super().emit(event)
        self.note(f"before {event.seq} is durable")

    def flush(self) -> None:
        super().flush()
        self.note(f"after {len(self.events)} are durable")


def live(
    plan: Plan,
    schedule: Schedule,
    folder: Path,
    meanwhile: Callable[[Bench], object] | None = None,
    *,
    before: Sequence[Event] = (),
    log: bytes = b"",
    down_s: float = 0.0,
    faults: FaultPlan | None = None,
) -> Lived:
    """Carry out a schedule and note every moment at which the process might die.

    With events and a world from ``before``, that run is taken up again.
    """
    recalled = recall(before, schedule) if before else None
    record = _Watched(path=folder / "run.world", known=len(before))
    record.path.unlink(missing_ok=True)
    start = None
    if recalled is not None and recalled.started:
        record.path.write_bytes(log)
        start = recalled.last_wall + timedelta(seconds=down_s)
    write = world_log.WorldLog.write

    def noting(log: world_log.WorldLog, change: list[object]) -> None:
        write(log, change)
        record.note(f"after {change[0]}")

    async def main(clock: VirtualClock) -> RunOutcome:
        import asyncio

        chosen = schedule if recalled is None else recalled.schedule
        bench = make_bench(
            plan, chosen, clock, record=record, world_log=record.path, recalled=recalled,
            faults=faults,
        )  # fmt: skip
        beside = asyncio.ensure_future(meanwhile(bench)) if meanwhile is not None else None
        try:
            return await bench.engine.run()
        finally:
            if beside is not None:
                beside.cancel()

    world_log.WorldLog.write = noting
    try:
        outcome = run_virtual(main, start=start)
    finally:
        world_log.WorldLog.write = write
    log = record.path.read_bytes()
    return Lived(plan, schedule, [*before, *record.events], log, record.deaths, outcome)


class TruthfulOperator(SimulatedOperator):
    """Somebody who looks into the wells: knows whether what was under way has arrived.

    Where only some of the wells have got it, no answer is true, and none is given.
    """

    def __init__(self, *, world: World, expected: dict[str, float], **settings: object) -> None:
        super().__init__(world=world, **settings)
        self._look = world
        self._expected = expected

    async def ask(self, question: Question) -> str | None:
        if "arrived" not in question.choices:
            return await super().ask(question)
        self.asked.append(question)
        places = [each for each in self._expected if f"into {each}" in question.text]
        there = {self._look.volume_ul(p) >= self._expected[p] - 1e-6 for p in places}
        if len(there) == 2:
            return None
        return "arrived" if there == {True} else "missing"


@dataclass
class Resumed:
    """What became of a run that was taken up again."""

    outcome: RunOutcome
    bench: Bench
    before: Sequence[Event]

    @property
    def events(self) -> list[Event]:
        return [*self.before, *self.bench.record.events]


def resume(
    lived: Lived,
    death: Death,
    folder: Path,
    *,
    down_s: float = 0.0,
    person: Callable[[World, VirtualClock], SimulatedOperator] | None = None,
) -> Resumed:
    """Take up the run as it was at a moment, some time later, in the world as it was then."""
    path = folder / "resumed.world"
    path.write_bytes(lived.log[: death.world_bytes])
    before = lived.events[: death.durable]
    return take_up(lived.plan, lived.schedule, before, path, down_s=down_s, person=person)


def take_up(
    plan: Plan,
    schedule: Schedule,
    before: Sequence[Event],
    path: Path,
    *,
    down_s: float = 0.0,
    person: Callable[[World, VirtualClock], SimulatedOperator] | None = None,
) -> Resumed:
    """Take up a run whose events and world are given."""
    recalled = recall(before, schedule)
    start = recalled.last_wall + timedelta(seconds=down_s) if recalled.last_wall else None
    if not recalled.started:
        path.unlink(missing_ok=True)

    async def main(clock: VirtualClock) -> Resumed:
        def adapt(workcell, world, record) -> None:
            if person is not None:
                workcell.operator = person(world, clock)

        bench = make_bench(
            plan, recalled.schedule, clock, world_log=path, recalled=recalled, adapt=adapt
        )
        return Resumed(await bench.engine.run(), bench, before)

    return run_virtual(main, start=start)
