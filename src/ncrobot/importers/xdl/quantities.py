"""Quantities as XDL writes them: "5.00 mL", "30 mins", "45", "room temperature", "1.2 eq".

A bare number is in XDL's own unit: mL, seconds, degrees Celsius, rpm, grams.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ncrobot.importers.draft import By
from ncrobot.units import Dimension, QuantityError, parse_quantity

_NUMBER = re.compile(r"([+-]?\d+(?:\.\d*)?|\.\d+)(?:e([+-]?\d+))?", re.IGNORECASE)
_WORDS = {
    "mins": "min", "minutes": "min", "minute": "min", "hrs": "h", "hr": "h", "hours": "h",
    "hour": "h", "secs": "s", "sec": "s", "seconds": "s", "second": "s", "days": "d", "day": "d",
    "cc": "mL", "cm3": "mL", "millilitres": "mL", "milliliters": "mL", "litres": "L",
    "liters": "L", "microlitres": "µL", "microliters": "µL", "ul": "µL", "μl": "µL", "ml": "mL",
    "l": "L", "rpm": "rpm", "grams": "g", "gram": "g", "milligrams": "mg", "μmol": "µmol",
    "degc": "°C", "degrees c": "°C", "c": "°C", "℃": "°C", "º c": "°C", "° c": "°C", "k": "K",
    "equiv": "eq", "equivs": "eq", "equivalents": "eq", "equivalent": "eq", "eqs": "eq",
}  # fmt: skip
_BARE = {
    Dimension.VOLUME: "mL",
    Dimension.DURATION: "s",
    Dimension.TEMPERATURE: "°C",
    Dimension.SPEED: "rpm",
}
_ROOM_C = 25.0
_TEMPERATURES = {"rt": _ROOM_C, "room temperature": _ROOM_C, "ambient": _ROOM_C, "r.t.": _ROOM_C}
_MASSES_MG = {"g": 1e3, "mg": 1.0, "kg": 1e6, "µg": 1e-3, "ug": 1e-3, "": 1e3}
_AMOUNTS = {"mol", "mmol", "µmol", "umol", "nmol"}


@dataclass(frozen=True, slots=True)
class Read:
    """A quantity that was read; ``note`` tells what a word was taken for."""

    value: float
    note: str | None = None


def read_quantity(text: str, dimension: Dimension) -> Read | None:
    """Read a volume, time, temperature or speed, in canonical units; None: it can't be read."""
    folded = " ".join(text.casefold().split())
    if dimension is Dimension.TEMPERATURE and folded in _TEMPERATURES:
        return Read(_TEMPERATURES[folded], f'"{text}" is taken as {_TEMPERATURES[folded]:g} °C')
    number, unit = _parted(text)
    if number is None:
        return None
    unit = _WORDS.get(unit.casefold(), unit) or _BARE.get(dimension, "")
    try:
        return Read(parse_quantity(f"{number} {unit}", dimension))
    except QuantityError:
        return None


def read_amount(text: str) -> tuple[By, float] | None:
    """Read an amount in any of its units, as the kind of dose and its value; None: unreadable."""
    number, unit = _parted(text)
    if number is None:
        return None
    unit = _WORDS.get(unit.casefold(), unit)
    if unit == "eq":
        return "equivalents", float(number)
    if unit in _AMOUNTS:
        return "amount_umol", parse_quantity(f"{number} {unit}", Dimension.AMOUNT)
    if unit in _MASSES_MG and unit:
        return "mass_mg", float(number) * _MASSES_MG[unit]
    volume = read_quantity(text, Dimension.VOLUME) if unit else None
    return None if volume is None else ("volume_ul", volume.value)


def read_mass_mg(text: str) -> float | None:
    """Read a mass in mg; a bare number is in grams."""
    number, unit = _parted(text)
    factor = _MASSES_MG.get(_WORDS.get(unit.casefold(), unit))
    return None if number is None or factor is None else float(number) * factor


def _parted(text: str) -> tuple[str | None, str]:
    """The number and the unit of a quantity."""
    text = text.strip()
    match = _NUMBER.match(text)
    if match is None:
        return None, text
    return match[0], text[match.end() :].strip()
