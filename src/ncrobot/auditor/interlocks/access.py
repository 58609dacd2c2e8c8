"""Access: nothing reaches into a plate that is shaken, or that stands in a reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ncrobot.auditor.facts import Case
from ncrobot.auditor.report import Compared, Notes
from ncrobot.deck.layout import DeckLayout, Reader, Shaker
from ncrobot.plan import (
    MixWells,
    MovePlate,
    Operation,
    PumpDose,
    Read,
    Shake,
    Transfer,
)
from ncrobot.schedule import Entry

# Two acts may touch in time; this is rounding, not an overlap.
_ROUNDING_S = 1e-6
_FOREVER_S = float("inf")


def check_access(case: Case) -> None:
    """Go through the plan and see where each plate stands when something reaches into it."""
    places = {placed.name: placed.on for placed in case.plan.deck.labware}
    homes = dict(places)
    for operation in case.in_order():
        for labware in sorted(pipetted(operation)):
            device = places.get(labware)
            if isinstance(case.plan.deck.devices.get(device or ""), Reader):
                case.notes.differ(
                    "arm-into-reader",
                    f"{operation.id!r} reaches into {labware} while it stands in {device}",
                    Compared("place of the plate", "on the deck", f"in {device}"),
                    step=operation.step,
                )
        if isinstance(operation, MovePlate):
            home = homes.get(operation.labware)
            places[operation.labware] = home if operation.to == "home" else operation.to


def pipetted(operation: Operation) -> set[str]:
    """The labware that tips or an outlet come down on."""
    if isinstance(operation, MixWells):
        addresses = {leg.well for leg in operation.legs}
    elif isinstance(operation, PumpDose):
        addresses = {leg.destination for leg in operation.legs}
    elif isinstance(operation, Transfer):
        addresses = {a for leg in operation.legs for a in (leg.source, leg.destination)}
    else:
        return set()
    return {address.partition("/")[0] for address in addresses}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which a device is not to be reached into, and why."""

    device: str
    start_s: float
    end_s: float
    what: str


def check_timetable(
    layout: DeckLayout,
    operations: Mapping[str, Operation],
    entries: Sequence[Entry],
    notes: Notes,
) -> None:
    """Compare when the arm is at a device with when the device moves or is closed."""
    timed = sorted(
        (
            (entry, operations[entry.operation])
            for entry in entries
            if entry.operation in operations
        ),
        key=lambda pair: pair[0].start_s,
    )
    stays = list(_stays(layout, timed))
    forbidden = [*_moving(layout, timed), *_reading(timed), *_inside(layout, stays)]
    for entry, operation in timed:
        for device, is_gripper in _reached(operation, entry, stays):
            for span in forbidden:
                overlaps = (
                    span.device == device
                    and entry.start_s < span.end_s - _ROUNDING_S
                    and span.start_s < entry.end_s - _ROUNDING_S
                )
                if overlaps and not (is_gripper and span.what == "holds the plate"):
                    notes.differ(
                        "arm-into-moving" if span.what.startswith("shakes") else "arm-into-reader",
                        f"{operation.id!r} reaches into {device} from {entry.start_s:.1f} s to "
                        f"{entry.end_s:.1f} s, and {device} {span.what} from {span.start_s:.1f} s "
                        f"to {span.end_s:.1f} s",
                        Compared("state of the device", "at rest and open", span.what),
                        step=operation.step,
                    )


Timed = Sequence[tuple[Entry, Operation]]


def _moving(layout: DeckLayout, timed: Timed) -> Iterator[Span]:
    """From the start of an act that sets a speed to the end of the one that stops it."""
    since: dict[str, tuple[float, float]] = {}
    for entry, operation in timed:
        device = operation.device
        if not isinstance(operation, Shake) or not isinstance(layout.devices.get(device), Shaker):
            continue
        if device in since:
            start_s, speed_rpm = since.pop(device)
            yield Span(device, start_s, entry.end_s, f"shakes at {speed_rpm:g} rpm")
        if operation.speed_rpm > 0:
            since[device] = entry.start_s, operation.speed_rpm
    for device, (start_s, speed_rpm) in since.items():
        yield Span(device, start_s, _FOREVER_S, f"shakes at {speed_rpm:g} rpm")


def _reading(timed: Timed) -> Iterator[Span]:
    for entry, operation in timed:
        if isinstance(operation, Read):
            yield Span(operation.device, entry.start_s, entry.end_s, "measures")


@dataclass(frozen=True, slots=True)
class _Stay:
    """A piece of labware on a device, from the end of the move there to the start of the next."""

    labware: str
    device: str | None
    start_s: float
    end_s: float


def _stays(layout: DeckLayout, timed: Timed) -> Iterator[_Stay]:
    homes = {placed.name: placed.on for placed in layout.labware}
    now = {name: (device, 0.0) for name, device in homes.items()}
    for entry, operation in timed:
        if isinstance(operation, MovePlate) and operation.labware in now:
            device, since_s = now[operation.labware]
            yield _Stay(operation.labware, device, since_s, entry.start_s)
            to = homes[operation.labware] if operation.to == "home" else operation.to
            now[operation.labware] = to, entry.end_s
    for name, (device, since_s) in now.items():
        yield _Stay(name, device, since_s, _FOREVER_S)


def _inside(layout: DeckLayout, stays: Sequence[_Stay]) -> Iterator[Span]:
    for stay in stays:
        if stay.device is not None and isinstance(layout.devices.get(stay.device), Reader):
            yield Span(stay.device, stay.start_s, stay.end_s, "holds the plate")


def _reached(
    operation: Operation, entry: Entry, stays: Sequence[_Stay]
) -> Iterator[tuple[str, bool]]:
    """The devices that an operation reaches into, and whether with the gripper."""
    if isinstance(operation, MovePlate):
        for stay in stays:
            is_end = entry.start_s == stay.end_s or entry.end_s == stay.start_s
            if stay.labware == operation.labware and stay.device is not None and is_end:
                yield stay.device, True
        return
    for labware in sorted(pipetted(operation)):
        for stay in stays:
            during = stay.start_s <= entry.start_s < stay.end_s
            if stay.labware == labware and stay.device is not None and during:
                yield stay.device, False
