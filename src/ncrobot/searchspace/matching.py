"""Holds a search space against the protocol whose parameters it varies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ncrobot.errors import Diagnostic, nearest_word
from ncrobot.protocol import Parameter
from ncrobot.protocol.choosing import Choice as Words
from ncrobot.protocol.parameters import Scope
from ncrobot.searchspace.document import SearchSpace
from ncrobot.searchspace.parameters import Choice, Continuous, Integer
from ncrobot.units import Dimension

_WIDTH = {Scope.WELL: 0, Scope.BLOCK: 1, Scope.PLATE: 2}
_SHARED = {Scope.WELL: Scope.WELL, Scope.BLOCK: Scope.PLATE, Scope.PLATE: Scope.PLATE}
"""What a search holds equal for a scope of a protocol, whose blocks are plates of their own."""


def mismatches(
    space: SearchSpace,
    parameters: Mapping[str, Parameter],
    choices: Mapping[str, Words] | None = None,
) -> list[Diagnostic]:
    """What parameters of a protocol, and its choices if they are given, can't give of a space."""
    found: list[Diagnostic] = []
    for name, asked in space.parameters.items():
        if not isinstance(asked, Choice):
            found += _mismatch(name, asked, parameters)
        elif choices is not None:
            found += _other_words(name, asked, choices)
    return found


def _other_words(name: str, asked: Choice, choices: Mapping[str, Words]) -> Iterator[Diagnostic]:
    given = choices.get(name)
    if given is None:
        yield _unknown("the protocol has no such choice", name, name, choices)
        return
    for word in asked.of:
        if word not in given.of:
            yield _unknown(f"the protocol has no such word for {name}", name, word, given.of)
    yield from _narrow(name, asked.scope, given.scope)


def _unknown(message: str, name: str, found: str, known: Iterable[str]) -> Diagnostic:
    names = tuple(known)
    near = nearest_word(found, names)
    return Diagnostic(
        code="unknown-parameter" if found == name else "unknown-word",
        message=message,
        quantity=name,
        found=found,
        allowed=", ".join(names) or None,
        fix=f"did you mean '{near}'?" if near else "declare it in the protocol",
    )


def _mismatch(
    name: str, asked: Continuous | Integer, parameters: Mapping[str, Parameter]
) -> Iterator[Diagnostic]:
    given = parameters.get(name)
    if given is None:
        yield _unknown("the protocol has no such parameter", name, name, parameters)
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
    yield from _narrow(name, asked.scope, given.scope)


def _narrow(name: str, asked: Scope, given: Scope) -> Iterator[Diagnostic]:
    # A search may hold equal what the protocol lets differ; that saves visits of the arm.
    wanted = _SHARED[given]
    if _WIDTH[asked] < _WIDTH[wanted]:
        yield Diagnostic(
            code="wrong-scope",
            message="the protocol holds this parameter equal for another group of wells",
            quantity=name,
            found=asked.value,
            allowed=wanted.value,
            fix=f"write scope: {wanted.value}",
        )
