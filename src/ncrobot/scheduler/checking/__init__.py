"""The checker: is this schedule correct for this plan? It shares no code with the scheduler."""

from ncrobot.scheduler.checking.check import check_schedule

__all__ = ["check_schedule"]
