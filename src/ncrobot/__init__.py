"""ncrobot plans, schedules, runs and records plates of metal nanocluster syntheses."""

from importlib.metadata import version

__version__ = version("ncrobot")
