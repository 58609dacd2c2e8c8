"""Repair: what is left of a schedule, planned anew while it runs."""

from ncrobot.scheduler.repairing.repairer import make_repairer

__all__ = ["make_repairer"]
