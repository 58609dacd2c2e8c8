"""Answers the simulated instruments beside the deck: what the twin's liquids show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ncrobot_sim.chemistry.chromatograms import chromatogram
from ncrobot_sim.chemistry.ions import MassSpectrum, mass_spectrum
from ncrobot_sim.chemistry.mixture import Mixture
from ncrobot_sim.chemistry.species import Species
from ncrobot_sim.chemistry.twin import Twin
from ncrobot_sim.instruments.memory import Line
from ncrobot_sim.instruments.mzml import MassScan, Run

Where = Callable[[Line], str]
"""The address in the world (labware/well) of the sample of a line of a worklist."""
_RESOLVING_POWER = 20_000.0
"""Of the mass spectrometer (assumed: a common time-of-flight instrument)."""
_REACH = 3.0


def injections(twin: Twin, where: Where) -> Callable[[Line], Run]:
    """What an HPLC-MS shows of each line: a trace, and a mass spectrum at each peak that flies."""
    seen: list[str] = []

    def respond(line: Line) -> Run:
        if line.file_name not in seen:
            seen.append(line.file_name)
        mixture = twin.mixture(where(line))
        number = seen.index(line.file_name)
        trace = chromatogram(mixture, twin.chemistry, sample=line.file_name, run=number)
        return Run(trace.minutes, trace.mau, tuple(_scans(twin, mixture, line.file_name)))

    return respond


def scans(twin: Twin) -> Callable[[str, Sequence[float]], Sequence[float]]:
    """What a plate reader beside the deck shows of an address, at wavelengths in nm."""
    return twin.absorbance_au


def _scans(twin: Twin, mixture: Mixture, sample: str) -> list[MassScan]:
    """One spectrum for each species that elutes, of that species alone, in order of time."""
    found = []
    for name, peaks in twin.chemistry.peaks.items():
        species = Species[name.upper()]
        alone = Mixture(mixture.volume_ul, np.zeros_like(mixture.amounts), mixture.groups)
        alone.amounts[species] = mixture.amounts[species]
        if mixture.mm(species) <= 0 or name not in twin.chemistry.ions:
            continue
        lines = mass_spectrum(alone, twin.chemistry, sample=f"{sample} {name}")
        found += [_profile(lines, peak.minutes) for peak in peaks]
    return sorted(found, key=lambda scan: scan.retention_min)


def _profile(lines: MassSpectrum, minutes: float) -> MassScan:
    """Lines as the instrument draws them: each a Gaussian of its resolving power."""
    widths = lines.mz / _RESOLVING_POWER / 2.3548
    offsets = np.linspace(-_REACH, _REACH, 13)
    mz = np.unique(np.round(lines.mz[:, None] + offsets * widths[:, None], 5))
    left = np.searchsorted(lines.mz, mz * (1 - 2 * _REACH / _RESOLVING_POWER))
    right = np.searchsorted(lines.mz, mz * (1 + 2 * _REACH / _RESOLVING_POWER))
    counts = np.zeros(len(mz))
    for place, (low, high) in enumerate(zip(left, right, strict=True)):
        near = slice(low, high)
        off = (mz[place] - lines.mz[near]) / widths[near]
        counts[place] = float((lines.counts[near] * np.exp(-0.5 * off**2)).sum())
    return MassScan(minutes, mz, counts)
