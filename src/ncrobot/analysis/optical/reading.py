"""What became of a file with absorption spectra: a state, findings, and whatever could be read."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.analysis.mass.reading import Findings, ReadState
from ncrobot.analysis.optical.spectrum import AbsorptionSpectrum
from ncrobot.errors import Diagnostic


@dataclass(frozen=True, slots=True, eq=False)
class ReadSpectrum:
    """One spectrum of a file: where it was read, as far as the file tells.

    ``well`` is a well of a plate, without leading zeros; ``label`` is what else names it; ``block``
    counts the tables of the file from 1, so that repeated reads of one plate stay apart.
    """

    spectrum: AbsorptionSpectrum
    well: str | None = None
    label: str = ""
    block: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class OpticalOutcome:
    """What a file gave. Anything but ``OK`` has findings; spectra may be there all the same.

    ``layout`` tells how the table stood, or which format it was.
    """

    state: ReadState
    findings: tuple[Diagnostic, ...] = ()
    spectra: tuple[ReadSpectrum, ...] = ()
    layout: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether all of the file was read."""
        return self.state is ReadState.OK

    def of_well(self, well: str) -> tuple[ReadSpectrum, ...]:
        """The spectra of one well, in the order of the file."""
        return tuple(each for each in self.spectra if each.well == well)


def outcome(
    findings: Findings, spectra: tuple[ReadSpectrum, ...] = (), layout: str = ""
) -> OpticalOutcome:
    """The outcome that a reader returns; a file without spectra never is OK."""
    if not spectra and findings.state is ReadState.OK:
        findings.add(ReadState.EMPTY, "the file holds no spectrum")
    return OpticalOutcome(findings.state, tuple(findings.diagnostics), spectra, layout)


def check_range(
    spectra: tuple[ReadSpectrum, ...], expected_nm: tuple[float, float] | None, findings: Findings
) -> None:
    """Note spectra that end before the range that was asked for: the file may be cut off."""
    if expected_nm is None:
        return
    low, high = expected_nm
    for each in spectra:
        first, last = each.spectrum.range_nm
        step = each.spectrum.step_nm
        if first > low + step or last < high - step:
            findings.add(
                ReadState.TRUNCATED,
                f"the spectrum of {each.well or each.label or 'the sample'} isn't whole",
                found=f"{first:g} to {last:g} nm", allowed=f"{low:g} to {high:g} nm",
            )  # fmt: skip
