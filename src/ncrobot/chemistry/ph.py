"""Acidity by charge balance: the pH of a mixture, and the acid or base that reaches a pH.

Ideal solution (activity coefficients 1), water at 25 °C. Any acid is described by its pKa values and
the charge of its fully protonated form; strong acids and bases enter as the charge of their ions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

PKW_25C = 14.0
"""Ionic product of water at 25 °C."""
_LOW, _HIGH = -1.0, 15.0


class PhError(ValueError):
    """A pH can't be reached with this titrant."""


@dataclass(frozen=True, slots=True)
class BufferComponent:
    """An acid in all its forms: total amount, pKa values in order, charge when fully protonated."""

    total_umol: float
    pkas: tuple[float, ...]
    charge_protonated: int = 0


def mean_charge(component: BufferComponent, ph: float) -> float:
    """Mean charge of a component's molecules at a pH."""
    weights = [1.0]
    for pka in sorted(component.pkas):
        weights.append(weights[-1] * 10.0 ** (ph - pka))
    total = sum(weights)
    lost = sum(number * weight for number, weight in enumerate(weights)) / total
    return float(component.charge_protonated - lost)


def _imbalance_umol(
    ph: float, components: Sequence[BufferComponent], strong_charge_umol: float, volume_ul: float
) -> float:
    """Positive minus negative charge in µmol; strictly falling with pH."""
    hydrogen = 10.0**-ph * volume_ul
    hydroxide = 10.0 ** (ph - PKW_25C) * volume_ul
    buffers = sum(part.total_umol * mean_charge(part, ph) for part in components)
    return hydrogen - hydroxide + strong_charge_umol + buffers


def ph_of(
    components: Sequence[BufferComponent], strong_charge_umol: float, volume_ul: float
) -> float:
    """PH of a mixture.

    ``strong_charge_umol`` is the charge of all ions that don't take part in acid-base equilibria:
    +1 for each Na+ of NaOH, -1 for each Cl- of HCl.

    Raises:
        PhError: no pH between -1 and 15 balances the charges.
    """

    def imbalance(ph: float) -> float:
        return _imbalance_umol(ph, components, strong_charge_umol, volume_ul)

    if imbalance(_LOW) < 0 or imbalance(_HIGH) > 0:
        raise PhError("no pH between -1 and 15 balances the charges of this mixture")
    return _root(imbalance, _LOW, _HIGH, xtol=1e-10)


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

    Raises:
        PhError: the pH lies on the other side, or isn't reached within ``max_volume_ul``.
    """

    def ph_after(dose_ul: float) -> float:
        parts = list(components) + [
            BufferComponent(part.total_umol * dose_ul, part.pkas, part.charge_protonated)
            for part in titrant_components_mol_per_l
        ]
        return ph_of(
            parts, strong_charge_umol + titrant_charge_mol_per_l * dose_ul, volume_ul + dose_ul
        )

    before = ph_after(0.0)
    after = ph_after(max_volume_ul)
    if abs(before - target_ph) < 1e-6:
        return 0.0
    if (before - target_ph) * (after - target_ph) > 0:
        raise PhError(
            f"pH {target_ph:g} is not reached: the mixture has pH {before:.2f}, and with "
            f"{max_volume_ul:g} µL of the titrant pH {after:.2f}"
        )
    return _root(lambda dose: ph_after(dose) - target_ph, 0.0, max_volume_ul, xtol=1e-7)


def _root(function: Callable[[float], float], low: float, high: float, *, xtol: float) -> float:
    """Where a monotonic function crosses zero."""
    from scipy.optimize import brentq  # noqa: PLC0415 - takes half a second, rarely needed

    return float(brentq(function, low, high, xtol=xtol))
