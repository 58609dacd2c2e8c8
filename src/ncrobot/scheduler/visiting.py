"""Visiting: how often and how long a person is needed, and questions put next to refills."""

from __future__ import annotations

from dataclasses import replace

from ncrobot.plan import AskPerson, Plan
from ncrobot.scheduler.found import Found
from ncrobot.scheduler.inserting import Case, insert_all
from ncrobot.scheduler.lots import make_lots
from ncrobot.scheduler.presence import visits_of

# Questions that are tried to be put off until the next visit.
PUT_OFF = 4


def tasks_s(plan: Plan, found: Found) -> list[tuple[float, float]]:
    """Starts and ends of all that a person has to do, in seconds."""
    network, seconds = found.network, found.network.grid.seconds
    refills, _ = make_lots(plan, network, found.rhythms, found.starts)
    tasks = [(seconds(r.start), seconds(r.start + r.duration)) for r in refills]
    for name, node in network.nodes.items():
        if isinstance(node.operation, AskPerson):
            at = found.starts[name]
            tasks.append((seconds(at), seconds(at + node.duration)))
    return sorted(tasks)


def person_key(plan: Plan, found: Found) -> tuple[float, float]:
    """Number of visits, and their seconds in all: what a person's time comes to."""
    visits = visits_of(tasks_s(plan, found))
    return (len(visits), sum(end_s - begin_s for begin_s, end_s in visits))


def bundled(case: Case, found: Found, seed: int) -> Found:
    """The same with questions put off to the visit after them, as long as that saves visits."""
    best = found
    for _ in range(PUT_OFF):
        again = _put_off(case, best, seed)
        if again is None or person_key(case.plan, again) >= person_key(case.plan, best):
            return best
        best = again
    return best


def _put_off(case: Case, found: Found, seed: int) -> Found | None:
    """Another schedule in which the last question that stands alone waits for the next visit."""
    grid = case.network.grid
    visits = visits_of(tasks_s(case.plan, found))
    questions = sorted(
        (at, name)
        for name, at in found.starts.items()
        if isinstance(case.network.nodes[name].operation, AskPerson)
    )
    for at, name in reversed(questions):
        later = [end_s for begin_s, end_s in visits if grid.up(begin_s) > at]
        if not later or name in case.limits.first:
            continue
        first = {**case.limits.first, name: grid.up(later[0])}
        limited = replace(case, limits=replace(case.limits, first=first))
        placed, _ = insert_all(limited, found.rhythms, seed, thorough=False)
        if placed is not None:
            return Found(case.network, placed.starts, found.rhythms, found.method)
    return None
