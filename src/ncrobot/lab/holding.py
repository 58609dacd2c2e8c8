"""Who works on a run: one process at a time, and nobody once that process is dead."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ncrobot.locking import Lock, holders_of, take_lock, this_process


def hold_run(run: str, folder: Path) -> Lock:
    """Take a run; the lock lies beside the record, where everybody who reads it looks.

    Raises:
        LabError: another process works on it.
    """
    holder = this_process("run", datetime.now(UTC), run=run)
    return take_lock([_resource(run)], holder, whole=f"run {run!r}", folder=folder)


def is_held(run: str, folder: Path) -> bool:
    """Whether a process works on a run at this moment."""
    return bool(holders_of([_resource(run)], folder=folder))


def _resource(run: str) -> str:
    return f"run {run}"
