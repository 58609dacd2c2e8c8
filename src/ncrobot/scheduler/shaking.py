"""Shaking: when the shakers run, and how they pause around the arm's visits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ncrobot.deck.layout import Shaker
from ncrobot.plan import Background, Plan, Shake
from ncrobot.scheduler.network import Network, labware_touched

# Restarting for less than this many seconds of shaking isn't worth it (assumed).
WORTH_S = 10


def shake_operations(
    plan: Plan, network: Network, starts: Mapping[str, int], end: int
) -> list[tuple[Shake, int, int]]:
    """Auxiliary shake operations with start and duration, for all backgrounds of the plan."""
    found: list[tuple[Shake, int, int]] = []
    for background in plan.backgrounds:
        found += _for_background(plan, network, starts, end, background, len(found))
    return found


def _for_background(
    plan: Plan,
    network: Network,
    starts: Mapping[str, int],
    end: int,
    background: Background,
    count: int,
) -> list[tuple[Shake, int, int]]:
    device = plan.deck.devices[background.device]
    if not isinstance(device, Shaker):
        return []
    stop, start = math.ceil(device.stop_s), math.ceil(device.start_s)
    on = min(starts[o] + network.nodes[o].duration for o in background.starts_after)
    off = _ends(network, starts, end, background)
    hands_over = any(isinstance(network.nodes[o].operation, Shake) for o in background.ends_before)
    visits = _visits(network, starts, background, on, off)
    runs = _runs(visits, on, off, stop=stop, start=start)
    found: list[tuple[Shake, int, int]] = []
    starts_running = any(
        isinstance(network.nodes[o].operation, Shake) for o in background.starts_after
    )
    for begin, finish in runs:
        if not (starts_running and begin == on):
            found.append(
                (_shake(background, background.speed_rpm, count + len(found)), begin, start)
            )
        if not (hands_over and finish == off):
            found.append((_shake(background, 0.0, count + len(found)), finish, stop))
    if starts_running and (not runs or runs[0][0] != on):
        # The plan's own shake operation started it; the first visit comes too soon after.
        found.insert(0, (_shake(background, 0.0, count + len(found)), on, stop))
    return found


def _ends(network: Network, starts: Mapping[str, int], end: int, background: Background) -> int:
    if background.ends_before:
        return max(starts[o] for o in background.ends_before)
    last = max(starts[o] + network.nodes[o].duration for o in background.starts_after)
    return end if background.for_s is None else last + math.ceil(background.for_s)


def _visits(
    network: Network, starts: Mapping[str, int], background: Background, on: int, off: int
) -> list[tuple[int, int]]:
    """Arm visits to the labware that touch the time of shaking, in order."""
    visits = [
        (starts[name], starts[name] + node.duration)
        for name, node in network.nodes.items()
        if background.labware in labware_touched(node.operation)
    ]
    return sorted((a, b) for a, b in visits if b > on and a <= off)


def _runs(
    visits: Sequence[tuple[int, int]], on: int, off: int, *, stop: int, start: int
) -> list[tuple[int, int]]:
    """Times from starting to the beginning of stopping, in the gaps between visits."""
    runs = []
    cursor = on
    for begin, finish in visits:
        if begin - stop - cursor >= start + WORTH_S:
            runs.append((cursor, begin - stop))
        cursor = max(cursor, finish)
    if off - cursor >= start + WORTH_S:
        runs.append((cursor, off))
    return runs


def _shake(background: Background, speed_rpm: float, number: int) -> Shake:
    return Shake(
        id=f"shake-{background.device}-{number + 1:04d}",
        step=background.step,
        line=background.line,
        device=background.device,
        labware=background.labware,
        speed_rpm=speed_rpm,
    )
