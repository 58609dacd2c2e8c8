"""Can the instruments beside the deck do what they are given, and is every sample told once?"""

from __future__ import annotations

from collections.abc import Iterator

from ncrobot.deck.layout import Instrument
from ncrobot.errors import Diagnostic
from ncrobot.plan.durations import dispense_offsets_s
from ncrobot.schedule import InstrumentTimes
from ncrobot.scheduler.checking.case import TOLERANCE_S, Case, fault


def instruments(case: Case) -> Iterator[Diagnostic]:
    """Samples that are missing, too early, too old, or measured two at a time."""
    told = {times.instrument: times for times in case.schedule.instruments}
    for name, instrument in case.plan.deck.instruments.items():
        expected = _expected(case, instrument)
        times = told.pop(name, None)
        if times is None:
            if expected:
                yield fault("instrument-missing", f"{name} has samples and no timetable")
            continue
        given = [(each.operation, each.place) for each in times.injections]
        if sorted(given) != sorted(expected):
            yield fault("samples-missing", f"{name} doesn't get each of its samples once")
            continue
        yield from _timetable(case, instrument, times, expected)
    for name in told:
        yield fault("instrument-unknown", f"the layout has no instrument {name}")


def _expected(
    case: Case, instrument: Instrument
) -> dict[tuple[str, str], tuple[float, float | None]]:
    """When each sample is taken and how long it keeps, by operation and place."""
    keeps = {
        use.step: use.stable_for_s
        for use in case.plan.samples
        if use.instrument == instrument.serves
    }
    found = {}
    for operation in case.plan.operations:
        if operation.kind == "transfer" and operation.purpose == "sample":
            offsets_s = dispense_offsets_s(operation, case.plan.deck)
            for leg in operation.legs if operation.step in keeps else ():
                at_s = case.entries[operation.id].start_s + offsets_s[leg.destination]
                found[operation.id, leg.destination] = (at_s, keeps[operation.step])
    return found


def _timetable(
    case: Case,
    instrument: Instrument,
    times: InstrumentTimes,
    expected: dict[tuple[str, str], tuple[float, float | None]],
) -> Iterator[Diagnostic]:
    free_s, count = 0.0, 0
    for each in sorted(times.injections, key=lambda each: each.start_s or 0.0):
        taken_s, life_s = expected[each.operation, each.place]
        if abs(each.taken_s - taken_s) > TOLERANCE_S or each.stable_for_s != life_s:
            yield fault("sample-wrong", f"{each.place} is not told as it is taken")
        if (each.start_s is None) != (each.state == "expired"):
            yield fault("sample-wrong", f"{each.place} is neither planned nor expired")
        if each.start_s is None:
            if life_s is None:
                yield fault("sample-wrong", f"{each.place} can't expire")
            continue
        here_s = taken_s if instrument.collect == "each" else case.schedule.makespan_s
        needs_blank = instrument.blank_every > 0 and count % instrument.blank_every == 0
        ready_s = max(here_s + instrument.carry_s, free_s)
        ready_s = ready_s + (instrument.blank_run_s if needs_blank else 0.0)
        if each.start_s < ready_s - TOLERANCE_S:
            yield fault("instrument-busy", f"{each.place} is measured before its turn")
        if life_s is not None and each.start_s - taken_s > life_s + TOLERANCE_S:
            yield fault("sample-too-old", f"{each.place} is too old when it is measured")
        free_s, count = each.start_s + instrument.run_s, count + 1
    if times.expired != len(times.injections) - count:
        yield fault("expired-wrong", "samples that expire are not counted right")
