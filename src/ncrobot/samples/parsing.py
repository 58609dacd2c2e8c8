"""Data files made into spectra and chromatograms, by what an instrument's results are."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.analysis.chromatography import ChromatogramOutcome, read_chromatogram, read_diode_array
from ncrobot.analysis.mass import ReadOutcome, ReadState, read_mzml, read_peak_table
from ncrobot.analysis.optical import OpticalOutcome, read_spectra
from ncrobot.errors import Diagnostic
from ncrobot.samples.instruments import Results


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """What a file gave; the outcome of its kind is there, the others are None."""

    optical: OpticalOutcome | None = None
    mass: ReadOutcome | None = None
    chromatogram: ChromatogramOutcome | None = None

    @property
    def state(self) -> ReadState:
        """What became of the file."""
        found = self.optical or self.mass or self.chromatogram
        return ReadState.EMPTY if found is None else found.state

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """What is wrong with it."""
        found = self.optical or self.mass or self.chromatogram
        return () if found is None else found.findings

    @property
    def told(self) -> str:
        """The state with its first finding, as a reason."""
        first = self.findings[0].message if self.findings else ""
        return f"{self.state.value.replace('_', ' ')}: {first}" if first else self.state.value


def parse(data: bytes, name: str, results: Results) -> Parsed:
    """Read a data file as what the settings say it is; bad data don't raise."""
    if results.kind == "spectra":
        return Parsed(optical=read_spectra(data, name, expected_nm=results.expected_nm))
    if results.kind == "mzml":
        return Parsed(mass=read_mzml(data, name))
    if results.kind == "mass_peaks":
        return Parsed(mass=read_peak_table(data, name))
    if results.kind == "chromatogram":
        found = read_chromatogram(data, name, minutes_per_unit=results.minutes_per_unit)
        return Parsed(chromatogram=found)
    array = read_diode_array(data, name, minutes_per_unit=results.minutes_per_unit)
    return Parsed(chromatogram=array)
