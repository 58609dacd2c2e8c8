"""Answers the simulated instruments beside the deck: what the twin's liquids show them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ncrobot_sim.chemistry.chromatograms import chromatogram
from ncrobot_sim.chemistry.constants import ChemistryError, ParameterSet, load_set, refused
from ncrobot_sim.chemistry.imperfections import chance_of, concentrated
from ncrobot_sim.chemistry.ions import MassSpectrum, mass_spectrum, recorded_mz
from ncrobot_sim.chemistry.mixture import Mixture, Surroundings
from ncrobot_sim.chemistry.species import Species
from ncrobot_sim.chemistry.twin import Twin
from ncrobot_sim.instruments.memory import Line
from ncrobot_sim.instruments.mzml import MassScan, Run
from ncrobot_sim.instruments.responses import SampleLike
from ncrobot_sim.world import World

_RESOLVING_POWER = 20_000.0
"""Of the mass spectrometer (assumed: a common time-of-flight instrument)."""
_REACH = 5.0
_FLOOR = 4.0
"""Counts of electronic noise at each point (assumed)."""
_ROUNDING_S = 0.237
"""Whole seconds are counted, cut off where dates hardly ever stand: a rounded date changes nothing.
"""
_HOUR_S = 3600.0
_REFERENCE_UL = 200.0


class TwinResponse:
    """What instruments beside the deck see of a run's samples, from the world of that run.

    From the end of the run on samples stand in a cooled sampler, where they react slowly.
    """

    follows_world: ClassVar[bool] = True

    @staticmethod
    def check(chemistry: str, materials: Sequence[str]) -> None:
        """Whether a set can be used, and something of these materials reacts by it.

        Raises:
            ChemistryError: it can't be, or none of them is its metal.
        """
        found = load_set(chemistry)
        metals = {name for name, item in found.materials.items() if item.role == "metal"}
        if not metals & set(materials):
            raise refused(
                chemistry,
                "nothing would react, since none of the protocol's materials "
                f"({', '.join(materials)}) is its metal ({', '.join(sorted(metals))})",
            )

    def __init__(self, samples: Sequence[SampleLike], *, world: Path | None) -> None:
        """Take up the world that a log tells of, with the chemistry beside it.

        Raises:
            ChemistryError: there is no such world, or nothing reacts in it.
        """
        there = World(log=world) if world is not None and world.exists() else None
        if there is None or there.chemistry is None:
            raise _nothing_reacted(world)
        self._chemistry = load_set(there.chemistry)
        self._twin = Twin(there, self._chemistry)
        self._ended_s = there.chronicle.now_s()
        self._began = there.chronicle.began
        self._by_name = {(each.well, f"{each.step}-{each.number}"): each for each in samples}

    def optical(self, place: str, wavelengths_nm: Sequence[float]) -> Sequence[float]:
        """Absorbance (AU) of a place as the run left it."""
        return self._twin.absorbance_au(place, wavelengths_nm)

    def injection(self, line: Line) -> Run:
        """A trace and mass spectra of the sample that a line of a worklist names.

        The column ages by the hour: counting injections would tell other figures after a death.
        """
        kept_s = self._kept_s(line.end)
        hours = int(kept_s // _HOUR_S)
        sample = self._sample_of(line.file_name)
        if sample is None:
            known = self._known() if line.file_name.endswith("_reference") else Mixture()
            return injected(known, self._chemistry, f"control {kept_s:g}", hours)
        mixture = self._kept(sample.place, kept_s)
        return injected(mixture, self._chemistry, sample.place, hours)

    def _sample_of(self, file_name: str) -> SampleLike | None:
        parts = file_name.split("_", 2)
        return self._by_name.get((parts[1], parts[2])) if len(parts) == 3 else None

    def _kept_s(self, until: datetime) -> float:
        """Whole seconds from the end of the run to a date."""
        if self._began is None:
            return 0.0
        since_s = (until - self._began).total_seconds() - self._ended_s
        return float(math.floor(max(since_s, 0.0) + _ROUNDING_S))

    def _kept(self, place: str, kept_s: float) -> Mixture:
        """What a place holds some time after the run: as it was left, and then in the cold."""
        mixture = self._twin.mixture(place, self._ended_s)
        value = self._chemistry.value
        cold = Surroundings(value["sampler_c"], value["mixing_at_rest"])
        mixture.wait(kept_s, self._chemistry, cold)
        mixture.volume_ul /= concentrated(place, kept_s / _HOUR_S, self._chemistry)
        return mixture

    @staticmethod
    def _known() -> Mixture:
        """A reference of known clusters: the target alone, 1 mmol/L of metal."""
        mixture = Mixture(_REFERENCE_UL)
        mixture.amounts[Species.TARGET] = _REFERENCE_UL / 1000.0
        return mixture


def injections(twin: Twin, where: Callable[[Line], str]) -> Callable[[Line], Run]:
    """What an HPLC-MS shows of each line, if ``where`` tells the place of its sample."""
    seen: list[str] = []

    def respond(line: Line) -> Run:
        if line.file_name not in seen:
            seen.append(line.file_name)
        number = seen.index(line.file_name)
        return injected(twin.mixture(where(line)), twin.chemistry, line.file_name, number)

    return respond


def scans(twin: Twin) -> Callable[[str, Sequence[float]], Sequence[float]]:
    """What a plate reader beside the deck shows of an address, at wavelengths in nm."""
    return twin.absorbance_au


def injected(mixture: Mixture, chemistry: ParameterSet, sample: str, number: int) -> Run:
    """A trace, and a mass spectrum where each species that flies elutes.

    ``number`` is the injection's place in the queue, with which the column drifts.
    """
    trace = chromatogram(mixture, chemistry, sample=sample, run=number)
    return Run(trace.minutes, trace.mau, tuple(_scans(mixture, chemistry, sample)))


def _scans(mixture: Mixture, chemistry: ParameterSet, sample: str) -> list[MassScan]:
    """One spectrum for each species that may elute, of that species alone, in order of time."""
    found = []
    mz = recorded_mz(chemistry, _RESOLVING_POWER)
    for name, peaks in chemistry.peaks.items():
        if not chemistry.ions.get(name):
            continue
        species = Species[name.upper()]
        alone = Mixture(mixture.volume_ul, np.zeros_like(mixture.amounts), mixture.groups)
        alone.amounts[species] = mixture.amounts[species]
        told = f"{sample} {name}"
        lines = mass_spectrum(alone, chemistry, sample=told)
        floor = chance_of(chemistry, "ms floor", told).poisson(_FLOOR, mz.size)
        counts = _drawn(lines, mz) + floor
        found += [MassScan(peak.minutes, mz, counts) for peak in peaks]
    return sorted(found, key=lambda scan: scan.retention_min)


def _drawn(lines: MassSpectrum, mz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counts (n) at m/z (n): each line is a Gaussian of the instrument's resolving power."""
    widths = lines.mz / _RESOLVING_POWER / 2.3548
    left = np.searchsorted(mz, lines.mz - _REACH * widths)
    right = np.searchsorted(mz, lines.mz + _REACH * widths)
    counts = np.zeros(mz.size)
    for place, near in enumerate(map(slice, left, right)):
        off = (mz[near] - lines.mz[place]) / widths[place]
        counts[near] += lines.counts[place] * np.exp(-0.5 * off**2)
    return counts


def _nothing_reacted(world: Path | None) -> ChemistryError:
    return refused(world or "no world", "the world of this run is gone, or nothing reacts in it")
