"""The Tecan Cavro XLP 6000: as the XCalibur with 6000 increments (manual 734237-C).

That a stroke takes as many pulses as the XCalibur's is not confirmed.
"""

from __future__ import annotations

from ncrobot_sim.emulators.cavro import CavroPump


class Xlp(CavroPump):
    """A pump of 60 mm stroke."""

    kind = "tecan.xlp"
    name = "XLP 6000"
    increments = 6000


DEVICE = Xlp
