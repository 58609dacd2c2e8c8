"""Values: the limits that chemistry and arithmetic set beyond those of a dimension."""

from __future__ import annotations

from itertools import pairwise

from ncrobot.protocol._parts import Parts
from ncrobot.protocol._tree import Path
from ncrobot.protocol.steps import Away, Measure, Person, Reduce, Sample, UnderGas
from ncrobot.protocol.values import Given
from ncrobot.units import Dimension

# Zero of these makes no sense even as the low end of a parameter's range.
_NEVER_ZERO = ("inverse_equivalents", "interval", "final_volume", "density", "molar_mass")
# A range may begin at zero (a control without ligand); a fixed zero is a slip.
_ZERO_ONLY_IN_RANGE = (
    "volume", "amount", "concentration", "equivalents", "electrons_per_metal", "to_volume",
    "weighed", "life", "assay", "max_fill", "max_volume", "step",
)  # fmt: skip


_MOST_DAYS = 60
"""No step of a synthesis on a deck takes longer (assumed): a longer time is a slip of the unit."""
_DAY_S = 86_400


def check_values(parts: Parts) -> None:
    """Report zeros, counts below one, endless times and ranges that contradict themselves."""
    for path, given in parts.all_givens():
        _check_lowest(parts, path, given)
        if path[0] == "steps" and given.dimension is Dimension.DURATION:
            _check_longest(parts, path, given)
    for index, step in parts.numbered_steps():
        if isinstance(step, Reduce):
            _check_portions(parts, index, step)
        if isinstance(step, Measure):
            _check_wavelengths(parts, index, step)
        if isinstance(step, Sample):
            _check_times(parts, index, step)
        if isinstance(step, Person):
            _check_answer(parts, index, step, step.takes)
        if isinstance(step, Away) and step.carry is not None:
            _check_answer(parts, index, step, step.carry)


def _lowest(parts: Parts, given: Given) -> float | None:
    """Return the smallest value that a row of the table could give."""
    if given.parameter is None:
        return given.value
    parameter = parts.parameters.get(given.parameter)
    is_sound = parameter is not None and parameter.quantity is given.dimension
    return parameter.low if parameter is not None and is_sound else None


def _check_lowest(parts: Parts, path: Path, given: Given) -> None:
    lowest = _lowest(parts, given)
    if lowest is None:
        return
    name = path[-1]
    allowed: str | None = None
    if given.dimension is Dimension.COUNT and lowest < 1:
        allowed = "1 or more"
    elif name == "factor" and lowest < 1:
        allowed = "a factor of at least 1: a dilution adds volume"
    elif lowest <= 0 and (
        name in _NEVER_ZERO
        or _is_of_gas(parts, path)
        or (name in _ZERO_ONLY_IN_RANGE and given.parameter is None)
    ):
        allowed = "more than zero"
    if allowed is None:
        return
    place: Path = path if given.parameter is None else ("parameters", given.parameter, "range")
    whose = parts.label(path)
    parts.error(
        place,
        "out-of-range",
        f"{whose} is too small"
        if given.parameter is None
        else f"parameter {given.parameter} sets {whose}, but its range begins too low",
        found=str(given) if given.parameter is None else parts.parameters[given.parameter].allowed,  # type: ignore[union-attr]  # _lowest saw it
        allowed=allowed,
    )


def _check_longest(parts: Parts, path: Path, given: Given) -> None:
    """Report times of a step for which nobody would wait."""
    parameter = parts.parameters.get(given.parameter) if given.parameter is not None else None
    is_sound = parameter is not None and parameter.quantity is given.dimension
    longest_s = parameter.high if parameter is not None and is_sound else given.value
    if longest_s is None or longest_s <= _MOST_DAYS * _DAY_S:
        return
    place: Path = path if parameter is None else ("parameters", str(given.parameter), "range")
    parts.error(
        place,
        "out-of-range",
        f"{parts.label(path)} is too long: a run doesn't wait for months",
        found=str(given) if parameter is None else parameter.allowed,
        allowed=f"at most {_MOST_DAYS} days",
        fix="look at the unit: s, min and h are known",
    )


def _is_of_gas(parts: Parts, path: Path) -> bool:
    """Whether a value is the flow or the time of a gas, or of its flush."""
    step = parts.steps[path[1]] if path[0] == "steps" and isinstance(path[1], int) else None
    return isinstance(step, UnderGas) and path[-1] in ("flow", "for")


def _check_portions(parts: Parts, index: int, step: Reduce) -> None:
    """Report a tolerance as long as the interval: portions could change places."""
    interval = step.interval.value if step.interval is not None else None
    tolerance = step.tolerance.value if step.tolerance is not None else None
    if interval is not None and tolerance is not None and tolerance >= interval:
        parts.error(
            ("steps", index, "tolerance"),
            "out-of-range",
            f"{parts.label(('steps', index))}: a portion could come as late as the next one",
            found=str(step.tolerance),
            allowed=f"less than the interval of {step.interval}",
        )


def _check_wavelengths(parts: Parts, index: int, step: Measure) -> None:
    start, stop = step.start.value, step.stop.value
    if start is not None and stop is not None and start >= stop:
        parts.error(
            ("steps", index, "stop"),
            "range-order",
            f"{parts.label(('steps', index))} stops before it starts",
            found=f"{step.start} to {step.stop}",
            allowed=f"stop above {step.start}",
        )


def _check_times(parts: Parts, index: int, step: Sample) -> None:
    """Report sampling times that do not rise."""
    times = [given.value for given in step.at]
    for number, (before, after) in enumerate(pairwise(times), start=1):
        if before is not None and after is not None and after <= before:
            parts.error(
                ("steps", index, "at", number),
                "range-order",
                f"{parts.label(('steps', index))}: sampling times must rise",
                found=f"{step.at[number]} after {step.at[number - 1]}",
            )


def _check_answer(parts: Parts, index: int, step: Person | Away, time: Given) -> None:
    """Report a task whose default answer comes before it can be done."""
    takes, within = time.value, step.answer_within.value if step.answer_within else None
    if takes is not None and within is not None and within < takes:
        parts.error(
            ("steps", index, "answer_within"),
            "out-of-range",
            f"{parts.label(('steps', index))}: the default answer comes before the task is done",
            found=str(step.answer_within),
            allowed=f"at least {time}",
        )
