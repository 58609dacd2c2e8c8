"""Spectra that the reader on the deck read, as measurements of wells or of samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ncrobot.analysis.optical import AbsorptionSpectrum
from ncrobot.assays import About, Measured
from ncrobot.plan import Plan
from ncrobot.samples import Sample
from ncrobot.state import RunState

ON_DECK = "on deck"
"""Stands for the reader on the deck, where the name of an instrument is asked for."""


def on_deck(plan: Plan, state: RunState, samples: Iterable[Sample]) -> Iterator[Measured]:
    """Spectra that the reader on the deck read: of the reaction plate itself, or of samples.

    Their time is that at which the reading began.
    """
    steps = {operation.id: operation.step for operation in plan.operations}
    wells = {each.well: each for each in plan.wells}
    by_place = {each.place: each for each in samples}
    counted = _counted_from(plan, state)
    numbers: dict[str, int] = {}
    for reading in state.measured:
        operation = str(reading.get("operation") or "")
        step = steps.get(operation, operation)
        numbers[step] = numbers.get(step, 0) + 1
        for position, values in _readings(reading):
            place = f"{reading['labware']}/{position}"
            sample = by_place.get(place)
            if sample is None and (
                reading["labware"] != plan.vessel_labware or position not in wells
            ):
                continue
            row = wells[position if sample is None else sample.well]
            ran = state.operations.get(operation)
            began_s = ran.start_s if ran is not None else None
            time_s = float(reading["time_s"]) if began_s is None else began_s
            begun_s = counted.get((operation, row.well), counted.get(("", row.well), 0.0))
            about = About(
                sample=f"{operation}/{position}", well=row.well, name=row.name, kind=row.kind,
                group=row.replicate_of or row.name, step=step, number=numbers[step],
                instrument=ON_DECK, file=operation, since_s=time_s - begun_s,
            )  # fmt: skip
            yield Measured(about if sample is None else _thinned(about, sample), spectrum=values)


def _counted_from(plan: Plan, state: RunState) -> dict[tuple[str, str], float]:
    """When a well got what the time of a reading counts from (s of the run), by reading and well.

    That is what a lag of the reading refers to; under "" the last delivery into the well.
    """
    given: dict[tuple[str, str], float] = {}
    found: dict[tuple[str, str], float] = {}
    for each in state.deliveries:
        labware, _, well = each.destination.partition("/")
        if labware == plan.vessel_labware:
            given[each.operation, well] = max(
                given.get((each.operation, well), 0.0), each.delivered_s
            )
            found["", well] = max(found.get(("", well), 0.0), each.delivered_s)
    for lag in plan.lags:
        if lag.kind == "timing":
            for (operation, well), at_s in given.items():
                if operation == lag.before:
                    found[lag.after, well] = max(found.get((lag.after, well), 0.0), at_s)
    return found


def _thinned(about: About, sample: Sample) -> About:
    """The same, of a sample: thinner than the well, and as old as when it was taken."""
    return replace(
        about,
        sample=sample.id,
        since_s=sample.since_s,
        dilution=sample.dilution,
        volume_ul=(sample.taken_ul or sample.planned_ul) + sample.diluent_ul,
        well_status=sample.well_status,
    )


def _readings(reading: Mapping[str, object]) -> Iterator[tuple[str, AbsorptionSpectrum]]:
    waves = reading.get("wavelengths_nm")
    table = reading.get("absorbance")
    if not isinstance(waves, Sequence) or not isinstance(table, Mapping):
        return
    for well, values in table.items():
        try:
            spectrum = AbsorptionSpectrum(np.array(waves, dtype=float), np.array(values), str(well))
        except ValueError:
            continue  # fewer than three wavelengths are no spectrum
        yield str(well), spectrum
