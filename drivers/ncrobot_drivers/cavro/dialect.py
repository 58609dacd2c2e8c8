"""What pumps of the Cavro language differ in, and what their error codes mean (733085-B)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ncrobot.errors import DeviceErrorKind

PULSES_PER_STROKE = 6000
"""Speeds are in pulses/s; a stroke of the XCalibur is 6000 pulses."""

WORDS = {"input": "I", "output": "O", "bypass": "B", "extra": "E"}
"""Positions of valves that aren't distribution valves, and the commands that turn to them."""

VALVES: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "3-port": ("input", "output", "bypass"),
    "4-port": ("input", "output", "bypass", "extra"),
    "3-port-distribution": ("1", "2", "3"),
    "6-port": tuple(str(n) for n in range(1, 7)),
    "9-port": tuple(str(n) for n in range(1, 10)),
}

ERRORS: Mapping[int, tuple[str, DeviceErrorKind]] = {
    1: ("homing failed", DeviceErrorKind.STALL),
    2: ("doesn't know the command", DeviceErrorKind.REFUSED),
    3: ("can't do so much", DeviceErrorKind.REFUSED),
    4: ("can't run this sequence", DeviceErrorKind.REFUSED),
    6: ("its memory fails: it needs service", DeviceErrorKind.REFUSED),
    7: ("isn't homed", DeviceErrorKind.REFUSED),
    9: ("the plunger is overloaded: blocked, or too fast", DeviceErrorKind.STALL),
    10: ("the valve is overloaded: blocked", DeviceErrorKind.VALVE_ERROR),
    11: ("can't move its plunger while the valve is in bypass", DeviceErrorKind.REFUSED),
    15: ("was still moving", DeviceErrorKind.REFUSED),
}

PLACE_LOST = frozenset({1, 7, 9, 10})
"""Errors after which the volume in the syringe isn't known: only homing helps."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One model of the family.

    ``steps`` make a stroke; None if the model is built in several kinds and the layout has to
    tell. ``speeds`` are its slowest and fastest (pulses/s), ``protocols`` what it speaks, the best
    one first, and ``errors`` those that only it has.
    """

    driver: str
    model: str
    steps: int | None
    speeds: tuple[int, int] = (5, 6000)
    protocols: tuple[str, ...] = ("oem", "dt")
    errors: Mapping[int, tuple[str, DeviceErrorKind]] = field(default_factory=dict)

    def error(self, code: int) -> tuple[str, DeviceErrorKind]:
        """What an error code means."""
        unknown = (f"reports error {code}, which its manual doesn't tell", DeviceErrorKind.REFUSED)
        return self.errors.get(code) or ERRORS.get(code) or unknown


def port_named(answer: str) -> str | None:
    """Turn the answer to ``?6`` into the name of a port; None if it stands at none."""
    words = {letter.lower(): word for word, letter in WORDS.items()}
    return answer if answer.isdecimal() else words.get(answer)
