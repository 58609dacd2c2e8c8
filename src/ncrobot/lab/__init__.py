"""The lab: the only place where the parts meet. It compiles, schedules, simulates and runs.

A lab is opened on a run database. Simulation is the same engine with simulated devices and a
virtual clock; everything else is one code path.
"""

from ncrobot.lab.carrying import Listener
from ncrobot.lab.planning import (
    calibrated_layout,
    compile_files,
    explain,
    load_plan,
    load_schedule,
    schedule,
)
from ncrobot.lab.records import Records, Reported
from ncrobot.lab.running import Lab, RunResult, new_run_id
from ncrobot.lab.trails import Trails

__all__ = [
    "Lab",
    "Listener",
    "Records",
    "Reported",
    "RunResult",
    "Trails",
    "calibrated_layout",
    "compile_files",
    "explain",
    "load_plan",
    "load_schedule",
    "new_run_id",
    "schedule",
]
