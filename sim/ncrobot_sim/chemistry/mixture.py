"""What is in one vessel or tip, and how it reacts while time passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from ncrobot.errors import InternalError
from ncrobot_sim.chemistry.acidity import ph_of
from ncrobot_sim.chemistry.constants import ParameterSet
from ncrobot_sim.chemistry.kinetics import Groups, Rates, hydrolysis_per_s, strong_and_weak
from ncrobot_sim.chemistry.species import COUNT, METAL_SPECIES, Species

Amounts = NDArray[np.float64]
_DROP_UL = 1e-6
_TINY_UMOL = 1e-9


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a vessel feels for a while: temperature and mixing (0 to 1)."""

    temperature_c: float = 25.0
    mixing: float = 1.0


@dataclass(slots=True)
class Mixture:
    """A well-mixed liquid: µL, and µmol of each species."""

    volume_ul: float = 0.0
    amounts: Amounts = field(default_factory=lambda: np.zeros(COUNT))
    groups: Groups = field(default_factory=Groups)

    @property
    def metal_umol(self) -> float:
        """All metal atoms, whatever they are in."""
        return float(self.amounts[list(METAL_SPECIES)].sum())

    def of(self, species: Species) -> float:
        """The µmol of a species (metal atoms for those with metal)."""
        return float(self.amounts[species])

    def share(self, species: Species) -> float:
        """The share of the metal that is in a species; 0 without metal."""
        metal = self.metal_umol
        return self.of(species) / metal if metal > _TINY_UMOL else 0.0

    def mm(self, species: Species) -> float:
        """Concentration in mmol/L (of metal atoms for those with metal)."""
        return 1000.0 * self.of(species) / self.volume_ul if self.volume_ul > 0 else 0.0

    def taken(self, volume_ul: float) -> Mixture:
        """Take some of it out, at most all."""
        if self.volume_ul <= _DROP_UL or volume_ul <= 0:
            return Mixture(groups=self.groups)
        share = min(volume_ul / self.volume_ul, 1.0)
        if volume_ul >= self.volume_ul - _DROP_UL:
            share = 1.0
        part = Mixture(self.volume_ul * share, self.amounts * share, self.groups)
        self.volume_ul -= part.volume_ul
        self.amounts = self.amounts - part.amounts
        return part

    def poured(self, other: Mixture) -> None:
        """Take in another mixture."""
        mine, theirs = _ligands(self.amounts), _ligands(other.amounts)
        if theirs > _TINY_UMOL:
            share = theirs / max(mine + theirs, _TINY_UMOL)
            self.groups = Groups(
                self.groups.thiols * (1 - share) + other.groups.thiols * share,
                self.groups.acid_groups * (1 - share) + other.groups.acid_groups * share,
            )
        self.volume_ul += other.volume_ul
        self.amounts = self.amounts + other.amounts

    def wait(
        self,
        duration_s: float,
        chemistry: ParameterSet,
        around: Surroundings,
        activity: float = 1.0,
    ) -> None:
        """Let it react."""
        if duration_s <= 0 or self.volume_ul <= _DROP_UL:
            return
        if self.metal_umol <= _TINY_UMOL:
            self._hydrolyse(duration_s, chemistry.value, around.temperature_c)
            return
        rates = Rates(
            chemistry.value,
            volume_ul=self.volume_ul,
            mixing=around.mixing,
            temperature_c=around.temperature_c,
            groups=self.groups,
            activity=activity,
        )
        scale = max(self.metal_umol, float(self.amounts.max()))
        found = solve_ivp(
            rates,
            (0.0, duration_s),
            self.amounts,
            method="LSODA",
            t_eval=[duration_s],
            rtol=1e-5,
            atol=1e-8 * scale,
        )
        if not found.success:
            raise InternalError(f"the simulated chemistry can't be integrated: {found.message}")
        self.amounts = np.maximum(found.y[:, -1], 0.0)

    def ph(self, chemistry: ParameterSet) -> float:
        """Its pH."""
        return self._ph(chemistry.value)

    def _ph(self, value: Mapping[str, float]) -> float:
        amounts = self.amounts.tolist()
        return ph_of(*strong_and_weak(amounts, self.volume_ul, value, self.groups))

    def _hydrolyse(
        self, duration_s: float, value: Mapping[str, float], temperature_c: float
    ) -> None:
        """Hydride alone, in closed form, at the pH that it has at the start."""
        if self.amounts[Species.HYDRIDE] <= 0:
            return
        rate = hydrolysis_per_s(self._ph(value), temperature_c, value)
        left = self.amounts[Species.HYDRIDE] * np.exp(-rate * duration_s)
        amounts = self.amounts.copy()
        amounts[Species.BORATE] += amounts[Species.HYDRIDE] - left
        amounts[Species.HYDRIDE] = left
        self.amounts = amounts


def dosed(chemistry: ParameterSet, umol_per_ul: Mapping[str, float], volume_ul: float) -> Mixture:
    """A stock as it is filled in. Materials that the set doesn't know do nothing."""
    amounts = np.zeros(COUNT)
    thiols = acid_groups = ligands = 0.0
    for name, density in umol_per_ul.items():
        material = chemistry.materials.get(name)
        umol = density * volume_ul
        if material is None or material.role == "inert":
            continue
        if material.role in ("ligand", "incoming"):
            ligands += umol
            thiols += umol * material.thiols
            acid_groups += umol * material.acid_groups
            amounts[_PLACES[material.role]] += umol * material.thiols
            continue
        amounts[_PLACES[material.role]] += umol
        if material.role == "metal" and chemistry.value["metal_valence"] > 1:
            amounts[Species.ACID] += umol
    groups = Groups(thiols / ligands, acid_groups / ligands) if ligands > 0 else Groups()
    return Mixture(volume_ul, amounts, groups)


_PLACES = {
    "metal": Species.SALT,
    "ligand": Species.LIGAND,
    "incoming": Species.INCOMING,
    "hydride": Species.HYDRIDE,
    "base": Species.BASE,
    "acid": Species.ACID,
}


def _ligands(amounts: Amounts) -> float:
    return float(amounts[Species.LIGAND] + amounts[Species.INCOMING] + amounts[Species.DISULFIDE])
