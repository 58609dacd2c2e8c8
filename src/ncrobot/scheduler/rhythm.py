"""Rhythm: at which times a person can make a new lot of a stock.

The ordinary rhythms have a lot there at any time. Those of the last resort leave no reserve for a
run that is late, or let a lot get too old before the next is made, once an interval of portions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise
from math import gcd

from ncrobot.plan import Plan, StockUse, Transfer
from ncrobot.scheduler.network import Network

# The first lot may stand on the deck from the start if it is needed within this share of its life.
EARLY_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The refills of one stock, in ticks: number k begins at ``first + k * period``."""

    use: StockUse
    first: int
    period: int
    takes: int
    life: int
    from_start: bool

    @property
    def idle(self) -> int:
        """How long before each refill the lot that it replaces is too old."""
        return max(self.period - self.takes - self.life, 0)

    def begin(self, number: int) -> int:
        """When a refill begins."""
        return self.first + number * self.period

    @property
    def ready(self) -> int:
        """The tick from which the stock is there."""
        return 0 if self.from_start else self.first + self.takes

    def until(self, number: int) -> int:
        """The tick at which a refill's lot is too old or replaced; -1: the lot of the start."""
        return self.begin(number + 1) - (self.idle if number >= 0 else 0)

    def number_at(self, tick: int) -> int:
        """The refill of the lot that is newest at a tick; -1: the lot that was there before."""
        return max((tick - self.first - self.takes) // self.period, -1)

    def made_before(self, tick: int) -> int:
        """When the lot that is newest at ``tick`` was made."""
        number = self.number_at(tick)
        return self.begin(number) + self.takes if number >= 0 else 0


def draws_of(plan: Plan) -> dict[str, list[Transfer]]:
    """Transfers by the stock or working solution that they draw from."""
    found: dict[str, list[Transfer]] = {}
    for operation in plan.operations:
        if isinstance(operation, Transfer) and operation.stock is not None:
            found.setdefault(operation.stock, []).append(operation)
    return found


def find_rhythms(
    plan: Plan, network: Network, heads: Mapping[str, int], *, choice: int = 0
) -> list[Rhythm] | None:
    """The rhythm of every stock that a person re-makes; None if no stock has that many choices.

    ``heads`` are the earliest starts of the operations by lags alone. ``choice`` 0 is as seldom as
    the life allows; the others are for combs that refills are in the way of: in step with their
    intervals, or more often.
    """
    return _rhythms(plan, network, heads, choice, _periods)


def last_rhythms(plan: Plan, network: Network, heads: Mapping[str, int]) -> Iterator[list[Rhythm]]:
    """The rhythms of the last resort, for plans that no other one of them serves."""
    for choice in count():
        rhythms = _rhythms(plan, network, heads, choice, _last_periods)
        if not rhythms:
            return
        yield rhythms


def _rhythms(
    plan: Plan,
    network: Network,
    heads: Mapping[str, int],
    choice: int,
    periods_of: Callable[[int, int, Sequence[int]], list[int]],
) -> list[Rhythm] | None:
    found = []
    draws = draws_of(plan)
    most = 0
    for use in plan.stocks:
        if use.life_s is None or use.remake != "person" or use.stock not in draws:
            continue
        takes = max(network.grid.up(use.remake_takes_s), 1)
        life = network.grid.down(use.life_s)
        periods = periods_of(life, takes, _intervals(network))
        most = max(most, len(periods))
        period = periods[min(choice, len(periods) - 1)]
        soonest = min(heads[operation.id] for operation in draws[use.stock])
        from_start = soonest <= EARLY_SHARE * life
        first = min(period, life) if from_start else max(0, soonest - takes)
        found.append(Rhythm(use, first, period, takes, life, from_start))
    return _in_turn(found) if choice == 0 or choice < most else None


def before_leaving(rhythms: Sequence[Rhythm], leaves: int) -> list[Rhythm]:
    """The same rhythms, in such steps that one refill of each is over as the person leaves."""
    found = []
    for rhythm in rhythms:
        leaves -= rhythm.takes
        base = 0 if rhythm.from_start else rhythm.first
        longest = min(rhythm.first, rhythm.period) if rhythm.from_start else rhythm.period
        steps = -(-(leaves - base) // longest)
        period = (leaves - base) // steps if steps > 0 else 0
        if period > rhythm.takes:
            first = period if rhythm.from_start else base
            found.append(replace(rhythm, first=first, period=period))
        else:
            found.append(rhythm)
    return found


def _periods(life: int, takes: int, intervals: Sequence[int]) -> list[int]:
    longest = life if life >= 2 * takes else life + takes
    choices = [longest]
    for interval in intervals:
        if interval <= longest:
            choices.append(longest // interval * interval)
        else:
            parts = -(-interval // longest)
            # Whole ticks, if a few more parts make them.
            even = (n for n in range(parts, 2 * parts + 1) if interval % n == 0)
            choices.append(interval // next(even, parts))
    choices += [longest // 2, longest // 3]
    return list(dict.fromkeys(p for p in choices if p > takes)) or [max(longest, takes + 1)]


def _last_periods(life: int, takes: int, intervals: Sequence[int]) -> list[int]:
    """A lot for all of its life, with none in reserve; one lot for each interval of portions."""
    choices = [life + takes, *(each for each in intervals if each > life + takes)]
    return list(dict.fromkeys(choices))


def _intervals(network: Network) -> list[int]:
    """The shortest interval of portions, and what all their times are multiples of."""
    times = [edge.wish for edge in network.edges if edge.lag.kind == "portion" and edge.wish]
    return list(dict.fromkeys([min(times), gcd(*times)])) if times else []


def _in_turn(found: Sequence[Rhythm]) -> list[Rhythm]:
    """Rhythms that never ask for a person at the same time.

    All periods become multiples of the shortest, and within it each stock has its own place.
    """
    if len(found) < 2 or sum(rhythm.takes for rhythm in found) > min(r.period for r in found):
        return list(found)
    ordered = sorted(found, key=lambda rhythm: rhythm.period)
    beat = ordered[0].period
    place = ordered[0].first
    turned = [ordered[0]]
    for before, rhythm in pairwise(ordered):
        place += before.takes
        late = (rhythm.first - place) % beat
        first = rhythm.first - late if rhythm.first >= late else rhythm.first - late + beat
        turned.append(replace(rhythm, first=first, period=rhythm.period // beat * beat))
    return turned
