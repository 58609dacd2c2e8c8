"""Keeps documents, events and commands in a database: append-only, durable before each act."""

from ncrobot.recorder.audit import Audit, AuditEntry, Command, CommandOutcome
from ncrobot.recorder.backups import Backup, list_backups, restore
from ncrobot.recorder.database import Database
from ncrobot.recorder.journal import Journal
from ncrobot.recorder.records import RunRecord, Runs
from ncrobot.recorder.summaries import RunSummary

__all__ = [
    "Audit",
    "AuditEntry",
    "Backup",
    "Command",
    "CommandOutcome",
    "Database",
    "Journal",
    "RunRecord",
    "RunSummary",
    "Runs",
    "list_backups",
    "restore",
]
