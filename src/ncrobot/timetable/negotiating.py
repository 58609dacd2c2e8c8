"""Negotiated congestion: jobs share ticks at first, and prices rise until they no longer do.

As wires are routed on a chip (McMurchie and Ebeling, PathFinder, FPGA 1995): every job takes its
cheapest starts, though others may stand there too; a tick that several want gets dearer with every
round, and has a memory of it. Those who can go elsewhere do, and the tick is left to the one that
can't. Only jobs in conflict are placed anew, so a round is short in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ncrobot.timetable.board import Board, make_rooms, tie_limits
from ncrobot.timetable.forest import FAR, Forest
from ncrobot.timetable.placing import Costs, Room, place
from ncrobot.timetable.reach import Reach

# Found by trial on the benchmark's instances.
BASE = 0.02
NOISE = 0.01
FIRST_PRESSURE, PRESSURE_GROWTH, MOST_PRESSURE = 0.5, 1.15, 50.0
MEMORY = 0.3


@dataclass(slots=True)
class Budget:
    """How many times a job may still be placed: the measure of effort, the same on any machine.

    A part of a budget counts for the whole as well.
    """

    placements: int
    whole: Budget | None = None

    def part(self, share: int) -> Budget:
        """One of so many equal parts."""
        return Budget(-(-self.placements // share), self)

    def spend(self) -> bool:
        """Count one; False if there are none left."""
        self.placements -= 1
        if self.whole is not None:
            self.whole.placements -= 1
        return self.placements >= 0


class Negotiation:
    """One negotiation on a board; it can go on with a shorter makespan after it succeeded."""

    def __init__(self, board: Board, reach: Reach, rng: np.random.Generator) -> None:
        self.board = board
        self._reach = reach
        self._rng = rng
        self._rooms: Sequence[Room] = ()
        self._ties = ties_by_job(board.forest)
        self._resources = [resources_of(board.forest, job) for job in range(len(board.blocks))]
        self._memory = np.zeros(board.used.shape)
        self._noise = rng.random(2 * board.horizon + 2) * NOISE
        self._pressure = FIRST_PRESSURE

    def run(self, makespan: int, budget: Budget) -> bool:
        """Negotiate until no tick is shared and all ends by ``makespan``; False if none was found.

        Jobs that stand on the board within the limits stay until they are in conflict.
        """
        rooms = make_rooms(self.board, self._reach, makespan)
        if rooms is None:
            return False
        self._rooms = rooms
        self._pressure = FIRST_PRESSURE
        for job, blocks in enumerate(self.board.blocks):
            limits = rooms[job].limits
            if blocks is not None and not all(
                low <= at <= high for at, (low, high) in zip(blocks, limits, strict=True)
            ):
                self.board.lift(job)
        return self._settle(budget)

    def _settle(self, budget: Budget) -> bool:
        board = self.board
        while True:
            over = board.over()
            missing = [job for job, blocks in enumerate(board.blocks) if blocks is None]
            waiting = missing + board.jobs_on(over)
            if not waiting:
                return True
            self._memory += MEMORY * over
            self._pressure = min(self._pressure * PRESSURE_GROWTH, MOST_PRESSURE)
            for job in self._rng.permutation(waiting):
                if not budget.spend():
                    return False
                self._place(int(job))

    def _place(self, job: int) -> None:
        board, room, ties = self.board, self._rooms[job], self._ties[job]
        board.lift(job)
        limits = tie_limits(board, room, job, ties) if ties else {}
        found = place(board.forest.jobs[job], room, self._prices(job), limits)
        if found is None and ties:
            # Those that it is tied to have to move first: they come back in the next round.
            for _, other, _, _ in ties:
                board.lift(board.forest.place[other][0])
            found = place(board.forest.jobs[job], room, self._prices(job))
        if found is not None:
            board.put(job, found[0])

    def _prices(self, job: int) -> dict[int, Costs]:
        """Running sums of the price of every tick, for the resources that the job uses."""
        board = self.board
        shift = int(self._rng.integers(board.horizon + 1))
        sums = {}
        for resource in self._resources[job]:
            price = self._memory[resource] + BASE
            price *= 1 + self._pressure * board.used[resource]
            price += self._noise[shift : shift + board.horizon]
            running = np.empty(board.horizon + 1)
            running[0] = 0.0
            np.cumsum(price, out=running[1:])
            sums[resource] = running
        return sums


def resources_of(forest: Forest, job: int) -> set[int]:
    """Numbers of the resources that a job uses."""
    return {use.resource for node in forest.jobs[job].nodes for use in node.uses}


def ties_by_job(forest: Forest) -> list[list[tuple[int, int, int, int]]]:
    """For every job its ties as (own task, other task, low, high), seen from its own side."""
    found: list[list[tuple[int, int, int, int]]] = [[] for _ in forest.jobs]
    for tie in forest.ties:
        found[forest.place[tie.after][0]].append((tie.after, tie.before, tie.low, tie.high))
        low = -tie.high if tie.high < FAR else -FAR
        found[forest.place[tie.before][0]].append((tie.before, tie.after, low, -tie.low))
    return found
