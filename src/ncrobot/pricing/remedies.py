"""Remedies: the fixes that a refusal names, each planned anew, so that one knows which fit.

A refusal names what its quick checks don't forbid. Here every such change is compiled and scheduled
with the asked options. Wells, intervals and runs are searched for with a few tries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ncrobot.errors import UserError
from ncrobot.plan import Plan, Transfer
from ncrobot.pricing.origin import Origin, Variant
from ncrobot.pricing.portions import portion_steps, with_interval, with_tolerance
from ncrobot.pricing.pricing import Price, hours, planned, quick
from ncrobot.pricing.variants import (
    fewer_samples,
    for_ever,
    with_columns,
    with_life,
    with_mode,
    with_remake,
    with_wells,
)
from ncrobot.schedule import Schedule, ScheduleOptions
from ncrobot.scheduler import Fix, enough_h, possible_fixes
from ncrobot.units import Dimension, format_quantity

# Shares of the wells, and of an interval, that are tried until one fits; then what lies between
# that and the one before is halved.
SHARES = (1.0, 0.875, 0.75, 0.5, 0.25)
STEPS = (1.0, 0.8, 0.6, 0.4)
HALVINGS = 2
MOST_RUNS = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """What was refused: a plan and what it was made of, options and seed."""

    plan: Plan
    origin: Origin
    options: ScheduleOptions
    seed: int

    def price(self, variant: Variant) -> Price:
        """The price of one change."""
        found = planned(variant, quick(self.options), self.seed)
        if isinstance(found, str):
            return Price(variant.change, None, None, found)
        return Price(variant.change, found.makespan_s, None)


def remedies(plan: Plan, options: ScheduleOptions, *, seed: int = 0) -> tuple[Price, ...]:
    """The price of every fix that the refusal of a plan names, in the order of the refusal.

    The texts of a plan that was made by hand can't be compiled: then no prices.
    """
    try:
        asked = Asked(plan, Origin.of(plan), options, seed)
    except UserError:
        return ()
    fixes = possible_fixes(plan, options)
    found = [price for fix in fixes for price in _of_fix(asked, fix)]
    named = {fix.name for fix in fixes if fix.kind == "interval"}
    found += [
        Price(f"another interval in {step!r}", None, None, "none passes the quick checks")
        for step in portion_steps(plan)
        if step not in named
    ]
    return tuple(found)


def remedy_lines(prices: Sequence[Price]) -> list[str]:
    """What fits, and why the rest doesn't, in lines for a chemist."""
    if not prices:
        return []
    lines = ["What would help, really planned:"]
    for price in prices:
        if price.makespan_s is None:
            lines.append(f"  {price.change}: still refused, {price.refused}")
        else:
            lines.append(f"  {price.change}: {hours(price.makespan_s)} h, fits")
    if all(price.makespan_s is None for price in prices):
        lines.append("None of these fits by itself: combine changes.")
    return lines


def _of_fix(asked: Asked, fix: Fix) -> Iterator[Price]:
    match fix.kind:
        case "life":
            yield _life(asked, fix.name)
        case "end":
            yield _end(asked)
        case "interval":
            yield _interval(asked, fix)
        case "wells":
            yield from _fewer(asked, fix.wells)
        case _:
            yield from (asked.price(variant) for variant in _variants(asked, fix))


def _variants(asked: Asked, fix: Fix) -> Iterator[Variant]:
    """What is planned once; waves are planned with the wells."""
    match fix.kind:
        case "mode":
            yield with_mode(asked.origin, fix.mode, fix.name.split(", "))
        case "columns":
            yield with_columns(asked.origin)
        case "remake" if fix.name in asked.origin.source.protocol.stocks:
            yield with_remake(asked.origin, fix.name, fix.value_s)
        case "samples":
            found = fewer_samples(asked.origin)
            yield from (variant for variant in found if repr(fix.name) in variant.change)
        case "tolerance":
            yield with_tolerance(asked.plan, fix.name)


def _end(asked: Asked) -> Price:
    """The end that the plan needs as it is, by the full search, so that it is enough."""
    open_ = asked.options.model_copy(update={"finish_within_s": None})
    found = planned(Variant("", lambda: asked.plan), open_, asked.seed)
    if isinstance(found, str):
        return Price("a later end", None, None, found)
    change = f"an end within {enough_h(found.makespan_s):.2f} h"
    return Price(change, found.makespan_s, None)


def _life(asked: Asked, stock: str) -> Price:
    """How long a stock has to keep for the plan as it is: a life with which it was planned."""
    free = for_ever(asked.plan, stock)
    found = planned(Variant("", lambda: free), quick(asked.options), asked.seed)
    if isinstance(found, str):
        return Price(f"a stock {stock!r} that keeps longer", None, None, found)
    last_s = _last_use_s(asked.plan, found, stock)
    # With a life the search first looks for any schedule, which may take longer than the best one.
    for needed_s in (last_s, *(found.makespan_s * more for more in (1.0, 1.25, 1.5, 2.0))):
        told_h = enough_h(needed_s)
        price = asked.price(
            with_life(asked.plan, stock, round(told_h * 3600, 6), f"{told_h:.2f} h")
        )
        if price.makespan_s is not None:
            break
    return price


def _last_use_s(plan: Plan, schedule: Schedule, stock: str) -> float:
    """The end of the last draw from a stock or from a dilution of it."""
    names = {stock, *(use.stock for use in plan.stocks if use.working_of == stock)}
    draws = {op.id for op in plan.operations if isinstance(op, Transfer) and op.stock in names}
    return max(entry.end_s for entry in schedule.entries if entry.operation in draws)


def _interval(asked: Asked, fix: Fix) -> Price:
    """The one nearest to now that a few tries find: shorter ones, or longer ones."""
    now_s, _ = portion_steps(asked.plan)[fix.name]
    tried = [
        float(round(fix.value_s * share if fix.value_s < now_s else fix.value_s / share))
        for share in STEPS
    ]
    refused, unfit_s = "", now_s
    for interval_s in tried:
        price = asked.price(with_interval(asked.plan, fix.name, interval_s))
        if price.makespan_s is not None:
            return _nearer(asked, fix.name, price, interval_s, unfit_s)
        refused, unfit_s = refused or price.refused, interval_s
    span = f"{_time(min(tried))} to {_time(max(tried))}"
    return Price(f"an interval of {span} in {fix.name!r}", None, None, refused)


def _nearer(asked: Asked, step: str, fits: Price, fit_s: float, unfit_s: float) -> Price:
    """By halving between an interval that fits and one that doesn't."""
    for _ in range(HALVINGS):
        between_s = float(round((fit_s + unfit_s) / 2))
        price = asked.price(with_interval(asked.plan, step, between_s))
        if price.makespan_s is None:
            unfit_s = between_s
        else:
            fits, fit_s = price, between_s
    return fits


def _fewer(asked: Asked, gone: Sequence[str]) -> Iterator[Price]:
    """What the refusal named, else the most wells that a few tries find; the others in waves."""
    order = _going(asked, gone)
    total = len(order)
    most = total - len(gone)
    tried = dict.fromkeys(int(most * share) for share in SHARES)
    low, high = 0, total
    fits: Price | None = None
    refused: Price | None = None
    for number in (number for number in tried if 0 < number < total):
        price = asked.price(_without(asked, order, number))
        if price.makespan_s is not None:
            low, fits = number, price
            break
        high, refused = number, refused or price
    for _ in range(HALVINGS if fits is not None and refused is not None else 0):
        number = (low + high) // 2
        price = asked.price(_without(asked, order, number))
        if price.makespan_s is None:
            high = number
        else:
            low, fits = number, price
    yield from (price for price in (refused, fits) if price is not None)
    yield _waves(asked, set(order[total - low :]))


def _going(asked: Asked, gone: Sequence[str]) -> list[str]:
    """All wells in the order in which they go: those that were named, then the longest chains."""
    portions: dict[str, int] = {}
    for operation in asked.plan.operations:
        for well in operation.wells:
            portions[well] = max(portions.get(well, 0), operation.portion or 0)
    wells = [well.well for well in asked.plan.wells]
    rest = [well for well in reversed(wells) if well not in gone]
    return [*gone, *sorted(rest, key=lambda well: -portions.get(well, 0))]


def _without(asked: Asked, order: Sequence[str], number: int) -> Variant:
    gone, kept = order[: len(order) - number], order[len(order) - number :]
    shown = ", ".join(gone[:8]) + (f" and {len(gone) - 8} more" if len(gone) > 8 else "")
    return with_wells(asked.origin, f"{number} wells (without {shown})", kept)


def _waves(asked: Asked, kept: set[str]) -> Price:
    """Runs that fit: the wells that fit, and the rest in one or two; else columns in turn."""
    wells = [well.well for well in asked.plan.wells]
    columns = list(dict.fromkeys(well[1:] for well in wells))
    rest = {well for well in wells if well not in kept}
    left = [column for column in columns if any(well[1:] == column for well in rest)]
    halves = [{well for well in rest if well[1:] in left[k::2]} for k in range(2)]
    parted = [[kept, rest]] if kept and rest else []
    parted += [[kept, *halves]] if kept and all(halves) else []
    parted += [
        [{w for w in wells if w[1:] in columns[k::number]} for k in range(number)]
        for number in range(2, min(MOST_RUNS, len(columns)) + 1)
    ]
    reason = "it has one column only"
    for parts in parted:
        took_s: list[float] = []
        for part in parts:
            price = asked.price(with_wells(asked.origin, "", part))
            if price.makespan_s is None:
                reason = price.refused
                break
            took_s.append(price.makespan_s)
        if len(took_s) == len(parts):
            sizes = " + ".join(str(len(part)) for part in parts)
            each = " + ".join(hours(each_s) for each_s in took_s)
            told = f"waves: {len(parts)} runs of {sizes} wells, each with fresh stocks ({each} h)"
            return Price(told, sum(took_s), None)
    return Price(f"waves: up to {MOST_RUNS} runs of fewer wells", None, None, reason)


def _time(seconds: float) -> str:
    return format_quantity(seconds, Dimension.DURATION, digits=3)
