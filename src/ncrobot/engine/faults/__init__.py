"""Faults of a run: what is done about a failed act, for each well, and what that costs."""

from ncrobot.engine.faults.cases import Case, Dose, GivenUpError
from ncrobot.engine.faults.counsel import Counsel
from ncrobot.engine.faults.sources import Sources

__all__ = ["Case", "Counsel", "Dose", "GivenUpError", "Sources"]
