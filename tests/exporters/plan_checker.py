"""Compares an analysed Opentrons file with its plan, transfer by transfer; returns differences."""

from __future__ import annotations

from collections import Counter, defaultdict

from exporters.analysis_kit import TRASH, Reading, Section
from ncrobot.plan import MixWells, Plan, Transfer
from ncrobot.schedule import Schedule

DIGIT_UL = 2e-4


def differences(plan: Plan, schedule: Schedule, reading: Reading) -> list[str]:
    """Every way in which the analysed commands aren't the plan; empty if they are."""
    operations = {op.id: op for op in (*plan.operations, *schedule.auxiliary)}
    found = [*_order(schedule, reading), *_loads(plan, schedule, reading)]
    for section in reading.sections:
        operation = operations.get(section.operation)
        if isinstance(operation, Transfer):
            found += _transfer(operation, section)
        elif isinstance(operation, MixWells):
            found += _mix(operation, section)
        elif section.moved or section.stirred or section.picked:
            found.append(f"{section.operation} moves liquid or tips")
        if operation is not None and operation.kind in {"person", "refill"}:
            asked = [kind for kind, _ in section.others].count("waitForResume")
            if asked != 1:
                found.append(f"{section.operation} pauses {asked} times")
    return found


def _order(schedule: Schedule, reading: Reading) -> list[str]:
    """Every operation comes once, at its place in time."""
    starts = {entry.operation: entry.start_s for entry in schedule.entries}
    seen = [s.operation for s in reading.sections if "-beside-" not in s.operation]
    found = [f"{name} comes {n} times" for name, n in Counter(seen).items() if n != 1]
    found += [f"{name} is missing" for name in sorted(set(starts) - set(seen))]
    found += [f"{name} is nowhere in the plan" for name in sorted(set(seen) - set(starts))]
    times = [starts.get(name, 0.0) for name in seen]
    if times != sorted(times):
        found.append("operations are out of order")
    return found


def _loads(plan: Plan, schedule: Schedule, reading: Reading) -> list[str]:
    wanted: dict[str, float] = {}
    for use in plan.stocks:
        wanted.update(schedule.loaded_ul(use.stock, use.positions_ul))
    wanted = {address: ul for address, ul in wanted.items() if ul > 0}
    return _unlike("loaded", wanted, reading.loaded_ul)


def _transfer(operation: Transfer, section: Section) -> list[str]:
    found: list[str] = []
    moved = [one for together in section.moved for one in together]
    legs = [leg for cycle in operation.cycles() for leg in cycle]
    if len(moved) != len(legs):
        return [f"{operation.id}: {len(moved)} transfers instead of {len(legs)}"]
    # Channels that act at once come in any order, those that don't in the order of the plan.
    by_channel: dict[str, list[tuple[str, str, str, float]]] = defaultdict(list)
    planned: dict[str, list[tuple[str, str, str, float]]] = defaultdict(list)
    for one in moved:
        by_channel[one.tip].append((one.tip, one.source, one.destination, one.volume_ul))
    for leg in legs:
        planned[leg.tip].append((leg.tip, leg.source, leg.destination, leg.volume_ul))
    for tip, doses in planned.items():
        mine = by_channel.get(tip, [])
        found += [
            f"{operation.id}: {got} instead of {want}"
            for want, got in zip(doses, mine, strict=False)
            if want[:3] != got[:3] or abs(want[3] - got[3]) > DIGIT_UL
        ]
        if len(doses) != len(mine):
            found.append(f"{operation.id}: tip {tip} is used otherwise")
    sources = {leg.source for leg in legs}
    drawn = {address: ul for address, ul in section.drawn_ul.items() if address in sources}
    found += _unlike(f"{operation.id} drawn", operation.drawn_ul(), drawn, len(legs))
    home = operation.tip_use == "reuse"
    found += [
        f"{operation.id}: tip {tip} ends in {place}"
        for tip, place in section.dropped
        if place != (tip if home else TRASH)
    ]
    if sorted(tip for tip, _ in section.dropped) != sorted(section.picked):
        found.append(f"{operation.id}: tips picked up and dropped differ")
    thrown: dict[str, float] = defaultdict(float)
    for draw in operation.draws() if operation.excess_to == "waste" else ():
        thrown[draw.tip] += draw.excess_ul
    found += _unlike(f"{operation.id} thrown away", thrown, section.thrown_ul, len(legs))
    strokes = [one for one in section.stirred if one[0] not in sources]
    wanted = operation.mix_repetitions * len(legs)
    if len(strokes) != wanted:
        found.append(f"{operation.id}: {len(strokes)} strokes of mixing instead of {wanted}")
    return found


def _mix(operation: MixWells, section: Section) -> list[str]:
    wanted = Counter({leg.well: operation.repetitions for leg in operation.legs})
    got = Counter(well for well, _ in section.stirred)
    volumes = {leg.well: leg.volume_ul for leg in operation.legs}
    found = [] if wanted == got else [f"{operation.id}: strokes {got} instead of {wanted}"]
    found += [
        f"{operation.id}: {ul} µL at {well} instead of {volumes.get(well)} µL"
        for well, ul in section.stirred
        if not ul <= volumes.get(well, 0.0) + DIGIT_UL
    ]
    found += _unlike(f"{operation.id} thrown away", {}, section.thrown_ul)
    if section.moved or [place for _, place in section.dropped if place != TRASH]:
        found.append(f"{operation.id}: a mix moves liquid or keeps tips")
    if Counter(section.picked) != Counter(leg.tip for leg in operation.legs):
        found.append(f"{operation.id}: other tips")
    return found


def _unlike(
    what: str, wanted: dict[str, float], got: dict[str, float], roundings: int = 1
) -> list[str]:
    return [
        f"{what}: {address} {got.get(address, 0.0)} µL instead of {wanted.get(address, 0.0)} µL"
        for address in sorted(set(wanted) | set(got))
        if abs(wanted.get(address, 0.0) - got.get(address, 0.0)) > DIGIT_UL * roundings
    ]
