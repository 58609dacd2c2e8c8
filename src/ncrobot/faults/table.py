"""The table of defaults: what is done about each error in each act, unless a protocol says else.

A cell is a ladder: the first response for the first failure, the next one for the next failure of
the same act for the same well. What isn't safe or isn't possible at that moment is left out, so
``next_tip`` in a draw means: if the device knows that nothing has moved, and a spare tip is left.
The last response ends the matter.
"""

from __future__ import annotations

from collections.abc import Mapping

from ncrobot.errors import DeviceErrorKind
from ncrobot.faults.words import Act, Ask, Ladder, Response, Rung

K = DeviceErrorKind

OTHERWISE = None
"""The column of a row that holds for every error without a cell of its own."""

_ASKED = {
    "ask_or_skip": Ask(
        choices=(Response.RETRY, Response.CONTINUE, Response.SKIP_WELL, Response.STOP),
        default=Response.SKIP_WELL,
    ),
    "ask_or_stop": Ask(choices=(Response.RETRY, Response.STOP), default=Response.STOP),
}


def _ladder(words: str) -> Ladder:
    rungs: list[Rung] = [_ASKED.get(word) or Response(word) for word in words.split()]
    return tuple(rungs)


Row = Mapping[DeviceErrorKind | None, Ladder]


def _row(otherwise: str, **cells: str) -> Row:
    row: dict[DeviceErrorKind | None, Ladder] = {K(name): _ladder(c) for name, c in cells.items()}
    return {**row, OTHERWISE: _ladder(otherwise)}


DEFAULTS: Mapping[Act, Row] = {
    Act.TAKE_TIPS: _row(
        "next_tip skip_well",
        tip_not_picked_up="next_tip next_tip skip_well",
        refused="skip_well",
        device_gone="stop",
    ),
    Act.DRAW: _row(
        "next_tip skip_well",
        no_liquid="next_source skip_well",
        stall="retry skip_well",
        timeout="retry skip_well",
        refused="skip_well",
        device_gone="stop",
    ),
    Act.DISPENSE: _row("retry skip_well", refused="skip_well", device_gone="stop"),
    # The reaction goes on without the sample.
    Act.TAKE_SAMPLE: _row(
        "next_tip continue",
        no_liquid="continue",
        stall="retry continue",
        timeout="retry continue",
        refused="continue",
        device_gone="stop",
    ),
    Act.GIVE_SAMPLE: _row("retry continue", refused="continue", device_gone="stop"),
    Act.RESUSPEND: _row("next_tip skip_well", refused="skip_well", device_gone="stop"),
    Act.MIX: _row("retry skip_well", refused="skip_well", device_gone="stop"),
    # A channel that keeps its tip is of no more use, and its tip might drip over the plate.
    Act.SHED_TIPS: _row("retry ask_or_stop", device_gone="stop"),
    # Valve, plunger and needle go to places that are told absolutely, so they may be told again.
    Act.TURN_VALVE: _row("retry retry skip_well", refused="skip_well", device_gone="skip_well"),
    Act.MOVE_PLUNGER: _row(
        "retry skip_well",
        no_liquid="skip_well",
        refused="skip_well",
        device_gone="skip_well",
    ),
    Act.PLACE_NEEDLE: _row("retry skip_well", refused="skip_well", device_gone="stop"),
    Act.SHAKE: _row("retry retry continue", refused="continue", device_gone="continue"),
    # The arm must never come down beside the wells. Where only the answer is missing, the interlock
    # reads the speed before each visit.
    Act.STOP_SHAKING: _row(
        "retry retry ask_or_skip",
        timeout="retry retry continue",
        refused="continue",
        device_gone="ask_or_skip",
    ),
    Act.SET_TEMPERATURE: _row(
        "retry retry ask_or_skip",
        temperature_not_reached="ask_or_skip",
        refused="ask_or_skip",
        device_gone="ask_or_skip",
    ),
    # Nobody may go on while it isn't known where a plate is.
    Act.MOVE_PLATE: _row("retry ask_or_stop", refused="skip_well", device_gone="stop"),
    # A reading can be taken again; nothing is done to the wells.
    Act.READ: _row("retry continue", refused="continue", device_gone="continue"),
    # The valve is shut first. What has flowed is counted, and a retry lets only the rest flow.
    Act.LET_GAS: _row("retry ask_or_skip", refused="ask_or_skip", device_gone="ask_or_skip"),
    # A valve that doesn't shut is nothing to go on with.
    Act.SHUT_GAS: _row("retry retry stop", refused="retry stop", device_gone="stop"),
}


def default_ladder(act: Act, kind: DeviceErrorKind) -> Ladder:
    """Return the responses that the table gives for an error in an act."""
    row = DEFAULTS[act]
    return row.get(kind) or row[OTHERWISE]
