"""PyLabRobot's trackers: switching them on, checking a move against them, and mending them.

They are a cross-check of the volume ledger, not the truth. After a refused move of several channels
they keep volumes that nobody moved, a failed channel of a shared trough is committed with its
neighbours, and negative and NaN volumes pass; so every move is checked here before PyLabRobot sees
it, and after an exception the volumes are set to what really went through.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from pylabrobot.resources import set_tip_tracking, set_volume_tracking
from pylabrobot.resources.tip_tracker import does_tip_tracking
from pylabrobot.resources.volume_tracker import does_volume_tracking

from ncrobot.devices.contracts import ChannelMove

TRACKER_TOLERANCE_UL = 1e-6
"""Rounding that is left over when the same decimal volumes are added and taken away."""


class TrackingSwitch:
    """PyLabRobot's two global tracking switches: on while at least one handler is connected.

    The switches belong to the process; the last handler to leave restores what it found.
    """

    def __init__(self) -> None:
        self._users = 0
        self._before = (False, False)

    def acquire(self) -> None:
        """Switch tracking on."""
        if self._users == 0:
            self._before = (does_volume_tracking(), does_tip_tracking())
        self._users += 1
        set_volume_tracking(True)
        set_tip_tracking(True)

    def release(self) -> None:
        """Restore the switches when nobody needs them any more."""
        self._users -= 1
        if self._users == 0:
            set_volume_tracking(self._before[0])
            set_tip_tracking(self._before[1])


TRACKING = TrackingSwitch()


def check_move(
    moves: Sequence[ChannelMove], containers: Sequence[Any], tips: Sequence[Any], *, draw: bool
) -> str | None:
    """Return why these moves are impossible by the trackers, or None.

    ``draw`` tells an aspirate from a dispense; ``tips`` are PyLabRobot tips, None where missing.
    """
    channels = [move.channel for move in moves]
    if not moves or len(set(channels)) != len(channels):
        return f"channels must be given once each, found {channels}"
    wanted_ul: dict[int, float] = {}
    for move, container, tip in zip(moves, containers, tips, strict=True):
        reason = _check_figures(move) or _check_tip(move, tip, draw=draw)
        if reason:
            return reason
        tracker = container.tracker
        wanted_ul[id(tracker)] = wanted_ul.get(id(tracker), 0.0) + move.volume_ul
        limit_ul = tracker.get_used_volume() if draw else tracker.get_free_volume()
        if wanted_ul[id(tracker)] > limit_ul + TRACKER_TOLERANCE_UL:
            what = "holds" if draw else "has room for"
            return (
                f"{move.address} {what} {limit_ul:g} µL, "
                f"asked for {wanted_ul[id(tracker)]:g} µL in all"
            )
    return None


def _check_figures(move: ChannelMove) -> str | None:
    figures = (move.volume_ul, move.flow_rate_ul_per_s)
    if any(not math.isfinite(figure) or figure <= 0 for figure in figures):
        return (
            f"volume and flow rate at {move.address} must be positive numbers, "
            f"found {move.volume_ul} µL at {move.flow_rate_ul_per_s} µL/s"
        )
    return None


def _check_tip(move: ChannelMove, tip: Any, *, draw: bool) -> str | None:
    if tip is None:
        return f"channel {move.channel} has no tip"
    limit_ul = tip.tracker.get_free_volume() if draw else tip.tracker.get_used_volume()
    if move.volume_ul > limit_ul + TRACKER_TOLERANCE_UL:
        what = "has room for" if draw else "holds"
        tip_of = f"the tip of channel {move.channel}"
        return f"{tip_of} {what} {limit_ul:g} µL, not {move.volume_ul:g} µL"
    return None


class Books:
    """The tracked volumes of one move's containers and tips, as they were before it."""

    def __init__(
        self, moves: Sequence[ChannelMove], containers: Sequence[Any], tips: Sequence[Any]
    ) -> None:
        self._parts = list(zip(moves, containers, tips, strict=True))
        self._before_ul = {
            id(tracker): (tracker, tracker.volume)
            for _, container, tip in self._parts
            for tracker in (container.tracker, tip.tracker)
        }

    def settle(self, succeeded: Collection[int], *, draw: bool) -> None:
        """Set the volumes to what follows if only these channels moved their liquid."""
        after_ul = dict(self._before_ul)
        for move, container, tip in self._parts:
            if move.channel not in succeeded:
                continue
            into_tip_ul = move.volume_ul if draw else -move.volume_ul
            changes = ((tip.tracker, into_tip_ul), (container.tracker, -into_tip_ul))
            for tracker, change_ul in changes:
                _, volume_ul = after_ul[id(tracker)]
                after_ul[id(tracker)] = (tracker, volume_ul + change_ul)
        for tracker, volume_ul in after_ul.values():
            tracker.set_volume(volume_ul)
