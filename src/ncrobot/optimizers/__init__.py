"""Ask and tell: optimizers that suggest conditions and learn from what became of them."""

from __future__ import annotations

from ncrobot.optimizers.apart import Apart, check_fallback
from ncrobot.optimizers.asking import Asked, ask
from ncrobot.optimizers.interface import (
    Abilities,
    Failure,
    FailureKind,
    Layout,
    Optimizer,
    OptimizerKind,
    OptimizerState,
    Result,
    Suggestion,
)
from ncrobot.optimizers.registry import (
    DEFAULT,
    GROUP,
    known_optimizers,
    make_optimizer,
    restore_optimizer,
)

__all__ = [
    "DEFAULT",
    "GROUP",
    "Abilities",
    "Apart",
    "Asked",
    "Failure",
    "FailureKind",
    "Layout",
    "Optimizer",
    "OptimizerKind",
    "OptimizerState",
    "Result",
    "Suggestion",
    "ask",
    "check_fallback",
    "known_optimizers",
    "make_optimizer",
    "restore_optimizer",
]
