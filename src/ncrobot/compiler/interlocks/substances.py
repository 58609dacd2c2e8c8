"""Which part of a mixture is borohydride, acid or water."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from ncrobot.chemistry import is_borohydride, is_common_acid, solvent_key
from ncrobot.compiler.interlocks.vessels import Mixture
from ncrobot.protocol import Material, Protocol, Role

# Less than this is rounding, not a substance.
TRACE_UMOL = 1e-9


class Substances:
    """Sorts the materials of one protocol, once."""

    def __init__(self, protocol: Protocol) -> None:
        self._materials = protocol.materials

    def _named(self, belongs: Callable[[Material], bool]) -> frozenset[str]:
        return frozenset(name for name, each in self._materials.items() if belongs(each))

    @cached_property
    def hydrides(self) -> frozenset[str]:
        """Materials that are borohydrides."""
        return self._named(lambda each: is_borohydride(each.formula))

    @cached_property
    def acids(self) -> frozenset[str]:
        """Materials that are acids, by their role or because everybody knows them as such."""
        return self._named(lambda each: each.role is Role.ACID or is_common_acid(each.formula))

    @cached_property
    def waters(self) -> frozenset[str]:
        """Solvents that are water."""
        return self._named(lambda each: solvent_key(each.name) == "water" or each.formula == "H2O")

    def hydride_umol(self, mixture: Mixture) -> float:
        """µmol of borohydride, as if none had hydrolysed."""
        return sum(mixture.umol.get(name, 0.0) for name in self.hydrides)

    def acid_umol(self, mixture: Mixture) -> float:
        """µmol of acid, as if none had been neutralised."""
        return sum(mixture.umol.get(name, 0.0) for name in self.acids)

    def acid_solvent_ul(self, mixture: Mixture) -> float:
        """µL of solvents that are acids, such as acetic acid; nobody counts their moles."""
        return sum(mixture.solvent_ul.get(name, 0.0) for name in self.acids)

    def has_hydride(self, mixture: Mixture) -> bool:
        """Whether there is any borohydride."""
        return self.hydride_umol(mixture) > TRACE_UMOL

    def has_acid(self, mixture: Mixture) -> bool:
        """Whether there is any acid."""
        return self.acid_umol(mixture) + self.acid_solvent_ul(mixture) > TRACE_UMOL
