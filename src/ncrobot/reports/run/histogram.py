"""How far lags were from what was wished: one small histogram for each kind and step."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from markupsafe import Markup

from ncrobot.reports._colours import WRONG
from ncrobot.reports._svg import drawing, element, line, text, ticks
from ncrobot.reports._text import counted
from ncrobot.reports.lags import ExecutedLag, LagSummary

_WIDTH, _HEIGHT = 340.0, 128.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 12.0, 12.0, 34.0
_BINS = 40
_UNITS = ((7200.0, 3600.0, "h"), (240.0, 60.0, "min"), (0.0, 1.0, "s"))


@dataclass(frozen=True, slots=True)
class Histogram:
    """A drawing with its heading and the sentence below it."""

    title: str
    note: str
    svg: Markup


@dataclass(frozen=True, slots=True)
class _Scale:
    low_s: float
    high_s: float
    unit_s: float
    unit: str

    def x(self, value_s: float) -> float:
        share = (value_s - self.low_s) / (self.high_s - self.low_s)
        return _LEFT + min(max(share, 0.0), 1.0) * (_WIDTH - _LEFT - _RIGHT)


def histogram(summary: LagSummary) -> Histogram:
    """Lags with targets by their deviation, others by their value, with the allowed band behind."""
    by_value = summary.allowed_s is not None
    values = [lag.value_s if by_value else lag.deviation_s for lag in summary.lags]
    band = summary.allowed_s if by_value else summary.tolerance_s
    scale = _scale(values, band)
    counts = Counter(_bin(scale, value) for value in values)
    most = max(counts.values())
    parts = _band(scale, band)
    for tick in ticks(scale.low_s / scale.unit_s, scale.high_s / scale.unit_s, 5):
        x = scale.x(tick * scale.unit_s)
        parts.append(line(x, _HEIGHT - _BOTTOM, x, _HEIGHT - _BOTTOM + 4, "axis"))
        parts.append(text(x, _HEIGHT - _BOTTOM + 16, f"{tick:g}", "soft middle"))
    parts += [_bar(scale, place, number, most) for place, number in sorted(counts.items())]
    parts += [_outside(scale, lag, by_value=by_value) for lag in summary.broken]
    parts.append(line(_LEFT, _HEIGHT - _BOTTOM, _WIDTH - _RIGHT, _HEIGHT - _BOTTOM, "axis"))
    parts.append(text(_LEFT - 6, _TOP + 8, str(most), "soft end"))
    what = "interval" if by_value else "deviation"
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(text(middle, _HEIGHT - 4, f"{what}, {scale.unit}", "soft middle"))
    title = f"{summary.step}: {summary.kind}"
    note = counted(len(values), "lag") + (
        f", {len(summary.broken)} broken" if summary.broken else ""
    )
    return Histogram(title, note, drawing(_WIDTH, _HEIGHT, parts, label=f"Histogram, {title}"))


def _scale(values: list[float], band: tuple[float, float | None] | None) -> _Scale:
    edges = [edge for edge in band or () if edge is not None]
    low, high = min([*values, *edges]), max([*values, *edges])
    room = max((high - low) * 0.06, 0.5)
    low, high = low - room, high + room
    widest = max(abs(low), abs(high))
    unit_s, unit = next((size, name) for least, size, name in _UNITS if widest > least)
    return _Scale(low, high, unit_s, unit)


def _bin(scale: _Scale, value_s: float) -> int:
    share = (value_s - scale.low_s) / (scale.high_s - scale.low_s)
    return min(int(share * _BINS), _BINS - 1)


def _bar(scale: _Scale, place: int, count: int, most: int) -> Markup:
    width = (_WIDTH - _LEFT - _RIGHT) / _BINS
    height = max((_HEIGHT - _TOP - _BOTTOM) * count / most, 1.5)
    low_s = scale.low_s + (scale.high_s - scale.low_s) * place / _BINS
    return element(
        "rect", element("title", counted(count, "lag")), x=scale.x(low_s) + 0.5,
        y=_HEIGHT - _BOTTOM - height, width=width - 1, height=height, class_="bar",
    )  # fmt: skip


def _band(scale: _Scale, band: tuple[float, float | None] | None) -> list[Markup]:
    if band is None:
        return []
    left = scale.x(band[0])
    right = scale.x(band[1]) if band[1] is not None else _WIDTH - _RIGHT
    return [
        element(
            "rect", element("title", "allowed"), x=left, y=_TOP, width=max(right - left, 1),
            height=_HEIGHT - _TOP - _BOTTOM, class_="band",
        )
    ]  # fmt: skip


def _outside(scale: _Scale, lag: ExecutedLag, *, by_value: bool) -> Markup:
    """A tick below the axis for each lag out of its bounds."""
    x = scale.x(lag.value_s if by_value else lag.deviation_s)
    foot = _HEIGHT - _BOTTOM
    return element(
        "path", element("title", f"{lag.lag.before} to {lag.lag.after}"),
        d=f"M{x:.1f} {foot + 1:.1f}l-3.5 6h7z", fill=WRONG,
    )  # fmt: skip
