"""What is believed of the response: Gaussian processes over mixed spaces, and a risk of failure."""

from __future__ import annotations

from ncrobot.optimizers.surrogate.coding import Coding
from ncrobot.optimizers.surrogate.process import Paths, Process, fitted
from ncrobot.optimizers.surrogate.success import SuccessModel, learned_success

__all__ = ["Coding", "Paths", "Process", "SuccessModel", "fitted", "learned_success"]
