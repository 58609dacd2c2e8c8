"""Settings files of a lab: YAML into a frozen model, with every finding at its line and field."""

from __future__ import annotations

from ncrobot.protocol._flaw import FlawError, FlawsError
from ncrobot.settings.reading import Read, load_settings, read_settings
from ncrobot.settings.values import EnvironmentName, Seconds, TimeOfDay, Word, Zone

__all__ = [
    "EnvironmentName",
    "FlawError",
    "FlawsError",
    "Read",
    "Seconds",
    "TimeOfDay",
    "Word",
    "Zone",
    "load_settings",
    "read_settings",
]
