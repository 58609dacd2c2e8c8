"""Before and after: what the lags of a plan say about the order of its operations."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

from ncrobot.plan import Lag, Operation


class Order:
    """The partial order of a plan's operations.

    ``sequence`` lists them in an order that the lags allow, the plan's own where they leave it
    open. ``circular`` names operations that would have to come before themselves; then ``sequence``
    is just the plan's order.
    """

    def __init__(self, operations: Sequence[Operation], lags: Sequence[Lag]) -> None:
        self.operations = {operation.id: operation for operation in operations}
        self._number = {operation.id: n for n, operation in enumerate(operations)}
        self._after: list[list[int]] = [[] for _ in operations]
        for lag in lags:
            if self._orders(lag):
                self._after[self._number[lag.before]].append(self._number[lag.after])
        ranks = self._sorted()
        placed = set(ranks)
        self.circular = tuple(
            operation.id for operation in operations if self._number[operation.id] not in placed
        )
        self.sequence = (
            tuple(operations) if self.circular else tuple(operations[number] for number in ranks)
        )
        self._rank = {operation.id: rank for rank, operation in enumerate(self.sequence)}
        self._earlier = {} if self.circular else self._earlier_of(ranks)

    def _orders(self, lag: Lag) -> bool:
        """Whether a lag puts one operation behind another.

        One that runs from a start says so only for two acts of one device, which never overlap.
        """
        before = self.operations.get(lag.before)
        after = self.operations.get(lag.after)
        if before is None or after is None or not lag.min_s >= 0:
            return False
        return lag.point == "end" or before.device == after.device

    def _sorted(self) -> list[int]:
        waiting = [0] * len(self._after)
        for followers in self._after:
            for follower in followers:
                waiting[follower] += 1
        ready = [number for number, count in enumerate(waiting) if count == 0]
        heapq.heapify(ready)
        ranks = []
        while ready:
            number = heapq.heappop(ready)
            ranks.append(number)
            for follower in self._after[number]:
                waiting[follower] -= 1
                if waiting[follower] == 0:
                    heapq.heappush(ready, follower)
        return ranks

    def _earlier_of(self, ranks: Sequence[int]) -> dict[int, int]:
        """For each operation the set of all earlier ones, as the bits of a whole number."""
        earlier = dict.fromkeys(ranks, 0)
        for number in ranks:
            mine = earlier[number] | 1 << number
            for follower in self._after[number]:
                earlier[follower] |= mine
        return earlier

    def rank(self, operation: str) -> float:
        """The place of an operation in ``sequence``."""
        return self._rank.get(operation, math.inf)

    def is_before(self, first: str, second: str) -> bool:
        """Whether the lags make sure that one operation comes before another."""
        if first not in self._number or second not in self._number or self.circular:
            return False
        return bool(self._earlier[self._number[second]] >> self._number[first] & 1)
