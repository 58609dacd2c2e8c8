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
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from multiprocessing import get_context
from time import perf_counter
from typing import Any

from benchmarks.crash.judging import Brought, Verdict
from benchmarks.crash.killing import (
    DOWN_S,
    PLATES,
    ROOT,
    Point,
    kill_and_resume,
    plate,
    undisturbed,
)
from ncrobot.devices import known_drivers, load_driver
from ncrobot.plan import Plan
from ncrobot.schedule import Schedule

PAGE = ROOT / "docs" / "resuming.md"
RESULTS = ROOT / "results"

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
    parser.add_argument("--plate", choices=PLATES, default="portions", help="what is killed")
    parser.add_argument("--step", type=int, default=1, help="every how many points one is taken")
    parser.add_argument("--publish", action="store_true", help="write the table into the docs")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    figures = measure(options.plate, options.step, options.workers)
    print(json.dumps(figures, indent=1))
    RESULTS.mkdir(exist_ok=True)
    name = "crash" if options.plate == "portions" else f"crash_{options.plate}"
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.publish:
        publish(figures)


if __name__ == "__main__":
    main()
