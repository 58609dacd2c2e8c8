"""Why a text is not a quantity: the errors of the reader, with a fix where one can be guessed."""

from __future__ import annotations

import re

from ncrobot.errors import nearest_word
from ncrobot.units._error import QuantityError
from ncrobot.units._pattern import SIGN, SPACE, quantity_pattern
from ncrobot.units._tables import GRAMMARS, Dimension, Grammar, known_units

_LOOSE_NUMBER = re.compile(f"({SIGN})([0-9](?:[0-9.,'_ \u00a0\u2009\u202f\u2019]*[0-9.,])?)(.*)", re.DOTALL)
_EXPONENT = re.compile("[eE][+\\-]?[0-9]+")
_BARE_RATIO = re.compile(f"[0-9.]+{SPACE}(?::|/|to|in){SPACE}[0-9.]+")


def needed(dimension: Dimension) -> str:
    """Return what may be written, for messages: the units, or an example where there are none."""
    units = known_units(dimension)
    if dimension is Dimension.COUNT:
        return "a whole number"
    if not units:
        return f'a number such as "{GRAMMARS[dimension].example}"'
    return ", ".join(units)


def explain(text: str, dimension: Dimension) -> QuantityError:
    """Return the error for a text that does not have the form of a quantity of ``dimension``."""
    grammar = GRAMMARS[dimension]
    body = text.strip()
    if not body:
        return _not_a_quantity(text, dimension, "nothing is written")
    if dimension is Dimension.RATIO and _BARE_RATIO.fullmatch(body):
        return _ratio_without_direction(text)
    unsigned = body.lstrip("+-\u2212 ")
    other = _other_dimension(unsigned, dimension)
    if other is not None:
        return wrong_dimension(body, unsigned, other, dimension)
    match = _LOOSE_NUMBER.fullmatch(body)
    if match is None:
        return _without_number(text, body, dimension)
    sign, number, rest = match.groups()
    exponent = _EXPONENT.match(rest)
    if exponent is not None:
        number, rest = number + exponent.group(), rest[exponent.end() :]
    rest = rest.strip()
    if fixed := _respelled_number(number):
        return _not_a_quantity(text, dimension, f'"{number}" is not one plain number', fixed)
    if sign and not grammar.signed and _is_quantity(unsigned, dimension):
        return _signed(text, unsigned, sign, dimension)
    if dimension is Dimension.COUNT and not rest:
        return _not_a_quantity(text, dimension, f"{body} is not a whole number")
    if not rest:
        return unit_missing(body, dimension)
    if any(character.isdigit() for character in rest) and not _looks_like_unit(rest):
        return _not_a_quantity(text, dimension, "it is not one number and one unit")
    return unit_unknown(rest, dimension, number=number)


def unit_missing(number: str, dimension: Dimension) -> QuantityError:
    """Return the error for a bare number where a unit is needed."""
    grammar = GRAMMARS[dimension]
    return QuantityError(
        f"{number} has no unit; {grammar.article} is needed: {needed(dimension)}",
        code="unit-missing",
        found=number,
        allowed=needed(dimension),
        fix=f'write the unit after the number, for example "{grammar.example}"',
    )


def unit_unknown(unit: str, dimension: Dimension, *, number: str = "") -> QuantityError:
    """Return the error for a unit that the dimension does not have."""
    grammar = GRAMMARS[dimension]
    near = nearest_word(unit, grammar.by_spelling)
    symbol = grammar.by_spelling[near].symbol if near else None
    note = ""
    if near is not None and near.casefold() == unit.casefold():
        note = " (capital and small letters differ)"
    return QuantityError(
        f'"{unit}" is not a unit of {grammar.article}{note}: {needed(dimension)}',
        code="unit-unknown",
        found=f"{number} {unit}".strip(),
        allowed=needed(dimension),
        fix=f'write "{f"{number} {symbol}".strip()}"' if symbol else None,
    )


def wrong_dimension(
    found: str, quantity: str, other: Dimension, dimension: Dimension
) -> QuantityError:
    """Return the error for a quantity (or a unit) of another dimension."""
    grammar = GRAMMARS[dimension]
    folded = {spelling.casefold(): unit for spelling, unit in grammar.by_spelling.items()}
    match = re.fullmatch(f"([0-9.eE+\\-]*?){SPACE}([^0-9\\s].*)", quantity)
    meant = folded.get(match.group(2).casefold()) if match else None
    fix = f'write "{f"{match.group(1)} {meant.symbol}".strip()}"' if match and meant else None
    return QuantityError(
        f"{found} is {GRAMMARS[other].article}; {grammar.article} is needed: {needed(dimension)}",
        code="wrong-dimension",
        found=found,
        allowed=needed(dimension),
        fix=fix and f"{fix} if that was meant: capital and small letters differ",
    )


def out_of_range(found: str, dimension: Dimension, allowed: str) -> QuantityError:
    """Return the error for a value that no quantity of this dimension can have."""
    fix = None
    if dimension is Dimension.FRACTION and "%" not in found:
        fix = f'write "{found.strip()} %" if percent was meant'
    return QuantityError(
        f"{found} is not possible for {GRAMMARS[dimension].article}: {allowed}",
        code="out-of-range",
        found=found,
        allowed=allowed,
        fix=fix,
    )


def not_a_number(found: str, dimension: Dimension) -> QuantityError:
    """Return the error for a value that is no finite number."""
    return _not_a_quantity(found, dimension, f"{found} is not a finite number")


def _is_quantity(text: str, dimension: Dimension) -> bool:
    return re.fullmatch(quantity_pattern(dimension), text) is not None


def _other_dimension(unsigned: str, dimension: Dimension) -> Dimension | None:
    """Return the dimension that the text is a quantity of; a bare number is none in particular."""
    if _is_quantity(unsigned, Dimension.COUNT) or unsigned.replace(".", "").isdigit():
        return None
    others = (other for other in Dimension if other is not dimension)
    if _is_quantity(unsigned, dimension):
        return None
    return next((other for other in others if _is_quantity_with_unit(unsigned, other)), None)


def _is_quantity_with_unit(text: str, dimension: Dimension) -> bool:
    has_unit = text.startswith("pH") or not text[-1:].isdigit()
    return has_unit and _is_quantity(text, dimension)


def _looks_like_unit(rest: str) -> bool:
    return re.fullmatch("[^0-9\\s][^\\s]*", rest) is not None


def _not_a_quantity(
    text: str, dimension: Dimension, why: str, fix: str | None = None
) -> QuantityError:
    grammar = GRAMMARS[dimension]
    return QuantityError(
        f"cannot read {text!r} as {grammar.article}: {why}",
        code="not-a-quantity",
        found=repr(text),
        allowed=needed(dimension),
        fix=fix or f'write it like "{grammar.example}"',
    )


def _ratio_without_direction(text: str) -> QuantityError:
    return QuantityError(
        f"{text.strip()} does not say which is divided by which",
        code="not-a-quantity",
        found=text.strip(),
        allowed=needed(Dimension.RATIO),
        fix='write equivalents under a name that says the direction, such as ligand_per_metal: "3 equiv"',
    )


def _signed(text: str, unsigned: str, sign: str, dimension: Dimension) -> QuantityError:
    if sign == "+":
        return _not_a_quantity(text, dimension, "it has a sign", f'write "{unsigned}"')
    return out_of_range(text.strip(), dimension, "it must not be negative")


def _without_number(text: str, body: str, dimension: Dimension) -> QuantityError:
    if re.match("\\.[0-9]", body):
        return _not_a_quantity(text, dimension, "no digit before the point", f'write "0{body}"')
    if re.match("(?i)[+-]?(nan|inf)", body):
        return not_a_number(body, dimension)
    return _not_a_quantity(text, dimension, "it does not start with a number")


def _respelled_number(number: str) -> str | None:
    """Return what to write instead of a number with commas, gaps or a naked point."""
    digits = re.sub("[^0-9.,eE+\\-]", "", number)
    if "," in number:
        whole = digits.replace(",", "")
        if re.fullmatch("[0-9]{1,3}(,[0-9]{3})+", digits):
            point = digits.replace(",", ".", 1)
            return (
                f"write {whole} without a separator, or {point} with a point, whichever is meant"
                if digits.count(",") == 1
                else f"write {whole} without separators"
            )
        return f"write {digits.replace(',', '.')} with a point" if digits.count(",") == 1 else f"write {whole}"
    if digits != number:
        return f"write {digits} without separators"
    if number.endswith("."):
        return f"write {number}0"
    return None
