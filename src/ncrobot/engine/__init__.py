"""Carries out a schedule on devices; every fact goes to the record, intents before their acts."""

from ncrobot.engine.engine import Engine
from ncrobot.engine.outcome import RunOutcome
from ncrobot.engine.pausing import Cost
from ncrobot.engine.resuming import Recalled, recall
from ncrobot.engine.workcell import Workcell

__all__ = ["Cost", "Engine", "Recalled", "RunOutcome", "Workcell", "recall"]
