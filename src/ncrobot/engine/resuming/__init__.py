"""Resuming: what the record tells of a run that broke off, and how the run goes on from there."""

from ncrobot.engine.resuming.recalling import Recalled, recall
from ncrobot.engine.resuming.recovering import recover

__all__ = ["Recalled", "recall", "recover"]
