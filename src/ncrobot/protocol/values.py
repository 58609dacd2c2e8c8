"""Values as a protocol gives them: a quantity, a parameter's name, or an assumption with a reason.

In YAML a value is written in one of three ways::

    volume: 200 uL
    volume: $dose                       # the parameter "dose" of the conditions table
    volume: {value: 200 uL, assumed: the source prints no volume}

All become a :class:`Given` that holds the number in the canonical unit of its dimension.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from ncrobot.units import QUANTITY_PATTERN, Dimension, format_quantity, parse_quantity

_REFERENCE = re.compile(r"\$([A-Za-z][A-Za-z0-9_]*)\Z")
_NUMBER_ALLOWED = (Dimension.RATIO, Dimension.COUNT, Dimension.PH, Dimension.FRACTION)


@dataclass(frozen=True, slots=True)
class Given:
    """A value in a protocol: ``value`` in the canonical unit, or the name of a ``parameter``.

    ``assumed`` holds the reason why a value that the source doesn't print was chosen.
    """

    dimension: Dimension
    value: float | None = None
    parameter: str | None = None
    assumed: str | None = None

    def __str__(self) -> str:
        if self.parameter is not None or self.value is None:
            return f"${self.parameter}"
        return format_quantity(self.value, self.dimension)


def _read(raw: object, dimension: Dimension) -> Given:
    if isinstance(raw, Given):
        return raw
    assumed: str | None = None
    if isinstance(raw, dict):
        unknown = set(raw) - {"value", "assumed"}
        if unknown or "value" not in raw:
            msg = "a value with a reason is written {value: ..., assumed: why}"
            raise ValueError(msg)
        reason = raw.get("assumed")
        if not isinstance(reason, str) or not reason.strip():
            msg = "assumed: needs the reason in words"
            raise ValueError(msg)
        assumed, raw = reason.strip(), raw["value"]
    if isinstance(raw, str) and raw.strip().startswith("$"):
        match = _REFERENCE.match(raw.strip())
        if match is None:
            msg = f"{raw!r} is no parameter reference; write $name"
            raise ValueError(msg)
        return Given(dimension, parameter=match[1], assumed=assumed)
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        msg = f"a {dimension.value} was expected, for example a quoted quantity or $parameter"
        raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueError only
    return Given(dimension, value=parse_quantity(raw, dimension), assumed=assumed)


@dataclass(frozen=True, slots=True)
class GivenOf:
    """Pydantic annotation: read a :class:`Given` of one dimension."""

    dimension: Dimension

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        del source, handler
        return core_schema.no_info_plain_validator_function(
            lambda raw: _read(raw, self.dimension),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda given: str(given)
                if given.assumed is None
                else {"value": str(given), "assumed": given.assumed}
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        del schema, handler
        quantity: JsonSchemaValue = {"type": "string", "pattern": QUANTITY_PATTERN(self.dimension)}
        parameter: JsonSchemaValue = {"type": "string", "pattern": r"^\$[A-Za-z][A-Za-z0-9_]*$"}
        plain = [quantity, parameter]
        if self.dimension in _NUMBER_ALLOWED:
            plain.append({"type": "number"})
        assumed: JsonSchemaValue = {
            "type": "object",
            "properties": {"value": {"anyOf": plain}, "assumed": {"type": "string"}},
            "required": ["value", "assumed"],
            "additionalProperties": False,
        }
        return {"anyOf": [*plain, assumed], "description": f"a {self.dimension.value}"}


Volume = Annotated[Given, GivenOf(Dimension.VOLUME)]
Duration = Annotated[Given, GivenOf(Dimension.DURATION)]
Temperature = Annotated[Given, GivenOf(Dimension.TEMPERATURE)]
Amount = Annotated[Given, GivenOf(Dimension.AMOUNT)]
Concentration = Annotated[Given, GivenOf(Dimension.CONCENTRATION)]
MassConcentration = Annotated[Given, GivenOf(Dimension.MASS_CONCENTRATION)]
Ratio = Annotated[Given, GivenOf(Dimension.RATIO)]
Fraction = Annotated[Given, GivenOf(Dimension.FRACTION)]
PH = Annotated[Given, GivenOf(Dimension.PH)]
Speed = Annotated[Given, GivenOf(Dimension.SPEED)]
Wavelength = Annotated[Given, GivenOf(Dimension.WAVELENGTH)]
FlowRate = Annotated[Given, GivenOf(Dimension.FLOW_RATE)]
Count = Annotated[Given, GivenOf(Dimension.COUNT)]
Density = Annotated[Given, GivenOf(Dimension.DENSITY)]
MolarMass = Annotated[Given, GivenOf(Dimension.MOLAR_MASS)]
