"""The pH of a well by its balance of charges: strong ions against weak acids and water."""

from __future__ import annotations

import math
from collections.abc import Sequence

_WATER = 1e-14
"""Ion product of water at 25 °C, in mol²/L²; taken at all temperatures (assumed: nothing in the
twin depends on the third digit of a pH)."""
_LN10 = math.log(10.0)


def ph_of(
    strong_m: float, weak: Sequence[tuple[float, float]], guess: float = 7.0, steps: int = 40
) -> float:
    """The pH at which charges balance.

    ``strong_m`` is strong base minus strong acid (mol/L), ``weak`` are (mol/L, pKa) of weak acids.
    Newton's method on the pH, kept between 0 and 14; the balance falls steadily with pH.
    """
    ph = guess
    low, high = 0.0, 14.0
    for _ in range(steps):
        proton = math.exp(-_LN10 * ph)
        charge = strong_m + proton - _WATER / proton
        slope = -_LN10 * (proton + _WATER / proton)
        for amount, pka in weak:
            bound = amount / (1.0 + math.exp(_LN10 * (pka - ph)))
            charge -= bound
            slope -= _LN10 * bound * (1.0 - bound / amount) if amount > 0 else 0.0
        if charge > 0:
            low = ph
        else:
            high = ph
        # A step that leaves the bracket is replaced by halving it.
        new = ph - charge / slope
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - ph) < 1e-6:
            return new
        ph = new
    return ph
