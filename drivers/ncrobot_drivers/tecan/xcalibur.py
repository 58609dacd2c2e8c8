"""Tecan Cavro XCalibur, over RS-232 (manual 733085-B).

Tried with our emulator only, never on hardware. Not confirmed: how near its target the encoder sees
the plunger (``tolerance_steps``), that a valve of four ports answers ``e`` to ``?6``, and whether a
pump that isn't homed says so before it is told to move. The driver works in steps
(``N0``): what the encoder counts in microstep mode isn't confirmed.
"""

from __future__ import annotations

from ncrobot_drivers.cavro import CavroPump, Dialect


class XCalibur(CavroPump):
    """A Cavro XCalibur: 3000 steps a stroke, valves with words or numbers."""

    dialect = Dialect("tecan.xcalibur", "Tecan Cavro XCalibur", 3000)
