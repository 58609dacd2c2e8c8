"""Where in a vessel the tips go: side by side in a shared one, and how high above its bottom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pylabrobot.liquid_handling.channel_positioning import compute_nonconsecutive_channel_offsets
from pylabrobot.liquid_handling.errors import ChannelsDoNotFitError
from pylabrobot.resources import Coordinate

from ncrobot.devices.contracts import ChannelMove

CLEARANCE_MM = 1.0
"""Lowest place of a tip above the inner bottom of a vessel."""

IMMERSION_MM = 2.0
"""How deep a tip dips below the surface that is there at the end of the move."""


PITCH_MM = 9.0
"""Distance of the channels of a rigid head."""

TIP_WIDTH_MM = 6.0
"""Width of a tip where it dips into a vessel (assumed, as in the labware catalogue)."""


def _pitched(container: Any, channels: tuple[int, ...]) -> list[Coordinate] | None:
    """Places of neighbouring channels on a fixed pitch, if their tips go in between the walls."""
    span_mm = PITCH_MM * (len(channels) - 1)
    is_row = channels == tuple(range(channels[0], channels[0] + len(channels)))
    if not is_row or span_mm + TIP_WIDTH_MM > container.get_size_y() or container.no_go_zones:
        return None
    return [Coordinate(0, span_mm / 2 - PITCH_MM * number, 0) for number in range(len(channels))]


class Placing:
    """Places of tips for one backend; remembers what it has worked out."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._known: dict[tuple[int, tuple[int, ...]], list[Coordinate]] = {}

    def side_by_side(
        self, moves: Sequence[ChannelMove], containers: Sequence[Any]
    ) -> list[Coordinate]:
        """Return each channel's offset from the centre of its container.

        Raises:
            ChannelsDoNotFitError: too many channels share a container.

        """
        sharing: dict[int, list[int]] = {}
        for index, container in enumerate(containers):
            sharing.setdefault(id(container), []).append(index)
        offsets = [Coordinate.zero()] * len(moves)
        for indices in sharing.values():
            container = containers[indices[0]]
            if len(indices) == 1 and not container.no_go_zones:
                continue
            channels = tuple(moves[index].channel for index in indices)
            for index, offset in zip(indices, self._shared(container, channels), strict=True):
                offsets[index] = offset
        return offsets

    def _shared(self, container: Any, channels: tuple[int, ...]) -> list[Coordinate]:
        key = (id(container), channels)
        if key not in self._known:
            spacings = self._backend.get_channel_spacings(list(range(max(channels) + 1)))
            found = compute_nonconsecutive_channel_offsets(container, list(channels), spacings)
            if found is None:
                found = _pitched(container, channels)
            if found is None:
                message = f"channels {list(channels)} do not fit side by side into {container.name}"
                raise ChannelsDoNotFitError(message)
            self._known[key] = found
        return self._known[key]

    def heights_mm(
        self, moves: Sequence[ChannelMove], containers: Sequence[Any], *, draw: bool
    ) -> list[float]:
        """Return each tip's height above the inner bottom; a free dispense is at the rim."""
        change_ul: dict[int, float] = {}
        for move, container in zip(moves, containers, strict=True):
            signed_ul = -move.volume_ul if draw else move.volume_ul
            change_ul[id(container)] = change_ul.get(id(container), 0.0) + signed_ul
        return [
            self.layer_mm(container, move.below_ul)
            if draw and move.below_ul is not None
            else self.height_mm(container, change_ul[id(container)])
            if draw or move.touches
            else container.get_size_z()
            for move, container in zip(moves, containers, strict=True)
        ]

    def layer_mm(self, container: Any, below_ul: float) -> float:
        """Return the height just above a volume; a vessel of unknown shape is taken as a box."""
        if container.supports_compute_height_volume_functions():
            boundary_mm = float(container.compute_height_from_volume(below_ul))
        else:
            boundary_mm = container.get_size_z() * below_ul / container.max_volume
        return boundary_mm + CLEARANCE_MM

    def height_mm(self, container: Any, change_ul: float) -> float:
        """Return the height at which the tip stays in the liquid while the volume changes."""
        if not container.supports_compute_height_volume_functions():
            return CLEARANCE_MM
        volume_ul = max(container.tracker.volume + change_ul, 0.0)
        surface_mm = float(container.compute_height_from_volume(volume_ul))
        return max(surface_mm - IMMERSION_MM, CLEARANCE_MM)
