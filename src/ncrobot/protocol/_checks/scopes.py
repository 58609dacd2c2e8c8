"""Scopes: what one device does for all wells at once cannot differ from well to well."""

from __future__ import annotations

from ncrobot.protocol._parts import Parts
from ncrobot.protocol._tree import Path
from ncrobot.protocol.parameters import Scope
from ncrobot.protocol.steps import Age, Hold, Measure, Person, Step, Stir, Treat, UnderGas

_SHAKER = "a shaker has one speed for all its wells"
_BLOCK = "a block has one temperature for all its wells"
_READER = "the reader measures the whole plate at once"
_GAS = "a gas flows over the whole plate"
_PERSON = "a person does this for the whole plate"


def check_scopes(parts: Parts) -> None:
    """Report parameters with scope well that set what a device does to a whole plate."""
    _check_choices(parts)
    for path, given in parts.all_givens():
        if path[0] != "steps" or given.parameter is None or not isinstance(path[1], int):
            continue
        step = parts.steps[path[1]]
        parameter = parts.parameters.get(given.parameter)
        reason = _reason(step, path) if step is not None else None
        if reason is None or parameter is None or parameter.scope is not Scope.WELL:
            continue
        parts.error(
            path,
            "wrong-scope",
            f"{parts.label(path)} cannot vary from well to well: {reason}",
            found=f"parameter {given.parameter} with scope: well",
            allowed="scope: plate or scope: block",
            fix=f"write scope: plate in parameter {given.parameter}",
        )


def _check_choices(parts: Parts) -> None:
    """Report choices with scope well that decide about what is done to a whole plate."""
    for index, step in parts.numbered_steps():
        reason = _whole(step)
        for name in step.only if reason is not None else ():
            choice = parts.choices.get(name)
            if choice is None or choice.scope is not Scope.WELL:
                continue
            parts.error(
                ("steps", index, "only", name),
                "wrong-scope",
                f"{parts.label(('steps', index))} can't be done in some wells only: {reason}",
                found=f"choice {name} with scope: well",
                allowed="scope: plate",
                fix=f"write scope: plate in choice {name}",
            )


def _whole(step: Step) -> str | None:
    """Return why a step is done to all wells at once, or None if it isn't."""
    if isinstance(step, Stir):
        return _SHAKER
    if isinstance(step, Person | Treat) or (isinstance(step, Age) and step.where == "off_deck"):
        return _PERSON
    if isinstance(step, UnderGas):
        return _GAS
    if isinstance(step, Hold | Age) and step.temperature is not None:
        return _BLOCK
    return _READER if isinstance(step, Measure) else None


def _reason(step: Step, path: Path) -> str | None:
    """Return why a value is common to the plate, or None if it may differ between wells."""
    last = path[-1]
    if isinstance(step, Stir) and last == "speed":
        return _SHAKER
    if last == "temperature":
        return _BLOCK
    if isinstance(step, Measure):
        return _READER
    if isinstance(step, UnderGas):
        return _GAS
    if isinstance(step, Person | Treat) or (isinstance(step, Age) and step.where == "off_deck"):
        return _PERSON
    return None
