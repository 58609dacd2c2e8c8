"""Suggestions and results as files, for optimizers and people outside of this process."""

from __future__ import annotations

from ncrobot.optimizers.exchange.results import Told, Where, read_results
from ncrobot.optimizers.exchange.suggestions import (
    Received,
    load_suggestions,
    read_suggestions,
)
from ncrobot.optimizers.exchange.writing import Ask, refusals_csv, results_csv, suggestions_csv

__all__ = [
    "Ask",
    "Received",
    "Told",
    "Where",
    "load_suggestions",
    "read_results",
    "read_suggestions",
    "refusals_csv",
    "results_csv",
    "suggestions_csv",
]
