"""The rest of a schedule: what hasn't begun, in ticks, with refills as operations like others.

What has begun stays as it was. Draws stay with their lot, so a refill is tied to what draws from
it: those come after it, within the life of the lot, and before the next refill.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ncrobot.plan import Plan, Refill, Transfer
from ncrobot.repairs import Progress
from ncrobot.schedule import Entry, Schedule
from ncrobot.scheduler.calendar import Claim
from ncrobot.scheduler.network import FOREVER, Edge, Network
from ncrobot.scheduler.supplies import refill_claims


@dataclass(frozen=True, slots=True)
class Link:
    """``after`` starts low to high ticks after ``before`` starts; portions know their target."""

    before: str
    after: str
    low: int
    high: int
    target: int | None = None
    kind: str = "order"

    @property
    def tolerance(self) -> int:
        """Half of the window, at least one tick."""
        return max((self.high - self.low) // 2, 1) if self.high < FOREVER else FOREVER


@dataclass(frozen=True, slots=True)
class Piece:
    """One operation that is left: its length, what it claims, its group, its planned start."""

    name: str
    duration: int
    claims: tuple[Claim, ...]
    group: str | None
    planned: int

    @property
    def longest(self) -> int:
        """How long it holds what it claims, at most."""
        return self.duration + max((claim.tail for claim in self.claims), default=0)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left at ``now``; ``fixed``: starts of what has begun, ``busy``: what still runs."""

    now: int
    pieces: Mapping[str, Piece]
    links: Sequence[Link]
    fixed: Mapping[str, int]
    busy: Mapping[str, int]

    def limits(self) -> dict[str, tuple[int, int]]:
        """First and last start of every piece by what has begun; it may be too late for some."""
        first = dict.fromkeys(self.pieces, self.now)
        last = dict.fromkeys(self.pieces, FOREVER)
        for link in self.links:
            if link.after in first and link.before in self.fixed:
                at = self.fixed[link.before]
                first[link.after] = max(first[link.after], at + link.low)
                if link.high < FOREVER:
                    last[link.after] = min(last[link.after], at + link.high)
        return {name: (first[name], last[name]) for name in self.pieces}


def rest_of(plan: Plan, network: Network, schedule: Schedule, progress: Progress) -> Rest:
    """What is left of a schedule; shaker pauses aren't in it, they follow from the rest.

    What was dropped takes no time and claims nothing; it only keeps its place in the order, so that
    nothing waits in a circle.
    """
    grid = network.grid
    now = grid.up(progress.now_s)
    entries = {entry.operation: entry for entry in schedule.entries}
    refills = {each.id: each for each in schedule.auxiliary if isinstance(each, Refill)}
    fixed = {
        name: grid.near(start)
        for name, start in progress.begun_s.items()
        if name in network.nodes or name in refills
    }
    gone = {name for name in progress.dropped if name in entries and name not in fixed}
    pieces = {}
    busy: dict[str, int] = {}
    claims_of_refill = refill_claims(plan.deck.arm.name)
    for name, entry in entries.items():
        refill = refills.get(name)
        if refill is None and name not in network.nodes:
            continue
        claims = claims_of_refill if refill is not None else network.nodes[name].claims
        duration = grid.up(entry.duration_s) if refill is not None else network.nodes[name].duration
        if name in gone:
            pieces[name] = Piece(name, 0, (), None, grid.near(entry.start_s))
        elif name not in fixed:
            group = None if refill is not None else network.nodes[name].operation.group
            pieces[name] = Piece(name, duration, claims, group, grid.near(entry.start_s))
        elif name not in progress.over_s:
            until = max(fixed[name] + duration, now + 1)
            for claim in claims:
                busy[claim.resource] = max(busy.get(claim.resource, 0), until + claim.tail)
    links = [
        Link(link.before, link.after, 1, FOREVER) if {link.before, link.after} & gone else link
        for link in (
            *_lags(network, progress),
            *_lots(plan, network, list(refills.values()), entries),
        )
    ]
    return Rest(now, pieces, links, fixed, busy)


def _lags(network: Network, progress: Progress) -> Iterator[Link]:
    """The lags between operations; one that counts from an end takes the real one if it is over."""
    grid = network.grid
    for edge in network.edges:
        shift = 0
        end, start = progress.over_s.get(edge.lag.before), progress.begun_s.get(edge.lag.before)
        if edge.lag.point == "end" and end is not None and start is not None:
            shift = grid.up(end - start) - network.nodes[edge.before].duration
        yield _shifted(edge, shift)


def _shifted(edge: Edge, shift: int) -> Link:
    high = edge.high + shift if edge.high < FOREVER else FOREVER
    target = None if edge.wish is None else edge.wish + shift
    return Link(edge.before, edge.after, edge.low + shift, high, target, edge.lag.kind)


def _lots(
    plan: Plan,
    network: Network,
    refills: Sequence[Refill],
    entries: Mapping[str, Entry],
) -> Iterator[Link]:
    """What ties refills to the draws from their lots, and to the lots before them."""
    grid = network.grid
    lives = {use.stock: use.life_s for use in plan.stocks}
    by_stock: dict[str, list[Refill]] = {}
    for refill in refills:
        by_stock.setdefault(refill.stock, []).append(refill)
    for stock, of_stock in by_stock.items():
        made = sorted(of_stock, key=lambda refill: entries[refill.id].start_s)
        life = grid.down(lives.get(stock) or 0) or FOREVER
        for operation in plan.operations:
            if not isinstance(operation, Transfer) or operation.stock != stock:
                continue
            start_s = entries[operation.id].start_s
            before = [refill for refill in made if entries[refill.id].start_s <= start_s]
            after = [refill for refill in made if entries[refill.id].start_s > start_s]
            duration = network.nodes[operation.id].duration
            if before:
                takes = grid.up(entries[before[-1].id].duration_s)
                high = takes + life - duration if life < FOREVER else FOREVER
                yield Link(before[-1].id, operation.id, takes, high)
            if after:
                yield Link(operation.id, after[0].id, duration, FOREVER)
