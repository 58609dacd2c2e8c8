"""Responses to faults: the error can come in the step, and the response is safe and makes sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from ncrobot.errors import DeviceErrorKind
from ncrobot.faults import Act, Ask, Ladder, Response, errors_of, refusal, responses_of
from ncrobot.protocol._flaw import either
from ncrobot.protocol._parts import Parts
from ncrobot.protocol._tree import Path
from ncrobot.protocol._walk import child
from ncrobot.protocol.on_fault import ERRORS, WORDS, OnFault
from ncrobot.protocol.steps import (
    Age,
    Dilute,
    Dosing,
    Hold,
    Measure,
    Mix,
    Sample,
    Step,
    Stir,
    UnderGas,
)

_TIPS = (Act.TAKE_TIPS, Act.SHED_TIPS)
_DOSE = (*_TIPS, Act.DRAW, Act.DISPENSE, Act.TURN_VALVE, Act.MOVE_PLUNGER, Act.PLACE_NEEDLE)
_ACTS: Sequence[tuple[type[Step], tuple[Act, ...]]] = (
    (Dosing, _DOSE),
    (Dilute, _DOSE),
    (Sample, (*_TIPS, Act.TAKE_SAMPLE, Act.GIVE_SAMPLE)),
    (Mix, (*_TIPS, Act.MIX)),
    (Stir, (Act.SHAKE, Act.STOP_SHAKING, Act.SET_TEMPERATURE)),
    (Hold, (Act.SET_TEMPERATURE,)),
    (Age, (Act.SET_TEMPERATURE,)),
    (Measure, (Act.MOVE_PLATE, Act.READ)),
    (UnderGas, (Act.LET_GAS, Act.SHUT_GAS, Act.SET_TEMPERATURE)),
)  # type: ignore[assignment]
"""What the devices do in each kind of step; a person's step has no device."""

_EVERY_ACT = tuple(Act)
_LADDERS: TypeAdapter[OnFault] = TypeAdapter(OnFault)


def check_faults(parts: Parts) -> None:
    """Report responses that can't be given, or that might double a dose."""
    _check_all(parts, ("on_fault",), _of_protocol(parts), _EVERY_ACT)
    for index, step in parts.numbered_steps():
        acts = next((acts for kind, acts in _ACTS if isinstance(step, kind)), ())
        _check_all(parts, ("steps", index, "on_fault"), step.on_fault, acts)


def _of_protocol(parts: Parts) -> Mapping[DeviceErrorKind, Ladder]:
    raw = child(parts.tree.data, "on_fault")
    try:
        return _LADDERS.validate_python(raw) if isinstance(raw, dict) else {}
    except ValidationError:
        return {}  # told with the form of the whole file


def _check_all(
    parts: Parts,
    path: Path,
    given: Mapping[DeviceErrorKind, Ladder],
    acts: Sequence[Act],
) -> None:
    for kind, ladder in given.items():
        place = (*path, kind.value)
        hit = [act for act in acts if kind in errors_of(act)]
        if not hit:
            _tell_impossible(parts, place, kind, acts)
            continue
        for response, is_asked in _responses(ladder):
            if any(response in responses_of(act) for act in hit):
                if not is_asked:
                    _check_safe(parts, place, kind, response, hit)
            else:
                _tell_senseless(parts, place, response, hit)


def _responses(ladder: Ladder) -> list[tuple[Response, bool]]:
    """Every response of a ladder, and whether a person is asked before."""
    found: list[tuple[Response, bool]] = []
    for rung in ladder:
        if isinstance(rung, Ask):
            found += [(choice, True) for choice in rung.choices]
        else:
            found.append((rung, False))
    return found


def _tell_impossible(parts: Parts, path: Path, kind: DeviceErrorKind, acts: Sequence[Act]) -> None:
    known = {each.value for act in acts for each in errors_of(act)}
    parts.error(
        path,
        "fault-not-possible",
        f"{parts.label(path[:-2])} never ends with {kind.value}"
        if known
        else f"{parts.label(path[:-2])} is done by no device, so nothing fails",
        on_key=True,
        found=kind.value,
        allowed=", ".join(word for word in ERRORS if word in known) or None,
        fix="delete it, or write it in the step that is meant",
    )


def _tell_senseless(parts: Parts, path: Path, response: Response, hit: Sequence[Act]) -> None:
    known = {each.value for act in hit for each in responses_of(act)}
    acts = either([act.value for act in hit])
    parts.error(
        path,
        "response-not-possible",
        f"{parts.label(path)}: {response.value} can't be done about {acts}",
        found=response.value,
        allowed=either([word for word in WORDS if word in known]),
    )


def _check_safe(
    parts: Parts, path: Path, kind: DeviceErrorKind, response: Response, hit: Sequence[Act]
) -> None:
    reasons = {act: refusal(act, kind, response) for act in hit if response in responses_of(act)}
    reason = next((found for found in reasons.values() if found), None)
    if reason is None or (response is not Response.RETRY and not reasons.get(Act.DRAW, reason)):
        return  # another tip is for the draw; in a dispense the table holds
    safe = [
        word
        for word in WORDS
        if any(Response(word) in responses_of(act) for act in hit)
        and not any(refusal(act, kind, Response(word)) for act in hit)
    ]
    ends = [word for word in ("skip_well", "continue", "stop") if word in safe]
    parts.error(
        path,
        "unsafe-response",
        f"{parts.label(path)}: {response.value} isn't safe: {reason}",
        found=response.value,
        allowed=f"{either(safe)}, or a question",
        fix="leave it out, for what the device knows not to have moved is repeated by itself; or "
        f"let a person look: {{ask: [{response.value}, {ends[0]}], within: 2 min, "
        f"default: {ends[0]}}}",
    )
