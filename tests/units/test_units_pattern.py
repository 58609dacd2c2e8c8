"""The published patterns say the same as the reader, in more than one regular-expression engine."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Annotated

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from ncrobot.units import (
    QUANTITY_PATTERN,
    Dimension,
    QuantityError,
    known_units,
    parse_quantity,
    parse_repeated,
    repeated_pattern,
)

UNITS = sorted({unit for dimension in Dimension for unit in known_units(dimension)})
PIECES = st.sampled_from(
    [*UNITS, "uL", "C", "eq", *"0159.,-+e %x:/\n", "1.5", "30", "1e-3", "pH", "\u00a0", "\u2212"]
)
TEXTS = st.lists(PIECES, max_size=8).map("".join) | st.builds(
    "{} {}".format, st.floats(allow_nan=False), st.sampled_from(UNITS)
)


@cache
def rust(pattern: str) -> TypeAdapter[str]:
    """Return a validator that searches with the regex engine of pydantic's core."""
    return TypeAdapter(Annotated[str, Field(pattern=pattern)])


def matches(pattern: str, text: str) -> bool:
    found = re.fullmatch(pattern, text) is not None
    try:
        rust(pattern).validate_python(text)
    except ValidationError:
        assert not found
        return False
    assert found
    return True


def refusal_of(read: Callable[[], object]) -> QuantityError | None:
    try:
        read()
    except QuantityError as error:
        return error
    return None


@given(TEXTS, st.sampled_from(list(Dimension)))
@example("1 h 30 min", Dimension.DURATION)
@example("5 mL\n", Dimension.VOLUME)
def test_the_pattern_admits_what_the_reader_reads(text: str, dimension: Dimension) -> None:
    refusal = refusal_of(lambda: parse_quantity(text, dimension))
    assert matches(QUANTITY_PATTERN(dimension), text) or refusal is not None
    if refusal is not None and matches(QUANTITY_PATTERN(dimension), text):
        # The pattern holds the form, not the limits.
        assert refusal.code == "out-of-range"


@given(TEXTS.map("8 x {}".format) | TEXTS)
@example("8 \u00d7 1 h 30 min")
def test_the_pattern_of_portions_admits_what_the_reader_reads(text: str) -> None:
    refusal = refusal_of(lambda: parse_repeated(text))
    assert matches(repeated_pattern(), text) or refusal is not None
    if refusal is not None and matches(repeated_pattern(), text):
        assert refusal.code == "out-of-range" or "above zero" in refusal.message


@pytest.mark.parametrize("dimension", list(Dimension))
def test_patterns_are_anchored_and_portable(dimension: Dimension) -> None:
    pattern = QUANTITY_PATTERN(dimension)
    assert (pattern[0], pattern[-1]) == ("^", "$")
    # Groups with a name or a flag, and look-around, differ between engines.
    assert set(re.findall(r"\(\?.", pattern)) <= {"(?:"}
