"""Draws plates of syntheses: each job is a tree of lags around its first portion of hydride.

A job is one well, or one column that an 8-channel head serves at once. What each job draws and in
which order is part of the benchmark: the same seed gives the same instance anywhere.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.scheduling.instance import Instance
from ncrobot.timetable import Block, Problem, Task, Window

MIN_S = 60
HOUR_S = 3600

Gaps = Literal["hom", "hetk", "het"]
"""hom: all jobs alike. hetk: each draws its interval. het: each draws its count of portions too."""

REMAKE_PERIOD_S = 15 * MIN_S
REMAKE_S = MIN_S
SAMPLES_MIN = ((5, 1), (20, 2), (90, 5), (300, 10))
"""Minutes after the last portion, and how many more or less are allowed."""


@dataclass(frozen=True, slots=True)
class Plate:
    """What a plate is drawn from; the three lengths are what the arm needs for one job."""

    name: str
    jobs: int
    portions: int
    addition_s: int
    portion_s: int
    sample_s: int
    gaps: Gaps
    interval_s: int = 30 * MIN_S
    tolerance_s: int = 30
    remade: bool = True


def draw(plate: Plate, seed: int) -> Instance:
    """The instance of a plate for a seed, in ticks of one second."""
    rng = random.Random(seed)
    letter = "c" if plate.jobs <= 12 else "w"
    tasks: list[Task] = []
    windows: list[Window] = []
    span = 0
    for number in range(1, plate.jobs + 1):
        times = _times(plate, rng)
        more, between, length = synthesis(f"{letter}{number:03d}", times, plate)
        tasks += more
        windows += between
        span = max(span, length)
    # Long enough for any sensible timetable: the longest job, twice all work, and three hours.
    horizon = span + 2 * sum(task.duration for task in tasks) + 3 * HOUR_S
    begins = range(0, horizon, REMAKE_PERIOD_S) if plate.remade else ()
    blocks = tuple(Block("arm", at, REMAKE_S) for at in begins)
    problem = Problem(plate.name, tuple(tasks), tuple(windows), blocks)
    return Instance(seed, problem, horizon)


def _times(plate: Plate, rng: random.Random) -> list[int]:
    """When the portions of one job are due, from its first: the count is drawn before the gap."""
    if plate.gaps == "hom":
        return [i * plate.interval_s for i in range(plate.portions)]
    count = rng.randint(1, plate.portions) if plate.gaps == "het" else plate.portions
    gap = rng.randint(5, 60) * MIN_S
    return [i * gap for i in range(count)]


def synthesis(
    job: str, times_s: Sequence[int], plate: Plate
) -> tuple[list[Task], list[Window], int]:
    """Tasks and windows of one synthesis, and the least time from its first start to its end.

    Solvent, metal within 4 h, ligand within 30 min, base after 20 to 120 min of complexation, first
    portion 1 to 15 min later, the other portions at ``times_s`` from it, samples 5, 20, 90 and
    300 min after the last portion, quench within 10 min of the last sample.
    """
    add_s, pause_s = plate.addition_s, max(MIN_S, plate.addition_s)
    teeth = [f"{job}.portion_{i}" for i in range(1, len(times_s) + 1)]
    base, ligand, metal, solvent = (f"{job}.{n}" for n in ("base", "ligand", "metal", "solvent"))
    tasks = [Task(teeth[0], plate.portion_s, job=job)]
    tasks += [Task(name, add_s, job=job) for name in (base, ligand, metal, solvent)]
    windows = [
        Window(base, teeth[0], pause_s, 15 * MIN_S),
        Window(ligand, base, 20 * MIN_S, 120 * MIN_S, kind="hold"),
        Window(metal, ligand, pause_s, 30 * MIN_S),
        Window(solvent, metal, add_s, 4 * HOUR_S),
    ]
    for name, at in zip(teeth[1:], times_s[1:], strict=True):
        tasks.append(Task(name, plate.portion_s, job=job))
        low, high = at - plate.tolerance_s, at + plate.tolerance_s
        windows.append(Window(teeth[0], name, low, high, at, "portion"))
    for at_min, within_min in SAMPLES_MIN:
        name = f"{job}.sample_{at_min}min"
        tasks.append(Task(name, plate.sample_s, job=job))
        low, high = (at_min - within_min) * MIN_S, (at_min + within_min) * MIN_S
        windows.append(Window(teeth[-1], name, low, high, at_min * MIN_S, "sample"))
    quench = f"{job}.quench"
    tasks.append(Task(quench, plate.sample_s, job=job))
    windows.append(Window(tasks[-2].name, quench, plate.sample_s, 10 * MIN_S))
    last_min, within_min = SAMPLES_MIN[-1]
    length = (
        sum(window.low for window in windows[:4])
        + (times_s[-1] - plate.tolerance_s if len(times_s) > 1 else 0)
        + (last_min - within_min) * MIN_S
        + 2 * plate.sample_s
    )
    return tasks, windows, length
