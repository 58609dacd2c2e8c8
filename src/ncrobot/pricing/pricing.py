"""Prices: every variant is compiled and scheduled with the same options, and told in hours."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.errors import UserError
from ncrobot.plan import Plan
from ncrobot.pricing.variants import variants_of
from ncrobot.schedule import ScheduleOptions
from ncrobot.scheduler import schedule_plan

# A price is told in hours: a share of the search is enough for it.
EFFORT = 0.15


@dataclass(frozen=True, slots=True)
class Price:
    """What a change comes to: its makespan, and how much longer than now (negative: shorter).

    ``refused`` tells why it has no schedule or no plan. ``longer_s`` None: nothing to compare with.
    """

    change: str
    makespan_s: float | None
    longer_s: float | None
    refused: str = ""


def priced(
    plan: Plan,
    options: ScheduleOptions,
    *,
    seed: int = 0,
    fits: int | None = None,
) -> tuple[Price, ...]:
    """The price of every variant, compared with the plan as it is, searched as long as they are.

    A refusal of a variant is a price as well; where the plan itself is refused, nothing is
    compared. The texts of a plan that was made by hand can't be compiled: then no prices.
    """
    try:
        variants = list(variants_of(plan, fits))
    except UserError:
        return ()
    quick = options.model_copy(update={"effort": options.effort * EFFORT})
    try:
        now_s = schedule_plan(plan, seed=seed, options=quick).makespan_s
    except UserError:
        now_s = None
    found = []
    for variant in variants:
        try:
            schedule = schedule_plan(variant.make(), seed=seed, options=quick)
        except UserError as error:
            found.append(Price(variant.change, None, None, error.diagnostics[0].message))
        else:
            longer_s = None if now_s is None else schedule.makespan_s - now_s
            found.append(Price(variant.change, schedule.makespan_s, longer_s))
    return tuple(found)


def price_lines(prices: tuple[Price, ...]) -> list[str]:
    """The prices in lines for a chemist."""
    lines = ["What a change would cost, really planned:"] if prices else []
    for price in prices:
        if price.makespan_s is None:
            lines.append(f"  {price.change}: refused, {price.refused}")
        elif price.longer_s is None:
            lines.append(f"  {price.change}: {_hours(price.makespan_s)} h")
        else:
            sign = "+" if price.longer_s >= 0 else "-"
            lines.append(
                f"  {price.change}: {_hours(price.makespan_s)} h "
                f"({sign}{_hours(abs(price.longer_s))} h)"
            )
    return lines


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.2f}"
