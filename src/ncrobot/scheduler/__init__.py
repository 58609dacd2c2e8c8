"""Gives every operation of a plan a time: all lags kept, no device in two places."""

from ncrobot.scheduler.checking import check_schedule
from ncrobot.scheduler.durations import operation_duration_s
from ncrobot.scheduler.scheduling import schedule_plan

__all__ = ["check_schedule", "operation_duration_s", "schedule_plan"]
