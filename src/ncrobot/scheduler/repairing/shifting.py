"""The first way to repair: the order is kept, and all is pushed later as far as it has to be.

The same pass tells what comes of any other order, as the engine will carry it out.
"""

from __future__ import annotations

from collections.abc import Mapping

from ncrobot.repairs import Damage
from ncrobot.scheduler.network import FOREVER
from ncrobot.scheduler.repairing.rest import Link, Rest


def shift(
    rest: Rest,
    order: Mapping[str, int] | None = None,
    release: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Starts of all pieces in the order of some starts, none before its release.

    None: in the order in which they were planned, and not before that.
    """
    planned = {name: piece.planned for name, piece in rest.pieces.items()}
    order = planned if order is None else order
    release = planned if release is None else release
    free = dict(rest.busy)
    into: dict[str, list[Link]] = {}
    for link in rest.links:
        into.setdefault(link.after, []).append(link)
    starts: dict[str, int] = {}
    known = dict(rest.fixed)
    for piece in sorted(rest.pieces.values(), key=lambda piece: (order[piece.name], piece.name)):
        at = max(rest.now, release[piece.name])
        for link in into.get(piece.name, ()):
            if link.before in known:
                at = max(at, known[link.before] + link.low)
        for claim in piece.claims if piece.duration > 0 else ():
            at = max(at, free.get(claim.resource, 0))
        for claim in piece.claims if piece.duration > 0 else ():
            free[claim.resource] = at + piece.duration + claim.tail
        starts[piece.name] = known[piece.name] = at
    return starts


def damage(rest: Rest, starts: Mapping[str, int], per_s: int) -> Damage:
    """The upper bounds that these starts break."""
    late = late_by(rest, starts)
    return Damage(
        lags=len(late),
        worst_s=max((by / per_s for _, by in late), default=0.0),
        worst_tolerances=max((by / link.tolerance for link, by in late), default=0.0),
    )


def late_by(rest: Rest, starts: Mapping[str, int]) -> list[tuple[Link, int]]:
    """Every link that these starts break, and by how many ticks."""
    found = []
    for link in rest.links:
        if link.after not in starts or link.high >= FOREVER:
            continue
        before = starts.get(link.before, rest.fixed.get(link.before))
        if before is not None and starts[link.after] - before > link.high:
            found.append((link, starts[link.after] - before - link.high))
    return found
