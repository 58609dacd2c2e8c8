"""Portions: plans with another interval or a wider tolerance; all other lags stay."""

from __future__ import annotations

from collections.abc import Callable

from ncrobot.plan import Lag, Plan
from ncrobot.pricing.origin import Variant
from ncrobot.units import Dimension, format_quantity

# How much wider a tolerance of portions is tried.
WIDER_TOLERANCE = 2.0


def portion_steps(plan: Plan) -> dict[str, tuple[float, float]]:
    """Interval and tolerance, in seconds, of each step that is done in portions."""
    found: dict[str, tuple[float, float]] = {}
    for lag in plan.lags:
        if lag.kind == "portion" and lag.step:
            target_s = lag.target_s or 0.0
            interval_s, tolerance_s = found.get(lag.step, (target_s, 0.0))
            wider_s = max(tolerance_s, (lag.max_s or 0.0) - target_s)
            found[lag.step] = (min(interval_s, target_s), wider_s)
    return found


def with_interval(plan: Plan, step: str, interval_s: float) -> Variant:
    """Another interval of portions; their tolerance stays."""
    now_s, _ = portion_steps(plan)[step]

    def moved(lag: Lag) -> Lag:
        target_s = lag.target_s or 0.0
        more_s = float(round(target_s * interval_s / now_s)) - target_s
        return lag.model_copy(
            update={
                "min_s": max(lag.min_s + more_s, 0.0),
                "target_s": target_s + more_s,
                "max_s": None if lag.max_s is None else lag.max_s + more_s,
            }
        )

    return Variant(
        f"an interval of {_time(interval_s)} instead of {_time(now_s)} in {step!r}",
        lambda: _relagged(plan, step, moved),
    )


def with_tolerance(plan: Plan, step: str) -> Variant:
    """A wider tolerance of portions."""
    _, tolerance_s = portion_steps(plan)[step]
    return Variant(
        f"a tolerance of {_time(tolerance_s * WIDER_TOLERANCE)} instead of {_time(tolerance_s)} "
        f"in {step!r}",
        lambda: _relagged(plan, step, _wider),
        loosens=True,
    )


def _relagged(plan: Plan, step: str, change: Callable[[Lag], Lag]) -> Plan:
    lags = tuple(
        change(lag) if lag.kind == "portion" and lag.step == step else lag for lag in plan.lags
    )
    return plan.model_copy(update={"lags": lags}).sealed()


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
