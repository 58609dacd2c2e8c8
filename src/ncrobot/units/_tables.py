"""The closed list of the units that each dimension may be written in."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from ncrobot.units._grammar import Dimension, Grammar, Unit


def _unit(
    symbol: str, factor: str, *aliases: str, shown: bool = False, shown_from: str = ""
) -> Unit:
    """Build a unit; ``shown`` prints it from one of itself upwards."""
    scale = Fraction(factor)
    threshold = Fraction(shown_from) if shown_from else (scale if shown else None)
    return Unit(symbol, scale, aliases, shown_from=threshold)


def _flow_units() -> tuple[Unit, ...]:
    """Return every volume per time; only the canonical one is printed."""
    per_time = (("s", 1), ("min", 60), ("h", 3600))
    volumes = (("nL", "1/1000"), ("µL", "1"), ("mL", "1000"), ("L", "1000000"))
    return tuple(
        Unit(
            f"{volume}/{time}",
            Fraction(size) / seconds,
            (f"{volume[:-1]}l/{time}",),
            shown_from=Fraction(0) if (volume, time) == ("µL", "s") else None,
        )
        for time, seconds in per_time
        for volume, size in volumes
    )


_NUMBER = Unit("", Fraction(1))

GRAMMARS: Mapping[Dimension, Grammar] = MappingProxyType(
    {
        Dimension.VOLUME: Grammar(
            "a volume",
            "uL",
            "1.5 mL",
            (
                _unit("nL", "1/1000", "nl", shown_from="0"),
                _unit("µL", "1", "µl", shown=True),
                _unit("mL", "1000", "ml", shown=True),
                _unit("L", "1000000", "l", shown=True),
            ),
        ),
        Dimension.DURATION: Grammar(
            "a duration",
            "s",
            "30 min",
            (
                _unit("ms", "1/1000"),
                _unit("s", "1", "sec", "second", "seconds", shown_from="0"),
                _unit("min", "60", "minute", "minutes", shown=True),
                _unit("h", "3600", "hr", "hour", "hours", shown=True),
                # A night or a day is spoken of in hours: days are printed from two on.
                _unit("d", "86400", "day", "days", shown_from="172800"),
                _unit("week", "604800", "weeks"),
            ),
        ),
        Dimension.TEMPERATURE: Grammar(
            "a temperature",
            "degC",
            "25 °C",
            (
                # U+00BA, an ordinal sign, is what some keyboards offer for the degree sign.
                Unit("°C", Fraction(1), ("degC", "C", "\u2103", "\u00baC"), shown_from=Fraction(0)),
                Unit("K", Fraction(1), offset=Fraction("-273.15")),
            ),
            low=Fraction("-273.15"),
            signed=True,
        ),
        Dimension.AMOUNT: Grammar(
            "an amount",
            "umol",
            "20 µmol",
            (
                _unit("nmol", "1/1000", shown_from="0"),
                _unit("µmol", "1", shown=True),
                _unit("mmol", "1000", shown=True),
                _unit("mol", "1000000", shown=True),
            ),
        ),
        Dimension.CONCENTRATION: Grammar(
            "a concentration",
            "mol/L",
            "50 mM",
            (
                _unit("nM", "1e-9", "nmol/L", "nmol/l", shown_from="0"),
                _unit("µM", "1e-6", "µmol/L", "µmol/l", shown=True),
                _unit("mM", "1e-3", "mmol/L", "mmol/l", shown=True),
                _unit("M", "1", "mol/L", "mol/l", shown=True),
            ),
        ),
        Dimension.MASS: Grammar(
            "a mass",
            "mg",
            "38 mg",
            (
                _unit("ng", "1e-6", shown_from="0"),
                _unit("µg", "1/1000", shown=True),
                _unit("mg", "1", shown=True),
                _unit("g", "1000", shown=True),
                _unit("kg", "1000000", shown=True),
            ),
        ),
        Dimension.MASS_CONCENTRATION: Grammar(
            "a mass concentration",
            "mg/mL",
            "2 mg/mL",
            (
                _unit("ng/µL", "1/1000", "ng/µl"),
                _unit("µg/mL", "1/1000", "µg/ml", "mg/L", "mg/l", shown_from="0"),
                _unit("mg/mL", "1", "mg/ml", "g/L", "g/l", "µg/µL", "µg/µl", shown=True),
                _unit("g/mL", "1000", "g/ml"),
            ),
        ),
        Dimension.RATIO: Grammar(
            "a ratio",
            "mol/mol",
            "3 equiv",
            (
                _unit(
                    "equiv", "1", "equiv.", "eq", "eq.", "equivalent", "equivalents", shown_from="0"
                ),
                _unit("mol/mol", "1"),
            ),
            bare=_NUMBER,
        ),
        Dimension.FRACTION: Grammar(
            "a fraction",
            "",
            "95 %",
            (_unit("%", "1/100", shown_from="0"),),
            bare=_NUMBER,
            high=Fraction(1),
        ),
        # 0 to 14 is what a glass electrode reads.
        Dimension.PH: Grammar(
            "a pH", "pH", "pH 9", (_unit("pH", "1"),), bare=_NUMBER, high=Fraction(14)
        ),
        Dimension.SPEED: Grammar("a speed", "rpm", "600 rpm", (_unit("rpm", "1", shown_from="0"),)),
        Dimension.LENGTH: Grammar(
            "a length",
            "mm",
            "2 mm",
            (
                _unit("nm", "1e-6"),
                _unit("µm", "1/1000", shown_from="0"),
                _unit("mm", "1", shown=True),
                _unit("cm", "10"),
                _unit("m", "1000"),
            ),
        ),
        Dimension.WAVELENGTH: Grammar(
            "a wavelength",
            "nm",
            "450 nm",
            (_unit("nm", "1", shown_from="0"), _unit("µm", "1000")),
        ),
        Dimension.FLOW_RATE: Grammar("a flow rate", "uL/s", "100 µL/s", _flow_units()),
        # Of standard volumes, as mass-flow controllers count them.
        Dimension.GAS_FLOW: Grammar(
            "a gas flow",
            "mL/min",
            "50 mL/min",
            (
                _unit("mL/min", "1", "ml/min", "sccm", shown_from="0"),
                _unit("L/min", "1000", "l/min", "slpm"),
            ),
        ),
        Dimension.COUNT: Grammar("a count", "", "8", (), bare=_NUMBER),
        Dimension.DENSITY: Grammar(
            "a density",
            "g/mL",
            "1.03 g/mL",
            (
                _unit("g/mL", "1", "g/ml", "g/cm3", "g/cm\u00b3", "kg/L", "kg/l", shown_from="0"),
                _unit("kg/m3", "1/1000", "kg/m\u00b3"),
            ),
        ),
        Dimension.MOLAR_MASS: Grammar(
            "a molar mass",
            "g/mol",
            "169.87 g/mol",
            (_unit("g/mol", "1", "mg/mmol", shown_from="0"), _unit("kg/mol", "1000")),
        ),
    }
)

CANONICAL_UNIT: Mapping[Dimension, str] = MappingProxyType(
    {dimension: grammar.canonical for dimension, grammar in GRAMMARS.items()}
)


def known_units(dimension: Dimension) -> tuple[str, ...]:
    """Return the printed unit symbols of a dimension, smallest first; empty for pure numbers."""
    return tuple(unit.symbol for unit in GRAMMARS[dimension].units)
