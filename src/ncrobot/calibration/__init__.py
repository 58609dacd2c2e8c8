"""The arm's times as a run's record shows them: fitted, judged, and written into a deck layout."""

from __future__ import annotations

from ncrobot.calibration.calibrate import calibrate
from ncrobot.calibration.layout_text import layout_with_times
from ncrobot.calibration.result import Calibration, Combination, Fitted
from ncrobot.calibration.telling import calibration_lines

__all__ = [
    "Calibration",
    "Combination",
    "Fitted",
    "calibrate",
    "calibration_lines",
    "layout_with_times",
]
