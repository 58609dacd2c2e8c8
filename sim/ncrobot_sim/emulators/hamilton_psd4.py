"""A Hamilton PSD/4 as far as it speaks Cavro's language; steps of a stroke as the layout says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ncrobot_sim.emulators.cavro import CavroPump


class Psd4(CavroPump):
    """A PSD/4. It knows the terminal protocol only."""

    kind = "hamilton.psd4"
    name = "PSD/4"
    speaks_oem = False

    def __init__(self, settings: Mapping[str, Any]) -> None:
        options = {**settings, **(settings.get("options") or {})}
        self.increments = int(options.get("steps", 6000))
        super().__init__(settings)


DEVICE = Psd4
