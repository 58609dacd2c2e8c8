"""What is no quantity: a refusal says what was found, what is allowed, and mostly what mends it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError, field_validator

from ncrobot.errors import Diagnostic, Severity
from ncrobot.units import (
    Dimension,
    QuantityError,
    convert,
    parse_quantity,
    parse_repeated,
    unit_factor,
)

V, T, C = Dimension.VOLUME, Dimension.DURATION, Dimension.CONCENTRATION
R, F, N, PH = Dimension.RATIO, Dimension.FRACTION, Dimension.COUNT, Dimension.PH
TEMPERATURE = Dimension.TEMPERATURE

# text, dimension, code, part of the message, part of the fix (None: no fix can be guessed)
REFUSED: list[tuple[str | float, Dimension, str, str, str | None]] = [
    ("", V, "not-a-quantity", "nothing is written", "1.5 mL"),
    ("  ", R, "not-a-quantity", "nothing is written", "3 equiv"),
    ("mL", V, "not-a-quantity", "does not start with a number", "1.5 mL"),
    ("about 5 mL", V, "not-a-quantity", "does not start with a number", "1.5 mL"),
    ("nan mL", V, "not-a-quantity", "not a finite number", "1.5 mL"),
    ("-inf mL", V, "not-a-quantity", "not a finite number", "1.5 mL"),
    (math.nan, R, "not-a-quantity", "not a finite number", "3 equiv"),
    (math.inf, N, "not-a-quantity", "not a finite number", "8"),
    (True, R, "not-a-quantity", "not a finite number", "3 equiv"),
    (10**400, R, "not-a-quantity", "has too many digits", "3 equiv"),
    ("0000000000000000000001 mL", V, "not-a-quantity", "too many digits", "1.5 mL"),
    ("1,5 mL", V, "not-a-quantity", '"1,5" is not one plain number', "write 1.5 with a point"),
    ("1,500 mL", V, "not-a-quantity", "not one plain number", "1500 or 1.500"),
    ("1,000,000 mL", V, "not-a-quantity", "not one plain number", "write 1000000 without"),
    ("1,000.5 mL", V, "not-a-quantity", "not one plain number", "write 1000.5 without"),
    ("1 000 mL", V, "not-a-quantity", "not one plain number", "write 1000 without"),
    ("1'000 mL", V, "not-a-quantity", "not one plain number", "write 1000 without"),
    ("1_000 mL", V, "not-a-quantity", "not one plain number", "write 1000 without"),
    (".5 mL", V, "not-a-quantity", "no digit is before the point", '"0.5 mL"'),
    (".5 min", V, "wrong-dimension", "0.5 min is a duration; a volume is needed", None),
    ("1.5.2 mL", V, "not-a-quantity", '"1.5.2" is not one plain number', "1.5 mL"),
    ("5. mL", V, "not-a-quantity", "not one plain number", "5.0"),
    ("5-10 mL", V, "not-a-quantity", "not one number and one unit", "1.5 mL"),
    ("5 ± 1 mL", V, "not-a-quantity", "not one number and one unit", "1.5 mL"),
    ("5 mL 3 uL", V, "not-a-quantity", "not one number and one unit", "1.5 mL"),
    ("+5 mL", V, "not-a-quantity", "has a sign", '"5 mL"'),
    ("2 * 3 mL", V, "not-a-quantity", "not one number and one unit", "1.5 mL"),
    ("30 min 1 h", T, "not-a-quantity", "not one number", "larger units first"),
    ("1.5 h 10 min", T, "not-a-quantity", "not one number", "larger units first"),
    ("1 h 2 h", T, "not-a-quantity", "not one number", "larger units first"),
    ("1:3", R, "not-a-quantity", "which is divided by which", "ligand_per_metal"),
    ("1 / 3", R, "not-a-quantity", "which is divided by which", "ligand_per_metal"),
    ("3 to 1", R, "not-a-quantity", "which is divided by which", "ligand_per_metal"),
    ("8.5", N, "not-a-quantity", "not a whole number", "8"),
    ("1e3", N, "not-a-quantity", "not a whole number", "8"),
    (8.5, N, "not-a-quantity", "not a whole number", "8"),
    ("ph 9", PH, "not-a-quantity", "does not start with a number", "pH 9"),
    ("5", V, "unit-missing", "5 has no unit; a volume is needed: nL, µL, mL, L", "1.5 mL"),
    (5, T, "unit-missing", "5 has no unit; a duration is needed", "30 min"),
    ("1e-3", C, "unit-missing", "1e-3 has no unit", "50 mM"),
    ("25", TEMPERATURE, "unit-missing", "25 has no unit", "25 °C"),
    ("-25", TEMPERATURE, "unit-missing", "-25 has no unit", "25 °C"),
    ("5 ML", V, "unit-unknown", "capital and small letters differ", '"5 mL"'),
    ("5 UL", V, "unit-unknown", "capital and small letters differ", '"5 µL"'),
    ("5 MM", C, "unit-unknown", "capital and small letters differ", '"5 mM"'),
    ("5 minuts", T, "unit-unknown", '"minuts" is not a unit for a duration', '"5 min"'),
    ("5e2 minuts", T, "unit-unknown", '"minuts" is not a unit', '"5e2 min"'),
    ("5 furlongs", T, "unit-unknown", '"furlongs" is not a unit', None),
    ("5 mol%", R, "unit-unknown", '"mol%" is not a unit', "0.05 equiv"),
    ("77 °F", TEMPERATURE, "unit-unknown", '"°F" is not a unit', "°C"),
    ("9 pH", PH, "unit-unknown", '"pH" is not a unit for a pH', '"pH 9"'),
    ("30 min", V, "wrong-dimension", "30 min is a duration; a volume is needed", None),
    ("-30 min", V, "wrong-dimension", "-30 min is a duration; a volume is needed", None),
    ("1 h 30 min", V, "wrong-dimension", "is a duration; a volume is needed", None),
    ("25 °C", T, "wrong-dimension", "25 °C is a temperature; a duration is needed", None),
    ("pH 9", V, "wrong-dimension", "pH 9 is a pH; a volume is needed", None),
    ("5 m", C, "wrong-dimension", "5 m is a length; a concentration is needed", '"5 M"'),
    ("5 M", Dimension.LENGTH, "wrong-dimension", "5 M is a concentration", '"5 m"'),
    ("5 mm", C, "wrong-dimension", "5 mm is a length", '"5 mM"'),
    ("5 mL/s", V, "wrong-dimension", "5 mL/s is a flow rate", None),
    ("8 mL", N, "wrong-dimension", "8 mL is a volume; a count is needed: a whole number", None),
    ("500 g", Dimension.SPEED, "wrong-dimension", "500 g is a mass; a speed is needed", None),
    ("-5 mL", V, "out-of-range", "-5 mL is not possible for a volume: it must not be", None),
    ("\u22125 mL", V, "out-of-range", "must not be negative", None),
    ("-1 min", T, "out-of-range", "must not be negative", None),
    (-3, R, "out-of-range", "must not be negative", None),
    (-0.5, F, "out-of-range", "must not be negative", None),
    ("-274 °C", TEMPERATURE, "out-of-range", "at least -273.15 °C", None),
    ("-1 K", TEMPERATURE, "out-of-range", "at least -273.15 °C", None),
    ("95", F, "out-of-range", "95 is not possible for a fraction: at most 1", '"95 %"'),
    ("101 %", F, "out-of-range", "at most 1", None),
    ("pH 14.5", PH, "out-of-range", "at most 14", None),
    ("1e999 M", C, "out-of-range", "a computer can hold", None),
]


def read_or_refuse(text: str, dimension: Dimension) -> float | QuantityError:
    try:
        return parse_quantity(text, dimension)
    except QuantityError as error:
        return error


@pytest.mark.parametrize(
    ("text", "dimension", "code", "message", "fix"),
    REFUSED,
    ids=[f"{str(case[0])[:12]!r}-{case[1]}" for case in REFUSED],
)
def test_refusals(
    text: str | float, dimension: Dimension, code: str, message: str, fix: str | None
) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(text, dimension)
    error = caught.value
    assert error.code == code
    assert message in error.message
    assert error.allowed
    assert str(error) == error.message
    if fix is None:
        assert error.fix is None
    else:
        assert error.fix is not None
        assert fix in error.fix


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("8 30 min", "not a count, an x and a duration"),
        ("x 30 min", "not a count, an x and a duration"),
        ("8.5 x 30 min", "not a count, an x and a duration"),
        ("0 x 30 min", "above zero"),
        ("8 x 0 min", "above zero"),
        ("8 x 30", "30 has no unit"),
        ("8 x 30 mL", "30 mL is a volume; a duration is needed"),
        ("", "not a count"),
    ],
)
def test_refused_portions(text: str, message: str) -> None:
    with pytest.raises(QuantityError, match=message):
        parse_repeated(text)


@pytest.mark.parametrize(
    ("value", "unit", "dimension", "code"),
    [
        (5, "", V, "unit-missing"),
        (5, "min", V, "wrong-dimension"),
        (5, "ML", V, "unit-unknown"),
        (-5, "mL", V, "out-of-range"),
        (95, "", F, "out-of-range"),
        (1.5, "", N, "out-of-range"),
        (math.nan, "mL", V, "not-a-quantity"),
        (True, "mL", V, "not-a-quantity"),
    ],
)
def test_refused_columns(value: float, unit: str, dimension: Dimension, code: str) -> None:
    with pytest.raises(QuantityError) as caught:
        convert(value, unit, dimension)
    assert caught.value.code == code


def test_a_factor_of_an_unknown_unit_is_refused() -> None:
    with pytest.raises(QuantityError, match="is not a unit for a volume"):
        unit_factor("gallon", V)


@given(st.text(max_size=30), st.sampled_from(list(Dimension)))
def test_any_text_is_read_or_refused_with_a_reason(text: str, dimension: Dimension) -> None:
    result = read_or_refuse(text, dimension)
    if isinstance(result, QuantityError):
        assert result.message
        assert result.allowed
    else:
        assert math.isfinite(result)


@given(st.text(alphabet="0123456789.,-+eE 'xXpHmMLlhsdinuµ%°CK/:", max_size=14), st.data())
def test_a_fix_that_quotes_a_quantity_quotes_a_readable_one(text: str, data: st.DataObject) -> None:
    dimension = data.draw(st.sampled_from(list(Dimension)))
    result = read_or_refuse(text, dimension)
    if isinstance(result, QuantityError) and result.fix and 'write "' in result.fix:
        proposed = read_or_refuse(result.fix.split('"')[1], dimension)
        assert not isinstance(proposed, QuantityError) or proposed.code == "out-of-range"


def test_a_finding_without_a_place_can_be_made_of_it() -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity("5 ML", V)
    assert caught.value.diagnostic("final volume") == Diagnostic(
        code="unit-unknown",
        message=caught.value.message,
        severity=Severity.ERROR,
        quantity="final volume",
        found="5 ML",
        allowed="nL, µL, mL, L",
        fix='write "5 mL"',
    )


def test_pydantic_carries_it_to_the_one_who_asked() -> None:
    class Vessel(BaseModel):
        volume_ul: float

        @field_validator("volume_ul", mode="before")
        @classmethod
        def read(cls, value: str) -> float:
            return parse_quantity(value, V)

    with pytest.raises(ValidationError) as caught:
        Vessel.model_validate({"volume_ul": "30 min"})
    (detail,) = caught.value.errors()
    assert isinstance(detail["ctx"]["error"], QuantityError)
