"""Why a text is not a quantity: the errors of the reader, with a fix where one can be guessed."""

from __future__ import annotations

import re

from ncrobot.errors import nearest_word
from ncrobot.units._error import QuantityError
from ncrobot.units._grammar import Dimension
from ncrobot.units._pattern import NUMBER, SIGN, SPACE, quantity_pattern
from ncrobot.units._tables import GRAMMARS, known_units

# A number as people write it, commas, gaps and apostrophes included; then the rest.
_LOOSE_DIGITS = "[0-9](?:[0-9.,'_ \u00a0\u2009\u202f\u2019]*[0-9.,])?"
_EXPONENT = "(?:[eE][+\\-]?[0-9]+)?"
_LOOSE_NUMBER = re.compile(f"{SIGN}{SPACE}({_LOOSE_DIGITS}{_EXPONENT})(.*)", re.DOTALL)
_NUMBER = re.compile(f"(?:[0-9.]+{_EXPONENT})?")
_RATIO_OF_NUMBERS = re.compile(f"[0-9.]+{SPACE}(?::|/|to|in){SPACE}[0-9.]+")
_UNIT_FIXES = {
    "mol%": "write equivalents: 5 mol% is 0.05 equiv",
    "wt%": "write % alone; the name of the field says of what",
    "°F": "write the temperature in °C",
    "F": "write the temperature in °C",
}


def explain(text: str, dimension: Dimension) -> QuantityError:
    """Return the error for a text that does not have the form of a quantity of ``dimension``."""
    body = text.strip()
    findings = (
        check(body, dimension)
        for check in (_no_text, _ratio_without_direction, _other_quantity, _signed, _no_number)
    )
    return next((error for error in findings if error), None) or _wrong_parts(body, dimension)


def needed(dimension: Dimension) -> str:
    """Return what may be written, for messages: the units, or an example where there are none."""
    grammar = GRAMMARS[dimension]
    if dimension is Dimension.COUNT:
        return "a whole number"
    if dimension is Dimension.PH:
        return f'a number such as "{grammar.example}"'
    units = ", ".join(known_units(dimension))
    return units if grammar.bare is None else f"{units} or a bare number"


def unit_missing(number: str, dimension: Dimension) -> QuantityError:
    """Return the error for a bare number where a unit is needed."""
    grammar = GRAMMARS[dimension]
    return QuantityError(
        f"{number} has no unit; {grammar.noun} is needed: {needed(dimension)}",
        code="unit-missing",
        found=number,
        allowed=needed(dimension),
        fix=f'write a unit, for example "{grammar.example}"',
    )


def unit_unknown(unit: str, dimension: Dimension, *, number: str = "") -> QuantityError:
    """Return the error for a unit that is in no list."""
    grammar = GRAMMARS[dimension]
    near = nearest_word(unit, [spelling for spelling in grammar.by_spelling if spelling])
    differs_in_case = near is not None and near.casefold() == unit.casefold()
    note = " (capital and small letters differ)" if differs_in_case and near != unit else ""
    fix = _UNIT_FIXES.get(unit.replace(" ", ""))
    if fix is None and dimension is Dimension.PH:
        fix = f'write it like "{grammar.example}"'
    elif fix is None and near is not None:
        fix = f'write "{_joined(number, grammar.by_spelling[near].symbol)}"'
    return QuantityError(
        f'"{unit}" is not a unit for {grammar.noun}{note}: {needed(dimension)}',
        code="unit-unknown",
        found=_joined(number, unit),
        allowed=needed(dimension),
        fix=fix,
    )


def wrong_dimension(
    found: str, unsigned: str, other: Dimension, dimension: Dimension
) -> QuantityError:
    """Return the error for a quantity, or a unit standing alone, of another dimension."""
    grammar = GRAMMARS[dimension]
    number, unit = _split(unsigned)
    folded = {spelling.casefold(): unit for spelling, unit in grammar.by_spelling.items()}
    meant = folded.get(unit.casefold()) if unit else None
    return QuantityError(
        f"{found} is {GRAMMARS[other].noun}; {grammar.noun} is needed: {needed(dimension)}",
        code="wrong-dimension",
        found=found,
        allowed=needed(dimension),
        fix=f'write "{_joined(number, meant.symbol)}" if that was meant' if meant else None,
    )


def out_of_range(found: str, dimension: Dimension, allowed: str) -> QuantityError:
    """Return the error for a value that no quantity of this dimension can have."""
    percent_meant = dimension is Dimension.FRACTION and "%" not in found and "-" not in found
    return QuantityError(
        f"{found} is not possible for {GRAMMARS[dimension].noun}: {allowed}",
        code="out-of-range",
        found=found,
        allowed=allowed,
        fix=f'write "{found} %" if percent was meant' if percent_meant else None,
    )


def not_a_number(found: str, dimension: Dimension) -> QuantityError:
    """Return the error for a value that is no finite number."""
    return _not_a_quantity(found, dimension, "it is not a finite number")


def no_factor(unit: str, dimension: Dimension) -> QuantityError:
    """Return the error for a unit that is not only a multiple of the canonical one."""
    return QuantityError(
        f"{unit} differs from {GRAMMARS[dimension].canonical} by more than a factor",
        code="unit-unknown",
        found=unit,
        allowed=GRAMMARS[dimension].canonical,
        fix=f"give {GRAMMARS[dimension].noun} in {known_units(dimension)[0]}",
    )


def not_repeated(text: str, why: str) -> QuantityError:
    """Return the error for a text that is not like "8 x 30 min"."""
    return QuantityError(
        f"cannot read {text!r} as equal portions: {why}",
        code="not-a-quantity",
        found=text,
        allowed="a count, an x, and the time from one portion to the next",
        fix='write it like "8 x 30 min"',
    )


def _joined(number: str, unit: str) -> str:
    return f"{number} {unit}".strip()


def _split(quantity: str) -> tuple[str, str]:
    """Return the number and the unit of a quantity; either may be empty."""
    match = _NUMBER.match(quantity)
    end = match.end() if match else 0
    return quantity[:end], quantity[end:].strip()


def _is_quantity(text: str, dimension: Dimension) -> bool:
    return re.fullmatch(quantity_pattern(dimension), text) is not None


def _unsigned(body: str) -> str:
    return body.lstrip("+-\u2212 ")


def _not_a_quantity(
    text: str, dimension: Dimension, why: str, fix: str | None = None
) -> QuantityError:
    grammar = GRAMMARS[dimension]
    return QuantityError(
        f"cannot read {text!r} as {grammar.noun}: {why}",
        code="not-a-quantity",
        found=text,
        allowed=needed(dimension),
        fix=fix or f'write it like "{grammar.example}"',
    )


def _no_text(body: str, dimension: Dimension) -> QuantityError | None:
    return None if body else _not_a_quantity(body, dimension, "nothing is written")


def _ratio_without_direction(body: str, dimension: Dimension) -> QuantityError | None:
    if dimension is not Dimension.RATIO or _RATIO_OF_NUMBERS.fullmatch(body) is None:
        return None
    return QuantityError(
        f"{body} does not say which is divided by which",
        code="not-a-quantity",
        found=body,
        allowed=needed(dimension),
        fix='write equivalents under a name with a direction, e.g. ligand_per_metal: "3 equiv"',
    )


def _other_quantity(body: str, dimension: Dimension) -> QuantityError | None:
    """Find a quantity of another dimension; a bare number is of none in particular."""
    unsigned = _unsigned(body)
    if not _split(unsigned)[1] or _is_quantity(unsigned, dimension):
        return None
    other = next((other for other in Dimension if _is_quantity(unsigned, other)), None)
    return wrong_dimension(body, unsigned, other, dimension) if other else None


def _signed(body: str, dimension: Dimension) -> QuantityError | None:
    unsigned = _unsigned(body)
    if not _is_quantity(unsigned, dimension):
        return None
    if body.startswith("+"):
        return _not_a_quantity(body, dimension, "it has a sign", f'write "{unsigned}"')
    return out_of_range(body, dimension, "it must not be negative")


def _no_number(body: str, dimension: Dimension) -> QuantityError | None:
    if re.match("\\.[0-9]", body):
        completed = f"0{body}"
        if not _is_quantity(completed, dimension):
            return explain(completed, dimension)
        return _not_a_quantity(
            body, dimension, "no digit is before the point", f'write "{completed}"'
        )
    if re.match("(?i)[+-]?(nan|inf)", body):
        return not_a_number(body, dimension)
    if _LOOSE_NUMBER.fullmatch(body) is None:
        return _not_a_quantity(body, dimension, "it does not start with a number")
    return None


def _wrong_parts(body: str, dimension: Dimension) -> QuantityError:
    """Find what is wrong in a text that starts with a number."""
    match = _LOOSE_NUMBER.fullmatch(body)
    number, rest = (match.group(1), match.group(2).strip()) if match else (body, "")
    if fix := _respelled_number(number):
        return _not_a_quantity(body, dimension, f'"{number}" is not one plain number', fix)
    if re.fullmatch(NUMBER, number) is None:
        why = "is not one plain number" if number.count(".") > 1 else "has too many digits"
        return _not_a_quantity(body, dimension, f'"{number}" {why}')
    if dimension is Dimension.COUNT and not rest:
        return _not_a_quantity(body, dimension, "it is not a whole number")
    if not rest:
        return unit_missing(body, dimension)
    if re.search("[0-9]", rest) and re.search("\\s|^[^a-zA-Z°%]", rest):
        fix = 'write larger units first, as in "1 h 30 min"'
        fix = fix if dimension is Dimension.DURATION else ""
        return _not_a_quantity(body, dimension, "it is not one number and one unit", fix)
    return unit_unknown(rest, dimension, number=number)


def _respelled_number(number: str) -> str | None:
    """Return what to write instead of a number with commas, gaps or a naked point."""
    digits = re.sub("[^0-9.,eE+\\-]", "", number)
    whole = digits.replace(",", "")
    if digits.count(",") == 1 and re.search(",[0-9]{3}$", digits):
        return f"write {whole} or {digits.replace(',', '.')}, whichever is meant"
    if digits.count(",") == 1 and "." not in digits:
        return f"write {digits.replace(',', '.')} with a point"
    if digits != number or "," in digits:
        return f"write {whole} without separators"
    return f"write {number}0" if number.endswith(".") else None
