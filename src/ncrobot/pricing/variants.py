"""Variants: plans with one thing changed, compiled anew from the texts that a plan carries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from ncrobot.deck.layout import DeckLayout
from ncrobot.plan import Plan
from ncrobot.pricing.origin import Origin, Variant
from ncrobot.pricing.portions import portion_steps, with_interval, with_tolerance
from ncrobot.protocol import ProtocolSource, Sample, step_ids
from ncrobot.protocol.values import Given
from ncrobot.units import Dimension, format_quantity

# Shares of the wells that are tried.
WELL_SHARES = (0.75, 0.5)
# How much longer an interval of portions is tried.
LONGER_INTERVAL = 1.25
COLUMN = 8


def variants_of(plan: Plan) -> Iterator[Variant]:
    """Changes worth a price, those that leave the chemistry alone first, tolerances last.

    Raises:
        UserError: the texts of the plan can't be read.
    """
    origin = Origin.of(plan)
    if plan.deck.arm.simultaneous < COLUMN:
        yield with_columns(origin)
    for mode in ("multi_dispense", "single"):
        able = {
            step.step
            for step in plan.modes
            if any(o.mode == mode and o.arm_s is not None for o in step.alternatives)
        }
        if able:
            yield with_mode(origin, mode, able)
    total = len(origin.conditions.rows)
    for number in dict.fromkeys(int(total * share) for share in WELL_SHARES):
        if 0 < number < total:
            rows = origin.conditions.rows[:number]
            yield with_wells(origin, f"the first {number} wells only", {r.well for r in rows})
    yield from fewer_samples(origin)
    steps = portion_steps(plan)
    for step, (interval_s, _) in steps.items():
        yield with_interval(plan, step, float(round(interval_s * LONGER_INTERVAL)))
    for step in steps:
        yield with_tolerance(plan, step)


def with_columns(origin: Origin) -> Variant:
    """A deck with an arm that serves a column at once."""
    return Variant(
        "an arm with the same times that serves a column of eight wells at once",
        lambda: origin.compiled(layout=_columns(origin.plan.deck)),
        loosens=True,
    )


def with_mode(origin: Origin, mode: str, able: Collection[str]) -> Variant:
    """One mode for some steps."""
    names = step_ids(origin.source.protocol)
    steps = [
        step.model_copy(update={"batching": mode}) if name in able else step
        for name, step in zip(names, origin.source.protocol.steps, strict=True)
    ]
    changed = _with_steps(origin, steps)
    return Variant(
        f"batching: {mode} for {', '.join(n for n in names if n in able)}",
        lambda: origin.compiled(source=changed),
    )


def with_wells(origin: Origin, told: str, wells: Collection[str]) -> Variant:
    """Some wells of the table only."""
    rows = tuple(row for row in origin.conditions.rows if row.well in wells)
    fewer = origin.conditions.model_copy(update={"rows": rows})
    return Variant(told, lambda: origin.compiled(conditions=fewer), loosens=True)


def with_remake(origin: Origin, stock: str, takes_s: float) -> Variant:
    """A stock that a person re-makes."""
    protocol = origin.source.protocol
    given = protocol.stocks[stock]
    assumed = "" if given.remake_takes is not None else f" (remake_takes assumed: {_time(takes_s)})"
    takes = given.remake_takes or Given(Dimension.DURATION, value=takes_s)
    remade = given.model_copy(update={"remake": "person", "remake_takes": takes})
    changed = protocol.model_copy(update={"stocks": {**protocol.stocks, stock: remade}})
    return Variant(
        f"remake: person for {stock!r}{assumed}",
        lambda: origin.compiled(source=replace(origin.source, protocol=changed)),
    )


def with_life(plan: Plan, stock: str, life_s: float, told: str) -> Variant:
    """A stock that keeps for another time."""
    return Variant(f"a stock {stock!r} that keeps {told}", lambda: _aging(plan, stock, life_s))


def for_ever(plan: Plan, stock: str) -> Plan:
    """The same plan with a stock that doesn't get old."""
    return _aging(plan, stock, None)


def _aging(plan: Plan, stock: str, life_s: float | None) -> Plan:
    stocks = tuple(
        use.model_copy(update={"life_s": life_s}) if use.stock == stock else use
        for use in plan.stocks
    )
    return plan.model_copy(update={"stocks": stocks}).sealed()


def _columns(layout: DeckLayout) -> DeckLayout:
    tips = tuple(tip.model_copy(update={"channels": ()}) for tip in layout.arm.tips)
    changed = {"channels": max(layout.arm.channels, COLUMN), "simultaneous": COLUMN, "tips": tips}
    return layout.model_copy(update={"arm": layout.arm.model_copy(update=changed)})


def fewer_samples(origin: Origin) -> Iterator[Variant]:
    """Without each step of samples, or with the last of its times only."""
    steps = origin.source.protocol.steps
    for index, step in enumerate(steps):
        if not isinstance(step, Sample):
            continue
        name = step.id or f"sample in line {origin.source.line_of('steps', index)}"
        if len(step.at) > 1:
            last = step.model_copy(update={"at": step.at[-1:]})
            changed = _with_steps(origin, [*steps[:index], last, *steps[index + 1 :]])
            yield Variant(
                f"{name!r} at the last of its {len(step.at)} times only",
                lambda changed=changed: origin.compiled(source=changed),  # type: ignore[misc]
                loosens=True,
            )
        if not any(_refers_to(other, step.id) for other in steps):
            changed = _with_steps(origin, [*steps[:index], *steps[index + 1 :]])
            yield Variant(
                f"without the samples of {name!r}",
                lambda changed=changed: origin.compiled(source=changed),  # type: ignore[misc]
                loosens=True,
            )


def _refers_to(step: object, name: str | None) -> bool:
    """Whether a step's lags or samples refer to another one."""
    if name is None:
        return False
    after = {getattr(step, "after", None), getattr(step, "after_each_portion_of", None)}
    return name in after | {timing.after for timing in getattr(step, "timing", ())}


def _with_steps(origin: Origin, steps: Sequence[object]) -> ProtocolSource:
    changed = origin.source.protocol.model_copy(update={"steps": tuple(steps)})
    return replace(origin.source, protocol=changed)


def _time(seconds: float) -> str:
    return format_quantity(seconds, Dimension.DURATION, digits=3)
