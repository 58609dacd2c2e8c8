"""How old each stock was when it was used, against its life; how much of it was still active."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ncrobot.plan import Plan, StockUse
from ncrobot.reports._colours import by_kind
from ncrobot.reports._svg import drawing, element, line, number, text, ticks, time_ticks
from ncrobot.reports._text import exact_clock, significant, span
from ncrobot.schedule import Lot, Schedule
from ncrobot.state import Delivery, RunState

_WIDTH, _HEIGHT = 520.0, 170.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 12.0, 14.0, 34.0

Place = Callable[[float], float]
"""Turns a value to a coordinate of the drawing."""


@dataclass(frozen=True, slots=True)
class StockAges:
    """One stock as it was used; ages in s, active fractions modelled. None: not known."""

    stock: str
    planned_ul: float
    drawn_ul: float
    deliveries: int
    left_ul: float | None
    lots: tuple[str, ...]
    life_s: float | None
    oldest_s: float | None
    least_active: float | None
    svg: Markup | None

    @property
    def life_share(self) -> float | None:
        """The highest age as a share of the life."""
        if self.oldest_s is None or not self.life_s:
            return None
        return self.oldest_s / self.life_s


def stock_ages(plan: Plan, schedule: Schedule, state: RunState) -> list[StockAges]:
    """All stocks of a plan, in its order."""
    by_stock: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in state.deliveries:
        if delivery.stock is not None:
            by_stock[delivery.stock].append(delivery)
    lots: dict[str, list[Lot]] = defaultdict(list)
    for lot in schedule.lots:
        lots[lot.stock].append(lot)
    return [_ages(use, by_stock[use.stock], lots[use.stock], state) for use in plan.stocks]


def _ages(
    use: StockUse, used: Sequence[Delivery], lots: Sequence[Lot], state: RunState
) -> StockAges:
    aged = [delivery for delivery in used if delivery.age_s is not None]
    active = [d.active_fraction for d in used if d.active_fraction is not None]
    left = [_left_ul(state, address) for address in use.positions_ul]
    known = [ul for ul in left if ul is not None]
    return StockAges(
        stock=use.stock,
        planned_ul=use.drawn_ul - use.excess_ul,
        drawn_ul=sum(delivery.volume_ul for delivery in used),
        deliveries=len(used),
        left_ul=sum(known) if known else None,
        lots=tuple(f"{lot.lot}: made at {exact_clock(lot.made_s)}" for lot in lots),
        life_s=use.life_s,
        oldest_s=max((d.age_s for d in aged if d.age_s is not None), default=None),
        least_active=min(active, default=None),
        svg=_drawing(use, aged) if aged else None,
    )


def _left_ul(state: RunState, address: str) -> float | None:
    held = state.ledger.get(address)
    return float(held["volume_ul"]) if isinstance(held, dict) and "volume_ul" in held else None


def _drawing(use: StockUse, aged: Sequence[Delivery]) -> Markup:
    """Age over time, one dot for all deliveries of one moment; the life as a line."""
    oldest = max(delivery.age_s or 0.0 for delivery in aged)
    end_s = max(max(delivery.delivered_s for delivery in aged) * 1.04, 60.0)
    unit_s, unit = (3600.0, "h") if max(oldest, use.life_s or 0.0) > 7200 else (60.0, "min")
    high = max(oldest, use.life_s or 0.0) * 1.12 / unit_s or 1.0
    width, foot = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _BOTTOM

    def x(time_s: float) -> float:
        return _LEFT + min(max(time_s / end_s, 0.0), 1.0) * width

    def y(age: float) -> float:
        return foot - age / high * (foot - _TOP)

    parts: list[Markup] = []
    for tick in ticks(0.0, high, 4):
        parts.append(line(_LEFT, y(tick), _WIDTH - _RIGHT, y(tick), "grid"))
        parts.append(text(_LEFT - 6, y(tick) + 4, f"{tick:g}", "soft end"))
    parts += [
        text(x(time_s), foot + 15, f"{time_s / 3600:.3g}", "soft middle")
        for time_s in time_ticks(end_s, 6)
    ]
    if use.life_s is not None:
        limit = y(use.life_s / unit_s)
        parts.append(line(_LEFT, limit, _WIDTH - _RIGHT, limit, "limit"))
        parts.append(text(_WIDTH - _RIGHT, limit - 4, f"life {span(use.life_s)}", "end"))
    parts += _dots(aged, x, y, unit_s)
    parts.append(line(_LEFT, foot, _WIDTH - _RIGHT, foot, "axis"))
    parts.append(text(_LEFT, 8, f"age, {unit}", "soft"))
    parts.append(
        text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 5, "time of the run, h", "soft middle")
    )
    return drawing(_WIDTH, _HEIGHT, parts, label=f"Age of {use.stock} at each dose")


def _dots(aged: Sequence[Delivery], x: Place, y: Place, unit_s: float) -> list[Markup]:
    colours = by_kind(f"lot {d.lot}" for d in sorted(aged, key=lambda d: d.lot or 0))
    moments: dict[tuple[str, str], None] = {}
    for delivery in aged:
        place = (
            f"M{number(x(delivery.delivered_s))} {number(y((delivery.age_s or 0.0) / unit_s))}h0"
        )
        moments[f"lot {delivery.lot}", place] = None
    paths: dict[str, list[str]] = defaultdict(list)
    for lot, place in moments:
        paths[lot].append(place)
    return [
        element("path", element("title", lot), d="".join(path), stroke=colours[lot], class_="dots")
        for lot, path in paths.items()
    ]


def activity(ages: StockAges) -> str:
    """The least active fraction in words; it is a model's, never a measurement."""
    if ages.least_active is None:
        return "not modelled"
    return f"{significant(ages.least_active * 100, 3)} % (modelled)"
