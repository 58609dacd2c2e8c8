"""Tecan Cavro XLP 6000, over RS-232 (manual 734237-C: pages of the commands and reports).

Tried with our emulator only, never on hardware. Not confirmed: what isn't for the XCalibur, and
that a stroke takes 6000 pulses as there; if it takes more, flow rates are lower than asked for.
"""

from __future__ import annotations

from ncrobot_drivers.cavro import CavroPump, Dialect


class Xlp(CavroPump):
    """A Cavro XLP 6000: 6000 steps a stroke."""

    dialect = Dialect("tecan.xlp", "Tecan Cavro XLP 6000", 6000)
