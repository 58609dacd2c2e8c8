"""The search space: parameters, constraints and objectives, declared once for every optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from ncrobot.errors import nearest_word
from ncrobot.model import Document
from ncrobot.protocol._flaw import FlawError, FlawsError
from ncrobot.searchspace.constraints import Between, Constraint, Never, ProductLimit, SumLimit
from ncrobot.searchspace.objectives import Objective, Trade
from ncrobot.searchspace.parameters import Choice, Continuous, Integer, SearchParameter, Word
from ncrobot.units import Dimension, QuantityError, parse_quantity

_RESERVED = ("id", "name", "well", "plate", "block", "kind", "replicate_of", "suggestion", "status")
_Spot = tuple[str | int, ...]


class SearchSpace(Document):
    """What may be varied, what must not be asked for, and what is wanted."""

    ncrobot: Literal["search/1"]
    name: Word
    description: str = ""
    parameters: dict[Word, SearchParameter] = Field(min_length=1, max_length=40)
    constraints: tuple[Constraint, ...] = ()
    objectives: dict[Word, Objective] = Field(min_length=1, max_length=8)
    trade: Trade = Trade.WEIGHTS

    @model_validator(mode="after")
    def _consistent(self) -> SearchSpace:
        flaws = [*_name_flaws(self)]
        for place, constraint in enumerate(self.constraints):
            flaws += _constraint_flaws(constraint, ("constraints", place), self)
        if flaws:
            raise FlawsError(flaws)
        return self

    def limit_of(self, constraint: SumLimit | ProductLimit, written: str | float) -> float:
        """The canonical value of a constraint's limit."""
        if isinstance(written, str):
            dimension = _common_dimension(constraint, self)
            if dimension is None:
                raise ValueError(written)
            return parse_quantity(written, dimension)
        return float(written)

    def bound_of(self, name: str, written: str | float) -> float:
        """The canonical value of a bound that is written for a parameter."""
        parameter = self.parameters[name]
        if isinstance(parameter, Continuous):
            return parse_quantity(written, parameter.quantity)
        return float(written)


def _name_flaws(space: SearchSpace) -> Iterator[FlawError]:
    for section, names in (("parameters", space.parameters), ("objectives", space.objectives)):
        for name in names:
            if name in _RESERVED:
                message = f'"{name}" is the name of a column of its own'
                yield FlawError(message, code="reserved-name", at=(section, name), fix="rename it")
    for name in set(space.parameters) & set(space.objectives):
        message = f'"{name}" is both varied and measured'
        yield FlawError(message, code="duplicate-name", at=("objectives", name), fix="rename one")


def _constraint_flaws(
    constraint: SumLimit | ProductLimit | Never, at: _Spot, space: SearchSpace
) -> list[FlawError]:
    section = "when" if isinstance(constraint, Never) else "of"
    names = constraint.when if isinstance(constraint, Never) else constraint.of
    flaws = [
        _unknown(name, (*at, section, name), space)
        for name in names
        if name not in space.parameters
    ]
    if flaws:
        return flaws
    if isinstance(constraint, Never):
        return [*_never_flaws(constraint, at, space)]
    return [*_limit_flaws(constraint, at, space)]


def _unknown(name: str, at: _Spot, space: SearchSpace) -> FlawError:
    near = nearest_word(name, space.parameters)
    return FlawError(
        f'there is no parameter "{name}"',
        code="unknown-parameter",
        at=at,
        allowed=", ".join(space.parameters),
        fix=f"did you mean '{near}'?" if near else "declare it under parameters:",
    )


def _never_flaws(constraint: Never, at: _Spot, space: SearchSpace) -> Iterator[FlawError]:
    for name, condition in constraint.when.items():
        parameter, spot = space.parameters[name], (*at, "when", name)
        if isinstance(parameter, Choice):
            yield from _word_flaws(condition, parameter, spot)
        elif not isinstance(condition, Between):
            yield FlawError(
                f"{name} is a number, so a part of its scale is needed",
                code="wrong-kind",
                at=spot,
                fix=f"write {name}: {{above: ...}} or {{below: ...}}",
            )
        else:
            for end in ("above", "below"):
                yield from _bound_flaws(name, getattr(condition, end), (*spot, end), space)


def _word_flaws(
    condition: tuple[str, ...] | Between, parameter: Choice, at: _Spot
) -> Iterator[FlawError]:
    if isinstance(condition, Between):
        message = "a choice has no scale"
        yield FlawError(message, code="wrong-kind", at=at, fix="write one of its words")
        return
    for word in condition:
        if word not in parameter.of:
            near = nearest_word(word, parameter.of)
            yield FlawError(
                f'"{word}" is none of the choices',
                code="unknown-word",
                at=at,
                found=word,
                allowed=parameter.allowed,
                fix=f"did you mean '{near}'?" if near else None,
            )


def _bound_flaws(
    name: str, written: str | float | None, at: _Spot, space: SearchSpace
) -> Iterator[FlawError]:
    if written is None:
        return
    try:
        space.bound_of(name, written)
    except QuantityError as error:
        yield FlawError.of_quantity(error, *at)
    except ValueError:
        yield FlawError(f"{written!r} is no number", code="bad-value", at=at)


def _limit_flaws(
    constraint: SumLimit | ProductLimit, at: _Spot, space: SearchSpace
) -> Iterator[FlawError]:
    for name, power in constraint.of.items():
        parameter = space.parameters[name]
        if isinstance(parameter, Choice):
            message = f"{name} is a choice, it can't be calculated with"
            yield FlawError(message, code="wrong-kind", at=(*at, "of", name))
        elif isinstance(constraint, ProductLimit) and _has_no_power(parameter, power):
            yield FlawError(
                f"{name} can be zero or below, and has no power of {power:g} there",
                code="bad-value",
                at=(*at, "of", name),
                fix="begin its range above zero",
            )
    for end in ("at_most", "at_least"):
        written = getattr(constraint, end)
        if not isinstance(written, str):
            continue
        dimension = _common_dimension(constraint, space)
        if dimension is None:
            yield FlawError(
                "the limit has a unit, but the parameters have not one quantity in common",
                code="bad-unit",
                at=(*at, end),
                found=written,
                fix="write a bare number in canonical units (uL, s, °C, rpm, mol/L)",
            )
            continue
        try:
            parse_quantity(written, dimension)
        except QuantityError as error:
            yield FlawError.of_quantity(error, *at, end)


def _has_no_power(parameter: Continuous | Integer, power: float) -> bool:
    if power < 0:
        return parameter.low <= 0
    return not float(power).is_integer() and parameter.low < 0


def _common_dimension(constraint: SumLimit | ProductLimit, space: SearchSpace) -> Dimension | None:
    """The quantity that all summands share; None for a product and for mixed sums."""
    if isinstance(constraint, ProductLimit):
        return None
    found = {
        parameter.quantity if isinstance(parameter, Continuous) else Dimension.COUNT
        for parameter in (space.parameters.get(name) for name in constraint.of)
        if parameter is not None
    }
    return found.pop() if len(found) == 1 else None
