"""Holds a search space against the protocol whose parameters it varies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ncrobot.errors import Diagnostic, nearest_word
from ncrobot.protocol import Parameter
from ncrobot.protocol.parameters import Scope
from ncrobot.searchspace.document import SearchSpace
from ncrobot.searchspace.parameters import Choice, Continuous, Integer
from ncrobot.units import Dimension

_WIDTH = {Scope.WELL: 0, Scope.BLOCK: 1, Scope.PLATE: 2}


def mismatches(space: SearchSpace, parameters: Mapping[str, Parameter]) -> list[Diagnostic]:
    """What a protocol's parameters can't give of a search space; choices are not compared.

    A choice has no place in a conditions table; who runs the search says what each word means.
    """
    return [
        finding
        for name, asked in space.parameters.items()
        if not isinstance(asked, Choice)
        for finding in _mismatch(name, asked, parameters)
    ]


def _mismatch(
    name: str, asked: Continuous | Integer, parameters: Mapping[str, Parameter]
) -> Iterator[Diagnostic]:
    given = parameters.get(name)
    if given is None:
        near = nearest_word(name, parameters)
        yield Diagnostic(
            code="unknown-parameter",
            message="the protocol has no such parameter",
            quantity=name,
            allowed=", ".join(parameters) or None,
            fix=f"did you mean '{near}'?" if near else "declare it in the protocol",
        )
        return
    quantity = asked.quantity if isinstance(asked, Continuous) else Dimension.COUNT
    if quantity is not given.quantity:
        yield Diagnostic(
            code="wrong-quantity",
            message="the protocol means another quantity by this parameter",
            quantity=name,
            found=quantity.value,
            allowed=given.quantity.value,
        )
        return
    if asked.low < given.low or asked.high > given.high:
        yield Diagnostic(
            code="out-of-range",
            message="the search goes beyond the range that the protocol allows",
            quantity=name,
            found=asked.allowed,
            allowed=given.allowed,
            fix="narrow the search, or widen the range in the protocol",
        )
    # A search may hold equal what the protocol lets differ; that saves visits of the arm.
    if _WIDTH[asked.scope] < _WIDTH[given.scope]:
        yield Diagnostic(
            code="wrong-scope",
            message="the protocol holds this parameter equal for another group of wells",
            quantity=name,
            found=asked.scope.value,
            allowed=given.scope.value,
            fix=f"write scope: {given.scope.value}",
        )
