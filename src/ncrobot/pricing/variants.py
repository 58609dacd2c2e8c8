"""Variants: plans with one thing changed, compiled anew from the texts that a plan carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ncrobot.compiler import compile_plan
from ncrobot.deck.layout import DeckLayout
from ncrobot.plan import Lag, Plan
from ncrobot.protocol import (
    Conditions,
    ProtocolSource,
    Sample,
    read_conditions,
    read_protocol,
    step_ids,
)
from ncrobot.units import Dimension, format_quantity

# Shares of the wells that are tried.
WELL_SHARES = (0.75, 0.5)
# How much longer an interval, and how much wider a tolerance of portions is tried.
LONGER_INTERVAL = 1.25
WIDER_TOLERANCE = 2.0
COLUMN = 8


@dataclass(frozen=True, slots=True)
class Variant:
    """One change in a chemist's words, and how its plan is made (it may be refused)."""

    change: str
    make: Callable[[], Plan]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a plan was made of."""

    plan: Plan
    source: ProtocolSource
    conditions: Conditions

    @classmethod
    def of(cls, plan: Plan) -> Origin:
        """Read the texts of a plan again.

        Raises:
            UserError: a text can't be read.
        """
        source = read_protocol(plan.texts.protocol, plan.texts.protocol_file)
        conditions = read_conditions(
            plan.texts.conditions,
            source,
            format=plan.texts.conditions_format,
            file=plan.texts.conditions_file,
        )
        return cls(plan, source, conditions)

    def compiled(
        self,
        *,
        source: ProtocolSource | None = None,
        conditions: Conditions | None = None,
        layout: DeckLayout | None = None,
    ) -> Plan:
        """The plan with one of the three replaced.

        Raises:
            UserError: it makes no plan.
        """
        return compile_plan(
            source or self.source, conditions or self.conditions, layout or self.plan.deck
        )


def variants_of(plan: Plan, fits: int | None = None) -> Iterator[Variant]:
    """Changes worth a price, those that leave the chemistry alone first, tolerances last.

    ``fits`` is how many wells fit by an analytic check, if one said so.

    Raises:
        UserError: the texts of the plan can't be read.
    """
    origin = Origin.of(plan)
    if plan.deck.arm.simultaneous < COLUMN:
        yield Variant(
            "an arm with the same times that serves a column of eight wells at once",
            lambda: origin.compiled(layout=_columns(plan.deck)),
        )
    yield from _other_modes(origin)
    total = len(origin.conditions.rows)
    counts = [fits] if fits else []
    for number in dict.fromkeys([*counts, *(int(total * share) for share in WELL_SHARES)]):
        if 0 < number < total:
            yield _fewer_wells(origin, number)
    yield from _fewer_samples(origin)
    yield from _portion_lags(plan)


def _other_modes(origin: Origin) -> Iterator[Variant]:
    """All doses that can be in one other mode: several wells with one draw, or each by itself."""
    for mode in ("multi_dispense", "single"):
        able = {
            step.step
            for step in origin.plan.modes
            if any(o.mode == mode and o.arm_s is not None for o in step.alternatives)
        }
        if able:
            names = step_ids(origin.source.protocol)
            steps = [
                step.model_copy(update={"batching": mode}) if name in able else step
                for name, step in zip(names, origin.source.protocol.steps, strict=True)
            ]
            changed = _with_steps(origin, steps)
            yield Variant(
                f"batching: {mode} for {', '.join(n for n in names if n in able)}",
                lambda changed=changed: origin.compiled(source=changed),  # type: ignore[misc]
            )


def _columns(layout: DeckLayout) -> DeckLayout:
    tips = tuple(tip.model_copy(update={"channels": ()}) for tip in layout.arm.tips)
    changed = {"channels": max(layout.arm.channels, COLUMN), "simultaneous": COLUMN, "tips": tips}
    return layout.model_copy(update={"arm": layout.arm.model_copy(update=changed)})


def _fewer_wells(origin: Origin, number: int) -> Variant:
    rows = origin.conditions.rows[:number]
    fewer = origin.conditions.model_copy(update={"rows": rows})
    return Variant(f"the first {number} wells only", lambda: origin.compiled(conditions=fewer))


def _fewer_samples(origin: Origin) -> Iterator[Variant]:
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
            )
        if not any(_refers_to(other, step.id) for other in steps):
            changed = _with_steps(origin, [*steps[:index], *steps[index + 1 :]])
            yield Variant(
                f"without the samples of {name!r}",
                lambda changed=changed: origin.compiled(source=changed),  # type: ignore[misc]
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


def _portion_lags(plan: Plan) -> Iterator[Variant]:
    """A longer interval, and last of all a wider tolerance, of each step in portions."""
    steps = dict.fromkeys(lag.step for lag in plan.lags if lag.kind == "portion" and lag.step)
    for step in steps:
        lags = [lag for lag in plan.lags if lag.kind == "portion" and lag.step == step]
        interval_s = min(lag.target_s or 0.0 for lag in lags)
        longer = _time(interval_s * LONGER_INTERVAL)
        yield Variant(
            f"an interval of {longer} instead of {_time(interval_s)} in {step!r}",
            lambda step=step: _relagged(plan, step, _longer),  # type: ignore[misc]
        )
    for step in steps:
        lags = [lag for lag in plan.lags if lag.kind == "portion" and lag.step == step]
        tolerance_s = max((lag.max_s or 0.0) - (lag.target_s or 0.0) for lag in lags)
        yield Variant(
            f"a tolerance of {_time(tolerance_s * WIDER_TOLERANCE)} instead of "
            f"{_time(tolerance_s)} in {step!r}",
            lambda step=step: _relagged(plan, step, _wider),  # type: ignore[misc]
        )


def _relagged(plan: Plan, step: str, change: Callable[[Lag], Lag]) -> Plan:
    lags = tuple(
        change(lag) if lag.kind == "portion" and lag.step == step else lag for lag in plan.lags
    )
    return plan.model_copy(update={"lags": lags}).sealed()


def _longer(lag: Lag) -> Lag:
    target_s = lag.target_s or 0.0
    more_s = float(round(target_s * (LONGER_INTERVAL - 1)))
    return lag.model_copy(
        update={
            "min_s": lag.min_s + more_s,
            "target_s": target_s + more_s,
            "max_s": None if lag.max_s is None else lag.max_s + more_s,
        }
    )


def _wider(lag: Lag) -> Lag:
    target_s, max_s = lag.target_s or 0.0, lag.max_s or 0.0
    return lag.model_copy(
        update={
            "min_s": max(target_s - WIDER_TOLERANCE * (target_s - lag.min_s), 0.0),
            "max_s": target_s + WIDER_TOLERANCE * (max_s - target_s),
        }
    )


def _time(seconds: float) -> str:
    return format_quantity(seconds, Dimension.DURATION, digits=3)
