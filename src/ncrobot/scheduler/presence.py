"""Presence: when a person is away, in ticks of the run, and the visits that a schedule needs."""

from __future__ import annotations

from collections.abc import Iterable

from ncrobot.plan import AskPerson
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler.calendar import span
from ncrobot.scheduler.network import Grid, Network

DAY_S = 86400
# Tasks of a person that are this close together are one visit (assumed: not worth leaving for).
ONE_VISIT_S = 600.0


def absences(options: ScheduleOptions, grid: Grid, until: int) -> list[tuple[int, int]]:
    """From and to of every absence that begins before ``until``, in order and merged.

    An absence is widened to whole ticks.
    """
    if options.start_s is None:
        return []
    found = []
    for away in options.person_away:
        length_s = (away.to_s - away.from_s) % DAY_S
        begin_s = (away.from_s - options.start_s) % DAY_S - DAY_S
        while grid.down(begin_s) < until:
            if begin_s + length_s > 0:
                found.append((max(grid.down(begin_s), 0), grid.up(begin_s + length_s)))
            begin_s += DAY_S
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(found):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def absence_bits(absent: Iterable[tuple[int, int]]) -> int:
    """One bit for every tick at which the person is away."""
    bits = 0
    for begin, end in absent:
        bits |= span(begin, end - begin)
    return bits


def asks_person(network: Network, name: str) -> bool:
    """Whether an operation is a question or task for a person."""
    return isinstance(network.nodes[name].operation, AskPerson)


def visits_of(tasks_s: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """From and to of every visit; ``tasks_s`` are starts and ends of all tasks, in seconds."""
    visits: list[tuple[float, float]] = []
    for begin_s, end_s in sorted(tasks_s):
        if visits and begin_s - visits[-1][1] <= ONE_VISIT_S:
            visits[-1] = (visits[-1][0], max(visits[-1][1], end_s))
        else:
            visits.append((begin_s, end_s))
    return visits
