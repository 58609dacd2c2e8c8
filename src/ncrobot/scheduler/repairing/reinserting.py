"""The second way: the jobs that are hit look for other times, and push others if they have to.

The rest becomes a problem of its own. All stand where they were planned; those that can't stay are
placed anew, and those that they get in conflict with after them, until nobody is in anyone's way.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ncrobot.scheduler.network import FOREVER
from ncrobot.scheduler.repairing.rest import Rest
from ncrobot.timetable import Block, InfeasibleError, Problem, Task, Window
from ncrobot.timetable.renegotiating import renegotiate

# Placements of one job each take the longer the more is left: together a few tenths of a second.
EFFORT, MOST = 240_000, 1000
# How much later than with the order kept the rest may end.
LATER = 1.02


def reinsert(rest: Rest, shifted: Mapping[str, int], seed: int) -> dict[str, int] | None:
    """Starts that break no upper bound that can still be kept, or None if none were found."""
    origin = rest.now
    end = max(shifted[name] + piece.duration for name, piece in rest.pieces.items()) - origin
    placements = min(EFFORT // max(len(rest.pieces), 1), MOST)
    for exact in (True, False):
        problem = _problem(rest, shifted, origin)
        planned = {name: piece.planned - origin for name, piece in rest.pieces.items()}
        try:
            found = renegotiate(
                problem,
                planned,
                int(end * LATER),
                exact=exact,
                placements=placements,
                rng=np.random.default_rng(seed),
            )
        except InfeasibleError:
            continue
        if found is not None:
            return {name: start + origin for name, start in found.items()}
    return None


def _problem(rest: Rest, shifted: Mapping[str, int], origin: int) -> Problem:
    tasks = []
    limits = rest.limits()
    for name, piece in rest.pieces.items():
        first, last = limits[name]
        if last < first:
            # It is too late for this one: it shall not get later than by keeping the order.
            last = max(shifted[name], first)
        tasks.append(
            Task(
                name,
                piece.duration,
                tuple(claim.resource for claim in piece.claims),
                piece.group or f"alone {name}",
                first - origin,
                None if last >= FOREVER else last - origin,
                tuple(claim.tail for claim in piece.claims),
            )
        )
    windows = [
        Window(
            link.before,
            link.after,
            link.low,
            None if link.high >= FOREVER else link.high,
            link.target,
            "portion" if link.kind == "portion" else "order",
        )
        for link in rest.links
        if link.before in rest.pieces and link.after in rest.pieces
    ]
    blocks = [Block(resource, 0, until - origin) for resource, until in rest.busy.items()]
    return Problem("rest", tuple(tasks), tuple(windows), tuple(blocks))
