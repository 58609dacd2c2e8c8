"""Simulated instruments beside the deck: they take worklists, take their time, and write files.

What a sample shows is asked of a callable; the chemistry of it is none of theirs. They remember
what they have in hand in a file of their own, as the computer beside a real instrument does, so
that they can be killed at any moment and go on.
"""

from ncrobot_sim.instruments.hplc_ms import SimulatedHplcMs
from ncrobot_sim.instruments.memory import Line
from ncrobot_sim.instruments.mzml import MassScan, Run, mzml
from ncrobot_sim.instruments.uv_vis import Scan, SimulatedUvVis

__all__ = ["Line", "MassScan", "Run", "Scan", "SimulatedHplcMs", "SimulatedUvVis", "mzml"]
