"""How much of each reference a spectrum holds: non-negative least squares, with what it can't tell.

Beside the references there may be light scattered by particles and a constant. What the fit leaves
is told as a share: a large rest means that something else absorbs, not that the yield is low.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from ncrobot.analysis.optical.correcting import noise_of
from ncrobot.analysis.optical.spectrum import AbsorptionSpectrum, common_grid

FloatArray = npt.NDArray[np.float64]

_SCATTER, _CONSTANT = "scatter", "constant"


class ShareVerdict(StrEnum):
    """What a spectrum says about one reference."""

    FOUND = "found"
    CANNOT_TELL = "cannot_tell"
    NOT_SEEN = "not_seen"


@dataclass(frozen=True, slots=True)
class Component:
    """One reference in one spectrum.

    ``amount`` is how many times the reference is there, with its standard error; ``upper`` is three
    standard errors above it. ``rivals`` are references that could take its place.
    """

    name: str
    amount: float
    error: float
    upper: float
    verdict: ShareVerdict
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Unmixed:
    """The fit: ``fitted`` and ``rest`` have the shape of ``wavelength_nm``, (n,).

    ``rest_share`` is the root mean square of the rest over that of the spectrum. ``explained``: the
    rest is no larger than noise and ``UnmixingLimits.reference_error`` make it.
    """

    components: tuple[Component, ...]
    wavelength_nm: FloatArray
    fitted: FloatArray
    rest: FloatArray
    rest_share: float
    explained: bool
    scatter_au: float
    offset_au: float

    def named(self, name: str) -> Component:
        """One component.

        Raises:
            KeyError: there is none of this name.
        """
        found = next((each for each in self.components if each.name == name), None)
        if found is None:
            raise KeyError(name)
        return found


@dataclass(frozen=True, slots=True)
class UnmixingLimits:
    """How a fit is made and judged.

    ``scatter_exponent`` n: scattered light falls with the n-th power of the wavelength (4 for
    particles much smaller than it, less for larger ones; assumed); None: no such term.
    ``reference_error`` is how well a reference is known, as a share of its height (assumed; repeats
    of the references tell); such an error is the same over ``band_nm``. ``least_sigma`` standard
    deviations make a difference.
    """

    scatter_exponent: float | None = 4.0
    with_constant: bool = True
    reference_error: float = 0.01
    band_nm: float = 30.0
    least_sigma: float = 3.0


def unmix(
    spectrum: AbsorptionSpectrum,
    references: Sequence[AbsorptionSpectrum],
    noise_au: float | None = None,
    limits: UnmixingLimits | None = None,
) -> Unmixed:
    """Fit a spectrum by its references (named, for example of 1 µM in 1 cm); saturated points out.

    Raises:
        ValueError: no reference, two of one name, or too few usable points in common.
    """
    limits = limits or UnmixingLimits()
    names = [each.name for each in references]
    if len(set(names)) != len(names) or not names:
        raise ValueError("references need names, each another one")
    system = _system(spectrum, references, limits, noise_au)
    amounts, _ = nnls(system.matrix, system.target)
    fitted = system.matrix @ amounts
    components = tuple(_component(system, amounts, number, limits) for number in range(len(names)))
    rest = system.target - fitted
    height = float(np.sqrt(np.mean(system.target**2)))
    size = float(np.sqrt(np.mean(rest**2)))
    return Unmixed(
        components=components,
        wavelength_nm=system.grid,
        fitted=fitted,
        rest=rest,
        rest_share=size / height if height > 0.0 else 0.0,
        explained=size <= 2.0 * system.point_au,
        scatter_au=_amount_of(system, amounts, _SCATTER),
        offset_au=_amount_of(system, amounts, _CONSTANT)
        - _amount_of(system, amounts, f"-{_CONSTANT}"),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _System:
    """The linear system: a column for each name; the first ones are the references.

    ``point_au`` is what one point may be off; ``sigma_au`` counts what neighbours share.
    """

    grid: FloatArray
    matrix: FloatArray
    target: FloatArray
    names: tuple[str, ...]
    references: int
    point_au: float
    sigma_au: float

    def squares(self, without: int | None = None) -> tuple[float, FloatArray]:
        """The least sum of squares, in units of the variance, and the amounts, without a column."""
        keep = [n for n in range(self.matrix.shape[1]) if n != without]
        amounts = np.zeros(self.matrix.shape[1])
        amounts[keep], rest = nnls(self.matrix[:, keep], self.target)
        return float(rest**2) / self.sigma_au**2, amounts


def _system(
    spectrum: AbsorptionSpectrum,
    references: Sequence[AbsorptionSpectrum],
    limits: UnmixingLimits,
    noise_au: float | None,
) -> _System:
    grid = common_grid([spectrum, *references])
    on_grid = [each.on(grid) for each in (spectrum, *references)]
    usable = np.logical_and.reduce([each.usable for each in on_grid])
    columns = [each.absorbance[usable] for each in on_grid[1:]]
    names = [each.name for each in references]
    waves = grid[usable]
    if limits.scatter_exponent is not None:
        columns.append((waves / waves[0]) ** -limits.scatter_exponent)
        names.append(_SCATTER)
    if limits.with_constant:
        columns += [np.ones(waves.size), -np.ones(waves.size)]
        names += [_CONSTANT, f"-{_CONSTANT}"]
    if waves.size <= len(columns):
        raise ValueError(f"{waves.size} usable points are too few for {len(columns)} unknowns")
    target = on_grid[0].absorbance[usable]
    noise = noise_of(spectrum) if noise_au is None else noise_au
    known = limits.reference_error * float(np.sqrt(np.mean(target**2)))
    shared = max(1.0, limits.band_nm / float(np.median(np.diff(waves))))
    return _System(
        waves, np.column_stack(columns), target, tuple(names), len(references),
        point_au=max(float(np.hypot(noise, known)), 1e-9),
        sigma_au=max(float(np.hypot(noise, known * np.sqrt(shared))), 1e-9),
    )  # fmt: skip


def _component(
    system: _System, amounts: FloatArray, number: int, limits: UnmixingLimits
) -> Component:
    """Judge one reference by fits without it, and without each of the others that are there."""
    best, _ = system.squares()
    without, others = system.squares(number)
    needed = without - best >= limits.least_sigma**2
    amount = float(amounts[number])
    error = _error(system, number)
    rivals: list[str] = []
    for other in range(system.references):
        if other == number:
            continue
        more = others[other] - amounts[other]
        if amount > 0.0 and not needed and more > 0.5 * amount:
            rivals.append(system.names[other])
        elif amount <= 0.0 and amounts[other] > 0.0:
            squares, refit = system.squares(other)
            grows = refit[number] > limits.least_sigma * error
            if squares - best < limits.least_sigma**2 and grows:
                rivals.append(system.names[other])
    if needed:
        verdict = ShareVerdict.FOUND
    else:
        verdict = ShareVerdict.CANNOT_TELL if rivals else ShareVerdict.NOT_SEEN
    name, upper = system.names[number], amount + limits.least_sigma * error
    return Component(name, amount, error, upper, verdict, tuple(rivals))


def _error(system: _System, number: int) -> float:
    """Standard error of one amount if all amounts were free of the bound at zero."""
    # Both signs of the constant are one unknown here.
    keep = [n for n, name in enumerate(system.names) if not name.startswith("-")]
    matrix = system.matrix[:, keep]
    covariance = np.linalg.pinv(matrix.T @ matrix) * system.sigma_au**2
    return float(np.sqrt(max(covariance[number, number], 0.0)))


def _amount_of(system: _System, amounts: FloatArray, name: str) -> float:
    return float(amounts[system.names.index(name)]) if name in system.names else 0.0
