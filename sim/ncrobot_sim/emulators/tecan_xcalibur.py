"""The Tecan Cavro XCalibur: 3000 increments (manual 733085-B)."""

from __future__ import annotations

from ncrobot_sim.emulators.cavro import CavroPump


class XCalibur(CavroPump):
    """A pump of 30 mm stroke."""

    kind = "tecan.xcalibur"
    name = "XCalibur"


DEVICE = XCalibur
