"""Asks an optimizer until there are enough conditions that the deck can deliver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from ncrobot.model import Document
from ncrobot.optimizers.checking import Changed, Deliver, Refusal, check, offered, place
from ncrobot.optimizers.designs import Restricted
from ncrobot.optimizers.grid import Grid
from ncrobot.optimizers.interface import Optimizer, Suggestion
from ncrobot.optimizers.sampling import feasible_points, sobol_draw
from ncrobot.optimizers.sharing import shares_values
from ncrobot.searchspace import Value

_ATTEMPTS = 4


class Asked(Document):
    """Conditions that can be made, what was refused or changed on the way, and notes for people."""

    suggestions: tuple[Suggestion, ...] = ()
    refused: tuple[Refusal, ...] = ()
    changed: tuple[Changed, ...] = ()
    notes: tuple[str, ...] = ()


def ask(
    optimizer: Optimizer,
    n: int,
    *,
    deliver: Deliver | None = None,
    known: Iterable[Mapping[str, Value]] = (),
) -> Asked:
    """Up to ``n`` conditions that can be delivered.

    Refusals are told to the optimizer as infeasible, snapped values as what is under way, and it is
    asked again for the missing ones. What is then still missing is filled from a Sobol sequence.
    ``known`` are conditions that were asked for elsewhere.
    """
    state = optimizer.state
    before = [*known, *(item.values for item in state.asked)]
    before += [item.values for item in state.results]
    asking = _Asking(optimizer, before, deliver)
    attempts = 1 if shares_values(asking.grid) else _ATTEMPTS
    for _ in range(attempts):
        if len(asking.kept) < n and not asking.take(optimizer.suggest(n - len(asking.kept))):
            break
    notes = []
    learnt = len(asking.kept)
    for attempt in range(_ATTEMPTS):
        if len(asking.kept) < n and not asking.take(asking.filling(n - len(asking.kept), attempt)):
            break
    if len(asking.kept) > learnt:
        notes.append(f"{len(asking.kept) - learnt} of {n} conditions are from a Sobol sequence")
    if len(asking.kept) < n:
        notes.append(f"only {len(asking.kept)} of {n} conditions are new and can be made")
    return Asked(
        suggestions=tuple(asking.kept),
        refused=tuple(asking.refused),
        changed=tuple(asking.changed),
        notes=tuple(notes),
    )


class _Asking:
    """What was kept so far, and what it is held against."""

    def __init__(
        self, optimizer: Optimizer, before: list[Mapping[str, Value]], deliver: Deliver | None
    ) -> None:
        self._optimizer = optimizer
        self._before = before
        self._deliver = deliver
        self.space = optimizer.state.space
        self.layout = optimizer.state.layout
        self.grid = Grid(self.space)
        self.kept: list[Suggestion] = []
        self.refused: list[Refusal] = []
        self.changed: list[Changed] = []

    def take(self, suggestions: Sequence[Suggestion]) -> bool:
        """Keep what can be made, tell the optimizer of the rest; False if nothing came at all."""
        known = [*self._before, *(item.values for item in self.kept)]
        rows = [offered(item, self.space) for item in suggestions]
        checked = check(rows, self.space, layout=self.layout, known=known, deliver=self._deliver)
        self.kept, left = self._seated(checked.accepted)
        refused = [*checked.refused, *left]
        self.refused += refused
        self.changed += checked.changed
        told = [refusal.failure(self.space.parameters) for refusal in refused]
        self._optimizer.observe(
            pending=self.kept, failed=[failure for failure in told if failure is not None]
        )
        return bool(suggestions)

    def filling(self, count: int, attempt: int) -> list[Suggestion]:
        """Untried conditions for the free wells, with the shared values of their block."""
        state = self._optimizer.state
        rng = np.random.default_rng([state.seed, state.rounds, attempt])
        points = [self.grid.point(values) for values in self._before]
        points += [self.grid.point(item.values) for item in self.kept]
        points += [self.grid.point(item.values) for item in state.failures if item.teaches]
        taken = {self.grid.key(point) for point in points}
        found: list[Suggestion] = []
        for plate, block, room, grid in self._free():
            wanted = min(room, count - len(found))
            draw = sobol_draw(grid.width, rng)
            for point in feasible_points(grid, wanted, draw, rng, taken):
                taken.add(grid.key(point))
                number = f"r{state.rounds:02d}-s{attempt}{len(found) + 1:03d}"
                values = self.grid.values(point)
                found.append(
                    Suggestion(id=number, values=values, plate=plate, block=block, by="sobol")
                )
        return found

    def _free(self) -> Iterator[tuple[int, int, int, Grid]]:
        """Plate, block, free wells, and the grid that the block's shared values leave."""
        layout = self.layout
        if not shares_values(self.grid) or not self.kept:
            yield 1, 1, layout.capacity - len(self.kept), self.grid
            return
        seats: dict[tuple[int, int], list[Suggestion]] = {}
        for item in self.kept:
            seats.setdefault((item.plate, item.block), []).append(item)
        left = layout.capacity - len(self.kept)
        for (plate, block), held in sorted(seats.items()):
            setting = self.grid.point(held[0].values)
            left -= layout.wells - len(held)
            yield plate, block, layout.wells - len(held), Restricted(self.grid, setting)
        # Blocks that nobody has a setting for take the first one.
        first = self.grid.point(seats[min(seats)][0].values)
        yield 1, 1, left, Restricted(self.grid, first)

    def _seated(self, accepted: Sequence[Suggestion]) -> tuple[list[Suggestion], list[Refusal]]:
        """All that is kept, with places, and what finds none beside it."""
        every = [*self.kept, *accepted]
        rows = [offered(item, self.space) for item in every]
        return place(every, rows, self.space, self.layout)
