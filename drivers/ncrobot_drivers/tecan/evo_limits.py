"""What is looked at before an EVO hears of an act: where it is, how much, how quick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pylabrobot.liquid_handling.liquid_classes.tecan import get_liquid_class
from pylabrobot.resources import Liquid, TecanPlate, TecanTipRack

STROKE_STEPS = 3150
STEPS_PER_UL = 3
FULL_SPEED_UL_PER_S = 1000.0
SLOWEST_UL_PER_S = 1.0
SPACING_TENTHS = (90, 380)
DEEPEST_TRACK_TENTHS = 32
TOLERANCE_TENTHS = 2
"""How far a well may lie from where the spacing brings its tip: PyLabRobot rounds down."""

Pair = tuple[Any, int]


def place_of(op: Any, deck: Any) -> tuple[int, int, int]:
    """X, y and spacing of an operation as PyLabRobot's EVO backend counts them, in 0.1 mm."""
    at = op.resource.get_location_wrt(deck) + op.resource.center()
    spacing = int(op.resource.get_absolute_size_y() * 10)
    return int((at.x - 100) * 10), int((346.5 - at.y) * 10), spacing


def in_one_row(pairs: Sequence[Pair], deck: Any) -> list[list[Pair]]:
    """Parts of an act whose places stand evenly in one column, in the order of the channels."""
    rows: list[list[Pair]] = []
    for pair in sorted(pairs, key=lambda pair: pair[1]):
        fitting = (row for row in rows if _follows(row[0], pair, deck))
        row = next(fitting, None)
        if row is None:
            rows.append([pair])
        else:
            row.append(pair)
    return rows


def _follows(first: Pair, other: Pair, deck: Any) -> bool:
    (x, y, spacing), (other_x, other_y, other_spacing) = (
        place_of(op, deck) for op, _ in (first, other)
    )
    expected_y = y + (other[1] - first[1]) * spacing
    return (
        spacing == other_spacing
        and abs(x - other_x) <= TOLERANCE_TENTHS
        and abs(expected_y - other_y) <= TOLERANCE_TENTHS
    )


class Limits:
    """Checks one channel's part of an act; each raises ValueError or TypeError with the reason."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def check_place(self, op: Any, channel: int) -> None:
        """The place is one that PyLabRobot has figures of, and the whole bar of tips fits there."""
        where = op.resource.name
        if not isinstance(op.resource.parent, TecanPlate | TecanTipRack):
            raise TypeError(f"PyLabRobot has none of Tecan's figures for {where}")
        if any(op.offset.vector()):
            raise ValueError(f"several tips can't share {where} on an EVO")
        x, y, spacing = place_of(op, self._backend.deck)
        if not SPACING_TENTHS[0] <= spacing <= SPACING_TENTHS[1]:
            raise ValueError(f"the tips can't stand {spacing / 10:g} mm apart, as {where} needs")
        first_y = y - channel * spacing
        last_y = first_y + (self._backend.num_channels - 1) * spacing
        if not (0 <= x <= self._backend._x_range and first_y >= 0):  # noqa: SLF001
            raise ValueError(f"{where} is out of the reach of channel {channel}")
        if last_y > self._backend._y_range:  # noqa: SLF001
            raise ValueError(f"over {where} the last channel would be in front of the deck")
        self._check_heights(op, channel)

    def _check_heights(self, op: Any, channel: int) -> None:
        _, _, heights = self._backend._liha_positions([op], [channel])  # noqa: SLF001
        for what in ("start", "dispense", "max"):
            height = heights[what][channel]
            if not 0 <= height <= self._backend._z_range:  # noqa: SLF001
                raise ValueError(f"{op.resource.name} is out of the reach of the z axis")

    def check_draw(self, op: Any, channel: int) -> None:
        """The volume is one that PyLabRobot can draw here, and that the plunger has room for."""
        liquid = self._check_volume(op, channel)
        if op.mix is not None:
            raise ValueError("PyLabRobot doesn't mix with the tips of an EVO")
        depth = min(round(op.volume / op.resource.parent.area * 10), DEEPEST_TRACK_TENTHS)
        if depth == 0:
            raise ValueError(
                f"{op.volume:g} µL lower the level in {op.resource.name} by less than 0.05 mm, at "
                "which PyLabRobot fails"
            )
        if round(depth * op.flow_rate / op.volume) == 0:
            raise ValueError(f"{op.flow_rate:g} µL/s is too slow to follow the level")
        drawn_ul = liquid.aspirate_lag_volume + liquid.aspirate_tag_volume
        drawn_ul += liquid.compute_corrected_volume(op.volume)
        at = self._backend.plungers[channel]
        if at is None:
            raise ValueError(f"where the plunger of channel {channel} stands isn't known")
        if at + drawn_ul * STEPS_PER_UL > STROKE_STEPS:
            raise ValueError(f"the syringe of channel {channel} has no room for {drawn_ul:g} µL")

    def check_dispense(self, op: Any, channel: int) -> None:
        """The volume is one that PyLabRobot can push out."""
        self._check_volume(op, channel)

    def _check_volume(self, op: Any, channel: int) -> Any:
        self.check_place(op, channel)
        if not SLOWEST_UL_PER_S <= op.flow_rate <= FULL_SPEED_UL_PER_S:
            raise ValueError(f"the plungers don't run at {op.flow_rate:g} µL/s")
        tip_type = getattr(op.tip, "tip_type", None)
        liquid = get_liquid_class(op.volume, Liquid.WATER, tip_type)
        if liquid is None:
            raise ValueError(f"PyLabRobot has no figures for {op.volume:g} µL in such a tip")
        return liquid
