"""The state of a run: what its events fold to, for recovery, reports, exports and the optimizer."""

from ncrobot.state.facts import (
    BrokenLag,
    Delivery,
    Flag,
    Incident,
    OpenAct,
    OperationState,
    RunState,
    WellState,
)
from ncrobot.state.folding import apply, fold

__all__ = [
    "BrokenLag",
    "Delivery",
    "Flag",
    "Incident",
    "OpenAct",
    "OperationState",
    "RunState",
    "WellState",
    "apply",
    "fold",
]
