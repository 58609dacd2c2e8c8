"""All points of a plate's run, taken by several processes, and summed up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from multiprocessing import get_context
from time import perf_counter
from typing import Any

from benchmarks.crash.judging import Brought, Verdict
from benchmarks.crash.killing import DOWN_S, Point, kill_and_resume, plate, undisturbed
from ncrobot.devices import known_drivers, load_driver
from ncrobot.plan import Plan
from ncrobot.schedule import Schedule

STEPS = {"flush": 1, "change": 4, "event": 20}
"""Every how many points of a kind one is taken. An event that isn't durable leaves the same on the
disk as the flush before it: those are samples."""


def every(counted: dict[str, int], step: int) -> Iterator[Point]:
    """Points of a run; ``step`` takes fewer of them."""
    for at, number in counted.items():
        for each in range(1, number + 1, step * STEPS[at]):
            yield Point(at, each)


_PLATE: list[tuple[Plan, Schedule, Brought]] = []


def _prepare(name: str) -> None:
    for driver in known_drivers():  # imported once here, not in each of thousands of processes
        if driver.startswith("sim."):
            load_driver(driver)
    plan, chosen = plate(name)
    _PLATE.append((plan, chosen, undisturbed(plan, chosen)[1]))


def _one(point: Point) -> tuple[Point, Verdict]:
    plan, chosen, planned = _PLATE[0]
    return point, kill_and_resume(plan, chosen, point, planned)


def measure(name: str, step: int, workers: int) -> dict[str, Any]:
    """Kill at every ``step``-th point, and sum up."""
    begin = perf_counter()
    counted, _ = undisturbed(*plate(name))
    chosen = list(every(counted, step))
    total: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    problems: list[Any] = []
    with get_context("spawn").Pool(workers, _prepare, (name,)) as pool:
        for done, (point, verdict) in enumerate(
            pool.imap_unordered(_one, chosen, chunksize=4), start=1
        ):
            told = asdict(verdict)
            for count in ("doubled", "lost", "unknown", "unknown_reported", "ledger_mismatches",
                         "wells_wrongly_ok"):  # fmt: skip
                total[count] += told[count]
            total["killed"] += verdict.killed
            ends[verdict.ended or "before the start"] += 1
            if verdict.problems:
                problems.append({**asdict(point), "problems": verdict.problems[:5]})
            if done % 100 == 0:
                print(f"{done} of {len(chosen)} points: {dict(total)} {dict(ends)}", flush=True)
    return {
        "plate": name,
        "points": len(chosen),
        "points_of_a_run": counted,
        "step": step,
        "wells": len(plate(name)[0].wells),
        "down_s": DOWN_S,
        **total,
        "ended": dict(ends),
        "problems": problems[:50],
        "minutes": round((perf_counter() - begin) / 60, 1),
    }
