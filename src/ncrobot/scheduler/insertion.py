"""Insertion: the earliest placement of one cluster among what is placed already.

Portions are held at their exact interval if that fits, so that their tolerance stays in reserve for
the run; otherwise within their tolerance. A cluster that spans several groups is placed part by
part, all lags of the cluster being kept open for those that follow; if that ends nowhere and it
isn't large, all its operations are searched together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

from ncrobot.scheduler.calendar import Calendar, smear_down
from ncrobot.scheduler.components import Cluster
from ncrobot.scheduler.lattice import ContradictionError, Exact, Lattice, Shape, make_shape
from ncrobot.scheduler.limits import Limits
from ncrobot.scheduler.network import FOREVER, Network
from ncrobot.scheduler.presence import asks_person
from ncrobot.scheduler.search import Outcome, Use, search
from ncrobot.scheduler.supplies import Supplies
from ncrobot.scheduler.units import Unit, make_units
from ncrobot.scheduler.wishes import grant

# Decisions before a search gives up. One group rarely needs any. A cluster of a few dozen
# operations that compete is searched through; in a larger one a decision takes up to a
# millisecond, so fewer are made, and what is larger still is only placed part by part.
SMALL, SMALL_BUDGET = 40, 10_000
LARGE, LARGE_BUDGET = 150, 2_000
PART_BUDGET = 500
# How often the parts of a cluster are tried in another order.
ORDERS = 8


@dataclass(frozen=True, slots=True)
class Form:
    """A cluster with its shapes: the one with most at its exact time first, as far as can be."""

    cluster: Cluster
    shapes: tuple[Shape, ...]

    @classmethod
    def of(cls, cluster: Cluster, *, targets_exact: bool = False) -> Form:
        """The form of a cluster; ``targets_exact``: first with every target met, not portions only.

        Raises:
            ContradictionError: its lags can't hold together.
        """
        shapes = [make_shape(cluster, exact="nothing")]
        kinds = {edge.lag.kind for edge in cluster.edges if edge.wish is not None}
        wanted: list[Exact] = ["portions"] if "portion" in kinds else []
        if targets_exact and kinds - {"portion"}:
            wanted.append("all")
        for exact in wanted:
            with suppress(ContradictionError):
                shapes.insert(0, make_shape(cluster, exact=exact))
        return cls(cluster, tuple(shapes))


class Placing:
    """Places clusters one after the other; ``starts`` holds what is placed. For one attempt.

    ``thorough``: clusters of several groups are searched through if they can't be placed by parts.
    """

    def __init__(
        self,
        network: Network,
        supplies: Supplies,
        calendar: Calendar,
        limits: Limits,
        *,
        thorough: bool,
    ) -> None:
        self.starts: dict[str, int] = {}
        self._network = network
        self._supplies = supplies
        self._calendar = calendar
        self._limits = limits
        self._thorough = thorough
        self._keeps_off = True

    def place(self, form: Form) -> bool:
        """Place a cluster at its earliest; False if no time was found for it."""
        # Off the refills that may come, so that others find theirs; else only off those made.
        manners = (True, False) if self._supplies.rhythms else (False,)
        for shape, keeps_off in product(form.shapes, manners):
            self._keeps_off = keeps_off
            starts = self._beside_refills(form, shape)
            if starts is not None:
                self._take(starts)
                return True
        return False

    def _take(self, starts: Mapping[str, int]) -> None:
        self._supplies.make(self._supplies.refills_for(starts), self._calendar)
        for name, start in starts.items():
            node = self._network.nodes[name]
            self._calendar.occupy(node.claims, start, node.duration)
        self.starts.update(starts)

    def _beside_refills(self, form: Form, shape: Shape) -> dict[str, int] | None:
        """Starts that leave room for the refills that they themselves make necessary."""
        calendar = self._calendar
        for _ in range(ORDERS):
            values = self._fit(form, shape, calendar).values
            if values is None:
                return None
            starts = {
                name: value + offset
                for block, value in zip(shape.blocks, values, strict=True)
                for name, offset in block
            }
            refills = self._supplies.refills_for(starts)
            hindered = [each for each in refills if self._supplies.hinders(each, starts)]
            if not hindered:
                return starts
            calendar = calendar.copy()
            for refill in hindered:
                self._supplies.occupy(refill, calendar)
        return None

    def _fit(self, form: Form, shape: Shape, calendar: Calendar) -> Outcome:
        every = range(len(shape.blocks))
        uses = self._uses(shape, every)
        size = sum(len(of) for of in uses.values())
        units = make_units(shape, self._network)
        if len(units) > 1:
            values = self._by_units(form, shape, units, calendar)
            if values is not None or size > LARGE or not self._thorough:
                return Outcome(values)
        lattice = self._lattice(form, shape, every, calendar)
        outcome = search(lattice, uses, SMALL_BUDGET if size <= SMALL else LARGE_BUDGET)
        if outcome.values is None or not shape.wishes:
            return outcome
        return Outcome(grant(lattice, outcome.values, shape.wishes, list(uses.values())))

    def _by_units(
        self, form: Form, shape: Shape, units: Sequence[Unit], calendar: Calendar
    ) -> list[int] | None:
        """One part after the other; one that finds no time goes before its equals next time."""
        order = list(units)
        for _ in range(min(ORDERS, len(units))):
            values, failed = self._units_in_order(form, shape, order, calendar.copy())
            if failed is None:
                return values
            order.remove(failed)
            first = next(
                (i for i, unit in enumerate(order) if unit.level >= failed.level), len(order)
            )
            order.insert(first, failed)
        return None

    def _units_in_order(
        self, form: Form, shape: Shape, order: Sequence[Unit], calendar: Calendar
    ) -> tuple[list[int], Unit | None]:
        lattice = self._lattice(form, shape, (), calendar)
        values: list[int] = []
        there: set[int] = set()
        for unit in order:
            for block in unit.blocks:
                lattice.blocked[block] = self._blocked(shape, block, calendar)
            uses = self._uses(shape, unit.blocks)
            outcome = search(lattice, uses, PART_BUDGET)
            if outcome.values is None:
                return [], unit
            there.update(unit.blocks)
            wishes = [w for w in shape.wishes if w.block in unit.blocks and w.after in there]
            values = grant(lattice, outcome.values, wishes, list(uses.values()))
            for block in unit.blocks:
                lattice.lower[block] = lattice.upper[block] = values[block]
                for name, offset in shape.blocks[block]:
                    node = self._network.nodes[name]
                    calendar.occupy(node.claims, values[block] + offset, node.duration)
                lattice.blocked[block] = 0
        return values, None

    def _lattice(
        self, form: Form, shape: Shape, active: Iterable[int], calendar: Calendar
    ) -> Lattice:
        """Bounds of all blocks by what is placed and by their stocks; calendars of the active."""
        lattice = Lattice(shape)
        inside = set(form.cluster.members)
        for number, block in enumerate(shape.blocks):
            for name, offset in block:
                first, last = self._window(name, inside)
                lattice.lower[number] = max(lattice.lower[number], first - offset)
                lattice.upper[number] = min(lattice.upper[number], last - offset)
        for number in active:
            lattice.blocked[number] = self._blocked(shape, number, calendar)
        return lattice

    def _window(self, name: str, inside: set[str]) -> tuple[int, int]:
        first, last = self._supplies.window(name, self.starts)
        first = max(first, self._limits.first.get(name, 0))
        last = min(last, self._limits.last.get(name, FOREVER))
        for edge in self._network.incoming[name]:
            if edge.before not in inside:
                first = max(first, self.starts[edge.before] + edge.low)
        return first, min(last, FOREVER)

    def _blocked(self, shape: Shape, block: int, calendar: Calendar) -> int:
        bits = 0
        for name, offset in shape.blocks[block]:
            node = self._network.nodes[name]
            kept = self._keeps_off and self._supplies.respects(name)
            blocked = calendar.blocked(node.claims, node.duration, kept=kept)
            if asks_person(self._network, name):
                blocked |= smear_down(self._limits.away, max(node.duration - 1, 0))
            bits |= (blocked | self._supplies.forbidden(name, calendar)) >> offset
        return bits

    def _uses(self, shape: Shape, blocks: Iterable[int]) -> dict[str, list[Use]]:
        uses: dict[str, list[Use]] = {}
        for number in blocks:
            for name, offset in shape.blocks[number]:
                node = self._network.nodes[name]
                for claim in node.claims if node.duration > 0 else ():
                    use = Use(number, offset, node.duration + claim.tail)
                    uses.setdefault(claim.resource, []).append(use)
        return uses
