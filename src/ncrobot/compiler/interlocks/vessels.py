"""What each vessel holds while the operations are gone through: amounts, and solvents by volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ncrobot.compiler.strengths import Strength
from ncrobot.plan import Transfer


@dataclass(slots=True)
class Mixture:
    """A liquid: its volume, µmol of each material, and µL of each solvent."""

    volume_ul: float = 0.0
    umol: dict[str, float] = field(default_factory=dict)
    solvent_ul: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, strength: Strength, volume_ul: float) -> Mixture:
        """A volume of a stock or working solution."""
        return cls(
            volume_ul,
            {name: each * volume_ul for name, each in strength.umol_per_ul.items()},
            {name: share * volume_ul for name, share in strength.solvent_fraction.items()},
        )

    def scaled(self, share: float) -> Mixture:
        """The same mixture, so much of it."""
        return Mixture(
            self.volume_ul * share,
            {name: amount * share for name, amount in self.umol.items()},
            {name: volume * share for name, volume in self.solvent_ul.items()},
        )

    def plus(self, other: Mixture) -> Mixture:
        """Both together."""
        return Mixture(
            self.volume_ul + other.volume_ul,
            _sum(self.umol, other.umol),
            _sum(self.solvent_ul, other.solvent_ul),
        )


def _sum(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in {**one, **other}}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one leg brought to a vessel, and what it met there."""

    operation: Transfer
    address: str
    brought: Mixture
    met: Mixture


class Vessels:
    """Contents by address. Stocks never run dry here: whether they do is another check."""

    def __init__(self, contents: Mapping[str, Strength]) -> None:
        self._contents = contents
        self._held: dict[str, Mixture] = {}

    def held(self, address: str) -> Mixture:
        """What is in a vessel now."""
        return self._held.get(address, Mixture())

    def carry_out(self, operation: Transfer) -> Sequence[Arrival]:
        """Do all legs of a transfer; returns what arrived where."""
        return [
            self._pour(operation, leg.source, leg.destination, leg.volume_ul)
            for leg in operation.legs
        ]

    def leave(self, addresses: Sequence[str], share: float) -> None:
        """A person takes liquid out until this share of it is left."""
        for address in addresses:
            self._held[address] = self.held(address).scaled(share)

    def _pour(
        self, operation: Transfer, source: str, destination: str, volume_ul: float
    ) -> Arrival:
        strength = self._contents.get(operation.stock or "")
        if strength is not None:
            brought = Mixture.of(strength, volume_ul)
        else:
            there = self.held(source)
            share = min(1.0, volume_ul / there.volume_ul) if there.volume_ul > 0 else 0.0
            brought = there.scaled(share)
            self._held[source] = there.scaled(1.0 - share)
        met = self.held(destination)
        self._held[destination] = met.plus(brought)
        return Arrival(operation, destination, brought, met)
