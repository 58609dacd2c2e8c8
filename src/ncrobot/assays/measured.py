"""What was measured of one sample, as it goes into the analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ncrobot.analysis.chromatography import Chromatogram, DiodeArray
from ncrobot.analysis.mass import Spectrum
from ncrobot.analysis.optical import AbsorptionSpectrum


@dataclass(frozen=True, slots=True)
class About:
    """Which sample it is. ``group`` is that of its replicates; ``since_s`` its time of reaction.

    ``volume_ul`` stands in its place, by which it is ``dilution`` times thinner than the well.
    """

    sample: str
    well: str
    name: str
    kind: str
    group: str
    step: str
    number: int
    instrument: str
    file: str
    since_s: float | None = None
    dilution: float = 1.0
    volume_ul: float | None = None
    is_late: bool = False
    well_status: str = "ok"


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One measurement: what is there of spectrum, chromatogram, diode array and mass spectra."""

    about: About
    spectrum: AbsorptionSpectrum | None = None
    chromatogram: Chromatogram | None = None
    array: DiodeArray | None = None
    mass: Sequence[Spectrum] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceRun:
    """A reference injection between samples: the batch, and its chromatogram."""

    batch: str
    chromatogram: Chromatogram


@dataclass(frozen=True, slots=True, eq=False)
class BlankRun:
    """A blank that was injected right after a sample: its chromatogram, and that sample."""

    after: str
    chromatogram: Chromatogram
