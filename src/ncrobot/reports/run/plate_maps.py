"""The plate maps of a run: fate, volume and kind of each well, varied parameters, readings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ncrobot.plan import Plan, WellPlan
from ncrobot.reports._colours import DOUBTFUL, GOOD, NEUTRAL, WRONG, by_kind
from ncrobot.reports._glossary import Glossary
from ncrobot.reports._text import significant, volume
from ncrobot.reports.run.plates import Mark, PlateMap, Shape, kind_map, number_map
from ncrobot.state import RunState

_SIGNS = {"ok": "", "flagged": "bar", "abandoned": "cross"}
_COLOURS = {"ok": GOOD, "flagged": DOUBTFUL, "abandoned": WRONG}
_MOST_READINGS = 6


def plate_maps(plan: Plan, state: RunState, glossary: Glossary) -> list[PlateMap]:
    """All maps of the reaction plate, fate and volume first."""
    shape = Shape.of([well.well for well in plan.wells])
    maps = [_fates(plan, state, shape), _volumes(plan, state, shape)]
    if len({well.kind for well in plan.wells}) > 1:
        maps.append(_kinds(plan, shape))
    return maps + [_parameter(plan, name, shape, glossary) for name in varied(plan.wells)]


def varied(wells: Sequence[WellPlan]) -> list[str]:
    """The parameters that differ between the wells, in the order of the protocol."""
    found: dict[str, set[float]] = defaultdict(set)
    for well in wells:
        for name, value in well.values.items():
            found[name].add(value)
    return [name for name, values in found.items() if len(values) > 1]


def delivered_ul(plan: Plan, state: RunState) -> dict[str, float]:
    """What was dispensed into each reaction well in all, by well."""
    found = {well.well: 0.0 for well in plan.wells}
    prefix = f"{plan.vessel_labware}/"
    for delivery in state.deliveries:
        well = delivery.destination.removeprefix(prefix)
        if delivery.destination.startswith(prefix) and well in found:
            found[well] += delivery.volume_ul
    return found


def reading_maps(state: RunState) -> list[PlateMap]:
    """A map for each measured wavelength, the first few readings only."""
    maps = []
    for measured in state.measured:
        values: Mapping[str, Sequence[float]] = measured.get("absorbance", {})
        for position, wavelength in enumerate(measured.get("wavelengths_nm", ())):
            maps.append(_reading(measured, values, position, wavelength))
    return maps[:_MOST_READINGS]


def _parameter(plan: Plan, name: str, shape: Shape, glossary: Glossary) -> PlateMap:
    values = {
        well.well: (
            well.values[name],
            f"{_who(well)}: {name} {glossary.value(name, well.values[name])}",
        )
        for well in plan.wells
        if name in well.values
    }
    written = {value: glossary.value(name, value) for value, _ in values.values()}
    return number_map(name, glossary.describe(name), shape, values, written=written)


def _volumes(plan: Plan, state: RunState, shape: Shape) -> PlateMap:
    planned = {well.well: well for well in plan.wells}
    got = delivered_ul(plan, state)
    values = {}
    worst_ul = 0.0
    for name, ul in got.items():
        wished_ul = planned[name].final_volume_ul
        worst_ul = max(worst_ul, abs(ul - wished_ul))
        told = f"{_who(planned[name])}: {volume(ul)} delivered, {volume(wished_ul)} planned"
        held = state.ledger.get(f"{plan.vessel_labware}/{name}")
        if isinstance(held, dict) and "volume_ul" in held:
            told += f", {volume(held['volume_ul'])} there at the end"
        values[name] = (round(ul, 1), told)
    note = (
        "All additions together, before samples are taken. "
        f"Largest difference from the plan: {volume(round(worst_ul, 3))}."
    )
    written = {value: volume(value) for value, _ in values.values()}
    return number_map("Volume delivered", note, shape, values, written=written)


def _kinds(plan: Plan, shape: Shape) -> PlateMap:
    colours = by_kind(well.kind for well in plan.wells)
    marks = {
        well.well: Mark(
            colours[well.kind],
            f"{_who(well)}: {well.kind}"
            + (f", repeats {well.replicate_of}" if well.replicate_of else ""),
            "ring" if well.replicate_of else "",
        )
        for well in plan.wells
    }
    legend = [(colour, kind, "") for kind, colour in colours.items()]
    repeats = sum(well.replicate_of is not None for well in plan.wells)
    note = f"A ring marks the {repeats} wells that repeat another." if repeats else ""
    return kind_map("Kind", note, shape, marks, legend)


def _fates(plan: Plan, state: RunState, shape: Shape) -> PlateMap:
    is_open = state.status in ("queued", "running", "pausing", "paused", "recovering")
    marks = {}
    for well in plan.wells:
        fate = state.wells.get(well.well)
        status = fate.status if fate else "ok"
        why = f" ({'; '.join(dict.fromkeys(fate.reasons))})" if fate and fate.reasons else ""
        marks[well.well] = Mark(
            NEUTRAL if status == "ok" and is_open else _COLOURS.get(status, NEUTRAL),
            f"{_who(well)}: {_word(status, is_open)}{why}",
            _SIGNS.get(status, "cross"),
        )
    counts = fate_counts(plan, state)
    legend = [
        (
            NEUTRAL if s == "ok" and is_open else _COLOURS[s],
            f"{_word(s, is_open)} {counts[s]}",
            sign,
        )
        for s, sign in _SIGNS.items()
    ]
    return kind_map("Fate of the wells", "Why: point at a well, or see the deviations.", shape,
                    marks, legend)  # fmt: skip


def _word(status: str, is_open: bool) -> str:  # noqa: FBT001 - of the run, as everywhere here
    """A well without a flag is only ok when the run is over."""
    return "no flag yet" if status == "ok" and is_open else status


def fate_counts(plan: Plan, state: RunState) -> dict[str, int]:
    """How many wells are ok, flagged and abandoned; a well without a flag counts as ok."""
    counts = {"ok": 0, "flagged": 0, "abandoned": 0}
    for well in plan.wells:
        fate = state.wells.get(well.well)
        status = fate.status if fate else "ok"
        counts[status] = counts.get(status, 0) + 1
    return counts


def _reading(
    measured: Mapping[str, Any], values: Mapping[str, Sequence[float]], position: int, nm: float
) -> PlateMap:
    found = {
        well: (round(float(each[position]), 4), f"{well}: {each[position]:.4f} AU at {nm} nm")
        for well, each in values.items()
        if position < len(each)
    }
    written = {value: f"{significant(value)} AU" for value, _ in found.values()}
    title = f"Absorbance at {nm} nm"
    note = f"{measured.get('labware', '')}, measured by {measured.get('operation', '')}"
    return number_map(title, note, Shape.of(list(values)), found, written=written)


def _who(well: WellPlan) -> str:
    return f"{well.well} {well.name}"
