"""Asking: what a chemist writes on the command line, read as options of a schedule."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import ValidationError

from ncrobot.errors import Diagnostic, ScheduleError
from ncrobot.schedule import Away, ScheduleOptions
from ncrobot.units import Dimension, QuantityError, parse_quantity

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\Z")
_OBJECTIVES = ("makespan", "deviation", "person-time")
_TREATMENTS = ("delay", "spread")


def read_options(
    *,
    objective: str = "makespan",
    finish_within: str | None = None,
    start: str | None = None,
    person_away: Sequence[str] = (),
    equal_treatment: str | None = None,
    reserve: str | None = None,
) -> ScheduleOptions:
    """Options from words: durations with their unit, times of day as 18:00, hours as 22:00-07:00.

    Raises:
        ScheduleError: with every option that can't be read.
    """
    wrong: list[Diagnostic] = []
    if objective not in _OBJECTIVES:
        wrong.append(_wrong("--objective", objective, ", ".join(_OBJECTIVES)))
    if equal_treatment is not None and equal_treatment not in _TREATMENTS:
        wrong.append(_wrong("--equal-treatment", equal_treatment, ", ".join(_TREATMENTS)))
    finish_within_s = _duration_s(finish_within, wrong)
    start_s = None if start is None else _clock_s("--start", start, wrong)
    share = _share(reserve, wrong)
    away = [_away(text, wrong) for text in person_away]
    if person_away and start is None:
        wrong.append(_wrong("--person-away", "no --start", "hours together with '--start 18:00'"))
    if wrong:
        raise ScheduleError(wrong)
    try:
        return ScheduleOptions.model_validate(
            {
                "objective": objective,
                "finish_within_s": finish_within_s,
                "start_s": start_s,
                "person_away": tuple(each for each in away if each is not None),
                "equal_treatment": equal_treatment,
                "reserve": share,
            }
        )
    except ValidationError as error:
        message = "; ".join(str(each["msg"]) for each in error.errors())
        raise ScheduleError(Diagnostic(code="bad-option", message=message)) from error


def _wrong(option: str, found: str, allowed: str) -> Diagnostic:
    return Diagnostic(
        code="bad-option",
        message=f"{option} can't be used like this",
        found=found,
        allowed=allowed,
        fix=f"give {option} as {allowed}",
    )


def _duration_s(text: str | None, wrong: list[Diagnostic]) -> float | None:
    if text is None:
        return None
    try:
        seconds = parse_quantity(text, Dimension.DURATION)
    except QuantityError:
        seconds = 0.0
    if seconds <= 0:
        wrong.append(_wrong("--finish-within", text, "a duration such as '12 h'"))
        return None
    return seconds


def _share(text: str | None, wrong: list[Diagnostic]) -> float:
    if text is None:
        return 0.0
    try:
        share = parse_quantity(text, Dimension.FRACTION)
    except QuantityError:
        share = -1.0
    if not 0 <= share <= 1:
        wrong.append(_wrong("--reserve", text, "a share such as '10 %'"))
        return 0.0
    return share


def _clock_s(option: str, text: str, wrong: list[Diagnostic]) -> float | None:
    match = _CLOCK.match(text.strip())
    if match is None:
        wrong.append(_wrong(option, text, "a time of day such as 18:00"))
        return None
    return int(match[1]) * 3600.0 + int(match[2]) * 60.0


def _away(text: str, wrong: list[Diagnostic]) -> Away | None:
    matches = [_CLOCK.match(part.strip()) for part in text.split("-")]
    first, last = (matches[0], matches[1]) if len(matches) == 2 else (None, None)
    if first is None or last is None or first.groups() == last.groups():
        wrong.append(_wrong("--person-away", text, "hours such as 22:00-07:00"))
        return None
    from_s, to_s = (int(m[1]) * 3600.0 + int(m[2]) * 60.0 for m in (first, last))
    return Away(from_s=from_s, to_s=to_s)
