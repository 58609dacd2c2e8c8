"""How fast amounts change: the rate laws of the twin.

The pattern of the laws follows what is reported qualitatively for thiolate-protected gold and
silver clusters (Nanoscale Horizons 2025, 10, 2304, sections 3 and 4): complexes first, growth by
two electrons at a time, a stable size at eight, hydrolysis of hydride against growth, etching by
free thiol, faster decomposition when warm. Orders and constants are assumed, see the sets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot_sim.chemistry.acidity import ph_of
from ncrobot_sim.chemistry.species import COUNT, Species

_GAS = 8.314e-3
"""kJ/(mol K)."""
_REFERENCE_K = 298.15
_ZERO_C_IN_K = 273.15
_LN2 = math.log(2.0)
_MOST_PER_S = 50.0
"""No rate is faster: nothing that is over in a fiftieth of a second matters to a plate."""
S = Species


@dataclass(frozen=True, slots=True)
class Groups:
    """What kind of ligands are in a well, as means over its thiols."""

    thiols: float = 1.0
    acid_groups: float = 0.0


def strong_and_weak(
    amounts: Sequence[float], volume_ul: float, value: Mapping[str, float], groups: Groups
) -> tuple[float, tuple[tuple[float, float], ...]]:
    """Strong base minus acid, and weak acids, in mol/L."""
    molar = 1.0 / max(volume_ul, 1e-9)
    thiols = amounts[S.LIGAND] + amounts[S.INCOMING]
    carriers = thiols + 2.0 * amounts[S.DISULFIDE] + sum(amounts[S.YOUNG : S.SOLID])
    weak = (
        (thiols * molar, value["thiol_pka"]),
        (carriers * groups.acid_groups / groups.thiols * molar, value["carboxylic_pka"]),
        (amounts[S.BORATE] * molar, value["borate_pka"]),
    )
    # The sodium of hydride stays behind when hydride becomes borate, which is a weak acid.
    strong = (amounts[S.BASE] + amounts[S.BORATE] - amounts[S.ACID]) * molar
    return strong, weak


def hydrolysis_per_s(ph: float, temperature_c: float, value: Mapping[str, float]) -> float:
    """First-order rate of hydride in water."""
    kelvin = temperature_c + _ZERO_C_IN_K
    exponent = ph - (value["hydrolysis_slope"] * kelvin - value["hydrolysis_offset"])
    half_life_s = 60.0 * math.pow(10.0, exponent)
    return min(_LN2 / half_life_s, _MOST_PER_S)


class Rates:
    """Changes in µmol/s of the amounts in one well; call it with time and amounts."""

    def __init__(
        self,
        value: Mapping[str, float],
        *,
        volume_ul: float,
        mixing: float,
        temperature_c: float,
        groups: Groups,
        activity: float = 1.0,
    ) -> None:
        """``mixing`` is 0 to 1; ``activity`` below 1 makes growth fail."""
        kelvin = temperature_c + _ZERO_C_IN_K
        span = (1.0 / _REFERENCE_K - 1.0 / kelvin) / _GAS

        def warm(name: str, energy: str = "energy_other") -> float:
            return value[name] * math.exp(value[energy] * span)

        self._value = value
        self._volume_ul = volume_ul
        self._per_ul = 1000.0 / max(volume_ul, 1e-9)
        self._temperature_c = temperature_c
        self._groups = groups
        self._ph = 7.0
        growing = mixing * activity
        self._fix, self._ripen = warm("k_fix") * mixing, warm("k_ripen")
        self._disulfide = warm("k_disulfide") * mixing
        self._grow = warm("k_grow", "energy_grow") * growing
        self._overgrow = warm("k_overgrow", "energy_grow") * growing
        self._burst, self._bare = warm("k_burst") * growing, warm("k_bare") * growing
        self._fall_back = warm("k_fall_back")
        self._finish = warm("k_finish", "energy_finish")
        self._decompose = warm("k_decompose", "energy_decompose")
        self._etch, self._attack = warm("k_etch"), warm("k_attack")
        self._rich, self._solid = warm("k_rich") * growing, warm("k_solid")
        self._exchange, self._over = warm("k_exchange"), warm("k_over_exchange")
        self._acid = warm("k_acid")

    def __call__(self, time_s: float, amounts: Sequence[float]) -> list[float]:
        """The rates (µmol/s) at some amounts (µmol)."""
        del time_s
        y = [max(float(amount), 0.0) for amount in amounts]
        ph = self._ph_of(y)
        rates = [0.0] * COUNT
        self._binding(y, rates, ph)
        self._reduction(y, rates, ph)
        self._ageing(y, rates, ph)
        hydrolysed = hydrolysis_per_s(ph, self._temperature_c, self._value) * y[S.HYDRIDE]
        rates[S.HYDRIDE] -= hydrolysed
        rates[S.BORATE] += hydrolysed
        return rates

    def ph(self, amounts: Sequence[float]) -> float:
        """The pH at some amounts."""
        return self._ph_of([max(float(amount), 0.0) for amount in amounts])

    def _ph_of(self, y: list[float]) -> float:
        strong, weak = strong_and_weak(y, self._volume_ul, self._value, self._groups)
        self._ph = ph_of(strong, weak, self._ph)
        return self._ph

    def _binding(self, y: list[float], rates: list[float], ph: float) -> None:
        """Metal and thiol to complexes; complexes ripen, or fall out where it is too acidic."""
        valence = self._value["metal_valence"]
        fixed = self._fix * y[S.SALT] * y[S.LIGAND] * self._per_ul
        rates[S.SALT] -= fixed
        rates[S.YOUNG] += fixed
        rates[S.LIGAND] -= fixed * valence
        rates[S.DISULFIDE] += fixed * (valence - 1.0) / 2.0
        rates[S.ACID] += fixed * valence
        ripened = self._ripen * y[S.YOUNG]
        rates[S.YOUNG] -= ripened
        rates[S.RIPE] += ripened
        falls = self._solid * (1.0 - _step((ph - self._value["solid_ph"]) / 2.0))
        for kind in (S.YOUNG, S.RIPE):
            rates[kind] -= falls * y[kind]
            rates[S.SOLID] += falls * y[kind]
        dissolved = (self._solid - falls) * y[S.SOLID]
        rates[S.SOLID] -= dissolved
        rates[S.YOUNG] += dissolved

    def _reduction(self, y: list[float], rates: list[float], ph: float) -> None:
        """Everything that hydride does, and what it costs of it."""
        value, hydride = self._value, y[S.HYDRIDE] * self._per_ul
        if hydride <= 0.0:
            return
        per_hydride = value["electrons_per_hydride"]
        ratio = y[S.LIGAND] / max(sum(y[S.SALT : S.LIGAND]), 1e-12)
        rich = ratio**2 / (ratio**2 + value["rich_ratio"] ** 2)
        # Hydride needs protons to react; base that saves it from water also tames it.
        tamed = 1.0 / (1.0 + (_hydroxide_mm(ph) / value["hydroxide_tames"]) ** 2)
        grow = self._grow * hydride * tamed
        used = 0.0

        def moved(source: Species, target: Species, rate: float, electrons: float) -> float:
            change = rate * y[source]
            rates[source] -= change
            rates[target] += change
            return change * electrons / per_hydride

        a_pair = 2.0 / value["atoms_per_cluster"]
        slowed = grow * (1.0 - 0.9 * rich)
        astray = value["young_astray"]
        used += moved(S.YOUNG, S.E2, slowed * (1.0 - astray), a_pair)
        used += moved(S.YOUNG, S.BIG, slowed * astray, 5.0 * a_pair)
        used += moved(S.RIPE, S.E2, slowed, a_pair)
        for low, high in ((S.E2, S.E4), (S.E4, S.E6), (S.E6, S.RAW)):
            used += moved(low, high, grow, a_pair)
        over = self._overgrow * hydride
        for kind in (S.RAW, S.TARGET, S.SECOND, S.THIRD):
            used += moved(kind, S.BIG, over, a_pair)
        used += moved(S.BIG, S.NANO, 0.2 * over, 1.0)
        burst = self._burst * hydride**2 + self._rich * rich * hydride
        for kind in (S.YOUNG, S.RIPE):
            used += moved(kind, S.NANO, burst, 1.0)
        used += self._bared(y, rates, hydride) / per_hydride
        opened = self._disulfide * hydride * y[S.DISULFIDE]
        rates[S.DISULFIDE] -= opened
        rates[S.LIGAND] += 2.0 * opened
        used += opened * 2.0 / per_hydride
        rates[S.HYDRIDE] -= used
        rates[S.BORATE] += used

    def _bared(self, y: list[float], rates: list[float], hydride_mm: float) -> float:
        """What becomes of metal that no thiol holds yet; returns the electrons that it takes.

        As much as the thiols can cover is bound after all, the rest becomes particles.
        """
        value = self._value
        spare = 1.0 - value["thiols_per_metal"]
        thiols = y[S.LIGAND] + 2.0 * y[S.DISULFIDE] + spare * (y[S.YOUNG] + y[S.RIPE])
        bare = max(1.0 - thiols / max(value["thiols_per_metal"] * y[S.SALT], 1e-12), 0.0)
        change = self._bare * hydride_mm * y[S.SALT]
        there = y[S.LIGAND] * self._per_ul
        bound = change * (1.0 - bare) * there / (there + 0.02)
        rates[S.SALT] -= change * bare + bound
        rates[S.NANO] += change * bare
        rates[S.YOUNG] += bound
        rates[S.LIGAND] -= bound
        rates[S.ACID] += bound
        return change * bare * value["metal_valence"] + bound * (value["metal_valence"] - 1.0)

    def _ageing(self, y: list[float], rates: list[float], ph: float) -> None:
        """What happens without hydride: finishing, falling back, etching, exchange, acid."""
        value, per_ul = self._value, self._per_ul
        hydroxide_mm = _hydroxide_mm(ph)
        basic = 1.0 + hydroxide_mm / (hydroxide_mm + value["hydroxide_half"])
        strongly = (1.0 + hydroxide_mm / value["hydroxide_half"]) ** 2
        thiol = y[S.LIGAND] * per_ul
        incoming = y[S.INCOMING] * per_ul
        acid = max(y[S.ACID] - y[S.BASE], 0.0) / max(sum(y[S.SALT : S.LIGAND]), 1e-12)
        has_second = _step(acid - value["acid_second"])
        has_third = _step(acid - value["acid_third"])
        spoilt = _step(acid - value["acid_too_much"])
        flows = (
            (S.E2, S.YOUNG, self._fall_back),
            (S.E4, S.YOUNG, self._fall_back),
            (S.E6, S.YOUNG, self._fall_back),
            (S.RAW, S.TARGET, self._finish),
            (S.TARGET, S.NANO, self._decompose),
            (S.RAW, S.NANO, self._decompose),
            (S.TARGET, S.YOUNG, self._attack * thiol * strongly),
            (S.BIG, S.RAW, self._etch * thiol * basic),
            (S.NANO, S.BIG, 0.1 * self._etch * thiol * basic),
            (S.TARGET, S.EXCHANGED, self._exchange * incoming),
            (S.EXCHANGED, S.OVER, self._over * incoming),
            (S.TARGET, S.SECOND, self._acid * has_second),
            (S.SECOND, S.THIRD, self._acid * has_third),
            (S.TARGET, S.SOLID, self._acid * spoilt),
            (S.SECOND, S.SOLID, self._acid * spoilt),
            (S.THIRD, S.SOLID, self._acid * spoilt),
        )
        for source, target, rate in flows:
            change = rate * y[source]
            rates[source] -= change
            rates[target] += change
        exchanged = self._exchange * incoming * y[S.TARGET] + self._over * incoming * y[S.EXCHANGED]
        # About one thiol for each metal atom of a cluster's shell goes in, and one comes out.
        rates[S.INCOMING] -= 0.5 * exchanged
        rates[S.LIGAND] += 0.5 * exchanged


def _hydroxide_mm(ph: float) -> float:
    return math.pow(10.0, ph - 11.0)


def _step(distance: float) -> float:
    """0 well below zero, 1 well above."""
    return 1.0 / (1.0 + math.exp(-max(min(distance / 0.15, 50.0), -50.0)))
