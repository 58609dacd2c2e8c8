"""What the names in a plan mean: full names, assays and units, read from the plan's protocol text.

A plan whose text can't be read any more is still reported, by its bare names.
"""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.errors import ProtocolError
from ncrobot.plan import Plan
from ncrobot.protocol import Material, Protocol, Stock, read_protocol
from ncrobot.reports._text import significant
from ncrobot.units import Dimension, format_quantity


@dataclass(frozen=True, slots=True)
class Glossary:
    """The words of one protocol; without a protocol, every name stands for itself."""

    protocol: Protocol | None = None

    @classmethod
    def of(cls, plan: Plan) -> Glossary:
        """The glossary of a plan's protocol text; an empty one if it can't be read."""
        if not plan.texts.protocol.strip():
            return cls()
        try:
            return cls(read_protocol(plan.texts.protocol).protocol)
        except ProtocolError:
            return cls()

    def material(self, key: str) -> Material | None:
        """The material of this key, if the protocol is known."""
        return self.protocol.materials.get(key) if self.protocol else None

    def stock(self, key: str) -> Stock | None:
        """The stock of this key, if the protocol is known."""
        return self.protocol.stocks.get(key) if self.protocol else None

    def name_of(self, key: str) -> str:
        """The full chemical name of a material."""
        material = self.material(key)
        return material.name if material else key

    def assay_of(self, key: str) -> float | None:
        """Mass fraction of the pure substance that the weighing takes into account."""
        material = self.material(key)
        return material.assay.value if material and material.assay else None

    def density_mg_per_ul(self, key: str) -> float | None:
        """Density of a neat liquid (g/mL is mg/µL)."""
        material = self.material(key)
        return material.density.value if material and material.density else None

    def dimension_of(self, parameter: str) -> Dimension | None:
        """What a parameter of the table measures."""
        found = self.protocol.parameters.get(parameter) if self.protocol else None
        return found.quantity if found else None

    def describe(self, parameter: str) -> str:
        """What a parameter means, in the protocol's words."""
        found = self.protocol.parameters.get(parameter) if self.protocol else None
        return " ".join(found.description.split()) if found else ""

    def value(self, parameter: str, value: float) -> str:
        """A parameter's value with its unit."""
        dimension = self.dimension_of(parameter)
        if dimension is None:
            return significant(value)
        if dimension is Dimension.RATIO:
            return f"{significant(value)} mol/mol"
        return format_quantity(value, dimension)
