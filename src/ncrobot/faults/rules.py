"""What is safe: the one rule about what may have moved, for the protocol's reader and the engine.

Whatever may have moved liquid is never repeated unless a person says so. A stock that is drawn
again with another tip is no repeated dose, for nothing has reached a well; a protocol may ask for
it beforehand. Acts that say where to be, not how far to go, can always be asked for again.
"""

from __future__ import annotations

from typing import Literal

from ncrobot.errors import DeviceErrorKind
from ncrobot.faults.words import CERTAIN, FINAL, Act, Ask, Ladder, Response, responses_of

Word = Literal["table", "protocol", "person"]
"""Whose word it is: the table of defaults, the protocol's, or that of a person who has looked."""

ABSOLUTE = frozenset(
    {
        Act.SHED_TIPS,
        Act.TURN_VALVE,
        Act.MOVE_PLUNGER,
        Act.PLACE_NEEDLE,
        Act.SHAKE,
        Act.STOP_SHAKING,
        Act.SET_TEMPERATURE,
        Act.READ,
        Act.LET_GAS,  # what flowed already is counted, and only the rest is let flow
        Act.SHUT_GAS,
    }
)
"""Acts that lead to the same end however often they are asked for."""

UNHOMED = frozenset(
    {DeviceErrorKind.SHAKER_NOT_HOMED, DeviceErrorKind.STALL, DeviceErrorKind.DEVICE_GONE}
)
"""Errors after which nobody knows where the wells of a shaker are."""

_REPEATING = frozenset({Response.RETRY, Response.NEXT_TIP, Response.NEXT_SOURCE})


def repeats_safely(  # noqa: PLR0911 - one line a rule
    act: Act,
    response: Response,
    kind: DeviceErrorKind,
    *,
    moved: bool | None,
    word: Word,
) -> bool:
    """Whether a response may be given to an error of this kind, with this known of its effect."""
    if response not in responses_of(act):
        return False
    if act is Act.STOP_SHAKING and response is Response.CONTINUE:
        return word == "person" or kind not in UNHOMED
    if act is Act.MOVE_PLATE and moved is not False:
        return response is Response.STOP or (response is Response.RETRY and word == "person")
    if response in FINAL or act in ABSOLUTE or moved is False:
        return True
    if act is Act.TAKE_TIPS:
        return True  # a tip that may be on the channel is thrown away before the next is taken
    if act in (Act.DRAW, Act.RESUSPEND):
        # In place a tip that may be full would be filled again.
        return response is not Response.RETRY and word != "table"
    return word == "person"


def refusal(act: Act, kind: DeviceErrorKind, response: Response) -> str | None:
    """Return why a protocol can't give this response to an error in an act; None if it may."""
    if response not in _REPEATING or kind in CERTAIN or response not in responses_of(act):
        return None
    if repeats_safely(act, response, kind, moved=None, word="protocol"):
        return None
    return _REASONS[act]


def final_of(ladder: Ladder) -> Response:
    """Return what holds when a ladder is at its end."""
    last = ladder[-1]
    return last.default if isinstance(last, Ask) else last


_REASONS = {
    Act.DRAW: "a draw that failed may have filled the tip; drawing with it again overfills it",
    Act.DISPENSE: "a dispense that failed may have delivered the dose; repeating it may double it",
    Act.TAKE_SAMPLE: "a sample that failed may have been taken; repeating it may take it twice",
    Act.GIVE_SAMPLE: "a sample that failed may have been given; repeating it may double it",
    Act.RESUSPEND: "a mix that failed may have left liquid in the tip",
    Act.MIX: "a mix that failed may have left liquid in the tip",
    Act.MOVE_PLATE: "nobody knows where a plate is after a failed move",
}
