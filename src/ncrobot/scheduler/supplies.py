"""Supplies: when each stock may be drawn, by its life and by the refills that a person makes.

A stock that nobody re-makes is as old as the run. For a stock that a person re-makes there is a
fixed rhythm of one life, counted from the beginning of one making to that of the next. A use draws
from the newest lot, and a lot ages from the end of its making; so what the making takes is left as
a reserve for a run that is late (without it if the making takes more than half a life). Only those
refills are made that something draws from: their times are kept free, and are taken when a use
falls into their lot. The first lot stands there from the start if the stock can be needed within a
tenth of its life; otherwise it is made right before the stock can first be needed. A working
solution is as old as the stock that it was diluted from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ncrobot.plan import Plan, StockUse, Transfer
from ncrobot.scheduler.calendar import Calendar, Claim, smear_down, smear_up
from ncrobot.scheduler.network import FOREVER, Network
from ncrobot.scheduler.rhythm import Rhythm, draws_of


def refill_claims(arm: str) -> tuple[Claim, ...]:
    """A refill needs a person, whose hands keep the arm off the deck."""
    return (Claim("person"), Claim(arm))


class Supplies:
    """First and last tick at which each operation may start, as far as its stock decides.

    ``counts`` is how many refills of each stock are foreseen. ``ignore_life`` lifts the limits of
    stocks that nobody re-makes: it serves to tell how much too old they would get.
    """

    def __init__(
        self,
        plan: Plan,
        network: Network,
        rhythms: Sequence[Rhythm],
        counts: Mapping[str, int],
        *,
        ignore_life: bool = False,
    ) -> None:
        self.rhythms = rhythms
        self._network = network
        self._claims = refill_claims(plan.deck.arm.name)
        self._counts = counts
        self._made: dict[str, set[int]] = {rhythm.use.stock: set() for rhythm in rhythms}
        self._drawn: dict[str, Rhythm] = {}
        self._last: dict[str, int] = {}
        self._diluted: dict[str, tuple[Rhythm, int, tuple[str, ...]]] = {}
        self._bringing: set[str] = set()
        self._near: dict[tuple[str, int], int] = {}
        self._sort(plan, {rhythm.use.stock: rhythm for rhythm in rhythms}, ignore_life=ignore_life)

    def _sort(self, plan: Plan, by_stock: Mapping[str, Rhythm], *, ignore_life: bool) -> None:
        """Which operations draw from what: a re-made stock, one that only ages, or a dilution."""
        uses = {use.stock: use for use in plan.stocks}
        draws = draws_of(plan)
        for stock, operations in draws.items():
            use = uses.get(stock)
            if use is None:
                continue
            parent = uses.get(use.working_of or "", use)
            if parent.life_s is None:
                continue
            life = self._network.grid.down(parent.life_s)
            for operation in operations:
                if stock in by_stock:
                    self._drawn[operation.id] = by_stock[stock]
                elif parent.stock in by_stock:
                    made_by = _dilutions(draws.get(parent.stock, ()), use)
                    self._diluted[operation.id] = (by_stock[parent.stock], life, made_by)
                    self._bringing.update(made_by)
                elif not ignore_life:
                    self._last[operation.id] = life

    def keep_free(self, calendar: Calendar) -> None:
        """Keep arm and person free for all foreseen refills."""
        for rhythm in self.rhythms:
            can_be = self._begins(rhythm) & ~calendar.blocked(self._claims, rhythm.takes)
            calendar.keep(self._claims, can_be, rhythm.takes)

    def respects(self, name: str) -> bool:
        """Whether an operation keeps off the refills that may come: it does if it fits between."""
        duration = self._network.nodes[name].duration
        return all(duration <= rhythm.period - rhythm.takes for rhythm in self.rhythms)

    def window(self, name: str, starts: Mapping[str, int]) -> tuple[int, int]:
        """First and last start of an operation; ``starts`` holds the dilutions that it needs."""
        duration = self._network.nodes[name].duration
        if name in self._drawn:
            rhythm = self._drawn[name]
            return rhythm.ready, rhythm.until(self._counts[rhythm.use.stock] - 1) - duration
        if name in self._diluted:
            rhythm, life, made_by = self._diluted[name]
            made = min((rhythm.made_before(starts[d]) for d in made_by if d in starts), default=0)
            return 0, made + life - duration
        return 0, self.latest(name)

    def kept_in_lot(self, name: str, starts: Mapping[str, int]) -> tuple[int, int]:
        """First and last start at which an operation of a schedule keeps every age as it is.

        What brings a stock into a working solution decides how long that one lasts, so it stays
        with its lot; everything else has its ``window``.
        """
        first, last = self.window(name, starts)
        rhythm = self._drawn.get(name)
        if rhythm is None or name not in self._bringing:
            return first, last
        number = rhythm.number_at(starts[name])
        begin = rhythm.begin(number) + rhythm.takes if number >= 0 else first
        end = rhythm.until(number) - self._network.nodes[name].duration
        return max(first, begin), min(last, end)

    def latest(self, name: str) -> int:
        """The last start of a draw from a stock that nobody re-makes."""
        return self._last.get(name, FOREVER) - self._network.nodes[name].duration

    def forbidden(self, name: str, calendar: Calendar) -> int:
        """Bits at which a draw can't start: no lot is fresh, or it is one that can't be made."""
        rhythm = self._drawn.get(name)
        if rhythm is None:
            return 0
        stock, duration = rhythm.use.stock, self._network.nodes[name].duration
        begins = self._begins(rhythm)
        if (stock, duration) not in self._near:
            refills = smear_up(begins, rhythm.takes - 1)
            if rhythm.idle > 0:
                later = begins & ~(1 << rhythm.begin(0))
                refills |= smear_up(later >> rhythm.idle, rhythm.idle - 1)
            self._near[stock, duration] = smear_down(refills, max(duration - 1, 0))
        open_ = begins
        for number in self._made[stock]:
            open_ &= ~(1 << rhythm.begin(number))
        hindered = calendar.blocked(self._claims, rhythm.takes) & open_
        return self._near[stock, duration] | smear_up(hindered, rhythm.period - 1)

    def refills_for(self, starts: Mapping[str, int]) -> list[tuple[Rhythm, int]]:
        """Refills, by number, that these draws need and that aren't there yet."""
        wanted = set()
        for name, start in starts.items():
            rhythm = self._drawn.get(name)
            if rhythm is not None:
                number = rhythm.number_at(start)
                if number >= 0 and number not in self._made[rhythm.use.stock]:
                    wanted.add((rhythm.use.stock, number))
        by_stock = {rhythm.use.stock: rhythm for rhythm in self.rhythms}
        return [(by_stock[stock], number) for stock, number in sorted(wanted)]

    def hinders(self, refill: tuple[Rhythm, int], starts: Mapping[str, int]) -> bool:
        """Whether one of these operations is in the way of a refill."""
        rhythm, number = refill
        begin = rhythm.begin(number)
        resources = {claim.resource for claim in self._claims}
        return any(
            start < begin + rhythm.takes
            and begin < start + self._network.nodes[name].duration
            and not resources.isdisjoint(self._network.nodes[name].resources)
            for name, start in starts.items()
        )

    def make(self, refills: Iterable[tuple[Rhythm, int]], calendar: Calendar) -> None:
        """Take the times of refills in the calendar, and count on them."""
        for rhythm, number in refills:
            self._made[rhythm.use.stock].add(number)
            self.occupy((rhythm, number), calendar)

    def occupy(self, refill: tuple[Rhythm, int], calendar: Calendar) -> None:
        """Take the time of a refill in a calendar."""
        rhythm, number = refill
        calendar.occupy(self._claims, rhythm.begin(number), rhythm.takes)

    def counts_needed(self) -> dict[str, int]:
        """How many refills would have been enough, by stock."""
        return {stock: max(numbers, default=-1) + 1 for stock, numbers in self._made.items()}

    def gets_old(self, name: str) -> bool:
        """Whether an operation draws from a stock that nobody re-makes, so it must not be late."""
        return name in self._diluted or name in self._last

    def is_remade(self, name: str) -> bool:
        """Whether an operation draws from a stock that a person re-makes."""
        return name in self._drawn

    def _begins(self, rhythm: Rhythm) -> int:
        return sum(1 << rhythm.begin(n) for n in range(self._counts[rhythm.use.stock]))


def _dilutions(draws: Iterable[Transfer], use: StockUse) -> tuple[str, ...]:
    """Transfers that bring a stock into the wells of its working solution."""
    return tuple(
        operation.id
        for operation in draws
        if any(leg.destination in use.positions_ul for leg in operation.legs)
    )
