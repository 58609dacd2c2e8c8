"""How long each operation takes, from the times that the deck layout states for its devices.

A transfer of n channels acting together: pick up tips; per distinct source labware a travel, a
touch-down and the largest volume at the aspirate rate; per distinct destination labware the same at
the dispense rate; mixing; shed the tips. Channels act at once, so the slowest counts. A plate read
takes its overhead and each wavelength; a setpoint its settling time.
"""

from __future__ import annotations

from collections.abc import Iterable

from ncrobot.deck.layout import ArmTimes, DeckLayout, Reader, Shaker, TemperatureBlock
from ncrobot.plan import (
    AskPerson,
    Leg,
    MixWells,
    MovePlate,
    Operation,
    Read,
    Refill,
    SetTemperature,
    Shake,
    Transfer,
)

# A heater-shaker's layout states no settling time (assumed: ten minutes from room temperature).
HEATER_SETTLE_S = 600.0
# Mixing the source of a slurry before drawing from it (assumed: three strokes of what is drawn).
RESUSPEND_STROKES = 3


def operation_duration_s(operation: Operation, deck: DeckLayout) -> float:
    """Seconds that the operation occupies its device."""
    times = deck.arm.times
    if isinstance(operation, Transfer):
        return _transfer_s(operation, times)
    if isinstance(operation, MixWells):
        volume = max(leg.volume_ul for leg in operation.legs)
        return (
            _tips_s(times) + times.travel_s + times.touch_down_s
            + operation.repetitions * _stroke_s(volume, times)
        )  # fmt: skip
    if isinstance(operation, MovePlate):
        return times.move_plate_s or 0.0
    if isinstance(operation, AskPerson | Refill):
        return operation.takes_s
    return _device_s(operation, deck)


def _device_s(operation: Shake | SetTemperature | Read, deck: DeckLayout) -> float:
    device = deck.devices.get(operation.device)
    if isinstance(operation, Shake) and isinstance(device, Shaker):
        return device.stop_s if operation.speed_rpm == 0 else device.start_s
    if isinstance(operation, SetTemperature):
        if not operation.wait or operation.temperature_c is None:
            return 0.0
        return device.settle_s if isinstance(device, TemperatureBlock) else HEATER_SETTLE_S
    if isinstance(operation, Read) and isinstance(device, Reader):
        return device.overhead_s + len(operation.wavelengths_nm) * device.read_s_per_wavelength
    return 0.0


def _tips_s(times: ArmTimes) -> float:
    return times.travel_s + times.pick_up_tips_s + times.travel_s + times.drop_tips_s


def _stroke_s(volume_ul: float, times: ArmTimes) -> float:
    return volume_ul / times.aspirate_ul_per_s + volume_ul / times.dispense_ul_per_s


def _visits(legs: Iterable[Leg], *, sources: bool) -> dict[str, float]:
    """Largest volume by labware: channels reach one labware together."""
    visits: dict[str, float] = {}
    for leg in legs:
        labware = (leg.source if sources else leg.destination).split("/")[0]
        visits[labware] = max(visits.get(labware, 0.0), leg.volume_ul)
    return visits


def _transfer_s(operation: Transfer, times: ArmTimes) -> float:
    each = times.travel_s + times.touch_down_s
    total = _tips_s(times)
    for volume in _visits(operation.legs, sources=True).values():
        total += each + volume / times.aspirate_ul_per_s
        if operation.resuspend:
            total += RESUSPEND_STROKES * _stroke_s(volume, times)
    for volume in _visits(operation.legs, sources=False).values():
        total += each + volume / times.dispense_ul_per_s
    if operation.mix_repetitions:
        total += times.touch_down_s
        total += operation.mix_repetitions * _stroke_s(operation.mix_volume_ul, times)
    return total
