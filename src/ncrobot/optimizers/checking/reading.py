"""One suggestion as others give it: texts with units, numbers, words; to canonical values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ncrobot.errors import nearest_word
from ncrobot.optimizers.checking.refusal import Refusal
from ncrobot.optimizers.interface import Reason, Suggestion
from ncrobot.searchspace import Choice, Continuous, Integer, SearchSpace, Value
from ncrobot.units import CANONICAL_UNIT, QuantityError, convert, parse_quantity

_NUMBER = re.compile(r"[+\-\u2212]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+\-]?[0-9]{1,3})?")
_NO_NUMBER = re.compile(r"(?i)\s*[+\-]?(nan|inf(inity)?|n/?a|none|null|-+)?\s*")
_REASONS = {
    "unit-missing": Reason.WRONG_UNIT,
    "unit-unknown": Reason.WRONG_UNIT,
    "wrong-dimension": Reason.WRONG_UNIT,
    "out-of-range": Reason.OUT_OF_RANGE,
}


@dataclass(frozen=True, slots=True)
class Offered:
    """A suggestion as it came in: raw values by name, units where they stand apart, its place.

    ``round`` is the number of the round that it was made for, if it says so.
    """

    id: str
    values: Mapping[str, object]
    units: Mapping[str, str] = field(default_factory=dict)
    round: int | None = None
    file: str | None = None
    line: int | None = None
    by: str = ""

    def refused(self, reason: Reason, message: str, **more: Any) -> Refusal:
        """The refusal of this suggestion."""
        return Refusal(
            id=self.id, reason=reason, message=message, file=self.file, line=self.line, **more
        )


def offered(suggestion: Suggestion, space: SearchSpace) -> Offered:
    """A suggestion of an optimizer in this process: its numbers are in canonical units."""
    units = {
        name: CANONICAL_UNIT[parameter.quantity]
        for name, parameter in space.parameters.items()
        if isinstance(parameter, Continuous)
    }
    return Offered(suggestion.id, suggestion.values, units, by=suggestion.by)


def read(row: Offered, space: SearchSpace) -> tuple[dict[str, Value], Refusal | None]:
    """The canonical values that can be read, and what is wrong with the rest.

    A number out of range is among the values; other refused ones are not.
    """
    values: dict[str, Value] = {}
    refusals = list(_unknown_names(row, space))
    for name, parameter in space.parameters.items():
        raw = row.values.get(name)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            fix = f"give {name}: {parameter.allowed}"
            message = f"{name} has no value"
            refusals.append(row.refused(Reason.MISSING_VALUE, message, quantity=name, fix=fix))
            continue
        found = _value(row, name, raw, parameter)
        if isinstance(found, Refusal):
            refusals.append(found)
            values |= found.values
        else:
            values[name] = found
    if not refusals:
        return values, None
    # A value out of range is at least a value; whoever may allow it must hear of worse first.
    worst = min(refusals, key=lambda refusal: refusal.reason is Reason.OUT_OF_RANGE)
    told = worst.fix
    if told is None and worst.quantity in space.parameters:
        told = f"give {worst.quantity}: {space.parameters[worst.quantity].allowed}"
    return values, worst.model_copy(update={"values": values, "fix": told})


def _unknown_names(row: Offered, space: SearchSpace) -> Iterator[Refusal]:
    for name in row.values:
        if name not in space.parameters:
            near = nearest_word(name, space.parameters)
            yield row.refused(
                Reason.UNKNOWN_NAME,
                f'the search space has no parameter "{name}"',
                found=name,
                allowed=", ".join(space.parameters),
                fix=f"did you mean '{near}'?" if near else "leave it out",
            )


def _value(
    row: Offered, name: str, raw: object, parameter: Continuous | Integer | Choice
) -> Value | Refusal:
    if isinstance(parameter, Choice):
        return _word(row, name, raw, parameter)
    if isinstance(raw, bool) or not isinstance(raw, str | int | float) or _is_none(raw):
        return row.refused(
            Reason.NOT_A_NUMBER,
            f"{name} is no finite number",
            quantity=name,
            found=str(raw).strip(),
            allowed=parameter.allowed,
        )
    try:
        number = _number(raw, row.units.get(name), parameter)
    except QuantityError as error:
        return row.refused(
            _REASONS.get(error.code, Reason.NOT_A_NUMBER),
            f"{name}: {error.message}",
            quantity=name,
            found=error.found,
            allowed=error.allowed,
            fix=error.fix,
        )
    return _in_range(row, name, number, parameter)


def _is_none(raw: str | float) -> bool:
    if isinstance(raw, str):
        return bool(_NO_NUMBER.fullmatch(raw))
    return not math.isfinite(raw)


def _number(raw: str | float, unit: str | None, parameter: Continuous | Integer) -> float:
    """The canonical number of a raw value.

    Raises:
        QuantityError: a unit is missing, unknown, or of another dimension.
    """
    text = str(raw).strip()
    if isinstance(parameter, Integer):
        if _NUMBER.fullmatch(text) is None or unit:
            raise QuantityError(
                "a bare whole number is needed",
                code="unit-unknown",
                found=f"{text} {unit or ''}".strip(),
                allowed=parameter.allowed,
                fix="leave the unit out",
            )
        return float(text.replace("\u2212", "-"))
    if _NUMBER.fullmatch(text) and unit is not None:
        return convert(float(text.replace("\u2212", "-")), unit, parameter.quantity)
    return parse_quantity(raw if isinstance(raw, int | float) else text, parameter.quantity)


def _in_range(
    row: Offered, name: str, number: float, parameter: Continuous | Integer
) -> Value | Refusal:
    # As many digits as a table is written with, so that 0.1 + 0.2 is still within 0.3.
    room = 1e-9 * max(abs(parameter.low), abs(parameter.high))
    if not parameter.low - room <= number <= parameter.high + room:
        return row.refused(
            Reason.OUT_OF_RANGE,
            f"{name} is {'below' if number < parameter.low else 'above'} its range",
            quantity=name,
            found=parameter.told(number),
            allowed=parameter.allowed,
            values={name: number},
        )
    if isinstance(parameter, Integer):
        if not float(number).is_integer():
            return row.refused(
                Reason.NOT_WHOLE,
                f"{name} is no whole number",
                quantity=name,
                found=f"{number:g}",
                allowed=parameter.allowed,
                values={name: number},
            )
        return int(number)
    return min(max(number, parameter.low), parameter.high)


def _word(row: Offered, name: str, raw: object, parameter: Choice) -> Value | Refusal:
    word = str(raw).strip()
    if word in parameter.of:
        return word
    near = nearest_word(word, parameter.of)
    return row.refused(
        Reason.UNKNOWN_WORD,
        f'"{word}" is none of the choices of {name}',
        quantity=name,
        found=word,
        allowed=parameter.allowed,
        fix=f"did you mean '{near}'?" if near else None,
    )
