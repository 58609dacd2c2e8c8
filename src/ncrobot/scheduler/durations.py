"""How long each operation takes, from the times that the deck layout states for its devices.

The channels of an arm act together where they stand in one column of one labware: that is one act,
and its largest volume counts. What lies apart is done one act after the other. So a transfer takes

- tips: for each column of a tip rack a travel and a pick-up; in the end a travel and a drop;
- for each column of a source a travel, a touch-down and the largest volume at the aspirate rate,
  and three strokes (draw and push out) of that volume first if the source settles;
- for each column of a destination a travel, a touch-down and the largest volume at the dispense
  rate;
- mixing after the dispense: a touch-down for each column, and the strokes.

A mix takes tips, and for each column a travel, a touch-down and its strokes. A plate read takes its
overhead and each wavelength, a shaker its start or stop, a setpoint that is waited for its settling
time, a plate move the gripper's time, and a person what the protocol states.
"""

from __future__ import annotations

from collections.abc import Iterable

from ncrobot.deck.layout import ArmTimes, DeckLayout, Reader, Shaker, TemperatureBlock
from ncrobot.plan import (
    AskPerson,
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
        places = _largest_ul((leg.well, leg.volume_ul) for leg in operation.legs)
        strokes = (operation.repetitions * _stroke_s(ul, times) for ul in places.values())
        reach = len(places) * (times.travel_s + times.touch_down_s)
        return _tips_s((leg.tip for leg in operation.legs), times) + reach + sum(strokes)
    if isinstance(operation, MovePlate):
        return times.move_plate_s or times.travel_s
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


def _column(address: str) -> tuple[str, str]:
    """Labware and column of a well or tip spot."""
    labware, _, well = address.partition("/")
    return labware, well.lstrip("ABCDEFGHIJKLMNOP")


def _largest_ul(places: Iterable[tuple[str, float]]) -> dict[tuple[str, str], float]:
    """Largest volume by column: what channels do together takes as long as the slowest."""
    largest: dict[tuple[str, str], float] = {}
    for address, volume_ul in places:
        column = _column(address)
        largest[column] = max(largest.get(column, 0.0), volume_ul)
    return largest


def _tips_s(tips: Iterable[str], times: ArmTimes) -> float:
    columns = len({_column(tip) for tip in tips})
    taking = columns * (times.travel_s + times.pick_up_tips_s)
    return taking + times.travel_s + times.drop_tips_s


def _stroke_s(volume_ul: float, times: ArmTimes) -> float:
    return volume_ul / times.aspirate_ul_per_s + volume_ul / times.dispense_ul_per_s


def _transfer_s(operation: Transfer, times: ArmTimes) -> float:
    each = times.travel_s + times.touch_down_s
    total = _tips_s((leg.tip for leg in operation.legs), times)
    for volume_ul in _largest_ul((leg.source, leg.volume_ul) for leg in operation.legs).values():
        total += each + volume_ul / times.aspirate_ul_per_s
        if operation.resuspend:
            total += RESUSPEND_STROKES * _stroke_s(volume_ul, times)
    for volume_ul in _largest_ul(
        (leg.destination, leg.volume_ul) for leg in operation.legs
    ).values():
        total += each + volume_ul / times.dispense_ul_per_s
        if operation.mix_repetitions:
            mixed_ul = operation.mix_volume_ul or volume_ul
            total += times.touch_down_s
            total += operation.mix_repetitions * _stroke_s(mixed_ul, times)
    return total
