"""Kinds of values that settings files share."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, PlainSerializer

from ncrobot.protocol._flaw import FlawError, described
from ncrobot.units import Dimension, QuantityError, format_quantity, parse_quantity

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _seconds(raw: Any) -> float:
    if not isinstance(raw, str):
        raise FlawError(
            f"a duration with its unit is needed, not {described(raw)}",
            code="wrong-kind",
            found=described(raw),
            fix="write a number and s, min, h or d, as in 10 min",
        )
    try:
        value = parse_quantity(raw, Dimension.DURATION)
    except QuantityError as error:
        raise FlawError.of_quantity(error) from error
    return float(value)


def _time_of_day(raw: Any) -> time:
    if isinstance(raw, time):
        return raw
    if isinstance(raw, str) and _TIME.fullmatch(raw):
        return time.fromisoformat(raw)
    raise FlawError(
        f"{described(raw)} is no time of day",
        code="bad-time",
        found=described(raw),
        allowed="00:00 to 23:59",
        fix="write hours and minutes with two digits each, as in 22:00",
    )


def _zone(raw: Any) -> str:
    try:
        return ZoneInfo(str(raw)).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise FlawError(
            f"{described(raw)} is no time zone that this machine knows",
            code="bad-zone",
            found=described(raw),
            fix="write a name as in Europe/Zurich, or UTC",
        ) from None


# Enough for an editor; what a duration may look like in full is read by ncrobot.units.
_DURATION_TEXT = Annotated[str, Field(pattern=r"^[0-9].*[a-z]$", examples=["10 min", "1 h 30 min"])]
_TIME_TEXT = Annotated[str, Field(pattern=f"^{_TIME.pattern}$")]

Seconds = Annotated[
    float,
    BeforeValidator(_seconds, json_schema_input_type=_DURATION_TEXT),
    PlainSerializer(lambda value: format_quantity(value, Dimension.DURATION), return_type=str),
]
"""A duration, written with its unit ("10 min"), held in seconds."""

TimeOfDay = Annotated[
    time,
    BeforeValidator(_time_of_day, json_schema_input_type=_TIME_TEXT),
    PlainSerializer(lambda value: value.isoformat("minutes"), return_type=str),
]
"""Hours and minutes of a clock on the wall, "22:00"."""

Zone = Annotated[str, BeforeValidator(_zone)]
"""Name of a time zone, as in Europe/Zurich."""

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""A name of the lab's own: small letters, digits and underscores."""

EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""Name of an environment variable that holds a secret; secrets never stand in a file."""
