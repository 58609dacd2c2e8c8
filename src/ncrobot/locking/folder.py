"""Where this machine keeps what outlives a process: locks, and nothing that is a record."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

SHARED = Path("/var/lib/ncrobot")
"""If an administrator has made this folder, the locks of all users of the machine meet there."""


def state_folder(environment: Mapping[str, str] | None = None) -> Path:
    """The state folder: ``NCROBOT_STATE``, else the shared one, else the user's own (XDG)."""
    given = os.environ if environment is None else environment
    if own := given.get("NCROBOT_STATE"):
        return Path(own).expanduser()
    if SHARED.is_dir() and os.access(SHARED, os.W_OK | os.X_OK):
        return SHARED
    if xdg := given.get("XDG_STATE_HOME"):
        return Path(xdg).expanduser() / "ncrobot"
    return Path.home() / ".local" / "state" / "ncrobot"
