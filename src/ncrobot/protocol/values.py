"""Values as a protocol gives them: a quantity, a parameter's name, or an assumption with a reason.

In YAML a value is written in one of three ways::

    volume: 200 uL
    volume: $dose                       # the parameter "dose" of the conditions table
    volume: {value: 200 uL, assumed: the source prints no volume}

All become a :class:`Given` that holds the number in the canonical unit of its dimension.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from ncrobot.protocol._flaw import FlawError, described
from ncrobot.units import QUANTITY_PATTERN, Dimension, format_quantity, parse_quantity

_REFERENCE = re.compile(r"\$([A-Za-z][A-Za-z0-9_]*)\Z")
_NUMBER_ALLOWED = (Dimension.RATIO, Dimension.COUNT, Dimension.PH, Dimension.FRACTION)
# Marks the schema of a value, so that the published schema can define each dimension once.
DIMENSION_MARK = "x-dimension"
# More would print 0.3 as 0.29999999999999999; fewer would make different protocols look equal.
_ALL_DIGITS = 15


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


def a_quantity_of(dimension: Dimension) -> str:
    """Return the dimension as a noun with its article: "an amount", "a pH"."""
    noun = "pH" if dimension is Dimension.PH else dimension.value.replace("_", " ")
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _read(raw: object, dimension: Dimension) -> Given:
    if isinstance(raw, Given):
        return raw
    if isinstance(raw, dict):
        return _read_assumed(raw, dimension)
    if isinstance(raw, str) and raw.strip().startswith("$"):
        match = _REFERENCE.match(raw.strip())
        if match is None:
            raise FlawError(
                f"{described(raw)} does not name a parameter",
                code="bad-reference",
                found=described(raw),
                fix="write $ and the parameter's name, with letters, digits and _ only",
            )
        return Given(dimension, parameter=match[1])
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise FlawError(
            f"{a_quantity_of(dimension)} is needed here, not {described(raw)}",
            code="wrong-kind",
            found=described(raw),
            allowed=f"{a_quantity_of(dimension)}, or $parameter",
        )
    return Given(dimension, value=parse_quantity(raw, dimension))


def _read_assumed(raw: dict[Any, Any], dimension: Dimension) -> Given:
    """Read ``{value: ..., assumed: why}``; both are needed, or the plain value would do."""
    unknown = [str(key) for key in raw if key not in {"value", "assumed"}]
    if unknown or "value" not in raw or isinstance(raw["value"], dict):
        raise FlawError(
            f"{a_quantity_of(dimension)} with a reason has exactly the fields value and assumed",
            code="bad-value",
            found=", ".join(map(str, raw)) or "nothing",
            fix="write {value: ..., assumed: why this value was chosen}",
        )
    reason = raw.get("assumed")
    if not isinstance(reason, str) or not reason.strip():
        raise FlawError(
            "an assumed value needs its reason in words",
            code="reason-missing",
            found=described(reason),
            fix="write {value: ..., assumed: why this value was chosen}, or the value alone",
        )
    return replace(_read(raw["value"], dimension), assumed=" ".join(reason.split()))


def _written(given: Given) -> str | dict[str, str]:
    """Return the value as YAML and JSON hold it, with all digits, so that it reads back equal."""
    if given.parameter is not None or given.value is None:
        text = f"${given.parameter}"
    else:
        text = format_quantity(given.value, given.dimension, digits=_ALL_DIGITS)
    return text if given.assumed is None else {"value": text, "assumed": given.assumed}


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
            serialization=core_schema.plain_serializer_function_ser_schema(_written),
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
            "properties": {
                "value": {"anyOf": plain},
                "assumed": {"type": "string", "minLength": 1},
            },
            "required": ["value", "assumed"],
            "additionalProperties": False,
        }
        return {
            DIMENSION_MARK: self.dimension.value,
            "description": f"{a_quantity_of(self.dimension)}, $parameter, or with a reason",
            "anyOf": [*plain, assumed],
        }


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
GasFlow = Annotated[Given, GivenOf(Dimension.GAS_FLOW)]
FlowRate = Annotated[Given, GivenOf(Dimension.FLOW_RATE)]
Count = Annotated[Given, GivenOf(Dimension.COUNT)]
Density = Annotated[Given, GivenOf(Dimension.DENSITY)]
MolarMass = Annotated[Given, GivenOf(Dimension.MOLAR_MASS)]
