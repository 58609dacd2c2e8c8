"""Gives every operation of a plan a time: all lags kept, no device in two places."""

from ncrobot.scheduler.asking import read_options
from ncrobot.scheduler.binding import binding_lines, critical_chain
from ncrobot.scheduler.checking import check_schedule
from ncrobot.scheduler.durations import operation_duration_s
from ncrobot.scheduler.fixing import Fix, possible_fixes
from ncrobot.scheduler.refusing import enough_h, wells_that_fit
from ncrobot.scheduler.repairing import make_repairer
from ncrobot.scheduler.scheduling import schedule_plan

__all__ = [
    "Fix",
    "binding_lines",
    "check_schedule",
    "critical_chain",
    "enough_h",
    "make_repairer",
    "operation_duration_s",
    "possible_fixes",
    "read_options",
    "schedule_plan",
    "wells_that_fit",
]
