"""The lab: the only place where the parts meet. It compiles, schedules, simulates and runs.

A lab is opened on a run database. Simulation is the same engine with simulated devices and a
virtual clock; everything else is one code path.
"""

from ncrobot.lab.planning import (
    calibrated_layout,
    compile_files,
    explain,
    load_plan,
    load_schedule,
    schedule,
)
from ncrobot.lab.records import Records, Reported
from ncrobot.lab.running import Lab, Listener, RunResult

__all__ = [
    "Lab",
    "Listener",
    "Records",
    "Reported",
    "RunResult",
    "calibrated_layout",
    "compile_files",
    "explain",
    "load_plan",
    "load_schedule",
    "schedule",
]
