"""How long each operation takes, from the times that the deck layout states for its devices.

The channels of an arm act together where they stand in one column of one labware: that is one act,
and its largest volume counts. What lies apart is done one act after the other. So a transfer takes

- tips: for each column of a tip rack a travel and a pick-up; in the end a travel and a drop;
- for each column of a source a travel, a touch-down and the largest volume at the aspirate rate,
  and three strokes (draw and push out) of that volume first if the source settles;
- for each column of a destination a travel, a touch-down and the largest volume at the dispense
  rate;
- mixing after the dispense: a touch-down for each column, and the strokes.

A transfer of several cycles takes all of that for each of them, but new tips only where the cycle
names others. A tip that goes on to another well of the same labware without touching takes the
layout's ``hop_s`` instead of travel and touch-down; excess that goes back into its source takes a
travel, a touch-down and its flow, and the next draw there needs no travel.

A mix takes tips, and for each column a travel, a touch-down and its strokes. A plate read takes its
overhead and each wavelength, a shaker its start or stop, a setpoint that is waited for its settling
time, a plate move the gripper's time, gas its time and twice the settling of its valve, and a
person what the protocol states.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ncrobot.deck.layout import (
    ArmTimes,
    DeckLayout,
    Gas,
    PhProbe,
    Reader,
    Shaker,
    SyringePump,
    TemperatureBlock,
)
from ncrobot.plan.operations import (
    AskPerson,
    Draw,
    Leg,
    LetGas,
    MixLeg,
    MixWells,
    MovePlate,
    Operation,
    PumpDose,
    Read,
    Refill,
    SetTemperature,
    Shake,
    Transfer,
    column_of,
    rounds_of,
)

# A heater-shaker's layout states no settling time (assumed: ten minutes from room temperature).
HEATER_SETTLE_S = 600.0
READINGS = 3
"""Readings of a probe of which the middle one counts: noise and a bubble cost one of them."""
# Mixing the source of a slurry before drawing from it (assumed: three strokes of what is drawn).
RESUSPEND_STROKES = 3


def operation_duration_s(operation: Operation, deck: DeckLayout) -> float:
    """Seconds that the operation occupies its device."""
    times = deck.arm.times
    if isinstance(operation, PumpDose):
        return _pump_walk(operation, deck)[0]
    if isinstance(operation, Transfer):
        return _transfer_s(operation, times)
    if isinstance(operation, MixWells):
        return _mix_s(operation, times)
    if isinstance(operation, MovePlate):
        return times.move_plate_s or times.travel_s
    if isinstance(operation, AskPerson | Refill):
        return operation.takes_s
    return _device_s(operation, deck)


def _mix_s(operation: MixWells, times: ArmTimes) -> float:
    cycles: dict[int, list[MixLeg]] = {}
    for leg in operation.legs:
        cycles.setdefault(leg.cycle, []).append(leg)
    total = 0.0
    for legs in cycles.values():
        places = _largest_ul((leg.well, leg.volume_ul) for leg in legs)
        total += _tips_s((leg.tip for leg in legs), times)
        total += len(places) * (times.travel_s + times.touch_down_s)
        total += sum(operation.repetitions * _stroke_s(ul, times) for ul in places.values())
    return total


def _device_s(operation: Shake | SetTemperature | Read | LetGas, deck: DeckLayout) -> float:
    device = deck.devices.get(operation.device)
    if isinstance(operation, LetGas):
        return operation.for_s + 2 * (device.settle_s if isinstance(device, Gas) else 0.0)
    if isinstance(operation, Shake) and isinstance(device, Shaker):
        return device.stop_s if operation.speed_rpm == 0 else device.start_s
    if isinstance(operation, SetTemperature):
        if not operation.wait or operation.temperature_c is None:
            return 0.0
        return device.settle_s if isinstance(device, TemperatureBlock) else HEATER_SETTLE_S
    if isinstance(operation, Read) and isinstance(device, Reader):
        return device.overhead_s + len(operation.wavelengths_nm) * device.read_s_per_wavelength
    return 0.0


def _largest_ul(places: Iterable[tuple[str, float]]) -> dict[tuple[str, str], float]:
    """Largest volume by column: what channels do together takes as long as the slowest."""
    largest: dict[tuple[str, str], float] = {}
    for address, volume_ul in places:
        column = column_of(address)
        largest[column] = max(largest.get(column, 0.0), volume_ul)
    return largest


def _tips_s(tips: Iterable[str], times: ArmTimes) -> float:
    columns = len({column_of(tip) for tip in tips})
    taking = columns * (times.travel_s + times.pick_up_tips_s)
    return taking + times.travel_s + times.drop_tips_s


def _stroke_s(volume_ul: float, times: ArmTimes) -> float:
    return volume_ul / times.aspirate_ul_per_s + volume_ul / times.dispense_ul_per_s


def _transfer_s(operation: Transfer, times: ArmTimes) -> float:
    return _walk(operation, times)[0]


def transfer_times_s(operation: Transfer, deck: DeckLayout) -> tuple[float, dict[str, float]]:
    """Duration of a transfer, and when each destination has got its last dispense."""
    if isinstance(operation, PumpDose):
        return _pump_walk(operation, deck)
    return _walk(operation, deck.arm.times)


def dispense_offsets_s(operation: Transfer, deck: DeckLayout) -> dict[str, float]:
    """When each destination has got its last dispense, in seconds from the operation's start."""
    return transfer_times_s(operation, deck)[1]


def _pump_walk(operation: PumpDose, deck: DeckLayout) -> tuple[float, dict[str, float]]:
    """Duration of a pump's doses, and when each destination is served.

    The valve turns before every change of port. Each filling takes its volume at the fill rate,
    doses and priming theirs at the dispense rate, as does air that is drawn back between doses; a
    carried outlet goes from well to well and away in the end.
    """
    pump, times = deck.devices.get(operation.pump), deck.arm.times
    if not isinstance(pump, SyringePump):
        return 0.0, {}
    carried = pump.needle is not None
    now_s, served = 0.0, dict[str, float]()
    for legs in operation.cycles():
        (draw,) = [draw for draw in operation.draws() if draw.cycle == legs[0].cycle]
        now_s += pump.valve_s + draw.volume_ul / pump.fill_ul_per_s
        if draw.excess_ul > 0:
            now_s += pump.valve_s + draw.excess_ul / pump.dispense_ul_per_s
        gap_s = pump.air_gap_ul / pump.dispense_ul_per_s if operation.steering is None else 0.0
        for number, leg in enumerate(legs):
            # The air of the last dose goes out before the next; after the last none is drawn back.
            now_s += gap_s if number > 0 else 0.0
            if carried:
                hop_s = times.hop_s if number > 0 else None
                now_s += times.travel_s if hop_s is None else hop_s
            if number == 0 or not carried:
                now_s += pump.valve_s
            now_s += _pushing_s(operation, leg, pump, deck)
            served[leg.destination] = now_s
            now_s += gap_s if number < len(legs) - 1 else 0.0
    return now_s + (times.travel_s if carried else 0.0), served


def _pushing_s(operation: PumpDose, leg: Leg, pump: SyringePump, deck: DeckLayout) -> float:
    """Seconds from the arrival at a well to its last drop; a steered dose at its longest.

    Steering takes a reading more than doses, and after each dose the mixing: away from the well, a
    start and a stop of the shaker, the mixing itself, and back.
    """
    if operation.over_s is not None:
        return operation.over_s
    pushed_s = leg.volume_ul / pump.dispense_ul_per_s
    steering = operation.steering
    if steering is None:
        return pushed_s
    probe, shaker = deck.devices.get(steering.probe), deck.devices.get(steering.shaker or "")
    if not isinstance(probe, PhProbe):
        return pushed_s
    travels_s = 2 * deck.arm.times.travel_s if pump.needle is not None else 0.0
    read_s = steering.settle_s + READINGS * probe.read_s
    mix_s = steering.mix_s
    if isinstance(shaker, Shaker):
        mix_s += shaker.start_s + shaker.stop_s + travels_s
    rinse_s = probe.rinse_s + travels_s if probe.rinse is not None else 0.0
    dose_s = mix_s + read_s + pump.valve_s
    return pushed_s + rinse_s + read_s + steering.doses * dose_s


def _walk(operation: Transfer, times: ArmTimes) -> tuple[float, dict[str, float]]:
    """Duration of a transfer, and when each destination is served."""
    draws: dict[int, list[Draw]] = {}
    for draw in operation.draws():
        draws.setdefault(draw.cycle, []).append(draw)
    now_s, mounted, served = 0.0, frozenset[str](), dict[str, float]()
    at: str | None = None
    for legs in operation.cycles():
        drawn = draws[legs[0].cycle]
        tips = frozenset(draw.tip for draw in drawn)
        if not tips <= mounted:
            # The tips before are shed on the way to the new ones; the last are in the end.
            columns = len({column_of(tip) for tip in tips})
            now_s += columns * (times.travel_s + times.pick_up_tips_s)
            now_s += times.travel_s + times.drop_tips_s if mounted else 0.0
            mounted, at = tips, None
        now_s, at = _cycle_s(operation, legs, drawn, times, (now_s, at), served)
    return now_s + times.travel_s + times.drop_tips_s, served


def _cycle_s(
    operation: Transfer,
    legs: Sequence[Leg],
    drawn: Sequence[Draw],
    times: ArmTimes,
    since: tuple[float, str | None],
    served: dict[str, float],
) -> tuple[float, str | None]:
    """Time at the end of one cycle, and the labware that the tips are at, if it is a source."""
    now_s, at = since
    each = times.travel_s + times.touch_down_s
    drawing = _largest_ul((draw.source, draw.volume_ul) for draw in drawn)
    for (labware, _), volume_ul in drawing.items():
        now_s += times.touch_down_s if labware == at else each
        now_s += volume_ul / times.aspirate_ul_per_s
        at = None
        if operation.resuspend:
            now_s += RESUSPEND_STROKES * _stroke_s(volume_ul, times)
    before: str | None = None
    for dispensed in rounds_of(legs):
        labware = dispensed[0].destination.partition("/")[0]
        volume_ul = max(leg.volume_ul for leg in dispensed)
        hops = labware == before and not operation.touches and times.hop_s is not None
        now_s += (times.hop_s or 0.0) if hops else each
        now_s += volume_ul / times.dispense_ul_per_s
        served.update(dict.fromkeys((leg.destination for leg in dispensed), now_s))
        if operation.mix_repetitions:
            mixed_ul = operation.mix_volume_ul or volume_ul
            now_s += times.touch_down_s
            now_s += operation.mix_repetitions * _stroke_s(mixed_ul, times)
        before = labware
    left = [(draw.source, draw.excess_ul) for draw in drawn if draw.excess_ul > 0]
    if operation.excess_to == "source":
        for (labware, _), volume_ul in _largest_ul(left).items():
            now_s += each + volume_ul / times.dispense_ul_per_s
            at = labware
    return now_s, at
