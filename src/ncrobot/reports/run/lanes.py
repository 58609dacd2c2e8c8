"""What each device did over time, as blocks to draw: neighbours of one kind are drawn together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ncrobot.plan import (
    AskPerson,
    LetGas,
    MixWells,
    MovePlate,
    Operation,
    Read,
    Refill,
    SetTemperature,
    Shake,
    Transfer,
)
from ncrobot.reports._index import Index
from ncrobot.schedule import Schedule
from ncrobot.state import RunState

SAMPLES = "samples"
MIXING = "mixing"
MOVING = "plate moves"
READING = "reading"
TEMPERING = "heating and cooling"
GAS = "gas"
TASK = "a person's task"
NEW_LOT = "a new lot"
OTHER = "other"
_KINDS: dict[type[Operation], str] = {
    MovePlate: MOVING,
    Read: READING,
    SetTemperature: TEMPERING,
    LetGas: GAS,
    AskPerson: TASK,
    Refill: NEW_LOT,
    MixWells: MIXING,
}


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of time of one kind on one device; ``operations`` are those drawn together."""

    start_s: float
    end_s: float
    kind: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """One device with what it did and what it was meant to do."""

    device: str
    done: tuple[Block, ...]
    planned: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Shaking:
    """A time in which a shaker ran at one speed."""

    start_s: float
    end_s: float
    speed_rpm: float


def kind_of(operation: Operation) -> str:
    """What an operation is drawn as: the stock it moves, or the word for what it does."""
    if isinstance(operation, Transfer):
        return operation.stock or SAMPLES
    return _KINDS.get(type(operation), OTHER)


def lanes(index: Index, state: RunState, nearest_s: float) -> list[Lane]:
    """All devices but the shakers, busiest first; gaps below ``nearest_s`` are not drawn."""
    done: dict[str, list[Block]] = {}
    planned: dict[str, list[Block]] = {}
    for operation in index.operations.values():
        if isinstance(operation, Shake):
            continue
        kind = kind_of(operation)
        ran = state.operations.get(operation.id)
        if ran is not None and ran.start_s is not None and ran.result != "skipped":
            end_s = ran.end_s if ran.end_s is not None else state.time_s
            block = Block(ran.start_s, max(end_s, ran.start_s), kind, (operation.id,))
            done.setdefault(operation.device, []).append(block)
        entry = index.entries.get(operation.id)
        if entry is not None:
            block = Block(entry.start_s, entry.end_s, kind, (operation.id,))
            planned.setdefault(operation.device, []).append(block)
    devices = dict.fromkeys((*planned, *done))
    found = [
        Lane(
            name,
            together(done.get(name, ()), nearest_s),
            together(planned.get(name, ()), nearest_s),
        )
        for name in devices
    ]
    return sorted(found, key=lambda lane: -sum(len(b.operations) for b in lane.planned))


def together(blocks: Iterable[Block], nearest_s: float) -> tuple[Block, ...]:
    """Neighbours of one kind with no visible gap between them, as one block."""
    found: list[Block] = []
    for block in sorted(blocks, key=lambda each: (each.start_s, each.end_s)):
        last = found[-1] if found else None
        if last and last.kind == block.kind and block.start_s - last.end_s < nearest_s:
            found[-1] = Block(
                last.start_s,
                max(last.end_s, block.end_s),
                last.kind,
                last.operations + block.operations,
            )
        else:
            found.append(block)
    return tuple(found)


def shaking(index: Index, state: RunState, device: str) -> list[Shaking]:
    """When a shaker really ran: from the end of one command to the start of the next."""
    commands = []
    for operation in index.operations.values():
        if not isinstance(operation, Shake) or operation.device != device:
            continue
        ran = state.operations.get(operation.id)
        if ran is not None and ran.start_s is not None and ran.result == "done":
            end_s = ran.end_s if ran.end_s is not None else ran.start_s
            commands.append((ran.start_s, end_s, operation.speed_rpm))
    commands.sort()
    ends = [start for start, _, _ in commands][1:] + [state.time_s] * bool(commands)
    return [
        Shaking(begun, max(end, begun), speed)
        for (_, begun, speed), end in zip(commands, ends, strict=True)
        if speed > 0
    ]


def shakers(index: Index) -> list[str]:
    """The devices that shake in this plan."""
    return list(
        dict.fromkeys(op.device for op in index.operations.values() if isinstance(op, Shake))
    )


def pauses_s(runs: Sequence[Shaking]) -> list[float]:
    """Length of each pause between two times of shaking."""
    return [after.start_s - before.end_s for before, after in pairwise(runs)]


def duration_s(schedule: Schedule, state: RunState) -> float:
    """The longer of the planned and the real duration, at least a second."""
    ended = [op.end_s for op in state.operations.values() if op.end_s is not None]
    return max(schedule.makespan_s, max(ended, default=0.0), 1.0)
