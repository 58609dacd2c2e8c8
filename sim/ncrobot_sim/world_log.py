"""The world's own log: what really happened outlives the controller that made it happen.

A simulated run whose process is killed can so be resumed in the same world. Every change is one
line of JSON, written at the moment at which it happens and never looked at by the controller.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHANGES = frozenset(
    {
        "set_speed", "set_setpoint", "set_plunger", "set_valve", "place_needle", "define_acid",
        "define_stock", "fill", "take_out", "put", "pick_up_tip", "shed_tip", "aspirate",
        "dispense", "flow", "carry", "set_drawer", "set_homed",
    }
)  # fmt: skip
"""Methods of the world that change it."""


class WorldLog:
    """Appends changes to a file. One write a change: it is there even if the process dies next."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, change: list[Any]) -> None:
        """Append a change: its name, its arguments, and a mapping with its time.

        Raises:
            ValueError: it isn't one of :data:`CHANGES`.

        """
        if change[0] not in CHANGES:
            message = f"{change[0]!r} couldn't be told to a new world"
            raise ValueError(message)
        os.write(self._file, json.dumps(change).encode() + b"\n")

    def __del__(self) -> None:
        if hasattr(self, "_file"):  # else it couldn't be opened
            os.close(self._file)

    @staticmethod
    def read(path: Path) -> Iterator[list[Any]]:
        """Yield the changes of a log in their order; a line that was cut off is no change."""
        for change, _ in WorldLog.read_timed(path):
            yield change

    @staticmethod
    def read_timed(path: Path) -> Iterator[tuple[list[Any], dict[str, Any]]]:
        """Yield the changes, each with its time: ``at`` (s), and ``began`` where it is told."""
        if not path.exists():
            return
        for line in path.read_bytes().split(b"\n")[:-1]:
            change = json.loads(line)
            if change[0] not in CHANGES:
                message = f"{path} is no log of a simulated world: {change[0]!r}"
                raise ValueError(message)
            is_timed = isinstance(change[-1], dict) and "at" in change[-1] and len(change) > 1
            yield (change[:-1], change[-1]) if is_timed else (change, {})
