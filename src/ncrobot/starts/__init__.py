"""Planned starts and health: what happens in a lab at its time, with nobody there.

The service begins plates at their planned times and takes the turns of routines: device checks,
expiring stocks, the disk, instrument queues, backups. What it missed is told, not made up for.
"""

from __future__ import annotations

from ncrobot.starts.backup import backup_sqlite
from ncrobot.starts.health import DeviceWatch, DiskWatch, Expiry, StockWatch, expiries_of
from ncrobot.starts.planned import FileMark, PlannedStart, StartFact, StartRequest, StartStatus
from ncrobot.starts.planning import add_start, cancel_start, list_starts
from ncrobot.starts.record import Starts
from ncrobot.starts.routines import Routine
from ncrobot.starts.service import Service
from ncrobot.starts.starting import Starter
from ncrobot.starts.usual import usual_routines
from ncrobot.starts.when import local_zone, parse_when

__all__ = [
    "DeviceWatch",
    "DiskWatch",
    "Expiry",
    "FileMark",
    "PlannedStart",
    "Routine",
    "Service",
    "StartFact",
    "StartRequest",
    "StartStatus",
    "Starter",
    "Starts",
    "StockWatch",
    "add_start",
    "backup_sqlite",
    "cancel_start",
    "expiries_of",
    "list_starts",
    "local_zone",
    "parse_when",
    "usual_routines",
]
