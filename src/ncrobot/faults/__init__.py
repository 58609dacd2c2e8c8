"""What may go wrong in an act of a device, what can be done about it, and what is done unasked."""

from __future__ import annotations

from ncrobot.faults.rules import Word, final_of, refusal, repeats_safely
from ncrobot.faults.table import DEFAULTS, OTHERWISE, default_ladder
from ncrobot.faults.words import (
    CERTAIN,
    FINAL,
    Act,
    Ask,
    Ladder,
    Response,
    Rung,
    errors_of,
    responses_of,
)

__all__ = [
    "CERTAIN",
    "DEFAULTS",
    "FINAL",
    "OTHERWISE",
    "Act",
    "Ask",
    "Ladder",
    "Response",
    "Rung",
    "Word",
    "default_ladder",
    "errors_of",
    "final_of",
    "refusal",
    "repeats_safely",
    "responses_of",
]
