"""Solves the instances with ours and the peers, checks every timetable, and gathers the figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.scheduling.attempt import Attempt, row
from benchmarks.scheduling.catalogue import instance
from benchmarks.scheduling.instance import Instance
from benchmarks.scheduling.ours import METHODS, ours
from benchmarks.scheduling.peers import LIMIT_S, cp_sat, cp_sat_hinted, py_job_shop
from benchmarks.scheduling.table import Row
from ncrobot.timetable import Problem

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is run: ours on seeds 1..seeds, the peers on seeds 1..peer_seeds (0: none)."""

    names: Sequence[str]
    seeds: int
    peer_seeds: int
    effort: float = 1.0
    limit_s: float = LIMIT_S


def measure(settings: Settings, say: Say) -> list[Row]:
    """All rows, those of an instance together; gaps are from the best bound that anyone proved."""
    attempts: list[tuple[Instance, Attempt]] = []
    for name in settings.names:
        for seed in range(1, settings.seeds + 1):
            drawn = instance(name, seed)
            more = attempts_at(drawn, seed, settings, peers=seed <= settings.peer_seeds)
            attempts += [(drawn, attempt) for attempt in more]
            for attempt in more:
                say(_line(drawn, attempt))
    bounds: dict[Problem, int] = {}
    for drawn, attempt in attempts:
        bounds[drawn.problem] = max(bounds.get(drawn.problem, 0), attempt.bound)
    return [row(drawn, attempt, bounds[drawn.problem]) for drawn, attempt in attempts]


def attempts_at(drawn: Instance, seed: int, settings: Settings, *, peers: bool) -> list[Attempt]:
    """Ours, and if asked the peers one after the other, so that each has both cores."""
    exact, tolerant = (ours(drawn, seed, settings.effort, portions) for portions in METHODS)
    found = [exact.attempt, tolerant.attempt]
    if peers:
        found.append(cp_sat(drawn, seed, settings.limit_s))
        if tolerant.first is not None:
            found.append(cp_sat_hinted(drawn, tolerant.first, seed, settings.limit_s))
        found.append(py_job_shop(drawn, seed, settings.limit_s))
    return found


def _line(drawn: Instance, attempt: Attempt) -> str:
    end = f"{attempt.trace[-1][1] / 3600:.3f} h" if attempt.trace else "nothing"
    return f"{drawn.name:10} {attempt.method:16} {end:>10} in {attempt.solve_s:.1f} s"
