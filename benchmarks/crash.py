"""Kills a run at every point, resumes it, and counts what was doubled, lost or left unsaid.

A process carries out a plate of 96 wells in virtual time and is killed by SIGKILL: just after
events got durable (the boundary of every act, announced and not begun), just after something moved
in the simulated world (inside of every act), or when it has just taken an event. A ``change`` is
what one channel does, so every fourth of them is two points in an act of eight channels. Another
process resumes the run. What is then in the wells is read from the world's own log; the ledger, the
record and the list of unknown acts are held against it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

from ncrobot.devices import known_drivers, load_driver
from ncrobot.events import Event, EventKind
from ncrobot.lab import Lab, compile_files, schedule
from ncrobot.lab import carrying as lab_room
from ncrobot.plan import Plan
from ncrobot.recorder import RunRecord
from ncrobot.schedule import Schedule
from ncrobot_sim import world_log
from ncrobot_sim.world import World

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "resuming.md"
RESULTS = ROOT / "results" / "crash.json"
PROTOCOL, DECK = "au25_pmba_portions", "starlet_96"
DOWN_S = 20.0
"""Time until somebody resumes the run."""
NEAR_UL = 1e-3
"""Volumes are compared to this; the accounts round differently."""


Brought = dict[str, dict[str, float]]
"""Microlitres of every stock that were brought to a place."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where the process dies: at the n-th ``event``, after the n-th ``flush`` or ``change``."""

    at: str
    number: int


@dataclass(slots=True)
class Verdict:
    """What a kill and the resumption after it came to."""

    point: Point
    killed: bool = True
    doubled: int = 0
    lost: int = 0
    unknown: int = 0
    unknown_reported: int = 0
    ledger_mismatches: int = 0
    ended: str = ""
    wells_ok: int = 0
    wells_wrongly_ok: int = 0
    problems: list[str] = field(default_factory=list)


def plate() -> tuple[Plan, Schedule]:
    """The plate that is killed, with its schedule."""
    folder = ROOT / "protocols"
    plan = compile_files(
        folder / f"{PROTOCOL}.yaml",
        folder / f"{PROTOCOL}.csv",
        ROOT / "deck_layouts" / f"{DECK}.yaml",
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
        verdict = Verdict(point, killed=os.WIFSIGNALED(status))
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
        _judge(verdict, planned, before, after, world, _flushed(folder))
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


def _judge(
    verdict: Verdict,
    planned: Brought,
    before: RunRecord,
    after: RunRecord,
    world: World,
    flushed: int,
) -> None:
    verdict.ended = after.state.status
    numbers = [event.seq for event in after.events]
    missing = max(numbers, default=0) - len(set(numbers))
    verdict.lost = missing + max(flushed - len(before.events), 0)
    _judge_unknown(verdict, before, after)
    _judge_wells(verdict, planned, after, world)
    _judge_ledger(verdict, after, world)


def _judge_unknown(verdict: Verdict, before: RunRecord, after: RunRecord) -> None:
    """Every act without an outcome at the moment of death has to be told."""
    open_acts = {
        (operation, act)
        for (operation, act) in before.state.open_acts
        if before.state.operations[operation].result == "running"
    }
    told = {
        (each["operation"], each["act"])
        for resumed in after.state.resumed
        for each in resumed["unknown"]
    }
    verdict.unknown = len(open_acts)
    verdict.unknown_reported = len(open_acts & told)
    verdict.problems += [f"not told: {missing}" for missing in sorted(open_acts - told)]


def _judge_wells(verdict: Verdict, planned: Brought, after: RunRecord, world: World) -> None:
    """No well got more of a stock than planned; one that counts as ok got what was planned."""
    for place, stocks in planned.items():
        fate = after.state.wells.get(place.split("/")[1])
        found = world.brought_ul(place)
        doubled = [s for s, ul in found.items() if ul > stocks.get(s, 0.0) + NEAR_UL]
        complete = all(abs(found.get(s, 0.0) - ul) <= NEAR_UL for s, ul in stocks.items())
        ok = fate is None or fate.status == "ok"
        verdict.doubled += len(doubled)
        verdict.wells_ok += ok
        verdict.wells_wrongly_ok += ok and not complete
        if doubled or (ok and not complete):
            verdict.problems.append(f"{place}: {found} instead of {stocks}, ok: {ok}")


def _judge_ledger(verdict: Verdict, after: RunRecord, world: World) -> None:
    """The ledger is what the world holds, but for what was told to be unknown."""
    doubtful_ul = _doubtful_ul(after.events)
    for place, held in after.state.ledger.items():
        if "/" not in place:
            continue
        away_ul = abs(held["volume_ul"] - world.volume_ul(place))
        if away_ul > doubtful_ul.get(place, 0.0) + NEAR_UL:
            verdict.ledger_mismatches += 1
            verdict.problems.append(
                f"{place}: ledger {held['volume_ul']:.3f}, world {world.volume_ul(place):.3f}"
            )


def _doubtful_ul(events: tuple[Event, ...]) -> dict[str, float]:
    """Volumes of acts that ended unknown, by the places that they concern."""
    intents: dict[tuple[str | None, str | None], dict[str, Any]] = {}
    found: dict[str, float] = {}
    for event in events:
        key = (event.operation, event.act)
        if event.kind is EventKind.INTENT:
            intents[key] = event.data
        elif event.kind is EventKind.UNKNOWN:
            for move in intents.get(key, {}).get("moves", ()):
                place = move["address"]
                found[place] = found.get(place, 0.0) + move["volume_ul"]
    return found


STEPS = {"flush": 1, "change": 4, "event": 20}
"""Every how many points of a kind one is taken. An event that isn't durable leaves the same on the
disk as the flush before it: those are samples."""


def every(counted: dict[str, int], step: int) -> Iterator[Point]:
    """Points of a run; ``step`` takes fewer of them."""
    for at, number in counted.items():
        for each in range(1, number + 1, step * STEPS[at]):
            yield Point(at, each)


_PLATE: list[tuple[Plan, Schedule, Brought]] = []


def _prepare() -> None:
    for name in known_drivers():  # imported once here, and not in each of thousands of processes
        if name.startswith("sim."):
            load_driver(name)
    plan, chosen = plate()
    _PLATE.append((plan, chosen, undisturbed(plan, chosen)[1]))


def _one(point: Point) -> Verdict:
    plan, chosen, planned = _PLATE[0]
    return kill_and_resume(plan, chosen, point, planned)


def measure(step: int, workers: int) -> dict[str, Any]:
    """Kill at every ``step``-th point, and sum up."""
    begin = perf_counter()
    counted, _ = undisturbed(*plate())
    chosen = list(every(counted, step))
    total: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    problems: list[Any] = []
    with get_context("spawn").Pool(workers, _prepare) as pool:
        for done, verdict in enumerate(pool.imap_unordered(_one, chosen, chunksize=4), start=1):
            told = asdict(verdict)
            for name in ("doubled", "lost", "unknown", "unknown_reported", "ledger_mismatches",
                         "wells_wrongly_ok"):  # fmt: skip
                total[name] += told[name]
            total["killed"] += verdict.killed
            ends[verdict.ended or "before the start"] += 1
            if verdict.problems:
                problems.append({**told["point"], "problems": verdict.problems[:5]})
            if done % 100 == 0:
                print(f"{done} of {len(chosen)} points: {dict(total)} {dict(ends)}", flush=True)
    return {
        "points": len(chosen),
        "points_of_a_run": counted,
        "step": step,
        "wells": len(plate()[0].wells),
        "down_s": DOWN_S,
        **total,
        "ended": dict(ends),
        "problems": problems[:50],
        "minutes": round((perf_counter() - begin) / 60, 1),
    }


def publish(figures: dict[str, Any]) -> None:
    """Write the table into the documentation."""
    rows = {
        "Points at which the process was killed": figures["points"],
        "Doses that were doubled": figures["doubled"],
        "Durable facts that were lost": figures["lost"],
        "Acts without an outcome, and how many of them were told": (
            f"{figures['unknown']}, {figures['unknown_reported']}"
        ),
        "Positions where ledger and world differ, unknown acts apart": figures["ledger_mismatches"],
        "Wells that counted as ok and weren't": figures["wells_wrongly_ok"],
        "Runs that came to their end": figures["ended"].get("succeeded", 0),
    }
    table = ["", "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition("<!-- crash -->")
    after = rest.partition("<!-- /crash -->")[2]
    middle = "\n".join(["<!-- crash -->", *table, "", "<!-- /crash -->"])
    PAGE.write_text(before + middle + after, encoding="utf-8")


def main() -> None:
    """Read the command line, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1, help="every how many points one is taken")
    parser.add_argument("--publish", action="store_true", help="write the table into the docs")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    figures = measure(options.step, options.workers)
    print(json.dumps(figures, indent=1))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.publish:
        publish(figures)


if __name__ == "__main__":
    main()
