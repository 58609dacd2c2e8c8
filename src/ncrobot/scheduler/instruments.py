"""Instruments: when samples that leave the deck are measured, after the wet plan and not in it.

An instrument takes one sample after the other: of those that have arrived the one with the highest
priority, and among equals the one that was taken first. A blank comes first and after so many
samples. A sample that would be too old when its turn comes is expired and takes no time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.deck.layout import Instrument
from ncrobot.plan import Plan, SampleUse, Transfer, dispense_offsets_s
from ncrobot.schedule import Injection, InstrumentTimes


@dataclass(frozen=True, slots=True)
class _Waiting:
    """One sample of one well, and from when on the instrument can have it."""

    operation: str
    step: str
    well: str
    place: str
    taken_s: float
    arrives_s: float
    life_s: float | None
    priority: int


def instrument_times(
    plan: Plan, starts_s: Mapping[str, float], end_s: float
) -> tuple[InstrumentTimes, ...]:
    """The timetable of every instrument of the layout that gets samples of this plan.

    ``starts_s`` are the starts of the plan's operations, ``end_s`` the end of the wet plan.
    """
    found = []
    for name, instrument in plan.deck.instruments.items():
        uses = {use.step: use for use in plan.samples if use.instrument == instrument.serves}
        waiting = _waiting(plan, instrument, uses, starts_s, end_s)
        if waiting:
            injections = _injected(instrument, waiting)
            found.append(_told(name, instrument, waiting, injections))
    return tuple(found)


def _waiting(
    plan: Plan,
    instrument: Instrument,
    uses: Mapping[str, SampleUse],
    starts_s: Mapping[str, float],
    end_s: float,
) -> list[_Waiting]:
    found = []
    for operation in plan.operations:
        use = uses.get(operation.step)
        if use is None or not isinstance(operation, Transfer) or operation.purpose != "sample":
            continue
        offsets_s = dispense_offsets_s(operation, plan.deck)
        for leg in operation.legs:
            taken_s = starts_s[operation.id] + offsets_s[leg.destination]
            ready_s = end_s if instrument.collect == "end" else taken_s
            found.append(
                _Waiting(
                    operation=operation.id,
                    step=operation.step,
                    well=leg.source.partition("/")[2],
                    place=leg.destination,
                    taken_s=taken_s,
                    arrives_s=ready_s + instrument.carry_s,
                    life_s=use.stable_for_s,
                    priority=use.priority,
                )
            )
    return sorted(found, key=lambda each: (each.taken_s, each.place))


def _injected(instrument: Instrument, waiting: Sequence[_Waiting]) -> tuple[Injection, ...]:
    """One sample after the other; times in seconds from the start of the wet plan."""
    left = list(waiting)
    injections: list[Injection] = []
    now_s = min(each.arrives_s for each in left)
    since_blank = instrument.blank_every
    while left:
        now_s = max(now_s, min(each.arrives_s for each in left))
        there = [each for each in left if each.arrives_s <= now_s]
        first = min(there, key=lambda each: (-each.priority, each.taken_s, each.place))
        is_blank = 0 < instrument.blank_every <= since_blank
        begin_s = now_s + (instrument.blank_run_s if is_blank else 0.0)
        left.remove(first)
        if first.life_s is not None and begin_s - first.taken_s > first.life_s:
            injections.append(_injection(first, None))
            continue
        injections.append(_injection(first, begin_s))
        since_blank = 1 if is_blank else since_blank + 1
        now_s = begin_s + instrument.run_s
    return tuple(injections)


def _injection(sample: _Waiting, begin_s: float | None) -> Injection:
    return Injection(
        operation=sample.operation,
        step=sample.step,
        well=sample.well,
        place=sample.place,
        taken_s=sample.taken_s,
        start_s=begin_s,
        age_s=None if begin_s is None else begin_s - sample.taken_s,
        stable_for_s=sample.life_s,
        state="expired" if begin_s is None else "planned",
    )


def _told(
    name: str,
    instrument: Instrument,
    waiting: Sequence[_Waiting],
    injections: tuple[Injection, ...],
) -> InstrumentTimes:
    runs = [each for each in injections if each.start_s is not None]
    last_s = max((each.start_s or 0.0 for each in runs), default=0.0) + instrument.run_s
    expired = len(injections) - len(runs)
    return InstrumentTimes(
        instrument=name,
        serves=instrument.serves,
        injections=injections,
        begin_s=min(each.arrives_s for each in waiting),
        end_s=last_s if runs else min(each.arrives_s for each in waiting),
        needed_s=_needed_s(instrument, len(waiting)),
        expired=expired,
        take_every=_take_every(instrument, waiting) if expired else 1,
    )


def _needed_s(instrument: Instrument, samples: int) -> float:
    """The instrument's time for so many samples with their blanks."""
    blanks = -(-samples // instrument.blank_every) if instrument.blank_every else 0
    return samples * instrument.run_s + blanks * instrument.blank_run_s


def _take_every(instrument: Instrument, waiting: Sequence[_Waiting]) -> int | None:
    """The smallest n for which every n-th sample of each step is measured before it expires."""
    steps: dict[str, list[_Waiting]] = {}
    for each in waiting:
        steps.setdefault(each.step, []).append(each)
    for every in range(2, max(len(of) for of in steps.values()) + 1):
        some = sorted(
            (each for of in steps.values() for each in of[::every]),
            key=lambda each: (each.taken_s, each.place),
        )
        if all(each.state == "planned" for each in _injected(instrument, some)):
            return every
    return None
