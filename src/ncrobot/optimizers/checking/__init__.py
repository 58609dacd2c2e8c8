"""Checks what others suggest; each refusal has a type and a reason, and holds up nothing else."""

from __future__ import annotations

from ncrobot.optimizers.checking.check import Changed, Checked, Deliver, Round, check
from ncrobot.optimizers.checking.placing import place
from ncrobot.optimizers.checking.reading import Offered, offered
from ncrobot.optimizers.checking.refusal import Refusal, Undeliverable

__all__ = [
    "Changed",
    "Checked",
    "Deliver",
    "Offered",
    "Refusal",
    "Round",
    "Undeliverable",
    "check",
    "offered",
    "place",
]
