"""Acidity by charge balance: the pH of a mixture, and the acid or base that reaches a pH.

Ideal solution (activity coefficients 1), water at 25 °C, additive volumes. Any acid is described by
its pKa values and the charge of its fully protonated form; strong acids and bases enter as the
charge of their ions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PKW_25C = 14.0
"""Negative decadic logarithm of the ionic product of water at 25 °C."""
_LOW, _HIGH = -1.0, 15.0
_SAME_PH = 1e-6


class PhError(ValueError):
    """A mixture means nothing, or a pH can't be reached with this titrant."""


@dataclass(frozen=True, slots=True)
class BufferComponent:
    """An acid in all its forms: total amount, pKa values in order, charge when fully protonated.

    Ammonia is ``BufferComponent(n, (9.25,), charge_protonated=1)``: its acid is NH4+.

    Raises:
        PhError: the amount is negative, or a value is no number.
    """

    total_umol: float
    pkas: tuple[float, ...]
    charge_protonated: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.total_umol) and self.total_umol >= 0.0):
            raise PhError(f"a buffer of {self.total_umol:g} µmol means nothing")
        if not all(math.isfinite(pka) for pka in self.pkas):
            raise PhError(f"the pKa values {self.pkas} are not all numbers")


def mean_charge(component: BufferComponent, ph: float) -> float:
    """Mean charge of a component's molecules at a pH."""
    # Each form's abundance relative to the fully protonated one, kept as a logarithm: a pKa far
    # outside water's range would overflow as a power of ten.
    logs = [0.0]
    for pka in sorted(component.pkas):
        logs.append(logs[-1] + ph - pka)
    highest = max(logs)
    weights = [10.0 ** (log - highest) for log in logs]
    lost = sum(number * weight for number, weight in enumerate(weights)) / sum(weights)
    return float(component.charge_protonated - lost)


def ionic_strength_mol_per_l(ions: Iterable[tuple[float, int]]) -> float:
    """Ionic strength I = 1/2 sum of c z^2 in mol/L; each ion as concentration and charge."""
    return 0.5 * math.fsum(concentration * charge**2 for concentration, charge in ions)


def _imbalance_umol(
    ph: float, components: Sequence[BufferComponent], strong_charge_umol: float, volume_ul: float
) -> float:
    """Positive minus negative charge in µmol; strictly falling with pH."""
    hydrogen = 10.0**-ph * volume_ul
    hydroxide = 10.0 ** (ph - PKW_25C) * volume_ul
    buffers = math.fsum(part.total_umol * mean_charge(part, ph) for part in components)
    return float(hydrogen - hydroxide + strong_charge_umol + buffers)


def _check(strong_charge_umol: float, volume_ul: float) -> None:
    if not math.isfinite(strong_charge_umol):
        raise PhError(f"a charge of {strong_charge_umol:g} µmol is no number")
    if not (math.isfinite(volume_ul) and volume_ul > 0.0):
        raise PhError(f"{volume_ul:g} µL of liquid have no pH")


def ph_of(
    components: Sequence[BufferComponent], strong_charge_umol: float, volume_ul: float
) -> float:
    """PH of a mixture.

    ``strong_charge_umol`` is the charge of all ions that don't take part in acid-base equilibria:
    +1 for each Na+ of NaOH, -1 for each Cl- of HCl.

    Raises:
        PhError: there is no liquid, or no pH between -1 and 15 balances the charges.
    """
    _check(strong_charge_umol, volume_ul)

    def imbalance(ph: float) -> float:
        return _imbalance_umol(ph, components, strong_charge_umol, volume_ul)

    if imbalance(_LOW) < 0 or imbalance(_HIGH) > 0:
        raise PhError("no pH between -1 and 15 balances the charges of this mixture")
    # Half a second of imports, for which whoever stops a run shouldn't wait.
    from scipy.optimize import brentq  # noqa: PLC0415

    return float(brentq(imbalance, _LOW, _HIGH, xtol=1e-12))


def dose_for_ph(  # noqa: PLR0913 - a mixture, a titrant and a limit
    target_ph: float,
    components: Sequence[BufferComponent],
    strong_charge_umol: float,
    volume_ul: float,
    *,
    titrant_charge_mol_per_l: float,
    titrant_components_mol_per_l: Sequence[BufferComponent] = (),
    max_volume_ul: float,
) -> float:
    """µL of a titrant that bring a mixture to a pH; 0 if it is there already.

    ``titrant_charge_mol_per_l``: charge of the titrant's inert ions per litre (+c for NaOH, -c for
    HCl). A weak titrant also gives its components, whose ``total_umol`` is then per µL.

    At the target pH the charge imbalance of the mixture grows by a fixed amount with each µL of
    titrant, so the dose is where the two cancel, without a search.

    Raises:
        PhError: the titrant can't bring the mixture to this pH, or not within ``max_volume_ul``.
    """
    _check(strong_charge_umol, volume_ul)
    _check(titrant_charge_mol_per_l, 1.0)
    before = ph_of(components, strong_charge_umol, volume_ul)
    if abs(before - target_ph) < _SAME_PH:
        return 0.0
    lacking = _imbalance_umol(target_ph, components, strong_charge_umol, volume_ul)
    per_ul = _imbalance_umol(target_ph, titrant_components_mol_per_l, titrant_charge_mol_per_l, 1.0)
    if lacking * per_ul >= 0.0:
        than = "acidic" if target_ph > before else "basic"
        raise PhError(
            f"pH {target_ph:g} is not reached: the mixture has pH {before:.2f}, and the titrant "
            f"itself is as {than} as that or more so"
        )
    dose_ul = -lacking / per_ul
    if dose_ul > max_volume_ul:
        raise PhError(
            f"pH {target_ph:g} is not reached: the mixture has pH {before:.2f}, and it would take "
            f"{dose_ul:.4g} µL of the titrant, but at most {max_volume_ul:g} µL are allowed"
        )
    return dose_ul
