"""The conditions of a record: what surrounds the wells while they react."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.importers.draft import Findings
from ncrobot.importers.ord.records import Conditions, Pressure, Temperature

_INERT = {"NITROGEN", "ARGON"}
_BATHS_C = {"ICE_BATH": 0.0}
_PLAIN_LIGHT = {"", "UNSPECIFIED", "AMBIENT", "DARK"}
_STILL = {"", "UNSPECIFIED", "NONE"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What surrounds the wells."""

    temperature_c: float | None = None
    stirs: bool = False
    speed_rpm: float | None = None
    inert: bool = False
    dark: bool = False
    light: str | None = None


def surroundings_of(conditions: Conditions, findings: Findings) -> Surroundings:
    """Read them; what a plate on a deck can't have is among the findings."""
    if conditions.conditions_are_dynamic:
        told = f": {conditions.details}" if conditions.details else ""
        findings.changed(
            f"the record's conditions change on the way, which it tells in words{told}"
        )
    for what, is_there in (
        ("electrodes", conditions.electrochemistry),
        ("flow", conditions.flow),
        ("reflux", conditions.reflux),
    ):
        if is_there:
            findings.refused(f"the record needs {what}; a plate on a deck has none")
    stirs, speed_rpm = _stirring(conditions, findings)
    light = conditions.illumination
    shines = light is not None and light.type not in _PLAIN_LIGHT
    return Surroundings(
        temperature_c=_temperature(conditions.temperature, findings),
        stirs=stirs,
        speed_rpm=speed_rpm,
        inert=_inert(conditions.pressure, findings),
        dark=light is not None and light.type == "DARK",
        light=f"light ({light.type}{' ' if light.details else ''}{light.details})"
        if shines and light is not None
        else None,
    )


def _temperature(temperature: Temperature | None, findings: Findings) -> float | None:
    if temperature is None:
        return None
    if temperature.setpoint is not None and temperature.setpoint.celsius is not None:
        return round(temperature.setpoint.celsius, 2)
    bath_c = _BATHS_C.get(temperature.kind)
    if bath_c is not None:
        findings.changed(f"an ice bath without a figure is taken as {bath_c:g} °C")
    return bath_c


def _stirring(conditions: Conditions, findings: Findings) -> tuple[bool, float | None]:
    stirring = conditions.stirring
    if stirring is None or stirring.kind in _STILL:
        return False, None
    if stirring.kind in {"BALL_MILLING", "SONICATION"}:
        message = f"the record stirs by {stirring.kind.replace('_', ' ').lower()}; a deck shakes"
        findings.refused(message, fix="write a treat step into the protocol")
        return False, None
    rpm = stirring.rate.rpm if stirring.rate else None
    return True, float(rpm) if rpm else None


def _inert(pressure: Pressure | None, findings: Findings) -> bool:
    if pressure is None:
        return False
    if pressure.kind == "PRESSURIZED":
        findings.refused("the record needs pressure; wells are open, or closed at 1 atm")
    gas = pressure.atmosphere.type if pressure.atmosphere else ""
    if gas in {"", "UNSPECIFIED", "AIR", *_INERT}:
        return gas in _INERT
    findings.refused(
        f"the record works under {gas.replace('_', ' ').lower()}",
        fix="no deck here has it: write a treat step with gas and hazards into a protocol",
    )
    return False
