"""Plates that are carried out in a process that dies at a chosen point, and resumed in another."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.crash.judging import Brought, Verdict, judge
from ncrobot.lab import Lab, compile_files, schedule
from ncrobot.lab import carrying as lab_room
from ncrobot.plan import Plan
from ncrobot.schedule import Schedule
from ncrobot_sim import world_log
from ncrobot_sim.world import World

ROOT = Path(__file__).resolve().parents[2]
DOWN_S = 20.0
"""Time until somebody resumes the run."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where the process dies: at the n-th ``event``, after the n-th ``flush`` or ``change``."""

    at: str
    number: int


PLATES = {
    "portions": ("au25_pmba_portions", "au25_pmba_portions", "starlet_96"),
    "gas": ("glutathione/au22_co", "glutathione/au22_co_10min", "starlet_96_gas"),
}
"""Protocol, conditions and deck of the plates that are killed."""


def plate(name: str = "portions") -> tuple[Plan, Schedule]:
    """A plate that is killed, with its schedule."""
    protocol, conditions, deck = PLATES[name]
    folder = ROOT / "protocols"
    plan = compile_files(
        folder / f"{protocol}.yaml",
        folder / f"{conditions}.csv",
        ROOT / "deck_layouts" / f"{deck}.yaml",
    )
    return plan, schedule(plan)


def undisturbed(plan: Plan, chosen: Schedule) -> tuple[dict[str, int], Brought]:
    """How many points of each kind a whole run has, and what it brings to every place."""
    folder = _folder()
    try:
        _in_child(lambda: _run(plan, chosen, folder, None))
        with Lab.open(folder / "runs.db") as lab:
            record = lab.load(lab.runs.list()[0].run)
        log = folder / f"{record.summary.run}.world"
        world = World(log=log)
        counted = {
            "event": len(record.events),
            "flush": len((folder / "flushes").read_text().splitlines()),
            "change": len(list(world_log.WorldLog.read(log))),
        }
        places = [f"{plan.vessel_labware}/{well.well}" for well in plan.wells]
        return counted, {place: world.brought_ul(place) for place in places}
    finally:
        shutil.rmtree(folder)


def _folder() -> Path:
    """A folder in memory if there is one: what a process has written outlives it there as well."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="ncrobot-crash-", dir=memory if memory.is_dir() else None))


def kill_and_resume(plan: Plan, chosen: Schedule, point: Point, planned: Brought) -> Verdict:
    """Kill a run at a point, resume it in another process, and judge what came of it."""
    folder = _folder()
    try:
        status = _in_child(lambda: _run(plan, chosen, folder, point))
        verdict = Verdict(killed=os.WIFSIGNALED(status))
        with Lab.open(folder / "runs.db") as lab:
            runs = lab.runs.list()
            before = lab.load(runs[0].run) if runs else None
        if before is None or not verdict.killed:
            return verdict
        if before.state.ended_wall is None:  # else it died after its end: nothing is to be resumed
            status = _in_child(lambda: _resume(folder, before.summary.run))
            if os.WIFSIGNALED(status) or os.WEXITSTATUS(status):
                verdict.problems.append(f"resuming ended with {status}")
        with Lab.open(folder / "runs.db") as lab:
            after = lab.load(before.summary.run)
        world = World(log=folder / f"{before.summary.run}.world")
        judge(verdict, planned, before, after, world, _flushed(folder))
    finally:
        shutil.rmtree(folder)
    return verdict


def _in_child(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except Exception:  # noqa: BLE001 - told, and counted as a problem by its exit code
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1]


def _run(plan: Plan, chosen: Schedule, folder: Path, point: Point | None) -> None:
    """Carry out the plate, and die where the point says."""
    counted: Counter[str] = Counter()

    def passes(kind: str) -> None:
        counted[kind] += 1
        if point is not None and point.at == kind and point.number == counted[kind]:
            os.kill(os.getpid(), signal.SIGKILL)

    told = os.open(folder / "flushes", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    class TellingJournal(lab_room.Journal):
        """Writes down beside the database how many events are durable."""

        def flush(self) -> None:
            super().flush()
            os.write(told, f"{counted['flush'] + 1} {self.written}\n".encode())
            passes("flush")

    write = world_log.WorldLog.write

    def write_and_pass(log: world_log.WorldLog, change: list[Any]) -> None:
        write(log, change)
        passes("change")

    lab_room.Journal = TellingJournal  # type: ignore[misc] # this process is made to die
    world_log.WorldLog.write = write_and_pass  # type: ignore[method-assign]
    with Lab.open(folder / "runs.db") as lab:
        lab.keep_worlds = True
        lab.write_report = _no_report  # type: ignore[method-assign]
        lab.run(plan, chosen, listener=lambda _: passes("event"))


def _resume(folder: Path, run: str) -> None:
    with Lab.open(folder / "runs.db") as lab:
        lab.keep_worlds = True
        lab.write_report = _no_report  # type: ignore[method-assign]
        lab.resume(run, down_for_s=DOWN_S)


def _no_report(view: object) -> Path:
    del view
    return Path()


def _flushed(folder: Path) -> int:
    lines = (folder / "flushes").read_text().splitlines() if (folder / "flushes").exists() else []
    return int(lines[-1].split()[1]) if lines else 0
