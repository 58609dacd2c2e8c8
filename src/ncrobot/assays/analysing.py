"""From measurements to figures, verdicts and objectives; a pure function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ncrobot.analysis.chromatography import mean_spectrum
from ncrobot.analysis.mass import identify, parse_ion
from ncrobot.analysis.optical import AbsorptionSpectrum, read_spectra
from ncrobot.assays.elution import carried_over, elution_results
from ncrobot.assays.figures import (
    elution_figures,
    given_figures,
    mass_figures,
    optical_figures,
)
from ncrobot.assays.measured import About, BlankRun, Measured, ReferenceRun
from ncrobot.assays.objectives import courses, objective_values
from ncrobot.assays.results import ElutionResult, Figure, MassResult, Results
from ncrobot.assays.settings import AnalysisSettings, MassSettings, OpticalSettings
from ncrobot.assays.spectra import optical_results
from ncrobot.errors import Diagnostic, LabError

Problem = tuple[str, str]


def analyse(
    measured: Sequence[Measured],
    wells: Mapping[str, About],
    settings: AnalysisSettings,
    references: Sequence[ReferenceRun] = (),
    blanks: Sequence[BlankRun] = (),
    given: Path | None = None,
) -> Results:
    """Analyse what was measured; ``wells`` tells of every well of the plate, measured or not.

    ``references`` set retention windows right; ``blanks`` tell what was carried over. ``given`` is
    a CSV of figures that were measured elsewhere.

    Raises:
        LabError: a reference spectrum or a file of given figures can't be read, or an ion's formula
            is wrong.
    """
    optical, problems = optical_results(
        measured, settings.optical, reference_spectra(settings.optical)
    )
    elution: list[ElutionResult] = []
    if settings.elution is not None:
        elution, more = elution_results(measured, settings.elution, references)
        problems += more
        problems += carried_over(elution, blanks, settings.elution.carry_over_limit)
    mass, more = _mass_results(measured, settings.mass) if settings.mass else ([], [])
    problems += more
    wanted = settings.objectives
    figures: list[Figure] = [f for each in optical for f in optical_figures(each, wanted)]
    if settings.elution is not None:
        figures += [f for e in elution for f in elution_figures(e, wanted, settings.elution)]
    figures += [f for each in mass for f in mass_figures(each, wanted)]
    figures += given_figures(wells, wanted, given)
    values, groups = objective_values(figures, wells, wanted)
    found, fits = courses(figures, wanted)
    return Results(
        figures=tuple(figures),
        objectives=tuple(values),
        groups=tuple(groups),
        courses=tuple(found),
        optical=tuple(optical),
        elution=tuple(elution),
        mass=tuple(mass),
        problems=tuple(problems),
        kinetics=fits,
    )


def reference_spectra(settings: OpticalSettings) -> dict[str, AbsorptionSpectrum]:
    """The reference spectra that the settings name, each the first of its file.

    Raises:
        LabError: one can't be read.
    """
    found = {}
    for name, path in settings.references.items():
        try:
            read = read_spectra(path.read_bytes(), str(path))
        except OSError as error:
            message = f"the reference spectrum of {name} can't be read: {error.strerror}"
            raise LabError(Diagnostic(code="reference", message=message, file=str(path))) from error
        if not read.is_whole:
            raise LabError(read.findings)
        spectrum = read.spectra[0].spectrum
        found[name] = AbsorptionSpectrum(
            spectrum.wavelength_nm, spectrum.absorbance, name, spectrum.saturated
        )
    return found


def _mass_results(
    measured: Sequence[Measured], settings: MassSettings
) -> tuple[list[MassResult], list[Problem]]:
    try:
        ions = [parse_ion(each) for each in settings.candidates]
    except ValueError as error:
        raise LabError(Diagnostic(code="ion", message=str(error))) from error
    found: list[MassResult] = []
    problems: list[Problem] = []
    for each in measured:
        if not each.mass:
            continue
        try:
            mean = mean_spectrum(each.mass, 0.0, float("inf"), settings.resolution)
            matches = identify(
                mean, ions, settings.resolution, tolerance_ppm=settings.tolerance_ppm
            )
        except ValueError as error:
            problems.append((each.about.sample, str(error)))
            continue
        named = tuple(
            match.model_copy(update={"ion": name})
            for match, name in zip(matches, settings.candidates, strict=True)
        )
        found.append(MassResult(each.about, named))
    return found, problems
