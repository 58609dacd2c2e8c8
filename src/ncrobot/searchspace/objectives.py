"""What is wanted of a search: objectives, and how several of them are weighed."""

from __future__ import annotations

from enum import StrEnum

from ncrobot.protocol.objectives import Aim, Objective

__all__ = ["Aim", "Objective", "Trade"]


class Trade(StrEnum):
    """How several objectives are weighed: by fixed weights, or by showing all good compromises."""

    WEIGHTS = "weights"
    PARETO = "pareto"
