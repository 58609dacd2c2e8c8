"""Small plates whose record is disturbed while they run, and what happened to them physically."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ncrobot.clock import run_virtual
from ncrobot.engine import Engine, RunOutcome
from ncrobot.events import Event, EventKind
from ncrobot.lab import compile_files, schedule
from ncrobot.recorder import Database, Journal, Runs
from ncrobot.workcells import simulated_workcell
from ncrobot_sim.world_log import WorldLog

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = ROOT / "protocols" / "au25_pmba_portions.yaml"
DECK = ROOT / "deck_layouts" / "starlet_96.yaml"
TABLE = "name,ligand_per_metal,electrons_per_metal,portions\n" + "".join(
    f"x{number},{2 + number % 3},{4 + number % 4},2\n" for number in range(8)
)
RUN = "disturbed"
LIQUID = frozenset({"aspirate", "dispense", "pick_up_tip", "shed_tip", "flow", "carry"})
"""Changes of the world that are no step towards safety."""

HOLDER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("begin immediate")
print("held", flush=True)
time.sleep(float(sys.argv[2])) if len(sys.argv) > 2 else sys.stdin.read()
connection.execute("rollback")
"""


@cache
def plate(folder: Path | None = None):
    """Eight wells with two portions each, stirred on a shaker, with their schedule."""
    import tempfile

    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        table = Path(scratch) / "table.csv"
        table.write_text(TABLE, encoding="utf-8")
        plan = compile_files(PROTOCOL, table, DECK)
    return plan, schedule(plan)


def disturbing(stack: ExitStack, path: Path, for_s: float | None = None):
    """A disturbance: the database gets locked."""

    def lock(_: Journal) -> None:
        stack.enter_context(held_lock(path, for_s))

    return lock


@contextmanager
def held_lock(path: Path, for_s: float | None = None):
    """Another process has the right to write; for some time, or as long as the block lasts."""
    given = [] if for_s is None else [str(for_s)]
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield
        process.stdin.close()


@dataclass
class Story:
    """What a run came to, what its world went through, and what its engine wrote."""

    outcome: RunOutcome | None = None
    journal: Journal | None = None
    emitted: list[Event] = field(default_factory=list)
    changes: list[list] = field(default_factory=list)
    changes_before_loss: int | None = None

    def after_loss(self) -> list[list]:
        """What moved after the record was lost."""
        return self.changes[self.changes_before_loss :]

    def at_rest(self) -> bool:
        """Whether nothing is stirred at the end, or heated or cooled, but what the layout keeps so."""
        devices = plate()[0].deck.devices
        last: dict[tuple, object] = {}
        for kind, *rest in self.changes:
            if kind in ("set_speed", "set_setpoint"):
                last[kind, rest[0]] = rest[1]
        return ("set_setpoint", "shaker") in last and not any(
            value
            for (_, device), value in last.items()
            if getattr(devices[device], "safe_state", "off") != "hold"
        )


def carry_out(folder: Path, at_flush: int, disturb: Callable[[Journal], None]) -> Story:
    """Run a plate; just before its n-th flush something happens to its database."""
    plan, times = plate()
    database = Database.open(folder / "lab.sqlite")
    Runs(database).create(RUN, "2025-01-01T08:00:00+00:00", plan, times, simulated=True)
    journal = Journal(database)
    story = Story(journal=journal)
    log = folder / "run.world"
    flushes = 0

    def emit(event: Event) -> None:
        story.emitted.append(event)
        journal.append(event)

    def flush() -> None:
        nonlocal flushes
        flushes += 1
        if flushes == at_flush:
            disturb(journal)
        try:
            journal.flush()
        except Exception:
            if story.changes_before_loss is None:
                story.changes_before_loss = len(list(WorldLog.read(log)))
            raise

    async def main(clock):
        workcell = simulated_workcell(plan, times, clock, world_log=log)
        engine = Engine(
            run_id=RUN, plan=plan, schedule=times, workcell=workcell, clock=clock,
            emit=emit, flush=flush,
        )  # fmt: skip
        return await engine.run()

    try:
        story.outcome = run_virtual(main)
    finally:
        journal.close()
        database.close()
    story.changes = list(WorldLog.read(log))
    return story


def recorded(path: Path) -> tuple[Event, ...]:
    """The events of the record, read as anybody would."""
    database = Database.open(path)
    try:
        return Runs(database).load(RUN).events
    finally:
        database.close()


def open_moves(events) -> int:
    """How many movements of liquid, tips or labware were announced, and are not known to be over."""
    waiting: dict[tuple, int] = {}
    for event in events:
        key = (event.operation, event.act)
        if event.kind is EventKind.INTENT:
            waiting[key] = max(len(event.data.get("moves", ())), len(event.data.get("tips", ())), 1)
        elif event.kind in (EventKind.DONE, EventKind.NOT_DONE, EventKind.UNKNOWN):
            waiting.pop(key, None)
    return sum(waiting.values())
