"""Is everything there: each operation once, with a time long enough and what it occupies?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from ncrobot.deck.layout import ArmTimes, DeckLayout, Reader, Shaker, TemperatureBlock
from ncrobot.errors import Diagnostic
from ncrobot.plan import Operation
from ncrobot.schedule import Entry
from ncrobot.scheduler.checking.case import TOLERANCE_S, Case, fault, needed


def completeness(case: Case) -> Iterator[Diagnostic]:
    """What is missing, twice, unknown, too short, or without its resources."""
    yield from _counted(case)
    for operation in case.schedule.auxiliary:
        if operation.kind not in ("shake", "refill"):
            message = f"{operation.id} is neither a shaker's pause nor a refill"
            yield fault("auxiliary-kind", message, operation)
    for entry in case.schedule.entries:
        if entry.operation in case.operations:
            yield from _entry(case, entry, case.operations[entry.operation])


def _counted(case: Case) -> Iterator[Diagnostic]:
    planned = Counter(op.id for op in (*case.plan.operations, *case.schedule.auxiliary))
    scheduled = Counter(entry.operation for entry in case.schedule.entries)
    for name in planned:
        if planned[name] > 1:
            yield fault("id-twice", f"two operations have the id {name}", case.operations[name])
        if scheduled[name] == 0:
            yield fault("not-scheduled", f"{name} has no time", case.operations[name])
        elif scheduled[name] > 1:
            yield fault("scheduled-twice", f"{name} has two times", case.operations[name])
    for name in (*scheduled, *_referred_to(case)):
        if name not in planned:
            yield fault("unknown-operation", f"{name} is not an operation of the plan")


def _referred_to(case: Case) -> Iterator[str]:
    """Operations that lags and backgrounds of the plan name."""
    for lag in case.plan.lags:
        yield lag.before
        yield lag.after
    for background in case.plan.backgrounds:
        yield from background.starts_after
        yield from background.ends_before


def _entry(case: Case, entry: Entry, operation: Operation) -> Iterator[Diagnostic]:
    if not all(math.isfinite(x) for x in (entry.start_s, entry.duration_s, entry.slack_s)):
        yield fault("not-a-time", f"{entry.operation} has a time that is no number", operation)
    if entry.device != operation.device:
        yield fault("wrong-device", f"{entry.operation} is not for {entry.device}", operation)
    for resource in sorted(needed(operation, case.arm) - set(entry.resources)):
        message = f"{entry.operation} doesn't occupy {resource!r}"
        yield fault("resource-missing", message, operation)
    least_s = least_duration_s(operation, case.plan.deck)
    if entry.duration_s < least_s - TOLERANCE_S:
        yield fault(
            "too-short",
            f"{entry.operation} takes at least {least_s:.1f} s and is given "
            f"{entry.duration_s:.1f} s",
            operation,
        )


def least_duration_s(  # noqa: PLR0911 - one per kind
    operation: Operation, deck: DeckLayout
) -> float:
    """The least that an operation can take, all channels acting at once at each place."""
    device = deck.devices.get(operation.device)
    if operation.kind in ("person", "refill"):
        return operation.takes_s
    if operation.kind == "gas":
        return operation.for_s
    if operation.kind in ("transfer", "mix"):
        volumes_ul = [leg.volume_ul for leg in operation.legs]
        strokes = operation.repetitions if operation.kind == "mix" else 1
        places = 1 if operation.kind == "mix" else 2
        return _visit_s(deck.arm.times, max(volumes_ul), places, strokes)
    if isinstance(device, Shaker) and operation.kind == "shake":
        return device.start_s if operation.speed_rpm else device.stop_s
    if isinstance(device, TemperatureBlock) and operation.kind == "set_temperature":
        waits = operation.wait and operation.temperature_c is not None
        return device.settle_s if waits else 0.0
    if isinstance(device, Reader) and operation.kind == "read":
        each_s = device.read_s_per_wavelength * len(operation.wavelengths_nm)
        return device.overhead_s + each_s
    return 0.0


def _visit_s(times: ArmTimes, volume_ul: float, places: int, strokes: int) -> float:
    """Tips on and off, down at so many places, and the volume drawn and pushed out."""
    tips_s = 2 * times.travel_s + times.pick_up_tips_s + times.drop_tips_s
    flow_s = volume_ul / times.aspirate_ul_per_s + volume_ul / times.dispense_ul_per_s
    return tips_s + places * (times.travel_s + times.touch_down_s) + strokes * flow_s
