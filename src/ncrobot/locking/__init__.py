"""Locks that keep two controllers off one workcell: held by the kernel, so that death frees them.

A lock is a file in the state folder. Whoever holds it has written its name into the file; a name in
a file that nobody holds is what a dead controller left behind.
"""

from __future__ import annotations

from ncrobot.locking.folder import state_folder
from ncrobot.locking.holder import Holder, this_process
from ncrobot.locking.lock import Lock, holders_of, take_lock
from ncrobot.locking.workcell import lock_workcell, workcell_holders, workcell_resources

__all__ = [
    "Holder",
    "Lock",
    "holders_of",
    "lock_workcell",
    "state_folder",
    "take_lock",
    "this_process",
    "workcell_holders",
    "workcell_resources",
]
