"""Shaking: when the shakers run, and how they stand still whenever someone comes to their plate.

A shaker runs from the first of its background to the last. It stands still while the arm is at the
labware that it carries, while that labware is away, and while a person has a task to do. Between
two visits it runs if the gap is longer than stopping, starting and ten seconds of shaking. Stopping
needs no arm, so it is done just before the visit and costs the schedule nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.deck.layout import Shaker
from ncrobot.plan import AskPerson, Background, MovePlate, Plan, Shake
from ncrobot.scheduler.lots import free_id
from ncrobot.scheduler.network import Network, labware_touched

# Restarting for less than this much shaking isn't worth it (assumed).
WORTH_S = 10


@dataclass(frozen=True, slots=True)
class Shaking:
    """An auxiliary shake operation with start and duration in ticks."""

    shake: Shake
    start: int
    duration: int


@dataclass(frozen=True, slots=True)
class _Command:
    """A speed that begins to be reached at a tick, for a background."""

    start: int
    duration: int
    speed_rpm: float
    background: Background


def shake_operations(
    plan: Plan, network: Network, starts: Mapping[str, int], end: int
) -> list[Shaking]:
    """The auxiliary shake operations of all backgrounds, in order; ``end``: of all else."""
    commands: list[_Command] = []
    for background in plan.backgrounds:
        device = plan.deck.devices.get(background.device)
        if isinstance(device, Shaker):
            commands += _commands(network, starts, end, background, device)
    commands.sort(key=lambda command: (command.start, command.background.device))
    return [
        Shaking(_shake(plan, command, number), command.start, command.duration)
        for number, command in enumerate(commands, start=1)
    ]


def _commands(
    network: Network,
    starts: Mapping[str, int],
    end: int,
    background: Background,
    device: Shaker,
) -> list[_Command]:
    stop, start = network.grid.up(device.stop_s), network.grid.up(device.start_s)
    on, off = shaken_from_to(network, starts, end, background)
    ends = background.ends_before
    handed_over = _by_plan(network, background, background.starts_after)
    hands_over = [o for o in ends if starts[o] == off and _by_plan(network, background, [o])]
    gaps = _gaps(_visits(network, starts, background.labware, end), on, off)
    commands: list[_Command] = []
    if handed_over and not gaps and not hands_over:
        commands.append(_Command(on, stop, 0.0, background))
    for begin, finish in gaps:
        running = handed_over and begin == on
        goes_on = bool(hands_over) and finish == off
        lasts = finish - begin - (0 if goes_on else stop)
        if not running and lasts <= start + network.grid.up(WORTH_S):
            continue
        if not running:
            commands.append(_Command(begin, start, background.speed_rpm, background))
        if not goes_on:
            commands.append(_Command(max(begin, finish - stop), stop, 0.0, background))
    return commands


def shaken_from_to(
    network: Network, starts: Mapping[str, int], end: int, background: Background
) -> tuple[int, int]:
    """When a background begins and when it is over, in ticks."""
    ends = [starts[name] + network.nodes[name].duration for name in background.starts_after]
    if background.ends_before:
        off = max(starts[name] for name in background.ends_before)
    elif background.for_s is not None:
        off = max(ends, default=0) + network.grid.up(background.for_s)
    else:
        off = end
    return min(ends, default=0), off


def _by_plan(network: Network, background: Background, names: Sequence[str]) -> bool:
    """Whether one of these is a shake operation of the plan, which sets this shaker's speed."""
    operations = [network.nodes[name].operation for name in names]
    return any(isinstance(op, Shake) and op.device == background.device for op in operations)


def _visits(
    network: Network, starts: Mapping[str, int], labware: str, end: int
) -> list[tuple[int, int]]:
    """When someone is at the labware or it is away, in order."""
    visits = []
    away: int | None = None
    for name in sorted(starts, key=lambda name: (starts[name], network.nodes[name].order)):
        node = network.nodes[name]
        operation, begin = node.operation, starts[name]
        if isinstance(operation, Shake):
            continue
        person = isinstance(operation, AskPerson) and node.duration > 0
        if person or labware in labware_touched(operation):
            visits.append((begin, begin + node.duration))
        if isinstance(operation, MovePlate) and operation.labware == labware:
            if operation.to == "home" and away is not None:
                visits.append((away, begin + node.duration))
                away = None
            elif operation.to != "home" and away is None:
                away = begin
    if away is not None:
        visits.append((away, end))
    return sorted(visits)


def _gaps(visits: Sequence[tuple[int, int]], on: int, off: int) -> list[tuple[int, int]]:
    """What the visits leave of the time from on to off."""
    gaps = []
    cursor = on
    for begin, finish in visits:
        if min(begin, off) > cursor:
            gaps.append((cursor, min(begin, off)))
        cursor = max(cursor, finish)
    if off > cursor:
        gaps.append((cursor, off))
    return gaps


def _shake(plan: Plan, command: _Command, number: int) -> Shake:
    background = command.background
    return Shake(
        id=free_id(plan, f"shake-{number:04d}"),
        step=background.step,
        line=background.line,
        device=background.device,
        labware=background.labware,
        speed_rpm=command.speed_rpm,
    )
