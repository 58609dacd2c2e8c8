"""Timetables: starts for tasks tied by windows on resources that do one thing at a time.

Knows no plan, no deck and no clock: whole ticks go in, whole ticks come out, and the same problem
and seed give the same timetable.
"""

from ncrobot.timetable.problem import (
    Block,
    InfeasibleError,
    NoTimetableError,
    Problem,
    Task,
    Timetable,
    Window,
)
from ncrobot.timetable.solving import improve, solve

__all__ = [
    "Block",
    "InfeasibleError",
    "NoTimetableError",
    "Problem",
    "Task",
    "Timetable",
    "Window",
    "improve",
    "solve",
]
