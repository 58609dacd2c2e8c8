"""Keeps documents and events in a database: append-only, durable before each act."""

from ncrobot.recorder.database import Database
from ncrobot.recorder.journal import Journal
from ncrobot.recorder.records import RunRecord, Runs, RunSummary

__all__ = ["Database", "Journal", "RunRecord", "RunSummary", "Runs"]
