"""Reading quantities, against pint wherever pint knows the unit."""

from __future__ import annotations

import math
import warnings

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.units import (
    CANONICAL_UNIT,
    Dimension,
    QuantityError,
    Repeated,
    convert,
    known_units,
    parse_quantity,
    parse_repeated,
    unit_factor,
)

# Every spelling that pint understands too, by dimension.
_MICRO = ("\u00b5", "\u03bc", "u")
SAME_IN_PINT: dict[Dimension, list[str]] = {
    Dimension.VOLUME: ["nL", *(f"{u}L" for u in _MICRO), "mL", "L", "nl", "ul", "ml", "l"],
    Dimension.DURATION: [
        *("ms", "s", "sec", "second", "seconds", "min", "minute", "minutes"),
        *("h", "hr", "hour", "hours", "d", "day", "days", "week", "weeks"),
    ],
    Dimension.TEMPERATURE: ["°C", "degC", "K"],
    Dimension.AMOUNT: ["nmol", *(f"{u}mol" for u in _MICRO), "mmol", "mol"],
    Dimension.CONCENTRATION: [
        *("nM", *(f"{u}M" for u in _MICRO), "mM", "M"),
        *("nmol/L", *(f"{u}mol/L" for u in _MICRO), "mmol/L", "mol/L", "mol/l"),
    ],
    Dimension.MASS: ["ng", *(f"{u}g" for u in _MICRO), "mg", "g", "kg"],
    Dimension.MASS_CONCENTRATION: [
        *("mg/mL", "g/L", "g/mL", "mg/L", "ng/uL"),
        *(f"{u}g/{u}L" for u in _MICRO),
        *(f"{u}g/mL" for u in _MICRO),
    ],
    Dimension.RATIO: ["mol/mol"],
    Dimension.SPEED: ["rpm"],
    Dimension.LENGTH: ["nm", *(f"{u}m" for u in _MICRO), "mm", "cm", "m"],
    Dimension.WAVELENGTH: ["nm", "um"],
    Dimension.FLOW_RATE: [
        f"{volume}/{time}"
        for volume in ("nL", "uL", "\u00b5L", "mL", "ml", "L")
        for time in ("s", "min", "h")
    ],
    Dimension.GAS_FLOW: ["mL/min", "ml/min", "L/min", "l/min"],
    Dimension.DENSITY: ["g/mL", "g/cm³", "kg/L", "kg/m³"],
    Dimension.MOLAR_MASS: ["g/mol", "kg/mol", "mg/mmol"],
}
SPELLINGS = [(dimension, text) for dimension, texts in SAME_IN_PINT.items() for text in texts]
ureg: pint.UnitRegistry[float] = pint.UnitRegistry()

numbers = st.decimals(min_value=0, max_value=10**9, places=6).map(lambda number: f"{number:f}")
gaps = st.sampled_from(["", " ", "\t", "\u00a0", "\u2009", "\u202f", "  "])


def by_pint(number: float, unit: str, dimension: Dimension) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(ureg.Quantity(number, unit).to(CANONICAL_UNIT[dimension]).magnitude)


@given(case=st.sampled_from(SPELLINGS), number=numbers, gap=gaps, around=gaps)
def test_pint_reads_the_same(
    case: tuple[Dimension, str], number: str, gap: str, around: str
) -> None:
    dimension, unit = case
    read = parse_quantity(f"{around}{number}{gap}{unit}{around}", dimension)
    assert read == pytest.approx(by_pint(float(number), unit, dimension), rel=1e-12, abs=1e-9)
    assert read == convert(float(number), unit, dimension)


@pytest.mark.parametrize(("dimension", "unit"), SPELLINGS)
def test_pint_has_the_same_factor(dimension: Dimension, unit: str) -> None:
    if unit == "K":
        with pytest.raises(QuantityError, match="more than a factor"):
            unit_factor(unit, dimension)
        return
    assert unit_factor(unit, dimension) == pytest.approx(by_pint(1, unit, dimension), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        # In pint "pH" is a picohenry and "C" a coulomb.
        ("pH 9", Dimension.PH, 9),
        ("pH9.25", Dimension.PH, 9.25),
        ("9", Dimension.PH, 9),
        (9, Dimension.PH, 9),
        ("25 C", Dimension.TEMPERATURE, 25),
        ("50 sccm", Dimension.GAS_FLOW, 50),
        ("0.2 slpm", Dimension.GAS_FLOW, 200),
        (" 25 °C", Dimension.TEMPERATURE, 25),
        ("25\u2103", Dimension.TEMPERATURE, 25),
        ("298.15 K", Dimension.TEMPERATURE, 25),
        ("-20 °C", Dimension.TEMPERATURE, -20),
        ("\u221220 °C", Dimension.TEMPERATURE, -20),
        ("+4 °C", Dimension.TEMPERATURE, 4),
        ("0 K", Dimension.TEMPERATURE, -273.15),
        ("10 equiv", Dimension.RATIO, 10),
        ("1eq", Dimension.RATIO, 1),
        ("2.5 equivalents", Dimension.RATIO, 2.5),
        ("10", Dimension.RATIO, 10),
        (0.25, Dimension.RATIO, 0.25),
        ("95 %", Dimension.FRACTION, 0.95),
        ("100%", Dimension.FRACTION, 1),
        ("0.95", Dimension.FRACTION, 0.95),
        (1, Dimension.FRACTION, 1),
        ("8", Dimension.COUNT, 8),
        ("8.0", Dimension.COUNT, 8),
        (96, Dimension.COUNT, 96),
        ("5 M", Dimension.CONCENTRATION, 5),
        ("5 mM", Dimension.CONCENTRATION, 0.005),
        ("1e-3 M", Dimension.CONCENTRATION, 0.001),
        ("2.0E+2 µL", Dimension.VOLUME, 200),
        ("0.1 mL", Dimension.VOLUME, 100),
        ("1.5 mL\n", Dimension.VOLUME, 1500),
        ("1 h 30 min", Dimension.DURATION, 5400),
        ("1h30min", Dimension.DURATION, 5400),
        ("1 week 2 days 3 h 4 min 5.5 s", Dimension.DURATION, 788645.5),
        ("1 d 1.5 s", Dimension.DURATION, 86401.5),
        ("1.25 g/cm3", Dimension.DENSITY, 1.25),
        ("1000 kg/m3", Dimension.DENSITY, 1),
    ],
)
def test_examples(text: str | float, dimension: Dimension, value: float) -> None:
    assert parse_quantity(text, dimension) == value


@given(st.floats(min_value=0, allow_nan=False, allow_infinity=False))
def test_a_number_is_read_without_loss(number: float) -> None:
    assert parse_quantity(number, Dimension.RATIO) == number
    assert convert(number, "", Dimension.RATIO) == number


@given(st.integers(min_value=0, max_value=10**12))
def test_decimal_places_are_exact(volume_nl: int) -> None:
    # 0.1 mL has to be 100 µL, not 100.00000000000001.
    text = f"{volume_nl // 10**6}.{volume_nl % 10**6:06d} mL"
    assert parse_quantity(text, Dimension.VOLUME) == volume_nl / 1000


@given(
    parts=st.lists(st.integers(0, 10**4), min_size=1, max_size=5),
    last=numbers,
    units=st.permutations(["week", "d", "h", "min", "s", "ms"]),
)
def test_a_chain_of_durations_is_the_sum_of_its_links(
    parts: list[int], last: str, units: list[str]
) -> None:
    falling = sorted(
        units[: len(parts) + 1],
        key=lambda unit: unit_factor(unit, Dimension.DURATION),
        reverse=True,
    )
    links = [f"{number} {unit}" for number, unit in zip([*parts, last], falling, strict=True)]
    total = sum(parse_quantity(link, Dimension.DURATION) for link in links)
    assert parse_quantity(" ".join(links), Dimension.DURATION) == pytest.approx(total, rel=1e-12)


@given(st.integers(1, 10**6 - 1), numbers, st.sampled_from(["x", " x ", "\u00d7", " \u00d7 "]))
def test_equal_portions(count: int, minutes: str, times: str) -> None:
    text = f"{count}{times}{minutes} min"
    if float(minutes) == 0:
        with pytest.raises(QuantityError, match="above zero"):
            parse_repeated(text)
        return
    repeated = parse_repeated(text)
    assert repeated == Repeated(count, parse_quantity(f"{minutes} min", Dimension.DURATION))


def test_equal_portions_are_written_as_they_are_read() -> None:
    assert str(parse_repeated("8x30min")) == "8 x 30 min"
    assert parse_repeated(str(Repeated(8, 5400.0))) == Repeated(8, 5400.0)


@pytest.mark.parametrize("dimension", list(Dimension))
def test_the_canonical_unit_changes_nothing(dimension: Dimension) -> None:
    assert convert(1, CANONICAL_UNIT[dimension], dimension) == 1
    assert unit_factor(CANONICAL_UNIT[dimension], dimension) == 1


@pytest.mark.parametrize("dimension", list(Dimension))
def test_known_units_are_read(dimension: Dimension) -> None:
    for unit in known_units(dimension):
        assert math.isfinite(convert(1, unit, dimension))
