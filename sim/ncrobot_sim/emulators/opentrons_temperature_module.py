"""An Opentrons temperature module at its own USB line, after programs that drive it.

What isn't confirmed: the answer to an unknown command (here: the acknowledgement alone); that it
heats and cools alike fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ncrobot_sim.emulators.device import Emulator
from ncrobot_sim.emulators.faults import FaultKind
from ncrobot_sim.emulators.physics import Warmth

PELTIER_S = 120.0
ACK = b"ok\r\nok\r\n"


class TemperatureModule(Emulator):
    """One module."""

    kind = "opentrons.temperature_module"
    baud = 115200
    offers = frozenset({FaultKind.RESET})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__({**settings, **(settings.get("options") or {})})
        self.block = Warmth(PELTIER_S)

    def lose_power(self, now_s: float) -> None:
        """Control nothing."""
        super().lose_power(now_s)
        self.block.aim(None, now_s)

    def split(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """A line to CR LF; an empty one is nothing."""
        line, end, rest = buffer.partition(b"\r\n")
        return (line.strip(), rest) if end else None

    def answer(self, command: bytes, now_s: float) -> bytes:
        """Obey a line."""
        words = command.decode("latin-1").split()
        told = ""
        if words[:1] == ["M105"]:
            target = "none" if self.block.target_c is None else f"{self.block.target_c:.3f}"
            told = f"T:{target} C:{self.block.now_c(now_s):.3f}\r\n"
        elif words[:1] == ["M115"]:
            told = "serial:TDV20P20230101A01 model:temp_deck_v20 version:v2.0.1\r\n"
        elif words[:1] == ["M18"]:
            self.block.aim(None, now_s)
        elif words[:1] == ["M104"] and len(words) > 1:
            self._aim(words[1], now_s)
        return told.encode("latin-1") + ACK

    def _aim(self, word: str, now_s: float) -> None:
        try:
            target_c = float(word.removeprefix("S"))
        except ValueError:
            return
        if -9 <= target_c <= 99:
            self.block.aim(target_c, now_s)


DEVICE = TemperatureModule
