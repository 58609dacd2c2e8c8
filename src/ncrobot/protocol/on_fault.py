"""What a step does when a device fails: ``on_fault``, by defined error.

In YAML a response is written in one of three ways::

    on_fault:
      tip_not_picked_up: next_tip                      # one response
      no_liquid: [next_source, skip_well]              # one after the other
      clot: {ask: [next_tip, skip_well], within: 2 min, default: skip_well}

They stand in place of the table's. What can't be done at that moment is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from ncrobot.errors import DeviceErrorKind, nearest_word
from ncrobot.faults import FINAL, Ask, Ladder, Response, Rung
from ncrobot.protocol._flaw import FlawError, described, either, raise_all
from ncrobot.protocol.values import DIMENSION_MARK
from ncrobot.units import (
    Dimension,
    QuantityError,
    format_quantity,
    parse_quantity,
    quantity_pattern,
)

WORDS = tuple(response.value for response in Response)
"""The responses in the order of the documentation."""

ERRORS = tuple(kind.value for kind in DeviceErrorKind)
"""The defined errors in the order of the documentation."""

_ENDS = tuple(response.value for response in Response if response in FINAL)
_FIELDS = ("ask", "within", "default")


def read_ladder(raw: object) -> Ladder:
    """Read what stands behind an error.

    Raises:
        FlawError: it is no response, no list of them and no question.

    """
    if isinstance(raw, tuple):
        return raw
    items = raw if isinstance(raw, list) else [raw]
    if not items:
        raise _no_response(raw)
    rungs: list[Rung] = []
    for index, item in enumerate(items):
        at = (index,) if isinstance(raw, list) else ()
        rungs.append(_question(item, at) if isinstance(item, dict) else _response(item, at))
    _check_order(rungs)
    return tuple(rungs)


def _response(raw: object, at: tuple[str | int, ...]) -> Response:
    if isinstance(raw, str) and raw in WORDS:
        return Response(raw)
    raise _no_response(raw, at)


def _no_response(raw: object, at: tuple[str | int, ...] = ()) -> FlawError:
    near = nearest_word(raw, WORDS) if isinstance(raw, str) else None
    return FlawError(
        f"{described(raw)} is no response to a fault",
        code="unknown-word",
        at=at,
        found=described(raw),
        allowed=f"{either(WORDS)}, a list of them, or {{ask: [...], default: ...}}",
        fix=f"did you mean '{near}'?" if near else "write one of the allowed words",
    )


def _question(raw: Mapping[Any, Any], at: tuple[str | int, ...]) -> Ask:
    unknown = [str(key) for key in raw if key not in _FIELDS]
    if unknown:
        near = nearest_word(unknown[0], _FIELDS)
        raise FlawError(
            f'"{unknown[0]}" is not a field of a question',
            code="unknown-field",
            at=(*at, unknown[0]),
            allowed=", ".join(_FIELDS),
            fix=f"did you mean '{near}'?" if near else "delete it",
        )
    missing = [name for name in ("ask", "default") if name not in raw]
    if missing:
        raise FlawError(
            f'a question lacks the field "{missing[0]}": the choices and what holds without an '
            "answer are both needed",
            code="missing-field",
            at=at,
            fix="write {ask: [first choice, second choice], within: 2 min, default: skip_well}",
        )
    choices = raw["ask"] if isinstance(raw["ask"], list) else [raw["ask"]]
    found = [_response(choice, (*at, "ask")) for choice in choices] or [
        _response(raw["ask"], (*at, "ask"))
    ]
    default = _response(raw["default"], (*at, "default"))
    if default not in FINAL:
        raise FlawError(
            f"{default.value} can't be the default of a question: if nobody answers, nobody has "
            "looked whether it is safe",
            code="unsafe-response",
            at=(*at, "default"),
            found=default.value,
            allowed=either(_ENDS),
        )
    offered = tuple(dict.fromkeys([*found, default]))
    return Ask(choices=offered, within_s=_within_s(raw.get("within"), at), default=default)


def _within_s(raw: object, at: tuple[str | int, ...]) -> float | None:
    if raw is None:
        return None
    place = (*at, "within")
    if not isinstance(raw, str) or raw.strip().startswith("$"):
        raise FlawError(
            "the time for an answer is the same for all wells: a duration is needed here, not "
            f"{described(raw)}",
            code="wrong-kind",
            at=place,
            found=described(raw),
            allowed="a duration, such as 2 min",
        )
    try:
        within_s = parse_quantity(raw, Dimension.DURATION)
    except QuantityError as error:
        raise FlawError.of_quantity(error, *place) from None
    if within_s <= 0:
        raise FlawError(
            "a person needs some time for an answer",
            code="out-of-range",
            at=place,
            found=raw,
            allowed="more than 0 s",
        )
    return within_s


def _check_order(rungs: list[Rung]) -> None:
    """Nothing comes after a response that ends the matter, or after a question."""
    raise_all(
        [
            FlawError(
                f"nothing can come after {'a question' if isinstance(rung, Ask) else rung.value}",
                code="out-of-order",
                at=(index + 1,),
                fix="delete what comes after it, or put it last",
            )
            for index, rung in enumerate(rungs[:-1])
            if isinstance(rung, Ask) or rung in FINAL
        ]
    )


def _written(ladder: Ladder) -> list[str | dict[str, Any]]:
    return [rung.value if isinstance(rung, Response) else _written_ask(rung) for rung in ladder]


def _written_ask(ask: Ask) -> dict[str, Any]:
    within = (
        {}
        if ask.within_s is None
        else {"within": format_quantity(ask.within_s, Dimension.DURATION)}
    )
    return {"ask": [c.value for c in ask.choices], **within, "default": ask.default.value}


@dataclass(frozen=True, slots=True)
class LadderOf:
    """Pydantic annotation: read a ladder in any of its three ways."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        del source, handler
        return core_schema.no_info_plain_validator_function(
            read_ladder, serialization=core_schema.plain_serializer_function_ser_schema(_written)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        del schema, handler
        word: JsonSchemaValue = {"enum": list(WORDS)}
        question: JsonSchemaValue = {
            "type": "object",
            "properties": {
                "ask": {"anyOf": [word, {"type": "array", "items": word, "minItems": 1}]},
                "within": {"type": "string", "pattern": quantity_pattern(Dimension.DURATION)},
                "default": {"enum": list(_ENDS)},
            },
            "required": ["ask", "default"],
            "additionalProperties": False,
        }
        several = {"type": "array", "items": {"anyOf": [word, question]}, "minItems": 1}
        # The mark lets the published schema define it once.
        return {DIMENSION_MARK: "responses_to_a_fault", "anyOf": [word, several, question]}


Responses = Annotated[Ladder, LadderOf()]
OnFault = dict[DeviceErrorKind, Responses]
