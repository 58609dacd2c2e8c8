"""Prices: every variant is compiled and scheduled with the same options, and told in hours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ncrobot.errors import UserError
from ncrobot.plan import Plan
from ncrobot.pricing.origin import Variant
from ncrobot.pricing.variants import variants_of
from ncrobot.schedule import Schedule, ScheduleOptions
from ncrobot.scheduler import schedule_plan

# A price is told in hours: a share of the search is enough for it.
EFFORT = 0.15
# Less than this isn't seen in hundredths of an hour.
SEEN_S = 18.0


@dataclass(frozen=True, slots=True)
class Price:
    """What a change comes to: its makespan, and how much longer than now (negative: shorter).

    ``refused`` tells why it has no schedule or no plan. ``longer_s`` None: nothing to compare with.
    ``loosens``: the change can't really take longer, only a short search may find nothing shorter.
    """

    change: str
    makespan_s: float | None
    longer_s: float | None
    refused: str = ""
    loosens: bool = False

    @property
    def told(self) -> str:
        """The price in words."""
        if self.makespan_s is None:
            return f"refused, {self.refused}"
        if self.longer_s is None:
            return f"{hours(self.makespan_s)} h"
        if self.loosens and self.longer_s > -SEEN_S:
            return "no gain found"
        sign = "+" if self.longer_s >= 0 else "-"
        return f"{hours(self.makespan_s)} h ({sign}{hours(abs(self.longer_s))} h)"


def priced(
    plan: Plan, options: ScheduleOptions, *, seed: int = 0, now_s: float | None = None
) -> tuple[Price, ...]:
    """The price of every variant, by a short search, compared with the makespan of now.

    A refusal of a variant is a price as well. The texts of a plan that was made by hand can't be
    compiled: then no prices.
    """
    try:
        variants = list(variants_of(plan))
    except UserError:
        return ()
    found = []
    for variant in variants:
        schedule = planned(variant, quick(options), seed)
        if isinstance(schedule, str):
            found.append(Price(variant.change, None, None, schedule, variant.loosens))
        else:
            longer_s = None if now_s is None else schedule.makespan_s - now_s
            found.append(
                Price(variant.change, schedule.makespan_s, longer_s, loosens=variant.loosens)
            )
    return tuple(found)


def quick(options: ScheduleOptions) -> ScheduleOptions:
    """The same options with the short search of prices."""
    return options.model_copy(update={"effort": options.effort * EFFORT})


def planned(variant: Variant, options: ScheduleOptions, seed: int) -> Schedule | str:
    """The schedule of a variant, or why it has none."""
    try:
        return schedule_plan(variant.make(), seed=seed, options=options)
    except UserError as error:
        return error.diagnostics[0].message


def price_lines(prices: Iterable[Price], now_s: float | None = None) -> list[str]:
    """The prices in lines for a chemist."""
    lines = [f"  {price.change}: {price.told}" for price in prices]
    if not lines:
        return []
    than = "" if now_s is None else f", against {hours(now_s)} h"
    return [f"What a change would cost, really planned{than}:", *lines]


def hours(seconds: float) -> str:
    """Hours with two decimals."""
    return f"{seconds / 3600:.2f}"
