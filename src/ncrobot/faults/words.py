"""The words of the fault policy: acts, responses, and which belong to which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field, field_validator

from ncrobot.errors import DeviceErrorKind
from ncrobot.model import Document

K = DeviceErrorKind


class Act(StrEnum):
    """What a device was doing when it failed, as far as it matters for what can be done."""

    TAKE_TIPS = "take_tips"
    DRAW = "draw"
    DISPENSE = "dispense"
    TAKE_SAMPLE = "take_sample"
    GIVE_SAMPLE = "give_sample"
    RESUSPEND = "resuspend"
    MIX = "mix"
    SHED_TIPS = "shed_tips"
    TURN_VALVE = "turn_valve"
    MOVE_PLUNGER = "move_plunger"
    PLACE_NEEDLE = "place_needle"
    SHAKE = "shake"
    STOP_SHAKING = "stop_shaking"
    SET_TEMPERATURE = "set_temperature"
    MOVE_PLATE = "move_plate"
    READ = "read"
    LET_GAS = "let_gas"
    SHUT_GAS = "shut_gas"


class Response(StrEnum):
    """What is done about a failed act, for the wells that it failed for."""

    RETRY = "retry"
    NEXT_TIP = "next_tip"
    NEXT_SOURCE = "next_source"
    SKIP_WELL = "skip_well"
    CONTINUE = "continue"
    STOP = "stop"


FINAL = frozenset({Response.SKIP_WELL, Response.CONTINUE, Response.STOP})
"""Responses that end the matter: nothing more is tried."""

CERTAIN = frozenset({K.NO_LIQUID, K.TIP_NOT_PICKED_UP, K.REFUSED})
"""Errors that a device finds before anything moves."""


class Ask(Document):
    """Ask a person; without an answer in time the default holds, which tries nothing more.

    ``within_s`` None: as long as the schedule can wait, within bounds.
    """

    choices: tuple[Response, ...] = Field(min_length=1)
    within_s: float | None = Field(None, gt=0)
    default: Response

    @field_validator("default")
    @classmethod
    def _ends_the_matter(cls, default: Response) -> Response:
        if default not in FINAL:
            msg = f"nobody has looked: the default can't be {default.value}"
            raise ValueError(msg)
        return default


Rung = Response | Ask
Ladder = tuple[Rung, ...]
"""Responses in the order in which they are tried, each for one more failure of the same act."""

_ARM = frozenset({K.STALL, K.TIMEOUT, K.REFUSED, K.DEVICE_GONE})
_LIQUID = _ARM | {K.CLOT, K.OVERPRESSURE}
_ERRORS: Mapping[Act, frozenset[DeviceErrorKind]] = {
    Act.TAKE_TIPS: _ARM | {K.TIP_NOT_PICKED_UP},
    Act.DRAW: _LIQUID | {K.NO_LIQUID},
    Act.DISPENSE: _LIQUID,
    Act.TAKE_SAMPLE: _LIQUID | {K.NO_LIQUID},
    Act.GIVE_SAMPLE: _LIQUID,
    Act.RESUSPEND: _LIQUID | {K.NO_LIQUID},
    Act.MIX: _LIQUID | {K.NO_LIQUID},
    Act.SHED_TIPS: _ARM,
    Act.TURN_VALVE: _ARM | {K.VALVE_ERROR},
    Act.MOVE_PLUNGER: _ARM | {K.OVERPRESSURE, K.NO_LIQUID},
    Act.PLACE_NEEDLE: _ARM,
    Act.SHAKE: _ARM | {K.SHAKER_NOT_HOMED},
    Act.STOP_SHAKING: _ARM | {K.SHAKER_NOT_HOMED},
    Act.SET_TEMPERATURE: (_ARM - {K.STALL}) | {K.TEMPERATURE_NOT_REACHED},
    Act.MOVE_PLATE: _ARM,
    Act.READ: _ARM,
    Act.LET_GAS: (_ARM - {K.STALL}) | {K.FLOW_NOT_REACHED, K.VALVE_ERROR},
    Act.SHUT_GAS: (_ARM - {K.STALL}) | {K.VALVE_ERROR},
}

_R = Response
_RESPONSES: Mapping[Act, frozenset[Response]] = {
    Act.TAKE_TIPS: FINAL | {_R.RETRY, _R.NEXT_TIP},
    Act.DRAW: FINAL | {_R.RETRY, _R.NEXT_TIP, _R.NEXT_SOURCE},
    Act.DISPENSE: FINAL | {_R.RETRY, _R.NEXT_TIP},
    Act.TAKE_SAMPLE: FINAL | {_R.RETRY, _R.NEXT_TIP},
    Act.GIVE_SAMPLE: FINAL | {_R.RETRY, _R.NEXT_TIP},
    Act.RESUSPEND: FINAL | {_R.RETRY, _R.NEXT_TIP},
    Act.MIX: FINAL | {_R.RETRY},
    Act.SHED_TIPS: frozenset({_R.RETRY, _R.STOP}),
    Act.TURN_VALVE: FINAL | {_R.RETRY},
    Act.MOVE_PLUNGER: FINAL | {_R.RETRY},
    Act.PLACE_NEEDLE: FINAL | {_R.RETRY},
    Act.SHAKE: FINAL | {_R.RETRY},
    Act.STOP_SHAKING: FINAL | {_R.RETRY},
    Act.SET_TEMPERATURE: FINAL | {_R.RETRY},
    Act.MOVE_PLATE: frozenset({_R.RETRY, _R.SKIP_WELL, _R.STOP}),
    Act.READ: FINAL | {_R.RETRY},
    Act.LET_GAS: FINAL | {_R.RETRY},
    Act.SHUT_GAS: frozenset({_R.RETRY, _R.STOP}),
}


def errors_of(act: Act) -> frozenset[DeviceErrorKind]:
    """Return the errors with which an act is known to end; a driver may still tell others."""
    return _ERRORS[act]


def responses_of(act: Act) -> frozenset[Response]:
    """Return the responses that make sense for an act."""
    return _RESPONSES[act]
